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
func TestWrongCodesSlowDownAndNeverLock(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		n := number()
		p.anywhere().login(n)
		routes := []string{"verify-otp", "reset-password"}
		for i := range 5 {
			if status, _ := p.anywhere().guess(routes[i%2], n, "000000"); status != http.StatusBadRequest {
				t.Fatalf("guess %d: %d", i+1, status)
			}
		}
		for i, wait := 0, 1; i < 15; i, wait = i+1, min(2*wait, 3600) {
			if status, _ := p.anywhere().guess(routes[i%2], n, "000000"); status != http.StatusBadRequest {
				t.Fatalf("guess %d, its wait over: %d", i+6, status)
			}
			for _, route := range routes {
				if status, after := p.anywhere().guess(route, n, "000000"); status != http.StatusTooManyRequests || after != strconv.Itoa(wait) {
					t.Fatalf("after guess %d: %d, Retry-After %s, want %d", i+6, status, after, wait)
				}
			}
			time.Sleep(time.Duration(wait)*time.Second - time.Microsecond)
			if status, after := p.anywhere().guess(routes[0], n, "000000"); status != http.StatusTooManyRequests || after != "1" {
				t.Fatalf("just before the wait is over: %d, Retry-After %s", status, after)
			}
			time.Sleep(time.Microsecond)
		}
		code := p.anywhere().code("send-otp", n)
		if status, _ := p.anywhere().guess("verify-otp", n, code); status != http.StatusOK {
			t.Errorf("the right code, once the wait is over: %d", status)
		}
	})
}

// A right code resets nothing that guessers could use, and sending is not slowed.
func TestAResendLeavesTheGuessesCounted(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		n := number()
		code := p.anywhere().code("send-otp", n)
		for range 6 {
			p.anywhere().guess("verify-otp", n, wrong(code))
		}
		if p.anywhere().code("forgot-password", n) == "" {
			t.Error("sending has to wait, too")
		}
		if status, after := p.anywhere().guess("verify-otp", n, code); status != http.StatusTooManyRequests || after != "1" {
			t.Errorf("after a resend: %d, Retry-After %s", status, after)
		}
		time.Sleep(11 * time.Minute)
		fresh := p.anywhere().code("send-otp", n)
		if status, _ := p.anywhere().guess("verify-otp", n, wrong(fresh)); status != http.StatusBadRequest {
			t.Errorf("the seventh guess: %d", status)
		}
		if status, after := p.anywhere().guess("verify-otp", n, fresh); status != http.StatusTooManyRequests || after != "2" {
			t.Errorf("after a seventh wrong code, of a new challenge: %d, Retry-After %s", status, after)
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

// Five are compared; the sixth finds the code dead and starts the wait that refuses the rest unseen.
func TestFiftyWrongCodesAreNotAllLookedAt(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		n := number()
		code := p.anywhere().code("send-otp", n)
		if got := p.atOnce(50, n, wrong(code)); got[http.StatusBadRequest] != 6 || got[http.StatusTooManyRequests] != 44 {
			t.Errorf("answers by status: %v", got)
		}
		time.Sleep(time.Second)
		if status, _ := p.anywhere().guess("verify-otp", n, code); status != http.StatusBadRequest {
			t.Errorf("then the right one: %d", status)
		}
	})
}
