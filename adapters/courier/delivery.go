package courier

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
)

// delivery is the delivery of one SMS.
type delivery struct {
	key        id.ID // idempotency key
	to         phone.Number
	text       string
	accepted   time.Time
	candidates []*candidate  // senders that have not refused the SMS
	concurrent chan struct{} // semaphore of its attempts
	attempts   int
	done       bool // a sender accepted the SMS, or reported that the number cannot receive it
}

// expires returns the time at which the code in the SMS expires.
func (d *delivery) expires() time.Time { return d.accepted.Add(ttl) }

var (
	errStopping = errors.New("the courier is stopping")
	errExpired  = errors.New("the sms expired before it could be sent")
)

// deliver runs rounds until the delivery is done, no candidate is left, the SMS expires
// or the courier stops. Log lines contain the masked number and never the text.
func (c *Courier) deliver(d *delivery) {
	log := c.config.Log.With("mobile_number", d.to, "sms_id", d.key)
	sleep(c.ctx, c.config.Delay)
	for round := 1; ; round++ {
		c.round(d, log)
		if d.done {
			return
		}
		pause, retry := c.backoff(d, round)
		if !retry {
			log.Error("sms dropped", "attempts", d.attempts)
			c.config.Observe("none", "lost")
			return
		}
		sleep(c.ctx, pause)
		d.concurrent = c.retries
	}
}

// sleep returns after d, or when ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	if d == 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// round tries the candidates in order until one accepts the SMS. It skips
// candidates whose Retry-After has not passed.
func (c *Courier) round(d *delivery, log *slog.Logger) {
	now := c.config.Clock.Now()
	for _, s := range coolingDownLast(d.candidates, now) {
		if now.Before(s.retryAt) {
			continue
		}
		err := c.attempt(d, s)
		if err == nil {
			log.Info("sms sent", "sender", s.Name, "attempt", d.attempts)
			d.done = true
			return
		}
		log.Warn("sms attempt failed", "sender", s.Name, "attempt", d.attempts, "err", err)
		if d.done || len(d.candidates) == 0 || c.ctx.Err() != nil {
			return
		}
	}
}

// backoff returns the pause after a round: 1, 3, 9, 27 or 81 s with a jitter of ±50 %.
// If the Retry-After of every candidate is longer, the pause is the shortest of them.
// backoff returns false if no round can follow: after the last round, without candidates,
// while the courier stops, or if the SMS expires during the pause.
func (c *Courier) backoff(d *delivery, round int) (time.Duration, bool) {
	if len(d.candidates) == 0 || round == maxRounds || c.ctx.Err() != nil {
		return 0, false
	}
	pause := time.Second
	for range round - 1 {
		pause *= 3
	}
	pause = time.Duration(float64(pause) * (0.5 + c.config.Jitter()))
	now := c.config.Clock.Now()
	earliest := d.candidates[0].retryAt
	for _, s := range d.candidates {
		if s.retryAt.Before(earliest) {
			earliest = s.retryAt
		}
	}
	pause = max(pause, earliest.Sub(now))
	return pause, now.Add(pause).Before(d.expires())
}

// attempt waits for a free attempt slot, then sends the SMS once. It fails with
// errExpired if the SMS expired before a slot was free, with errStopping if the
// courier stops, and otherwise with the sender's error.
func (c *Courier) attempt(d *delivery, s *candidate) error {
	d.attempts++
	select {
	case d.concurrent <- struct{}{}:
	case <-c.ctx.Done():
		return errStopping
	}
	defer func() { <-d.concurrent }()
	now := c.config.Clock.Now()
	if !now.Before(d.expires()) {
		d.candidates = nil
		return errExpired
	}
	s.beginAttempt(now)
	err := s.send(c.ctx, d)
	if c.ctx.Err() != nil && err != nil {
		return errStopping
	}
	c.config.Observe(s.Name, c.record(d, s, err))
	return err
}

// record updates the delivery and the sender after an attempt, and returns the outcome for Observe.
func (c *Courier) record(d *delivery, s *candidate, err error) (outcome string) {
	now, f := c.config.Clock.Now(), fault.Of(err)
	s.endAttempt(err == nil || f.Kind == fault.Invalid || f.Kind == fault.Refused, now)
	switch {
	case err == nil:
		return "sent"
	case f.Kind == fault.Invalid:
		d.done = true
		return "invalid"
	case f.Kind == fault.Refused:
		d.remove(s)
		return "refused"
	}
	s.retryAt = now.Add(f.RetryAfter)
	return "failed"
}
