package flow

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// wantNoCode checks that a known device gets no code, because the codes of its country are used up.
func (k knownDevice) wantNoCode(p *program) {
	p.t.Helper()
	r := k.post(p, "/auth/send-otp", object{"mobile_number": k.number})
	checkError(p.t, r, http.StatusTooManyRequests, "rate_limited")
	if detail := r.Field("detail"); !strings.Contains(detail, "used up") {
		p.t.Errorf("the refusal of a known device says %q, want that the codes are used up", detail)
	}
}

// Strangers may use 8 of 10 codes. The cap is enforced also if the guard only records.
func TestTheCodesOfACountryAndDayAreLimitedForEverybody(t *testing.T) {
	p := start(t, config(t, "SMS_COUNTRY_DAILY_CAP", "10"))
	var known []knownDevice
	for i := range 3 {
		known = append(known, p.know(germanNumber(i)))
	}
	p.requestCodes(10, 5)
	p.wantNoCode("send-otp", germanNumber(20))
	p.wantNoCode("forgot-password", germanNumber(20))
	p.wantNoCode("forgot-password", known[0].number)
	known[0].requestCode(p, "send-otp")
	known[1].requestCode(p, "send-otp")
	known[2].wantNoCode(p)
	p.newDevice().Login(client.Number())
	if n := p.countLines("SMS_COUNTRY_DAILY_CAP"); n != 1 {
		t.Errorf("%d lines of the log say that the codes are used up, want 1", n)
	}
}

// Codes that are not sent do not count, and neither do refused requests.
func TestOnlyCodesThatAreSentCountForTheCap(t *testing.T) {
	p := start(t, config(t, "SMS_COUNTRY_DAILY_CAP", "4"))
	p.outbox.SetError(errors.New("the queue is full"))
	for range 10 {
		p.newDevice().requestText("send-otp", germanNumber(0))
	}
	p.outbox.SetError(nil)
	p.requestCodes(0, 1)
	for range 10 {
		p.newDevice().wantError(http.StatusTooManyRequests, "rate_limited",
			"POST", "/auth/send-otp", object{"mobile_number": germanNumber(0)})
	}
	p.requestCodes(1, 3)
	p.wantNoCode("send-otp", germanNumber(5))
}

func TestTheCapStartsAgainAtMidnight(t *testing.T) {
	guarded(t, func(_ *testing.T, first, second *program) {
		first.requestCodes(0, 2)
		second.requestCodes(2, 2)
		first.wantNoCode("send-otp", germanNumber(4))
		sleepUntil(midnight(1).Add(-time.Second))
		second.wantNoCode("send-otp", germanNumber(4))
		sleepUntil(midnight(1))
		second.requestCodes(4, 4)
		first.wantNoCode("send-otp", germanNumber(8))
	}, "SMS_COUNTRY_DAILY_CAP", "5")
}

func TestACapOfZeroIsNoLimit(t *testing.T) {
	p := start(t, config(t, "SMS_COUNTRY_DAILY_CAP", "0"))
	p.requestCodes(0, 30)
}

// Two processes on one database together send no more codes than the cap allows.
func TestProcessesShareTheCapOnPostgres(t *testing.T) {
	useStack(t, []string{"DATABASE_URL", newSchema(t)})
	set := []string{"SMS_COUNTRY_DAILY_CAP", "20", "SECRET_KEY", "a key of all processes"}
	first, second := start(t, config(t, set...)), start(t, config(t, set...))
	sent := 0
	for _, r := range concurrently(t, 40, func(i int) (client.Response, error) {
		p := []*program{first, second}[i%2]
		return p.newDevice().Call("POST", "/auth/send-otp", object{"mobile_number": germanNumber(i)})
	}) {
		if r.Status == http.StatusOK {
			sent++
		}
	}
	if want := otp.StrangersShare(20); sent != want {
		t.Errorf("%d codes sent by two processes, want %d", sent, want)
	}
}

// brokenCounts is a ports.CodeCounts that fails, or does not answer.
type brokenCounts struct {
	ports.CodeCounts
	hangs atomic.Bool
}

func (b *brokenCounts) fail(ctx context.Context) error {
	if b.hangs.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	return errors.New("the table of counts is locked")
}

// Take implements ports.CodeCounts.
func (b *brokenCounts) Take(ctx context.Context, _ quota.Day, _ string, _ int) error {
	return b.fail(ctx)
}

// Add implements ports.CodeCounts.
func (b *brokenCounts) Add(ctx context.Context, _ map[otp.CountKey]otp.CodeCount) error {
	return b.fail(ctx)
}

// Sum implements ports.CodeCounts.
func (b *brokenCounts) Sum(ctx context.Context, _, _ time.Time) (map[string]otp.CodeCount, error) {
	return nil, b.fail(ctx)
}

func TestLoginsWorkWithoutTheCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := &brokenCounts{}
		c := config(t, "SMS_GUARD", "enforce", "SMS_COUNTRY_DAILY_CAP", "1")
		p := start(t, c, boot.InProcess(), boot.Wrap(func(ports.CodeCounts) ports.CodeCounts { return broken }))
		for _, hangs := range []bool{false, true} {
			broken.hangs.Store(hangs)
			for i := range 25 {
				began := time.Now()
				p.newDevice().Login(client.Number())
				if took := time.Since(began); took > time.Second {
					t.Fatalf("login %d took %v, want at most a second more than with the counts", i, took)
				}
			}
			time.Sleep(25 * time.Minute)
		}
		lines := p.countLines("counting the codes of countries failed")
		if lines < 1 || lines > 55 {
			t.Errorf("%d lines of the log in 50 minutes say that the counts are broken, want one a minute", lines)
		}
	})
}

func TestTheCodesOfACountryAreMetrics(t *testing.T) {
	p := start(t, config(t, "METRICS_ADDR", "127.0.0.1:0", "SMS_COUNTRY_DAILY_CAP", "4"))
	k := p.know(germanNumber(0))
	p.requestCodes(1, 2)
	k.requestCode(p, "send-otp")
	p.wantNoCode("send-otp", germanNumber(3))
	p.checkMetrics(map[string]float64{
		`parley_country_codes_today{country="DE",state="sent"}`:     4,
		`parley_country_codes_today{country="DE",state="issued"}`:   3,
		`parley_country_codes_today{country="DE",state="verified"}`: 1,
		`parley_code_guard_total{outcome="refused",rule="cap"}`:     1,
	})
}
