package flow

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/tests/client"
)

// tryCode tries a code. The route is verify-otp or reset-password.
func (d device) tryCode(route, number, code string) (status int, retryAfter string) {
	d.Helper()
	body := codeBody(number, code)
	if route == "reset-password" {
		body = resetBody(number, code, "correct horse")
	}
	r := d.call("POST", "/auth/"+route, body)
	return r.Status, r.Header.Get("Retry-After")
}

// tryWrongCodes tries to log in with a wrong code, n times.
func (p *program) tryWrongCodes(n int, number, code string) {
	p.t.Helper()
	for range n {
		p.newDevice().wantInvalidCode(number, wrongCode(code))
	}
}

func TestTheSixthTryFailsEvenWithTheRightCode(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		d, n := p.newDevice(), client.Number()
		first := d.requestText("send-otp", n)
		code := first.Field("otp")
		p.tryWrongCodes(otp.MaxAttempts, n, code)
		d.wantInvalidCode(n, code)
		time.Sleep(2 * time.Minute)
		blocked := d.requestText("send-otp", n)
		checkFields(t, blocked, map[string]string{
			"message": first.Field("message"), "otp": code, "expires_in": "480", "resend_in": "60",
		})
		if p.outbox.Count() != 1 {
			t.Errorf("%d text messages sent, want 1: a code without attempts is not sent again", p.outbox.Count())
		}
		d.wantInvalidCode(n, code)
		time.Sleep(8 * time.Minute)
		next := d.requestCode("send-otp", n)
		if p.outbox.Count() != 2 {
			t.Errorf("%d text messages sent after the code has expired, want 2", p.outbox.Count())
		}
		d.loginWithCode(n, next)
	})
}

func TestTheFifthTryStillSucceeds(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		d, n := p.newDevice(), client.Number()
		code := d.requestCode("send-otp", n)
		p.tryWrongCodes(otp.MaxAttempts-1, n, code)
		time.Sleep(time.Minute)
		if again := d.requestCode("send-otp", n); again != code {
			t.Fatalf("code after another request = %s, want %s: a new code would have new attempts", again, code)
		}
		d.loginWithCode(n, code)
	})
}

// After five wrong codes, a client that has entered one of them waits after each further one.
// This holds for both purposes and all codes of a number. Other clients do not wait.
func TestClientsWaitAfterTheirWrongCodes(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		d, n := p.newDevice(), client.Number()
		try := func(d device, route, code string, status int, retryAfter string) {
			t.Helper()
			gotStatus, gotRetryAfter := d.tryCode(route, n, code)
			if gotStatus != status || gotRetryAfter != retryAfter {
				t.Fatalf("%s: status %d, Retry-After %q; want %d, %q",
					route, gotStatus, gotRetryAfter, status, retryAfter)
			}
		}
		code := p.newDevice().requestCode("send-otp", n)
		d.wantInvalidCode(n, wrongCode(code))
		p.tryWrongCodes(4, n, code)
		for range 3 {
			try(d, "verify-otp", code, http.StatusTooManyRequests, "1800")
			try(d, "reset-password", code, http.StatusTooManyRequests, "1800")
			time.Sleep(30*time.Minute - time.Microsecond)
			try(d, "verify-otp", code, http.StatusTooManyRequests, "1")
			time.Sleep(time.Microsecond)
			code = p.newDevice().requestCode("send-otp", n)
			try(d, "verify-otp", wrongCode(code), http.StatusBadRequest, "")
		}
		try(p.newDevice(), "verify-otp", code, http.StatusOK, "")
	})
}

// Strangers cannot lock out the owner of a number: guesses do not count when no code was
// sent, and clients without wrong codes need not wait.
func TestGuessesDoNotLockOutTheOwner(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		n := client.Number()
		p.newDevice().Login(n)
		for range 100 {
			p.newDevice().wantInvalidCode(n, "000000")
		}
		stranger := p.newDevice()
		for range 2 { // codes that a stranger requests and guesses
			time.Sleep(10 * time.Minute)
			code := p.newDevice().requestCode("send-otp", n)
			for range 5 {
				stranger.tryCode("verify-otp", n, wrongCode(code))
				time.Sleep(30 * time.Second)
			}
		}
		code := p.newDevice().requestCode("forgot-password", n)
		if status, _ := p.newDevice().tryCode("reset-password", n, code); status != http.StatusOK {
			t.Errorf("first try of the owner: status %d, want 200", status)
		}
	})
}

// A new code does not reset the count of wrong codes. It can be requested without a delay.
func TestANewCodeDoesNotResetTheWrongGuesses(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		d, n := p.newDevice(), client.Number()
		code := d.requestCode("send-otp", n)
		for range 5 {
			d.wantInvalidCode(n, wrongCode(code))
		}
		time.Sleep(11 * time.Minute)
		code = d.requestCode("send-otp", n)
		status, retryAfter := d.tryCode("verify-otp", n, code)
		if status != http.StatusTooManyRequests || retryAfter != "1140" {
			t.Errorf("right code after five wrong ones: status %d, Retry-After %q; want 429 and 1140 s",
				status, retryAfter)
		}
		if d.requestCode("forgot-password", n) == "" {
			t.Error("no code was sent during the delay, want a code")
		}
	})
}

// tryConcurrently tries a code from several addresses at the same time and counts the
// responses by status.
func (p *program) tryConcurrently(times int, number, code string) map[int]int {
	var (
		mu     sync.Mutex
		counts = map[int]int{}
		all    sync.WaitGroup
	)
	for range times {
		d := p.newDevice()
		all.Go(func() {
			r, err := d.Call("POST", "/auth/verify-otp", codeBody(number, code))
			if err != nil {
				d.Errorf("try a code: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			counts[r.Status]++
		})
	}
	all.Wait()
	return counts
}

func TestFiftyConcurrentTriesOfTheRightCodeLogInOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		n := client.Number()
		got := p.tryConcurrently(50, n, p.newDevice().requestCode("send-otp", n))
		refused := got[http.StatusBadRequest] + got[http.StatusTooManyRequests]
		if got[http.StatusOK] != 1 || refused != 49 {
			t.Errorf("responses by status = %v, want 200 once, and 400 or 429 for the others", got)
		}
	})
}

// Five codes are compared. The other tries find a code without attempts.
func TestFiftyConcurrentWrongCodesUseUpTheAttempts(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		n := client.Number()
		code := p.newDevice().requestCode("send-otp", n)
		if got := p.tryConcurrently(50, n, wrongCode(code)); got[http.StatusBadRequest] != 50 {
			t.Errorf("responses by status = %v, want 400 for all 50", got)
		}
		time.Sleep(time.Second)
		if status, _ := p.newDevice().tryCode("verify-otp", n, code); status != http.StatusBadRequest {
			t.Errorf("right code after 50 wrong ones: status %d, want 400", status)
		}
	})
}

// Strangers with five addresses wait until the owner of a number has requested a code on a new
// phone. Then they use up its attempts. The code after it is sent although the owner is no
// newcomer any more, and they cannot use up its attempts.
func TestFiveStrangersCannotUseUpTheCodeAfterADeadOne(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		owner, n := p.newDevice(), client.Number()
		var strangers []device
		for range 5 {
			strangers = append(strangers, p.newDevice())
		}
		for _, i := range []int{0, 0, 0, 0, 1, 2, 3, 4} {
			strangers[i].requestCode("send-otp", n)
			time.Sleep(time.Minute)
		}
		code := owner.requestCode("send-otp", n)
		for range 5 {
			strangers[0].wantInvalidCode(n, wrongCode(code))
		}
		owner.wantInvalidCode(n, code)
		time.Sleep(2 * time.Minute)
		code = owner.requestCode("send-otp", n)
		for _, s := range strangers[1:] {
			s.wantInvalidCode(n, wrongCode(code))
		}
		strangers[0].wantError(http.StatusTooManyRequests, "rate_limited",
			"POST", "/auth/verify-otp", codeBody(n, wrongCode(code)))
		owner.loginWithCode(n, code)
	})
}
