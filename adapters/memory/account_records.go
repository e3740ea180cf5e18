package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/ports"
)

// Sessions implements ports.AccountRecords.
func (s AccountRecords) Sessions(
	ctx context.Context, userID, after id.ID, limit int,
) (list []session.Session, err error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	for _, one := range s.sessions {
		if one.User == userID {
			list = append(list, one)
		}
	}
	return pageAfter(list, func(one session.Session) id.ID { return one.ID }, after, limit), nil
}

// Devices implements ports.AccountRecords.
func (s AccountRecords) Devices(
	ctx context.Context, userID id.ID, after session.DeviceID, limit int,
) (list []ports.DeviceRecord, err error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	for deviceID, d := range s.devices {
		if d.user == userID {
			list = append(list, ports.DeviceRecord{ID: deviceID, Expires: d.expires})
		}
	}
	return pageAfter(list, func(d ports.DeviceRecord) session.DeviceID { return d.ID }, after, limit), nil
}

// Counts implements ports.AccountRecords.
func (s AccountRecords) Counts(ctx context.Context, userID id.ID) (list []ports.CountRecord, err error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	for k, count := range s.messageCounts {
		if k.user == userID {
			list = append(list, ports.CountRecord{Day: k.day, Count: count})
		}
	}
	slices.SortFunc(list, func(a, b ports.CountRecord) int { return cmp.Compare(a.Day, b.Day) })
	return list, nil
}

// Rooms implements ports.AccountRecords.
func (s AccountRecords) Rooms(ctx context.Context, userID, after id.ID, limit int) (list []chat.Room, err error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	for _, r := range s.owners[userID].rooms {
		list = append(list, r.Room)
	}
	return pageAfter(list, func(r chat.Room) id.ID { return r.ID }, after, limit), nil
}

// pageAfter returns the first entries of a list after an id, sorted by their ids.
func pageAfter[T any, ID cmp.Ordered](list []T, idOf func(T) ID, after ID, limit int) []T {
	list = slices.DeleteFunc(list, func(entry T) bool { return idOf(entry) <= after })
	slices.SortFunc(list, func(a, b T) int { return cmp.Compare(idOf(a), idOf(b)) })
	return list[:min(limit, len(list))]
}
