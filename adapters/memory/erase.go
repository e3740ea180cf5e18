package memory

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// Erase implements ports.Eraser.
func (s Eraser) Erase(ctx context.Context, userID id.ID, keep ports.KeepCounts) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	u := s.users[userID]
	if u == nil {
		return user.ErrNotFound
	}
	purge(s.unfinished, func(_ id.ID, r *room) bool { return r.Owner == userID })
	purge(s.rooms, func(_ id.ID, r *room) bool { return r.Owner == userID })
	delete(s.owners, userID)
	delete(s.turns, userID)
	purge(s.idempotency, func(k idempotencyKey, _ acceptedAsk) bool { return k.user == userID })
	s.keepCounts(userID, keep)
	purge(s.messageCounts, func(k countKey, _ quota.Count) bool { return k.user == userID })
	s.endSessions(func(one session.Session) bool { return one.User == userID })
	purge(s.devices, func(_ session.DeviceID, d device) bool { return d.user == userID })
	purge(s.codes, func(slot otp.Slot, _ *otp.Challenge) bool { return slot.Number == u.Number || slot.User == userID })
	delete(s.guesses, u.Number)
	delete(s.signups, u.Number)
	if customer := s.subscriptions[userID].Customer; customer != "" {
		s.deleteCustomer(customer)
	}
	delete(s.subscriptions, userID)
	delete(s.userIDByNumber, u.Number)
	delete(s.users, userID)
	s.addErasure(userID, time.Now())
	return nil
}
