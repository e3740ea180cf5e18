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

// recordingSMS is a ports.SMS that records when it sends to each number.
type recordingSMS struct {
	ports.SMS
	mu   sync.Mutex
	sent map[phone.Number][]time.Time
}

// Send implements ports.SMS.
func (s *recordingSMS) Send(ctx context.Context, to phone.Number, text string) error {
	s.mu.Lock()
	s.sent[to] = append(s.sent[to], time.Now())
	s.mu.Unlock()
	return s.SMS.Send(ctx, to, text)
}

// checkRate checks that no window contains more than limit of the times, which are sorted.
func checkRate(t *testing.T, name string, times []time.Time, limit int, window time.Duration) {
	t.Helper()
	for i := limit; i < len(times); i++ {
		if times[i].Sub(times[i-limit]) < window {
			t.Fatalf("%s: more than %d in %s, at %s", name, limit, window, times[i])
		}
	}
}

const (
	victims         = 20   // numbers that get half of all requests, in separate blocks
	blocks          = 18   // blocks of the other numbers
	numbersPerBlock = 110  // a block is the numbers that share a prefix
	attackers       = 200  // IP addresses; the first two send an eighth of all requests
	codeRequests    = 9000 // spread over 12 hours
	requestInterval = 12 * time.Hour / codeRequests
)

// randomTarget returns a number to request a code for.
func randomTarget(random *rand.Rand) string {
	if random.IntN(2) == 0 {
		return fmt.Sprintf("+44%05d00000", 10_000+random.IntN(victims))
	}
	return fmt.Sprintf("+1%06d%04d", 200_000+random.IntN(blocks), random.IntN(numbersPerBlock))
}

// randomAttacker returns the IP address of a request.
func randomAttacker(random *rand.Rand) string {
	if random.IntN(8) == 0 {
		return fmt.Sprintf("192.0.2.%d", random.IntN(2))
	}
	return fmt.Sprintf("198.51.100.%d", random.IntN(attackers-2))
}

// SMS pumping: 200 addresses request codes for 2,000 numbers during half a day. No
// limit is exceeded, and the limits that are reached are used completely.
func TestSMSPumpingIsLimited(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	sms := &recordingSMS{sent: map[phone.Number][]time.Time{}}
	inBubble(t, func(t *testing.T, p *program) {
		accepted := map[string][]time.Time{}
		refused, sent := 0, 0
		for range codeRequests {
			addr := randomAttacker(random)
			body := object{"mobile_number": randomTarget(random)}
			switch status := p.deviceAt(addr).callStatus("POST", "/auth/send-otp", body); status {
			case http.StatusOK:
				accepted[addr] = append(accepted[addr], time.Now())
				sent++
			case http.StatusTooManyRequests:
				refused++
			default:
				t.Fatalf("request for a code: status %d, want 200 or 429", status)
			}
			time.Sleep(requestInterval)
		}
		for addr, times := range accepted {
			checkRate(t, addr, times, 30, time.Hour)
		}
		sms.check(t, sent)
		t.Logf("%d codes requested, %d sent, %d refused", codeRequests, sent, refused)
	}, boot.Wrap(func(s ports.SMS) ports.SMS {
		sms.SMS = s
		return sms
	}))
}

// check checks the rates of the text messages to each number and to each prefix, and
// that they are as many as the requests that were accepted.
func (s *recordingSMS) check(t *testing.T, accepted int) {
	t.Helper()
	total, byPrefix := 0, map[string][]time.Time{}
	for n, times := range s.sent {
		total += len(times)
		checkRate(t, n.String(), times, 1, time.Minute)
		checkRate(t, n.String(), times, 10, 24*time.Hour)
		if n.String()[:3] == "+44" && len(times) != 10 {
			t.Errorf("%s, a victim, got %d text messages, want the 10 of the day", n, len(times))
		}
		byPrefix[n.Prefix()] = append(byPrefix[n.Prefix()], times...)
	}
	for prefix, times := range byPrefix {
		slices.SortFunc(times, time.Time.Compare)
		checkRate(t, prefix, times, 20, time.Hour)
		if prefix[:2] == "+1" && len(times) < 150 {
			t.Errorf("the block %s got %d text messages in 12 hours, want nearly 20 an hour", prefix, len(times))
		}
	}
	if total != accepted {
		t.Errorf("%d text messages sent, want %d, one for each accepted request", total, accepted)
	}
}
