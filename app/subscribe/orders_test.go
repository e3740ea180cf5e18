package subscribe_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// changes are what befalls a subscription after it was paid, each told by one event.
var changes = []func(t *testing.T, w *world, customer string) error{
	func(t *testing.T, w *world, c string) error { return w.company.CancelAtPeriodEnd(t.Context(), c, true) },
	func(t *testing.T, w *world, c string) error {
		return w.company.CancelAtPeriodEnd(t.Context(), c, false)
	},
	func(_ *testing.T, w *world, c string) error { return w.company.EndPeriod(c) },
	func(_ *testing.T, w *world, c string) error { return w.company.FailNextRenewal(c) },
	func(_ *testing.T, w *world, c string) error { return w.company.EndPeriod(c) },
	func(_ *testing.T, w *world, c string) error { return w.company.CancelNow(c) },
}

// unsigned are webhooks that are believed as they are: a customer, and the event's number as signature.
type unsigned struct{}

func (unsigned) Event(customer []byte, number string, _ time.Time) (ports.Event, error) {
	return ports.Event{ID: number, Customer: string(customer)}, nil
}

// lived is a life under way: events come in any order, each after what it tells of.
type lived struct {
	*world
	customer string
	happened int // changes so far
}

// receive takes in the event of the nth change, which has happened by then; the 0th is the payment.
func (l *lived) receive(t *testing.T, n int) {
	t.Helper()
	for l.happened < n {
		if err := changes[l.happened](t, l.world, l.customer); err != nil {
			t.Fatal(err)
		}
		l.happened++
	}
	if _, err := l.Receive(t.Context(), []byte(l.customer), strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
}

// Whatever the order in which the 7 events of a life come, each three times and
// some long after what they tell of, what is known in the end is what the company says.
func TestAllOrdersOfALife(t *testing.T) {
	for first := range 7 {
		t.Run(fmt.Sprint("from ", first), func(t *testing.T) {
			t.Parallel()
			orders := 0
			order := []int{0, 1, 2, 3, 4, 5, 6}
			order[0], order[first] = first, 0
			permute(order, 1, func() {
				orders++
				inOrder(t, order)
			})
			if orders != 720 {
				t.Errorf("%d orders", orders)
			}
		})
	}
}

func inOrder(t *testing.T, order []int) {
	l := &lived{world: newWorldOf(t, func(*pretend.Company) ports.Webhooks { return unsigned{} })}
	l.customer = l.bought(t)
	for _, n := range order {
		l.receive(t, n)
		l.receive(t, n)
	}
	for _, n := range order {
		l.receive(t, n)
	}
	want, err := l.company.Fetch(t.Context(), l.customer)
	if err != nil || want.Status != subscription.Canceled {
		t.Fatalf("the company says %+v, %v", want, err)
	}
	got, err := (memory.Subscriptions{Store: l.store}).Get(t.Context(), ada)
	if err != nil || got.Snapshot.News(want) {
		t.Fatalf("in the order %v: %v, %s", order, err, cmp.Diff(want, got.Snapshot))
	}
	l.tier(t, ada, subscription.Basic, subscription.Canceled)
}

// permute does f with every order of the numbers from the ith on.
func permute(all []int, i int, f func()) {
	if i == len(all) {
		f()
		return
	}
	for j := i; j < len(all); j++ {
		all[i], all[j] = all[j], all[i]
		permute(all, i+1, f)
		all[i], all[j] = all[j], all[i]
	}
}
