package courier

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
)

// sender is one company and how it did lately.
type sender struct {
	Sender
	mu    sync.Mutex
	rests time.Time // until then it is tried last; zero for one that did well
}

// route is a sender that a text can still go by.
type route struct {
	*sender
	after time.Time // when the sender asked to be tried again
}

func (c *Courier) routes() []*route {
	var all []*route
	for _, s := range c.senders {
		all = append(all, &route{sender: s})
	}
	return all
}

// keyed is a sender that tells the company which text it is.
type keyed interface {
	SendAs(ctx context.Context, key id.ID, taken time.Time, to phone.Number, text string) error
}

// hand makes one try.
func (s *sender) hand(ctx context.Context, t *text) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if k, ok := s.SMS.(keyed); ok {
		return k.SendAs(ctx, t.key, t.taken, t.to, t.words)
	}
	return s.SMS.Send(ctx, t.to, t.words)
}

// ordered is the routes as they are to be tried: senders that rest come last.
func ordered(routes []*route, now time.Time) []*route {
	var ready, resting []*route
	for _, r := range routes {
		if r.isResting(now) {
			resting = append(resting, r)
		} else {
			ready = append(ready, r)
		}
	}
	return append(ready, resting...)
}

func (s *sender) isResting(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return now.Before(s.rests)
}

// begins notes a try of a sender. The first after its rest finds out for all
// texts how it is, and the others go on without it meanwhile.
func (s *sender) begins(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.rests.IsZero() {
		s.rests = now.Add(patience)
	}
}

// ended notes what came of it.
func (s *sender) ended(well bool, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rests = time.Time{}
	if !well {
		s.rests = now.Add(rest)
	}
}

// drop takes a route out: the text cannot go by it.
func (t *text) drop(r *route) {
	t.routes = slices.DeleteFunc(t.routes, func(other *route) bool { return other == r })
}
