package flow

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
)

// crowd is a model that takes its time and counts whom it answers at once, by
// the first word of what they say.
type crowd struct {
	takes     time.Duration
	mu        sync.Mutex
	now, most map[string]int
}

func newCrowd(takes time.Duration) *crowd {
	return &crowd{takes: takes, now: map[string]int{}, most: map[string]int{}}
}

func (c *crowd) add(who string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now[who] += n
	c.most[who] = max(c.most[who], c.now[who])
}

// peak is the most of somebody's answers that were under way at once.
func (c *crowd) peak(who string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.most[who]
}

func (c *crowd) answer(ctx context.Context, p chat.Prompt, emit func(string) error) error {
	var who string
	if _, err := fmt.Sscan(asked(p), &who); err != nil {
		return err
	}
	c.add(who, 1)
	defer c.add(who, -1)
	return errors.Join(rest(ctx, c.takes), emit("well"))
}

// A Pro user with a hundred rooms has eight answers under way, and no pause
// between them; nobody else waits for that, though all asked later.
func TestAUserWithManyRoomsLeavesRoomForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(2300 * time.Millisecond)
		p, basic := indoors(t, config(t, "WORKER_CONCURRENCY", "20"), speaks(model(c.answer)))
		pro := p.inside().login(number())
		p.buys(pro)
		sent := time.Now()
		var heavy []string
		for i := range 100 {
			heavy = append(heavy, pro.ask(pro.room(fmt.Sprint(i)), "pro"))
		}
		for i := range 3 {
			asked := time.Now()
			basic.done(basic.ask(basic.room("b"), fmt.Sprint("basic ", i)), "well")
			took(t, asked, c.takes, c.takes)
		}
		for _, reply := range heavy {
			pro.done(reply, "well")
		}
		took(t, sent, 13*c.takes, 13*c.takes) // 100 by eights
		if c.peak("pro") != 8 || c.peak("basic") != 1 {
			t.Errorf("answered at once: %v", c.most)
		}
		p.calm()
	})
}

// The bound is of all processes together, and each fills the place that another frees.
func TestTheBoundOfAUserHoldsOverProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, both := newCrowd(2*time.Second), newPair()
		settings := []string{"SECRET_KEY", key, "USER_CONCURRENCY", "3", "BASIC_DAILY_LIMIT", "100"}
		first := start(t, config(t, settings...), both.options(speaks(model(c.answer)))...)
		second := start(t, config(t, settings...), both.options(speaks(model(c.answer)))...)
		d := first.inside().login(number())
		there := device{second.inside().As(d.Token), t}
		var replies []string
		for i := range 30 {
			replies = append(replies, []device{d, there}[i%2].ask(d.room(fmt.Sprint(i)), "me"))
		}
		for _, reply := range replies {
			there.done(reply, "well")
		}
		if c.peak("me") != 3 {
			t.Errorf("%d answers at once", c.peak("me"))
		}
		took(t, midnight(0), 20*time.Second, 20*time.Second)
	})
}

// A retry waits without a place; one that failed for good makes way at once.
func TestAFailureMakesWayForTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		echo := noting(&d, time.Second, func(p chat.Prompt) fake.Act {
			switch {
			case asked(p) == "hopeless":
				return fake.Act{Text: "no", Fail: &chat.Failure{Code: chat.CodeBlocked}}
			case asked(p) == "again" && len(d.of("again")) == 1:
				return fake.Act{Text: "no", Fail: &chat.Failure{Code: chat.CodeUnavailable, Retryable: true, RetryAfter: time.Minute}}
			}
			return fake.Act{}
		})
		_, dev := indoors(t, config(t, "USER_CONCURRENCY", "1"), boot.Keep(echo))
		again := dev.ask(dev.room("a"), "again")
		time.Sleep(time.Millisecond)
		hopeless := dev.ask(dev.room("b"), "hopeless")
		time.Sleep(time.Millisecond)
		last := dev.ask(dev.room("c"), "last")
		dev.done(last, "You said: last")
		took(t, midnight(0), 3*time.Second, 3*time.Second)
		dev.failed(hopeless, chat.CodeBlocked)
		dev.done(again, "You said: again")
	})
}

// Without a bound all places of a worker are anybody's.
func TestNoBoundOfAUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(time.Second)
		_, d := indoors(t, config(t, "USER_CONCURRENCY", "0", "BASIC_DAILY_LIMIT", "100"), speaks(model(c.answer)))
		var last string
		for i := range 50 {
			last = d.ask(d.room(fmt.Sprint(i)), "me")
		}
		d.done(last, "well")
		if c.peak("me") != 50 {
			t.Errorf("%d answers at once", c.peak("me"))
		}
	})
}
