package talk

import (
	"context"
	"errors"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/core/text"
)

// Request is what Send, Edit and Retry have in common.
type Request struct {
	User           id.ID
	Room           string  // the id as the client sent it
	IdempotencyKey *string // nil for none
}

// Sent says what an accepted or refused request means for the quota, and whether others
// were notified.
type Sent struct {
	chat.Spent
	ResetIn   time.Duration // the time until the next UTC day, when the quota is reset
	NotifyErr error         // why followers or workers were not notified; they find the change later, in the store
}

// ask is a validated request.
type ask struct {
	chat.Ask
	overload *fault.Error // what the user gets for quota.ErrOverloaded
}

// newAsk validates a request. It fails with the error of text.Key, or with chat.ErrNotFound.
func (s *Service) newAsk(ctx context.Context, r Request) (a ask, err error) {
	a.Ask = chat.Ask{
		User:      r.User,
		Now:       s.config.Clock.Now(),
		Basic:     s.config.Plans.Basic.Terms,
		Pro:       s.config.Plans.Pro.Terms,
		MaxQueued: s.config.MaxQueued,
	}
	if r.IdempotencyKey != nil {
		if err := text.Key(*r.IdempotencyKey); err != nil {
			return ask{}, err
		}
		a.Key = *r.IdempotencyKey
	}
	if a.Room, err = parseID(r.Room); err != nil {
		return ask{}, err
	}
	s.checkOverload(ctx, &a)
	return a, nil
}

// checkOverload sets Overloaded and overload of a request. The token budget comes first,
// because it lasts longer. A replay succeeds also during an overload, so only the store can
// refuse a request.
func (s *Service) checkOverload(ctx context.Context, a *ask) {
	a.overload = quota.ErrOverloaded.After(a.untilReset())
	a.Overloaded = s.config.Budget.isExhausted(ctx, a.Now)
	if a.Overloaded {
		return
	}
	if overload := s.longWait(ctx, a.User, a.Now); overload != nil {
		a.Overloaded = true
		a.overload = overload
	}
}

// longWait returns reply.ErrOverloaded if a reply of the user would wait too long, and nil
// otherwise. The plan of the user matters only if a Basic reply would. An unknown user is not
// refused here but by the store.
func (s *Service) longWait(ctx context.Context, userID id.ID, now time.Time) *fault.Error {
	plans := s.config.Plans
	basic := s.config.Load.overload(ctx, now, plans.Basic.Terms.HeadStart)
	if basic == nil {
		return nil
	}
	u, err := s.config.Users.Get(ctx, userID)
	switch {
	case err != nil:
		return nil
	case u.IsPro(now):
		return s.config.Load.overload(ctx, now, plans.Pro.Terms.HeadStart)
	}
	return basic
}

// untilReset returns the time until the next UTC day.
func (a ask) untilReset() time.Duration { return quota.DayOf(a.Now).End().Sub(a.Now) }

// newSent returns the result of the request, without NotifyErr.
func (a ask) newSent(spent chat.Spent) Sent { return Sent{Spent: spent, ResetIn: a.untilReset()} }

// refusal returns the error that the user gets for an error of the store: with RetryAfter and
// the limits in its message.
func (a ask) refusal(err error, spent chat.Spent) error {
	switch {
	case errors.Is(err, reply.ErrBacklog):
		return reply.BacklogError(a.MaxQueued)
	case errors.Is(err, quota.ErrOverloaded):
		return a.overload
	case errors.Is(err, quota.ErrExhausted):
		return quota.ExhaustedError(spent.Limit, a.Now)
	}
	return err
}

// notify announces a change to the followers of the room and wakes a worker for a reply. The
// two calls run concurrently, because both may use the network. notify returns their errors.
// It ignores the end of ctx, because the change is already stored.
func (s *Service) notify(ctx context.Context, a chat.Announcement, replyID id.ID) error {
	ctx = context.WithoutCancel(ctx)
	announced := make(chan error, 1)
	go func() { announced <- s.config.Live.Announce(ctx, a) }()
	wakeErr := s.config.Wakeups.Wake(ctx, replyID)
	return errors.Join(<-announced, wakeErr)
}
