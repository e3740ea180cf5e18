package courier_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/core/phone"
)

// A company that fails or refuses leads to the next at once, and a number that
// is none to nobody.
func TestTheNextCompany(t *testing.T) {
	for name, c := range map[string]struct {
		first, second func(int) error
		counts        map[string]int
		took          time.Duration
	}{
		"the first takes it":     {nil, nil, map[string]int{"first sent": 1}, 0},
		"the first is down":      {always(errDown), nil, map[string]int{"first failed": 1, "second sent": 1}, 0},
		"the first hangs":        {always(errHang), nil, map[string]int{"first failed": 1, "second sent": 1}, 5 * time.Second},
		"the first is busy":      {busy(30), nil, map[string]int{"first failed": 1, "second sent": 1}, 0},
		"the first refuses":      {always(errRefused), nil, map[string]int{"first refused": 1, "second sent": 1}, 0},
		"no number":              {always(phone.ErrInvalid), nil, map[string]int{"first invalid": 1}, 0},
		"both refuse":            {always(errRefused), always(errRefused), map[string]int{"first refused": 1, "second refused": 1, "none lost": 1}, 0},
		"the second is invalid":  {always(errDown), always(phone.ErrInvalid), map[string]int{"first failed": 1, "second invalid": 1}, 0},
		"both are down":          {answering(errDown, nil), always(errDown), map[string]int{"first failed": 1, "second failed": 1, "first sent": 1}, time.Second},
		"one refuses, one waits": {always(errRefused), answering(errDown, errDown, nil), map[string]int{"first refused": 1, "second failed": 2, "second sent": 1}, 4 * time.Second},
		"one waits for longer":   {busy(20), answering(errDown, nil), map[string]int{"first failed": 1, "second failed": 1, "second sent": 1}, time.Second},
		"both wait":              {busy(20), busy(30), map[string]int{"first failed": 1, "second failed": 1, "first sent": 1}, 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, began := hire(t, &company{answer: c.first}, &company{answer: c.second}), time.Now()
				o.send(t, canary)
				o.stop(t)
				if diff := cmp.Diff(c.counts, o.counts.all); diff != "" {
					t.Errorf("(-want +got)\n%s\n%s", diff, &o.log)
				}
				if d := time.Since(began); d != c.took {
					t.Errorf("took %s, want %s", d, c.took)
				}
			})
		})
	}
}

// A company that failed is left alone for 30 s, in which texts go straight to the
// next; then one text tries whether it is back, and all go by it again once it is.
func TestTheFirstIsTriedFirstAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := &company{answer: always(errHang)}, &company{}
		o := hire(t, first, second)
		seen := func(wantFirst, wantSecond int) {
			t.Helper()
			o.Wait()
			if a, b := len(first.seen()), len(second.texts(number(t))); a != wantFirst || b != wantSecond {
				t.Fatalf("%d tries of the first, %d texts by the second; want %d and %d", a, b, wantFirst, wantSecond)
			}
		}
		send := func(texts int) {
			for range texts {
				o.send(t, "hello")
				synctest.Wait()
			}
		}
		send(1)
		seen(1, 1)
		time.Sleep(29 * time.Second)
		send(10)
		seen(1, 11)
		time.Sleep(time.Second)
		send(10) // of which the first finds out for all
		seen(2, 21)
		time.Sleep(30 * time.Second)
		first.tell(nil)
		send(10)
		seen(12, 21)
		o.stop(t)
	})
}

// While all companies are down they are all tried, those that rest as well.
func TestNoCompanyRestsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := &company{answer: always(errDown)}, &company{answer: always(errDown)}
		o := hire(t, first, second)
		o.send(t, canary)
		o.Wait()
		if a, b := len(first.seen()), len(second.seen()); a != 6 || b != 6 {
			t.Errorf("%d and %d tries, want 6 each", a, b)
		}
		o.stop(t)
	})
}
