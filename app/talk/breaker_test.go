package talk_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// till is what was spent, as a store tells it that may be away.
type till struct {
	memory.Spend
	away  bool
	looks int
}

func (s *till) Spent(ctx context.Context, day quota.Day) (int64, error) {
	if s.looks++; s.away {
		return 0, errAway
	}
	return s.Spend.Spent(ctx, day)
}

// guarded is a world with a budget of 100 tokens a day, what was spent of it, and what the breaker told.
func guarded(t *testing.T) (*world, *till, *[]string) {
	w := newWorld(t, rand.Reader)
	s, told := &till{Spend: memory.Spend{Store: w.store}}, &[]string{}
	b := talk.NewBreaker(s, 100, func(isOpen bool, tokens int64) { *told = append(*told, fmt.Sprint(isOpen, " ", tokens)) })
	plans := subscription.Plans{Basic: subscription.Plan{Terms: chat.Terms{Limit: quota.Unlimited}}}
	w.Talk = talk.New(memory.Rooms{Store: w.store}, memory.Messages{Store: w.store}, w.live, silent{}, b, clock{}, rand.Reader, plans)
	return w, s, told
}

func (w *world) refuses(t *testing.T, room string) bool {
	t.Helper()
	_, err := w.Send(t.Context(), talk.Message{User: ada, Room: room, Text: "hello"})
	if err != nil && !errors.Is(err, quota.ErrOverloaded) {
		t.Fatal(err)
	}
	return err != nil
}

func TestTheBreakerLooksOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s, told := guarded(t)
		room, _ := w.ask(t)
		for i := range 100 {
			if w.refuses(t, room) {
				t.Fatalf("message %d is refused", i)
			}
			time.Sleep(50 * time.Millisecond)
		}
		if s.looks != 5 {
			t.Errorf("%d looks in 5 seconds", s.looks)
		}
		if err := s.Add(t.Context(), quota.DayOf(time.Now()), 100); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		for range 2 {
			if !w.refuses(t, room) {
				t.Error("accepted with nothing left")
			}
		}
		if fmt.Sprint(*told) != "[true 100]" {
			t.Errorf("told %v", *told)
		}
	})
}

// While nobody can tell what was spent it goes by what it knew, but a new day begins anew.
func TestTheBreakerWithoutItsStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s, told := guarded(t)
		room, _ := w.ask(t)
		s.away = true
		time.Sleep(time.Second)
		if w.refuses(t, room) {
			t.Error("refused for nothing that is known")
		}
		s.away = false
		if err := s.Add(t.Context(), quota.DayOf(time.Now()), 500); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		w.refuses(t, room)
		s.away = true
		time.Sleep(time.Hour)
		if !w.refuses(t, room) {
			t.Error("what was known is forgotten")
		}
		time.Sleep(24 * time.Hour)
		if w.refuses(t, room) {
			t.Error("refused on a new day")
		}
		if fmt.Sprint(*told) != "[true 500 false 0]" {
			t.Errorf("told %v", *told)
		}
	})
}
