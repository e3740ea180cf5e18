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

// text is one on its way.
type text struct {
	key    id.ID
	to     phone.Number
	words  string
	taken  time.Time
	routes []*route // that it can still go by
	tries  int
	over   bool // handed over, or nobody can reach the number
}

// until is when the code in a text is worth nothing any more.
func (t *text) until() time.Time { return t.taken.Add(life) }

var (
	errStopping = errors.New("the program stops")
	errLate     = errors.New("no line was free in time")
)

// deliver tries until a sender takes the text, none will, or it is too late. It
// logs the number masked and the text never.
func (c *Courier) deliver(t *text) {
	log := c.config.Log.With("mobile_number", t.to, "text_id", t.key)
	for round := 1; ; round++ {
		c.round(t, log)
		if t.over {
			return
		}
		pause, again := c.pause(t, round)
		if !again {
			log.Error("sms given up", "tries", t.tries)
			c.config.Count("none", "lost")
			return
		}
		wait(c.ctx, pause)
	}
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// round tries the senders in turn, less those that asked to be left alone, until one takes the text.
func (c *Courier) round(t *text, log *slog.Logger) {
	now := c.config.Clock.Now()
	for _, r := range ordered(t.routes, now) {
		if now.Before(r.after) {
			continue
		}
		err := c.try(t, r)
		if err == nil {
			log.Info("sms handed over", "sender", r.Name, "try", t.tries)
			t.over = true
			return
		}
		log.Warn("sms not handed over", "sender", r.Name, "try", t.tries, "err", err)
		if t.over || len(t.routes) == 0 || c.ctx.Err() != nil {
			return
		}
	}
}

// pause is how long to wait after a round: 1, 3, 9, 27 and 81 s, 50 % either
// way, and until a sender may be tried; false when that is no use.
func (c *Courier) pause(t *text, round int) (time.Duration, bool) {
	if len(t.routes) == 0 || round == rounds || c.ctx.Err() != nil {
		return 0, false
	}
	d := time.Second
	for range round - 1 {
		d *= 3
	}
	d = time.Duration(float64(d) * (0.5 + c.config.Jitter()))
	now, first := c.config.Clock.Now(), t.routes[0].after
	for _, r := range t.routes {
		if r.after.Before(first) {
			first = r.after
		}
	}
	d = max(d, first.Sub(now))
	return d, now.Add(d).Before(t.until())
}

// try hands the text to one sender, once a line is free, and draws what follows from its failure.
func (c *Courier) try(t *text, r *route) error {
	t.tries++
	select {
	case c.lines <- struct{}{}:
	case <-c.ctx.Done():
		return errStopping
	}
	defer func() { <-c.lines }()
	now := c.config.Clock.Now()
	if !now.Before(t.until()) {
		t.routes = nil
		return errLate
	}
	r.begins(now)
	err := r.hand(c.ctx, t)
	if c.ctx.Err() != nil && err != nil {
		return errStopping
	}
	c.config.Count(r.Name, c.judge(t, r, err))
	return err
}

// judge notes what a try's end means for the text and the sender, and gives it a name.
func (c *Courier) judge(t *text, r *route, err error) (outcome string) {
	now, f := c.config.Clock.Now(), fault.Of(err)
	r.ended(err == nil || f.Kind == fault.Invalid || f.Kind == fault.Refused, now)
	switch {
	case err == nil:
		return "sent"
	case f.Kind == fault.Invalid:
		t.over = true
		return "invalid"
	case f.Kind == fault.Refused:
		t.drop(r)
		return "refused"
	}
	r.after = now.Add(f.RetryAfter)
	return "failed"
}
