package courier

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
)

// sender is a Sender with its health, which all deliveries share.
type sender struct {
	Sender
	mu            sync.Mutex
	cooldownUntil time.Time // tried last until then; zero if the last attempt succeeded
}

// candidate is a sender that has not refused a certain SMS.
type candidate struct {
	*sender
	retryAt time.Time // do not try the sender with this SMS before this time
}

func (c *Courier) candidates() []*candidate {
	var all []*candidate
	for _, s := range c.senders {
		all = append(all, &candidate{sender: s})
	}
	return all
}

// keyedSMS is a ports.SMS that passes an idempotency key to the provider.
type keyedSMS interface {
	SendWithKey(ctx context.Context, key id.ID, accepted time.Time, to phone.Number, text string) error
}

// send makes one attempt, which ends after attemptTimeout.
func (s *sender) send(ctx context.Context, d *delivery) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	if k, ok := s.SMS.(keyedSMS); ok {
		return k.SendWithKey(ctx, d.key, d.accepted, d.to, d.text)
	}
	return s.SMS.Send(ctx, d.to, d.text)
}

// coolingDownLast returns the candidates in their order, but those in cooldown last.
func coolingDownLast(candidates []*candidate, now time.Time) []*candidate {
	var ready, cooling []*candidate
	for _, c := range candidates {
		if c.coolingDown(now) {
			cooling = append(cooling, c)
		} else {
			ready = append(ready, c)
		}
	}
	return append(ready, cooling...)
}

func (s *sender) coolingDown(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return now.Before(s.cooldownUntil)
}

// beginAttempt makes the first attempt after a cooldown a probe: it extends the
// cooldown by attemptTimeout, so that other deliveries use other senders until
// the result of the probe is known.
func (s *sender) beginAttempt(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.cooldownUntil.IsZero() {
		s.cooldownUntil = now.Add(attemptTimeout)
	}
}

// endAttempt starts a cooldown if the sender is not healthy, and ends it otherwise.
func (s *sender) endAttempt(healthy bool, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cooldownUntil = time.Time{}
	if !healthy {
		s.cooldownUntil = now.Add(cooldown)
	}
}

// remove takes c out of the delivery's candidates.
func (d *delivery) remove(c *candidate) {
	d.candidates = slices.DeleteFunc(d.candidates, func(other *candidate) bool { return other == c })
}
