package subscribe_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// providerChanges are changes of a paid subscription at the provider, in order. Each
// causes one event.
var providerChanges = []func(ctx context.Context, h *harness, customer string) error{
	func(ctx context.Context, h *harness, customer string) error {
		return h.provider.CancelAtPeriodEnd(ctx, customer, true)
	},
	func(ctx context.Context, h *harness, customer string) error {
		return h.provider.CancelAtPeriodEnd(ctx, customer, false)
	},
	func(_ context.Context, h *harness, customer string) error { return h.provider.EndPeriod(customer) },
	func(_ context.Context, h *harness, customer string) error { return h.provider.FailRenewals(customer) },
	func(_ context.Context, h *harness, customer string) error { return h.provider.EndPeriod(customer) },
	func(_ context.Context, h *harness, customer string) error { return h.provider.CancelNow(customer) },
}

// unsignedWebhooks is a ports.Webhooks without verification: the payload is the
// customer, and the signature is the event's id.
type unsignedWebhooks struct{}

func (unsignedWebhooks) Event(customer []byte, eventID string, _ time.Time) (ports.WebhookEvent, error) {
	return ports.WebhookEvent{ID: eventID, Customer: string(customer)}, nil
}

// lifecycle is a subscription whose events are delivered in any order, each after its change.
type lifecycle struct {
	*harness
	customer string
	applied  int // how many providerChanges have been applied
}

// deliverEvent delivers the event of the nth change, after it has applied the changes
// up to that one. Event 0 is the payment.
func (l *lifecycle) deliverEvent(t *testing.T, n int) {
	t.Helper()
	for l.applied < n {
		if err := providerChanges[l.applied](t.Context(), l.harness, l.customer); err != nil {
			t.Fatalf("applying change %d: %v", l.applied+1, err)
		}
		l.applied++
	}
	if _, err := l.ReceiveWebhook(t.Context(), []byte(l.customer), strconv.Itoa(n)); err != nil {
		t.Fatalf("delivering event %d: %v", n, err)
	}
}

// All orders of the 7 events of a subscription are tried. Each event is delivered
// three times, and some long after their change. In the end the record must equal
// the provider's state.
func TestAllOrdersOfEvents(t *testing.T) {
	for first := range 7 {
		t.Run(fmt.Sprint("first event ", first), func(t *testing.T) {
			t.Parallel()
			order := []int{0, 1, 2, 3, 4, 5, 6}
			order[0], order[first] = first, 0
			orders := 0
			permute(order, 1, func() {
				orders++
				checkOrder(t, order)
			})
			if orders != 720 {
				t.Errorf("%d orders were tried, want 720", orders)
			}
		})
	}
}

func checkOrder(t *testing.T, order []int) {
	t.Helper()
	l := &lifecycle{harness: newHarnessWithWebhooks(t, unsignedWebhooks{})}
	l.customer = l.buyPro(t)
	for _, n := range order {
		l.deliverEvent(t, n)
		l.deliverEvent(t, n)
	}
	for _, n := range order {
		l.deliverEvent(t, n)
	}
	want, err := l.provider.Fetch(t.Context(), l.customer)
	if err != nil || want.Status != subscription.Canceled {
		t.Fatalf("the provider's state is %+v, %v, want a canceled subscription", want, err)
	}
	if got := l.record(t).Snapshot; got.Differs(want) {
		t.Fatalf("after the order %v the record differs (-want +got):\n%s", order, cmp.Diff(want, got))
	}
	l.checkOverview(t, ada, plan.Basic, subscription.Canceled)
}

// permute calls f with every order of the elements from index i on.
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
