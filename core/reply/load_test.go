package reply_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
)

func TestTheWaitIsThatOfTheUsersAhead(t *testing.T) {
	for name, c := range map[string]struct {
		load reply.Load
		want time.Duration
		ok   bool
	}{
		"nobody ahead":              {newLoad(0, 256, 0), 0, true},
		"an idle worker":            {newLoad(10, 2, 0), 5 * time.Minute, true},
		"the rate of the minute":    {newLoad(10, 2, 60), 10 * time.Second, true},
		"slow answers":              {newLoad(10, 20, 5), 30 * time.Second, true},
		"no worker":                 {newLoad(1000, 0, 0), 0, false},
		"no worker but old answers": {newLoad(1000, 0, 60), 0, false},
		"very many users":           {newLoad(1_000_000_000, 1000, 0), 1_000_000 * time.Minute, true},
	} {
		if wait, ok := c.load.Wait(); wait != c.want || ok != c.ok {
			t.Errorf("%s: the wait is %v (known: %v), want %v (%v)", name, wait, ok, c.want, c.ok)
		}
	}
}

func newLoad(usersAhead, slots, finished int) reply.Load {
	return reply.Load{
		Capacity:   reply.Capacity{Slots: slots, Finished: finished},
		UsersAhead: usersAhead,
	}
}

func TestAnOverloadIsAWaitOfMoreThanFiveMinutes(t *testing.T) {
	for name, c := range map[string]struct {
		load       reply.Load
		retryAfter time.Duration // 0 if the reply is accepted
	}{
		"five minutes on an idle worker":   {newLoad(5, 1, 0), 0},
		"one user more":                    {newLoad(6, 1, 0), time.Minute},
		"five minutes at the current rate": {newLoad(18_000, 1, 3600), 0},
		"one user more at this rate":       {newLoad(18_001, 1, 3600), time.Second},
		"a hundred users more":             {newLoad(18_121, 1, 3600), 2*time.Second + time.Second/60},
		"a very long queue":                {newLoad(1_000_000, 1, 1), 5 * time.Minute},
		"no worker":                        {newLoad(1_000_000, 0, 0), 0},
	} {
		got := c.load.Overload()
		switch {
		case c.retryAfter == 0 && got != nil:
			t.Errorf("%s: the reply is refused with %v, want it accepted", name, got)
		case c.retryAfter > 0 && (got == nil || (got.RetryAfter-c.retryAfter).Abs() > time.Microsecond):
			t.Errorf("%s: the error is %+v, want RetryAfter %v", name, got, c.retryAfter)
		}
	}
}

// A worker of an older version reports no slots. It may have the largest part of the capacity.
func TestAnUnknownCapacityRefusesNothing(t *testing.T) {
	load := newLoad(1_000_000, 1, 1)
	load.Unknown = 1
	if err := load.Overload(); err != nil {
		t.Errorf("a reply is refused with %v while a worker does not report its slots, want it accepted", err)
	}
}

func TestMoreUsersThanCountUpToMakeNoDifference(t *testing.T) {
	for _, c := range []reply.Capacity{{}, {Slots: 1}, {Slots: 256, Finished: 3}, {Slots: 2, Finished: 1000}} {
		n := c.CountUpTo()
		counted, all := reply.Load{Capacity: c, UsersAhead: n}, reply.Load{Capacity: c, UsersAhead: 100 * n}
		a, b := counted.Overload(), all.Overload()
		if (a == nil) != (b == nil) || a != nil && a.RetryAfter != b.RetryAfter {
			t.Errorf("with the capacity %+v, %d users give %v, and 100 times as many %v, want the same", c, n, a, b)
		}
	}
}

// Clients see one code for both kinds of overload, and people see which one it is.
func TestTheTextsOfAnOverloadDiffer(t *testing.T) {
	if !errors.Is(reply.ErrOverloaded, quota.ErrOverloaded) {
		t.Error("the codes of the two overloads differ, want the same")
	}
	text := reply.ErrOverloaded.Message
	if !strings.Contains(text, "in a few minutes") || text == quota.ErrOverloaded.Message {
		t.Errorf("the text of an overload is %q, want one that says when to try again", text)
	}
}

// The code of both errors is rate_limited. The texts say which one it is, and what to do.
func TestTheTextOfAFullBacklogIsNotThatOfARateLimit(t *testing.T) {
	full, limited := reply.BacklogError(7), fault.RateLimited(reply.BacklogRetryAfter)
	if !errors.Is(full, limited) {
		t.Errorf("the codes are %s and %s, want the same", full.Code, limited.Code)
	}
	advice := "until some of them are answered"
	if !strings.Contains(full.Message, advice) || strings.Contains(full.Message, "requests") {
		t.Errorf("the text of a full backlog is %q, want one about answers and not about requests", full.Message)
	}
	if !strings.Contains(limited.Message, "Too many requests") || strings.Contains(limited.Message, "answer") {
		t.Errorf("the text of a rate limit is %q, want one about requests and not about answers", limited.Message)
	}
}

func TestTheErrorOfAFullBacklogNamesTheLimit(t *testing.T) {
	err := reply.BacklogError(7)
	if !errors.Is(err, reply.ErrBacklog) || !strings.Contains(err.Message, "at most 7") {
		t.Errorf("the error of a full backlog is %v, want ErrBacklog with the limit 7", err)
	}
	if err.RetryAfter != reply.BacklogRetryAfter || reply.ErrBacklog.RetryAfter != 0 {
		t.Errorf("RetryAfter is %v, and %v in the sentinel, want %v and 0",
			err.RetryAfter, reply.ErrBacklog.RetryAfter, reply.BacklogRetryAfter)
	}
}
