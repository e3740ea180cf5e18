package flow

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/ports"
)

// postbox notes when each text was sent.
type postbox struct {
	ports.SMS
	mu   sync.Mutex
	sent map[phone.Number][]time.Time
}

func (b *postbox) Send(ctx context.Context, to phone.Number, text string) error {
	b.mu.Lock()
	b.sent[to] = append(b.sent[to], time.Now())
	b.mu.Unlock()
	return b.SMS.Send(ctx, to, text)
}

// within fails the test when any window holds more than its limit. times are in order.
func within(t *testing.T, whose string, times []time.Time, limit int, window time.Duration) {
	t.Helper()
	for i := limit; i < len(times); i++ {
		if times[i].Sub(times[i-limit]) < window {
			t.Fatalf("%s: more than %d in %s, at %s", whose, limit, window, times[i])
		}
	}
}

const (
	victims    = 20   // numbers that everybody asks for
	blocks     = 18   // blocks of 110 numbers each, the other numbers
	attackers  = 200  // addresses, the first two of which ask most
	asking     = 9000 // times, over 12 hours
	askedEvery = 12 * time.Hour / asking
)

func target(random *rand.Rand) string {
	if random.IntN(2) == 0 {
		return fmt.Sprintf("+44%05d00000", 10_000+random.IntN(victims))
	}
	return fmt.Sprintf("+1%06d%04d", 200_000+random.IntN(blocks), random.IntN(110))
}

func attacker(random *rand.Rand) string {
	if random.IntN(8) == 0 {
		return fmt.Sprintf("192.0.2.%d", random.IntN(2))
	}
	return fmt.Sprintf("198.51.100.%d", random.IntN(attackers-2))
}

// 2,000 numbers, asked for by 200 addresses over half a day, get no more texts
// than any budget has, and as many as the budgets have.
func TestPumping(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	box := &postbox{sent: map[phone.Number][]time.Time{}}
	bubble(t, func(t *testing.T, p *program) {
		answered := map[string][]time.Time{}
		refusals, sent := 0, 0
		for range asking {
			addr := attacker(random)
			switch status := p.from(addr).status("POST", "/auth/send-otp", object{"mobile_number": target(random)}); status {
			case http.StatusOK:
				answered[addr] = append(answered[addr], time.Now())
				sent++
			case http.StatusTooManyRequests:
				refusals++
			default:
				t.Fatalf("answered %d", status)
			}
			time.Sleep(askedEvery)
		}
		for addr, times := range answered {
			within(t, addr, times, 30, time.Hour)
		}
		box.check(t, sent)
		t.Logf("%d asked, %d sent, %d refused", asking, sent, refusals)
	}, boot.Wrap(func(s ports.SMS) ports.SMS { box.SMS = s; return box }))
}

func (b *postbox) check(t *testing.T, sent int) {
	t.Helper()
	total, prefixes := 0, map[string][]time.Time{}
	for n, times := range b.sent {
		total += len(times)
		within(t, n.String(), times, 1, time.Minute)
		within(t, n.String(), times, 5, time.Hour)
		within(t, n.String(), times, 10, 24*time.Hour)
		if n.String()[:3] == "+44" && len(times) != 10 {
			t.Errorf("%s, which all ask for, got %d texts, want the day's 10", n, len(times))
		}
		prefixes[n.Prefix()] = append(prefixes[n.Prefix()], times...)
	}
	for prefix, times := range prefixes {
		slices.SortFunc(times, time.Time.Compare)
		within(t, prefix, times, 20, time.Hour)
		if prefix[:2] == "+1" && len(times) < 150 {
			t.Errorf("the block %s got %d texts in 12 hours, want nearly 20 an hour", prefix, len(times))
		}
	}
	if total != sent {
		t.Errorf("%d texts for %d answers", total, sent)
	}
}
