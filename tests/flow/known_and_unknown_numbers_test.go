package flow

import (
	"errors"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/tests/client"
)

// numbersInAllStates returns one phone number for each state that a response could reveal.
func (p *program) numbersInAllStates() map[string]string {
	p.t.Helper()
	numbers := map[string]string{
		"with a password":    client.Number(),
		"without a password": client.Number(),
		"unproven":           client.Number(),
		"unknown":            client.Number(),
	}
	d := p.newDevice().Login(numbers["with a password"])
	d.Want(http.StatusOK, "POST", "/auth/change-password", object{"new_password": "correct horse"})
	p.newDevice().Login(numbers["without a password"])
	p.newDevice().Want(http.StatusCreated, "POST", "/auth/signup", object{"mobile_number": numbers["unproven"]})
	time.Sleep(2 * time.Minute) // until the rate limit of one code a minute is over
	return numbers
}

// comparableParts returns a response without the parts that are different for each
// request: the id of the request, the number and the digits of a code.
func comparableParts(t testing.TB, r client.Response, number string) map[string]any {
	t.Helper()
	body := map[string]any{}
	if err := r.Decode(&body); err != nil {
		t.Fatalf("decode the response: %v", err)
	}
	if body["mobile_number"] == number {
		body["mobile_number"] = "the number"
	}
	if code, ok := body["otp"].(string); ok {
		body["otp"] = len(code)
	}
	delete(body, "request_id")
	h := r.Header.Clone()
	h.Del("X-Request-Id")
	h["Content-Length"] = nil
	return map[string]any{"status": r.Status, "header": h, "body": body, "size": len(r.Body)}
}

// Nobody can find out whether a number has an account: the status, the headers, the
// body and the rate limits are the same for all numbers.
func TestResponsesDoNotRevealWhetherANumberIsKnown(t *testing.T) {
	for name, c := range map[string]struct {
		path      string
		body      object
		smsFails  bool
		isLimited bool // the number has a rate limit on this route, even when no code was sent to it
	}{
		"signup":          {path: "/auth/signup", body: object{"name": "Eve"}},
		"send code":       {path: "/auth/send-otp", isLimited: true},
		"forgot password": {path: "/auth/forgot-password", isLimited: true},
		"verify code":     {path: "/auth/verify-otp", body: object{"otp": "000000"}},
		"login":           {path: "/auth/login", body: object{"password": "a wrong guess"}, isLimited: true},
		"reset password": {
			path: "/auth/reset-password",
			body: object{"otp": "000000", "new_password": "battery staple"},
		},
		"forgot password, no SMS is sent": {path: "/auth/forgot-password", smsFails: true, isLimited: true},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, p *program) {
				numbers := p.numbersInAllStates()
				if c.smsFails {
					p.outbox.SetError(errors.New("the SMS provider is down"))
				}
				statuses := map[int]int{}
				for range 12 { // more than each rate limit of a number
					p.checkEqualResponses(c.path, c.body, numbers, statuses)
				}
				if limited := statuses[http.StatusTooManyRequests] > 0; limited != c.isLimited {
					t.Errorf("rate limited = %v, want %v: responses by status %v", limited, c.isLimited, statuses)
				}
				if statuses[http.StatusInternalServerError] > 0 {
					t.Errorf("internal errors: responses by status %v", statuses)
				}
			})
		})
	}
}

// checkEqualResponses sends the same request for all numbers, compares the responses
// and counts them by status.
func (p *program) checkEqualResponses(path string, fields object, numbers map[string]string, statuses map[int]int) {
	p.t.Helper()
	var first map[string]any
	for state, number := range numbers {
		body := object{"mobile_number": number}
		maps.Copy(body, fields)
		r := p.newDevice().call("POST", path, body)
		statuses[r.Status]++
		got := comparableParts(p.t, r, number)
		if first == nil {
			first = got
		}
		if diff := cmp.Diff(first, got); diff != "" {
			p.t.Fatalf("the response for a number %s is different (-other numbers +this number):\n%s", state, diff)
		}
	}
}

func TestPasswordResetSendsNoCodeToUnknownNumbers(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		numbers := p.numbersInAllStates()
		for state, want := range map[string]int{
			"unknown": 0, "unproven": 0, "without a password": 1, "with a password": 1,
		} {
			before := p.outbox.Count()
			n := numbers[state]
			code := p.newDevice().requestCode("forgot-password", n)
			if sent := p.outbox.Count() - before; sent != want {
				t.Errorf("%d text messages sent to a number %s, want %d", sent, state, want)
			}
			if want == 1 {
				body := resetBody(n, code, "battery staple")
				p.newDevice().Want(http.StatusOK, "POST", "/auth/reset-password", body)
				p.loginWithPassword(n, "battery staple")
				continue
			}
			p.newDevice().wantInvalidReset(n, code)
			p.checkWrongPassword(n, "battery staple")
		}
	})
}

// A refused reset does not prove an unproven number: its account is still deleted after a day.
func TestAPasswordResetDoesNotProveANumber(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		n := client.Number()
		signup := object{"mobile_number": n, "name": "Eve"}
		p.newDevice().Want(http.StatusCreated, "POST", "/auth/signup", signup)
		code := p.newDevice().requestCode("forgot-password", n)
		p.newDevice().wantInvalidReset(n, code)
		time.Sleep(25 * time.Hour)
		me := p.newDevice().Login(n).Want(http.StatusOK, "GET", "/user/me", nil)
		if got := me.Field("name"); got != "" {
			t.Errorf("name after a day = %q, want a new account without a name", got)
		}
	})
}
