package flow

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/tests/client"
)

// people are numbers in every state that an answer might give away.
func (p *program) people() map[string]string {
	p.t.Helper()
	known := map[string]string{"with a password": number(), "without a password": number(), "unproven": number(), "unknown": number()}
	p.anywhere().login(known["with a password"]).want(http.StatusOK, "POST", "/auth/change-password", object{"new_password": "correct horse"})
	p.anywhere().login(known["without a password"])
	p.anywhere().want(http.StatusCreated, "POST", "/auth/signup", object{"mobile_number": known["unproven"]})
	time.Sleep(2 * time.Minute)
	return known
}

// public is an answer without what must differ: the request's id, the number as
// it was asked about, and the digits of a code.
func public(t *testing.T, a client.Answer, number string) map[string]any {
	t.Helper()
	body := map[string]any{}
	if err := a.Into(&body); err != nil {
		t.Fatal(err)
	}
	if body["mobile_number"] == number {
		body["mobile_number"] = "the number"
	}
	if code, ok := body["otp"].(string); ok {
		body["otp"] = len(code)
	}
	delete(body, "request_id")
	h := a.Header.Clone()
	h.Del("X-Request-Id")
	h["Content-Length"] = nil
	return map[string]any{"status": a.Status, "header": h, "body": body, "size": len(a.Body)}
}

// Whoever asks about a number learns nothing of it: status, headers, body and
// the budgets behind them are equal.
func TestKnownAndUnknownNumbersLookAlike(t *testing.T) {
	for _, c := range []struct {
		path string
		in   object
	}{
		{"/auth/signup", object{"name": "Eve"}},
		{"/auth/send-otp", object{}},
		{"/auth/forgot-password", object{}},
		{"/auth/verify-otp", object{"otp": "000000"}},
		{"/auth/login", object{"password": "a wrong guess"}},
		{"/auth/reset-password", object{"otp": "000000", "new_password": "battery staple"}},
		{"/auth/forgot-password?and=no+SMS+leaves", object{}},
	} {
		t.Run(c.path, func(t *testing.T) {
			bubble(t, func(t *testing.T, p *program) {
				people := p.people()
				if strings.HasSuffix(c.path, "leaves") {
					p.outbox.Fail(errors.New("the SMS company is away"))
				}
				statuses := map[int]int{}
				for range 12 { // past every budget of a number
					var first map[string]any
					for _, number := range people {
						in := object{"mobile_number": number}
						for name, value := range c.in {
							in[name] = value
						}
						a, err := p.anywhere().Call("POST", c.path, in)
						if err != nil {
							t.Fatal(err)
						}
						statuses[a.Status]++
						got := public(t, a, number)
						if first == nil {
							first = got
						}
						if !reflect.DeepEqual(first, got) {
							t.Fatalf("the answers differ (-one +other):\n%s", cmp.Diff(first, got))
						}
					}
				}
				spends := !slices.Contains([]string{"/auth/signup", "/auth/verify-otp", "/auth/reset-password"}, c.path) // of a number's budgets, where no code was sent
				if _, limited := statuses[http.StatusTooManyRequests]; limited != spends || statuses[http.StatusInternalServerError] > 0 {
					t.Errorf("answers by status: %v", statuses)
				}
			})
		})
	}
}

func TestForgotSendsNothingToUnknownNumbers(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		people := p.people()
		sent := p.outbox.Count()
		for who, texts := range map[string]int{"unknown": 0, "unproven": 0, "without a password": 1, "with a password": 1} {
			code := p.anywhere().code("forgot-password", people[who])
			if p.outbox.Count() != sent+texts {
				t.Errorf("to one %s %d texts were sent, want %d", who, p.outbox.Count()-sent, texts)
			}
			sent = p.outbox.Count()
			in := object{"mobile_number": people[who], "otp": code, "new_password": "battery staple"}
			guess := object{"mobile_number": people[who], "password": "battery staple"}
			if texts == 1 {
				p.anywhere().want(http.StatusOK, "POST", "/auth/reset-password", in)
				p.anywhere().want(http.StatusOK, "POST", "/auth/login", guess)
				continue
			}
			p.anywhere().refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/reset-password", in)
			p.anywhere().refused(http.StatusUnauthorized, "invalid_credentials", "POST", "/auth/login", guess)
		}
	})
}

// A reset of an unproven number proves nothing: the account is still the one that is swept.
func TestAResetOpensNoAccount(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		n := number()
		p.anywhere().want(http.StatusCreated, "POST", "/auth/signup", object{"mobile_number": n, "name": "Eve"})
		code := p.anywhere().code("forgot-password", n)
		p.anywhere().refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/reset-password", object{"mobile_number": n, "otp": code, "new_password": "battery staple"})
		time.Sleep(25 * time.Hour)
		me := p.anywhere().login(n).want(http.StatusOK, "GET", "/user/me", nil)
		var kept struct{ Name string }
		if err := json.Unmarshal(me.Body, &kept); err != nil || kept.Name != "" {
			t.Errorf("the account of before is still there: %s", me.Body)
		}
	})
}
