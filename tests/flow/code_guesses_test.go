package flow

import (
	"net/http"
	"strconv"
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

// From the sixth wrong code on, each wrong code causes a delay, twice as long as the
// delay before. The delays apply to both purposes and to all codes of a number. A try
// during a delay does not count as a guess.
func TestWrongCodesCauseDelays(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		n := client.Number()
		try := func(route, code string, status int, retryAfter string) {
			t.Helper()
			gotStatus, gotRetryAfter := p.newDevice().tryCode(route, n, code)
			if gotStatus != status || gotRetryAfter != retryAfter {
				t.Fatalf("%s: status %d, Retry-After %q; want %d, %q",
					route, gotStatus, gotRetryAfter, status, retryAfter)
			}
		}
		first := p.newDevice().requestCode("send-otp", n)
		p.tryWrongCodes(5, n, first)
		time.Sleep(10 * time.Minute)
		code := p.newDevice().requestCode("send-otp", n)
		for delay := 1; delay <= 8; delay *= 2 {
			try("verify-otp", wrongCode(code), http.StatusBadRequest, "")
			try("verify-otp", code, http.StatusTooManyRequests, strconv.Itoa(delay))
			try("reset-password", code, http.StatusTooManyRequests, strconv.Itoa(delay))
			time.Sleep(time.Duration(delay)*time.Second - time.Microsecond)
			try("verify-otp", code, http.StatusTooManyRequests, "1")
			time.Sleep(time.Microsecond)
		}
		try("verify-otp", code, http.StatusOK, "")
	})
}

// An attacker cannot lock out the owner of a number: guesses do not count when no code
// was sent, and the first try of a new code is never delayed.
func TestGuessesDoNotLockOutTheOwner(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		n := client.Number()
		p.newDevice().Login(n)
		for range 100 {
			p.newDevice().wantInvalidCode(n, "000000")
		}
		for range 2 { // codes that an attacker requests and guesses
			time.Sleep(10 * time.Minute)
			code := p.newDevice().requestCode("send-otp", n)
			for range 5 {
				p.newDevice().tryCode("verify-otp", n, wrongCode(code))
				time.Sleep(30 * time.Second)
			}
		}
		p.newDevice().tryCode("verify-otp", n, "000000")
		code := p.newDevice().requestCode("forgot-password", n)
		if status, _ := p.newDevice().tryCode("reset-password", n, code); status != http.StatusOK {
			t.Errorf("first try of the owner: status %d, want 200", status)
		}
	})
}

// A new code does not reset the count of wrong codes. It can be requested without a delay.
func TestANewCodeDoesNotResetTheWrongGuesses(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		n := client.Number()
		p.tryWrongCodes(5, n, p.newDevice().requestCode("send-otp", n))
		time.Sleep(11 * time.Minute)
		code := p.newDevice().requestCode("send-otp", n)
		p.tryWrongCodes(1, n, code)
		status, retryAfter := p.newDevice().tryCode("verify-otp", n, code)
		if status != http.StatusTooManyRequests || retryAfter != "1" {
			t.Errorf("right code after six wrong ones: status %d, Retry-After %q; want 429 and 1 s", status, retryAfter)
		}
		if p.newDevice().requestCode("forgot-password", n) == "" {
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
