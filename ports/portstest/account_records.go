package portstest

import (
	"cmp"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/ports"
)

// AccountRecords is the contract of ports.AccountRecords.
func AccountRecords(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"Sessions pages through all sessions of the user", (*storeTest).recordedSessions},
		{"Devices pages through all devices of the user", (*storeTest).recordedDevices},
		{"Counts returns the counts of all days", (*storeTest).recordedCounts},
		{"Rooms pages through all rooms of the user that are not deleted", (*storeTest).recordedRooms},
		{"every method fails if the context is cancelled", (*storeTest).recordsCancelled},
	})
}

// wantPages checks that pages of two entries have all entries of a list, sorted by id.
func wantPages[T any, ID cmp.Ordered](
	t *storeTest, idOf func(T) ID, want []T, page func(after ID, limit int) ([]T, error),
) {
	t.Helper()
	slices.SortFunc(want, func(a, b T) int { return cmp.Compare(idOf(a), idOf(b)) })
	var got []T
	var after ID
	for {
		entries, err := page(after, 2)
		must(t, err)
		if len(entries) > 2 {
			t.Fatalf("the page has %d entries, want at most 2", len(entries))
		}
		if len(entries) == 0 {
			break
		}
		got = append(got, entries...)
		after = idOf(entries[len(entries)-1])
	}
	wantEqual(t, "the entries of all pages", got, want)
}

func (t *storeTest) recordedSessions() {
	u := t.addUser()
	t.openSession(t.addUser().ID)
	want := []session.Session{t.openSession(u.ID), t.openSession(u.ID), t.openSession(u.ID)}
	wantPages(t, func(s session.Session) id.ID { return s.ID }, want,
		func(after id.ID, limit int) ([]session.Session, error) {
			return t.AccountRecords.Sessions(t.ctx, u.ID, after, limit)
		})
}

func (t *storeTest) recordedDevices() {
	u := t.addUser()
	t.openSession(t.addUser().ID)
	var want []ports.DeviceRecord
	for range 3 {
		d := ports.DeviceRecord{ID: newDevice(t), Expires: midday.Add(session.DeviceTTL)}
		t.openOn(d.ID, u.ID)
		want = append(want, d)
	}
	wantPages(t, func(d ports.DeviceRecord) session.DeviceID { return d.ID }, want,
		func(after session.DeviceID, limit int) ([]ports.DeviceRecord, error) {
			return t.AccountRecords.Devices(t.ctx, u.ID, after, limit)
		})
}

func (t *storeTest) recordedCounts() {
	u, other := t.addUser(), t.addUser()
	yesterday := midday.AddDate(0, 0, -1)
	r := t.addRoomOf(u.ID, yesterday)
	t.send(t.addRoomOf(other.ID, midday), midday)
	for _, at := range []time.Time{midday, midday, yesterday} {
		t.send(r, at)
	}
	got, err := t.AccountRecords.Counts(t.ctx, u.ID)
	must(t, err)
	wantEqual(t, "the counts", got, []ports.CountRecord{
		{Day: today - 1, Count: quota.Count{Used: 1}},
		{Day: today, Count: quota.Count{Used: 2}},
	})
}

func (t *storeTest) recordedRooms() {
	u := t.addUser()
	t.addRoom()
	want := []chat.Room{t.addRoomOf(u.ID, midday), t.addRoomOf(u.ID, midday), t.addRoomOf(u.ID, midday)}
	must(t, t.Rooms.Delete(t.ctx, u.ID, t.addRoomOf(u.ID, midday).ID))
	wantPages(t, func(r chat.Room) id.ID { return r.ID }, want, func(after id.ID, limit int) ([]chat.Room, error) {
		return t.AccountRecords.Rooms(t.ctx, u.ID, after, limit)
	})
}

func (t *storeTest) recordsCancelled() {
	u := t.addUser().ID
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"Sessions": func(ctx context.Context) error { return errorOf(t.AccountRecords.Sessions(ctx, u, "", 1)) },
		"Devices":  func(ctx context.Context) error { return errorOf(t.AccountRecords.Devices(ctx, u, "", 1)) },
		"Counts":   func(ctx context.Context) error { return errorOf(t.AccountRecords.Counts(ctx, u)) },
		"Rooms":    func(ctx context.Context) error { return errorOf(t.AccountRecords.Rooms(ctx, u, "", 1)) },
	})
}
