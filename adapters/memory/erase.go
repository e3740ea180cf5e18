package memory

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/user"
)

func (s Eraser) Erase(ctx context.Context, who id.ID) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	u := s.users[who]
	if u == nil {
		return user.ErrNotFound
	}
	purge(s.replies, func(_ id.ID, r *room) bool { return r.Owner == who })
	purge(s.rooms, func(_ id.ID, r *room) bool { return r.Owner == who })
	purge(s.keys, func(k idempotencyKey, _ keyed) bool { return k.user == who })
	purge(s.sent, func(k sentKey, _ int) bool { return k.user == who })
	purge(s.sessions, func(_ id.ID, open session.Session) bool { return open.User == who })
	purge(s.codes, func(k codeKey, _ *otp.Challenge) bool { return k.number == u.Number })
	delete(s.guesses, u.Number)
	delete(s.records, who)
	delete(s.numbers, u.Number)
	delete(s.users, who)
	return nil
}
