package portstest

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/user"
)

// Devices is the contract of ports.Devices, and of ports.Sessions for devices.
func Devices(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"a device is known for its TTL, also after its session has expired", (*storeTest).devicesExpire},
		{"a login on a known device renews it", (*storeTest).devicesRenewed},
		{"an unknown device is not found", (*storeTest).devicesUnknown},
		{"End forgets the device of the session", (*storeTest).devicesEnd},
		{"EndAll forgets the devices of all sessions except one, also of expired ones", (*storeTest).devicesEndAll},
		{"Erase forgets the devices of the user", (*storeTest).devicesErased},
		{"Purge deletes devices when they expire", (*storeTest).devicesPurged},
		{"a session that is not opened leaves no device", (*storeTest).devicesNotOpened},
		{"Find fails if the context is cancelled", (*storeTest).devicesCancelled},
	})
}

// newDevice returns the id of a device that is not stored.
func newDevice(t rapid.TB) session.DeviceID {
	t.Helper()
	token, err := session.NewDeviceToken(rand.Reader)
	must(t, err)
	return token.ID()
}

// openOn opens a session at midday on a device.
func (t *storeTest) openOn(d session.DeviceID, userID id.ID) session.Session {
	t.Helper()
	s := t.newSession(userID)
	must(t, t.Sessions.Open(t.ctx, s, d))
	return s
}

// wantKnown checks that a device of the user is known at a time.
func (t *storeTest) wantKnown(d session.DeviceID, u user.User, now time.Time) {
	t.Helper()
	got, err := t.Devices.Find(t.ctx, d, now)
	must(t, err)
	wantEqual(t, "the device", got, session.Device{ID: d, User: u.ID, Number: u.Number})
}

// wantForgotten checks that no device is known at a time.
func (t *storeTest) wantForgotten(now time.Time, devices ...session.DeviceID) {
	t.Helper()
	for _, d := range devices {
		wantError(t, errorOf(t.Devices.Find(t.ctx, d, now)), session.ErrUnknownDevice)
	}
}

func (t *storeTest) devicesExpire() {
	u, d := t.addUser(), newDevice(t)
	s := t.openOn(d, u.ID)
	t.purge(s.Expires)
	expires := midday.Add(session.DeviceTTL)
	t.wantKnown(d, u, expires.Add(-time.Microsecond))
	t.wantForgotten(expires, d)
}

func (t *storeTest) devicesRenewed() {
	u, d := t.addUser(), newDevice(t)
	first := t.openOn(d, u.ID)
	second := t.newSession(u.ID)
	second.Opened = midday.Add(time.Hour)
	must(t, t.Sessions.Open(t.ctx, second, d))
	t.wantKnown(d, u, midday.Add(session.DeviceTTL))
	must(t, t.Sessions.End(t.ctx, u.ID, first.ID))
	t.wantKnown(d, u, midday)
	must(t, t.Sessions.End(t.ctx, u.ID, second.ID))
	t.wantForgotten(midday, d)
}

func (t *storeTest) devicesUnknown() {
	d := newDevice(t)
	t.openOn(d, t.addUser().ID)
	t.wantForgotten(midday, newDevice(t), "", d[1:], d+"0")
}

func (t *storeTest) devicesEnd() {
	u, a, b := t.addUser(), newDevice(t), newDevice(t)
	s := t.openOn(a, u.ID)
	t.openOn(b, u.ID)
	must(t, t.Sessions.End(t.ctx, u.ID, s.ID))
	t.wantForgotten(midday, a)
	t.wantKnown(b, u, midday)
}

func (t *storeTest) devicesEndAll() {
	u, other := t.addUser(), t.addUser()
	kept, foreign := newDevice(t), newDevice(t)
	ended, expired := newDevice(t), newDevice(t)
	s := t.openOn(kept, u.ID)
	t.openOn(ended, u.ID)
	t.openOn(foreign, other.ID)
	old := t.newSession(u.ID)
	old.Expires = midday.Add(-time.Minute)
	must(t, t.Sessions.Open(t.ctx, old, expired))
	t.purge(midday)
	must(t, t.Sessions.EndAll(t.ctx, u.ID, s.ID))
	t.wantForgotten(midday, ended, expired)
	t.wantKnown(kept, u, midday)
	must(t, t.Sessions.EndAll(t.ctx, u.ID, ""))
	t.wantForgotten(midday, kept)
	t.wantKnown(foreign, other, midday)
}

func (t *storeTest) devicesErased() {
	u, d := t.addUser(), newDevice(t)
	t.openOn(d, u.ID)
	t.erase(u.ID)
	t.wantForgotten(midday, d)
}

func (t *storeTest) devicesPurged() {
	d := newDevice(t)
	s := t.openOn(d, t.addUser().ID)
	t.purge(s.Expires)
	if n := t.purge(midday.Add(session.DeviceTTL)); n != 1 {
		t.Fatalf("Purge returned %d, want 1: the device", n)
	}
	t.wantForgotten(midday, d)
}

func (t *storeTest) devicesNotOpened() {
	d := newDevice(t)
	wantError(t, t.Sessions.Open(t.ctx, t.newSession(newID(t)), d), user.ErrNotFound)
	t.wantForgotten(midday, d)
}

func (t *storeTest) devicesCancelled() {
	d := newDevice(t)
	t.openOn(d, t.addUser().ID)
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"Find": func(ctx context.Context) error { return errorOf(t.Devices.Find(ctx, d, midday)) },
	})
}
