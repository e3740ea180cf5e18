package subscribe

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// atOnce is how many customers are asked about in a second, at most, by all processes
// together: 18,000 an hour, which is how often a subscription that lives is looked
// at; of more than that each has to wait longer. Stripe takes two calls for one
// customer and 25 of a kind in a second (docs.stripe.com/rate-limits), so that this leaves it 20 of each.
const atOnce = 5

// putOff is when one is looked at again with whom something went wrong.
const putOff = 5 * time.Minute

// rounds is spent by all processes together, where they share a limiter.
var rounds = ports.Budget{Key: "reconcile", Limit: 1, Window: time.Second}

// Round is how many customers a round of Reconcile found to be as was known, had
// to repair, are unknown to the company, or could not be looked at.
type Round struct{ Same, Repaired, Unknown, Failed int }

// Full says that there may be more to look at.
func (r Round) Full() bool { return r.Same+r.Repaired+r.Unknown == atOnce }

// Reconcile asks the company about those whose time has come, atOnce at most, and
// keeps what it says, so that also who was told of by no webhook gets what they
// paid for, and no more. It does nothing when another process has had the second.
// Its error joins what went wrong with each; the others are looked at all the same.
func (s *Subscribe) Reconcile(ctx context.Context) (Round, error) {
	now := s.clock.Now()
	if err := s.limiter.Take(ctx, now, rounds); err != nil {
		if errors.Is(err, fault.RateLimited) {
			err = nil
		}
		return Round{}, wrap("taking the round's budget", err)
	}
	due, err := s.subscriptions.Due(ctx, now, now.Add(putOff), atOnce)
	if err != nil {
		return Round{}, fmt.Errorf("looking for subscriptions that are due: %w", err)
	}
	looks, errs := make([]look, len(due)), make([]error, len(due))
	var all sync.WaitGroup
	for i, r := range due {
		all.Go(func() { looks[i], errs[i] = s.look(ctx, r) })
	}
	all.Wait()
	return sum(looks), errors.Join(errs...)
}

// look is what came of one customer.
type look uint8

const (
	failed look = iota
	same
	repaired
	unknown
)

func sum(looks []look) Round {
	var n [unknown + 1]int
	for _, l := range looks {
		n[l]++
	}
	return Round{Same: n[same], Repaired: n[repaired], Unknown: n[unknown], Failed: n[failed]}
}

func (s *Subscribe) look(ctx context.Context, r subscription.Record) (look, error) {
	kept, err := s.sync(ctx, r.Customer, unchanged)
	switch {
	case errors.Is(err, subscription.ErrUnknown):
		if err := s.lose(ctx, r); err != nil {
			return failed, fmt.Errorf("giving up on the customer of user %s: %w", r.User, err)
		}
		return unknown, nil
	case errors.Is(err, user.ErrNotFound): // erased meanwhile
		return same, nil
	case err != nil:
		return failed, fmt.Errorf("looking at user %s: %w", r.User, err)
	case kept.Version == r.Version && kept.Snapshot.News(r.Snapshot):
		return repaired, nil
	}
	return same, nil // or a webhook was faster
}

// lose keeps that the company knows the customer no more, unless the user has
// another name there by now, or is erased.
func (s *Subscribe) lose(ctx context.Context, r subscription.Record) error {
	proUntil := r.Snapshot.ProUntil(s.plans.Grace)
	err := s.subscriptions.Save(ctx, r.Lost(s.clock.Now(), proUntil), proUntil)
	if errors.Is(err, subscription.ErrStale) || errors.Is(err, user.ErrNotFound) {
		return nil
	}
	return err
}
