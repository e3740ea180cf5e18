package flow

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"
)

func TestTheSixthTryFailsEvenWithTheRightCode(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		d, n := p.anywhere(), number()
		first := d.want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": n})
		code := first.Get("otp")
		for range 5 {
			d.refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/verify-otp", try(n, wrong(code)))
		}
		d.refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/verify-otp", try(n, code))
		time.Sleep(2 * time.Minute)
		dead := d.want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": n})
		if dead.Get("message") != first.Get("message") || dead.Get("otp") != code || dead.Get("expires_in") != "480" || dead.Get("resend_in") != "60" {
			t.Errorf("dead: %s, alive: %s", dead.Body, first.Body)
		}
		if p.outbox.Count() != 1 {
			t.Errorf("%d texts: nothing is sent for a dead code", p.outbox.Count())
		}
		d.refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/verify-otp", try(n, code))
		time.Sleep(8 * time.Minute)
		fresh := d.code("send-otp", n)
		if p.outbox.Count() != 2 {
			t.Errorf("%d texts: once the dead code is over another is sent", p.outbox.Count())
		}
		d.want(http.StatusOK, "POST", "/auth/verify-otp", try(n, fresh))
	})
}

func TestTheFifthTryStillOpens(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		d, n := p.anywhere(), number()
		code := d.code("send-otp", n)
		for range 4 {
			d.refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/verify-otp", try(n, wrong(code)))
		}
		time.Sleep(time.Minute)
		if again := d.code("send-otp", n); again != code {
			t.Fatal("asking again gave another code, and with it new attempts")
		}
		d.want(http.StatusOK, "POST", "/auth/verify-otp", try(n, code))
	})
}

// guess is a try of a code for either purpose.
func (d device) guess(route, number, code string) (int, string) {
	d.t.Helper()
	in := try(number, code)
	if route == "reset-password" {
		in["new_password"] = "correct horse"
	}
	a, err := d.Call("POST", "/auth/"+route, in)
	if err != nil {
		d.t.Error(err)
	}
	return a.Status, a.Header.Get("Retry-After")
}

// From the sixth wrong code on each costs a wait, twice the last one, over both
// purposes and all codes of a number; tries refused meanwhile cost nothing.
func TestWrongCodesSlowDown(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		n := number()
		guess := func(route, code string, status int, after string) {
			t.Helper()
			if got, wait := p.anywhere().guess(route, n, code); got != status || wait != after {
				t.Fatalf("%s: %d, Retry-After %q, want %d, %q", route, got, wait, status, after)
			}
		}
		first := p.anywhere().code("send-otp", n)
		for range 5 {
			guess("verify-otp", wrong(first), http.StatusBadRequest, "")
		}
		time.Sleep(10 * time.Minute)
		code := p.anywhere().code("send-otp", n)
		for wait := 1; wait <= 8; wait *= 2 {
			guess("verify-otp", wrong(code), http.StatusBadRequest, "")
			guess("verify-otp", code, http.StatusTooManyRequests, strconv.Itoa(wait))
			guess("reset-password", code, http.StatusTooManyRequests, strconv.Itoa(wait))
			time.Sleep(time.Duration(wait)*time.Second - time.Microsecond)
			guess("verify-otp", code, http.StatusTooManyRequests, "1")
			time.Sleep(time.Microsecond)
		}
		guess("verify-otp", code, http.StatusOK, "")
	})
}

// Who guesses at a number locks nobody out: without a code sent guesses count for
// nothing, and the owner's first try at a new code never waits.
func TestGuessesNeverLock(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		n := number()
		p.anywhere().login(n)
		for range 100 {
			if status, _ := p.anywhere().guess("verify-otp", n, "000000"); status != http.StatusBadRequest {
				t.Fatalf("a guess at no code: %d", status)
			}
		}
		for range 2 { // codes that a stranger asks for and guesses at
			time.Sleep(10 * time.Minute)
			code := p.anywhere().code("send-otp", n)
			for range 5 {
				p.anywhere().guess("verify-otp", n, wrong(code))
				time.Sleep(30 * time.Second)
			}
		}
		p.anywhere().guess("verify-otp", n, "000000")
		code := p.anywhere().code("forgot-password", n)
		if status, _ := p.anywhere().guess("reset-password", n, code); status != http.StatusOK {
			t.Errorf("the owner's first try: %d", status)
		}
	})
}

// A new code neither wipes out the guesses at the last one, nor has to wait for them.
func TestAResendLeavesTheGuessesCounted(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		n := number()
		code := p.anywhere().code("send-otp", n)
		for range 5 {
			p.anywhere().guess("verify-otp", n, wrong(code))
		}
		time.Sleep(11 * time.Minute)
		fresh := p.anywhere().code("send-otp", n)
		if status, _ := p.anywhere().guess("verify-otp", n, wrong(fresh)); status != http.StatusBadRequest {
			t.Errorf("the sixth guess: %d", status)
		}
		if status, after := p.anywhere().guess("verify-otp", n, fresh); status != http.StatusTooManyRequests || after != "1" {
			t.Errorf("after a sixth wrong code, of a new challenge: %d, Retry-After %s", status, after)
		}
		if p.anywhere().code("forgot-password", n) == "" {
			t.Error("sending has to wait, too")
		}
	})
}

// atOnce tries a code from many addresses in parallel and counts the answers by status.
func (p *program) atOnce(times int, number, code string) map[int]int {
	var (
		mu     sync.Mutex
		counts = map[int]int{}
		all    sync.WaitGroup
	)
	for range times {
		d := p.anywhere()
		all.Go(func() {
			status, _ := d.guess("verify-otp", number, code)
			mu.Lock()
			defer mu.Unlock()
			counts[status]++
		})
	}
	all.Wait()
	return counts
}

func TestFiftyRightCodesMakeOneLogin(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		n := number()
		if got := p.atOnce(50, n, p.anywhere().code("send-otp", n)); got[http.StatusOK] != 1 || got[http.StatusBadRequest]+got[http.StatusTooManyRequests] != 49 {
			t.Errorf("answers by status: %v", got)
		}
	})
}

// Five are compared; the rest find the code dead.
func TestFiftyWrongCodesAreNotAllLookedAt(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		n := number()
		code := p.anywhere().code("send-otp", n)
		if got := p.atOnce(50, n, wrong(code)); got[http.StatusBadRequest] != 50 {
			t.Errorf("answers by status: %v", got)
		}
		time.Sleep(time.Second)
		if status, _ := p.anywhere().guess("verify-otp", n, code); status != http.StatusBadRequest {
			t.Errorf("then the right one: %d", status)
		}
	})
}
