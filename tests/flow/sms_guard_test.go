package flow

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/tests/client"
)

// germanNumber returns the i-th of 900 numbers in separate blocks.
func germanNumber(i int) string { return fmt.Sprintf("+4917%02d%d000000", 10+i/10, i%10) }

// requestCodes requests codes for German numbers that nobody enters, each from a new address.
func (p *program) requestCodes(first, n int) {
	p.t.Helper()
	for i := range n {
		p.newDevice().requestCode("send-otp", germanNumber(first+i))
	}
}

// expire lets the codes so far expire and the program see that, which needs a request.
func (p *program) expire(unused string) {
	p.t.Helper()
	time.Sleep(22 * time.Minute)
	p.newDevice().requestCode("send-otp", unused)
	time.Sleep(2 * time.Second)
}

// wantNoCode checks that a stranger gets no code until the UTC day ends.
func (p *program) wantNoCode(route, number string) {
	p.t.Helper()
	r := p.newDevice().wantError(http.StatusTooManyRequests, "rate_limited",
		"POST", "/auth/"+route, object{"mobile_number": number})
	seconds, err := strconv.Atoi(r.Header.Get("Retry-After"))
	tomorrow := time.Now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	left := time.Until(tomorrow) - time.Duration(seconds)*time.Second
	if err != nil || left < -5*time.Second || left > 5*time.Second {
		p.t.Errorf("Retry-After = %q, want the time until midnight UTC", r.Header.Get("Retry-After"))
	}
	if detail := r.Field("detail"); !strings.Contains(detail, "password") {
		p.t.Errorf("the refusal says %q, want what to do instead", detail)
	}
}

// guarded runs a test with simulated time against programs that enforce the guard, and share a store.
func guarded(t *testing.T, test func(t *testing.T, first, second *program), variables ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		limiter := memory.NewLimiter()
		run := func() *program {
			set := append([]string{"SMS_GUARD", "enforce", "SECRET_KEY", "a key of all processes"}, variables...)
			return start(t, config(t, set...), boot.InProcess(), boot.Use(store), boot.Use(limiter))
		}
		test(t, run(), run())
	})
}

// countLines returns how many lines of the log contain a text.
func (p *program) countLines(text string) int { return strings.Count(p.Log.String(), text) }

func TestStrangersWhoVerifyNothingCloseTheirCountryForStrangers(t *testing.T) {
	guarded(t, func(t *testing.T, first, second *program) {
		k := first.know(germanNumber(0))
		k.Want(http.StatusOK, "POST", "/auth/change-password", object{"new_password": "correct horse"})
		first.requestCodes(1, 10)
		second.requestCodes(11, 10)
		first.expire(client.Number())
		first.requestCodes(21, 1) // 20 codes have expired
		first.expire(client.Number())
		for _, route := range []string{"send-otp", "forgot-password"} {
			for _, number := range []string{k.number, germanNumber(1), germanNumber(50)} {
				first.wantNoCode(route, number)
			}
		}
		second.newDevice().requestCode("send-otp", client.Number()) // makes this process look
		time.Sleep(2 * time.Second)
		second.wantNoCode("send-otp", germanNumber(51))

		first.newDevice().requestCode("send-otp", "+33612345678")
		k.requestCode(first, "send-otp")
		first.loginWithPassword(k.number, "correct horse")
		if n := first.countLines("sms guard: too many codes of a country expire unused"); n != 1 {
			t.Errorf("%d lines of the log say that a country is closed, want 1", n)
		}
		sleepUntil(midnight(1))
		first.newDevice().requestCode("send-otp", germanNumber(60))
	})
}

func TestCodesThatAreStillValidDoNotCloseACountry(t *testing.T) {
	guarded(t, func(_ *testing.T, p, _ *program) {
		codes := map[string]string{}
		for i := range 60 {
			codes[germanNumber(i)] = p.newDevice().requestCode("send-otp", germanNumber(i))
			time.Sleep(time.Second)
		}
		time.Sleep(8 * time.Minute)
		p.requestCodes(60, 1)
		for number, code := range codes {
			p.newDevice().loginWithCode(number, code)
		}
		for range 3 {
			p.expire(client.Number())
			p.newDevice().requestCode("send-otp", germanNumber(61))
		}
	})
}

// A fifth of the 150 codes that were verified on the best day are 30.
func TestVerifiedCodesOfTheLastTwoWeeksRaiseTheLimit(t *testing.T) {
	guarded(t, func(_ *testing.T, p, _ *program) {
		for i := range 150 {
			p.newDevice().Login(germanNumber(i))
		}
		for _, day := range []int{0, 1, 14} {
			sleepUntil(midnight(day).Add(time.Hour))
			p.requestCodes(200, 30)
			p.expire(client.Number())
			p.requestCodes(300+day, 1)
		}
		p.expire(client.Number())
		p.wantNoCode("send-otp", germanNumber(400))
		sleepUntil(midnight(15).Add(time.Hour))
		p.requestCodes(200, 21)
		p.expire(client.Number())
		p.wantNoCode("send-otp", germanNumber(400))
	})
}

func TestInRecordModeTheGuardOnlyLogs(t *testing.T) {
	guarded(t, func(t *testing.T, p, _ *program) {
		p.requestCodes(0, 21)
		p.expire(client.Number())
		p.requestCodes(30, 20)
		for text, want := range map[string]int{"expire unused": 1, "enforced=false": 1, "level=ERROR": 1} {
			if n := p.countLines(text); n != want {
				t.Errorf("%d lines of the log contain %q, want %d", n, text, want)
			}
		}
	}, "SMS_GUARD", "record")
}
