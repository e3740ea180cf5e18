package flow

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
)

// logged fails the test unless one line holds all of these.
func (p *program) logged(parts ...string) {
	p.t.Helper()
	log := p.log.String()
	for line := range strings.Lines(log) {
		if holds(line, parts) {
			return
		}
	}
	p.t.Errorf("no line holds %q:\n%s", parts, log)
}

// holds says whether each part is a whole field of the line.
func holds(line string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(" "+strings.TrimSpace(line)+" ", " "+part+" ") {
			return false
		}
	}
	return true
}

func masked(number string) string {
	return number[:4] + strings.Repeat("*", len(number)-6) + number[len(number)-2:]
}

func TestEveryRefusalLeavesALine(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		d, n := p.from("192.0.2.9"), number()
		mobile := "mobile_number=" + masked(n)
		refuse := `msg="request refused"`
		d.refused(401, "invalid_credentials", "POST", "/auth/login", object{"mobile_number": n, "password": "x"}, "X-Request-Id", "r1")
		p.logged("level=WARN", refuse, "request_id=r1", "method=POST", "route=/auth/login", "status=401", "code=invalid_credentials", "addr=192.0.2.9", mobile)
		d.refused(400, "invalid_otp", "POST", "/auth/verify-otp", try(n, "000000"), "X-Request-Id", "r2")
		p.logged("level=WARN", refuse, "request_id=r2", "route=/auth/verify-otp", "status=400", "code=invalid_otp", mobile)
		d.refused(400, "invalid_otp", "POST", "/auth/reset-password", object{"mobile_number": n, "otp": "000000", "new_password": "correct horse"}, "X-Request-Id", "r3")
		p.logged("level=WARN", refuse, "request_id=r3", "route=/auth/reset-password", "code=invalid_otp", mobile)
		ada := d.login(n)
		p.logged("level=INFO", "msg=request", "route=/auth/verify-otp", "status=200", mobile)
		d.refused(429, "rate_limited", "POST", "/auth/send-otp", object{"mobile_number": n}, "X-Request-Id", "r4")
		p.logged("level=WARN", refuse, "request_id=r4", "route=/auth/send-otp", "status=429", "code=rate_limited", mobile)
		d.refused(401, "invalid_token", "GET", "/user/me", nil, "X-Request-Id", "r5", "Authorization", "Bearer x")
		p.logged("level=WARN", refuse, "request_id=r5", "route=/user/me", "status=401", "code=invalid_token", "addr=192.0.2.9")
		d.refused(404, "not_found", "GET", "/who/knows", nil, "X-Request-Id", "r6")
		p.logged("level=WARN", refuse, "request_id=r6", "route=none", "status=404", "code=not_found")
		user, room := ada.want(200, "GET", "/user/me", nil).Get("id"), ada.room("Quota")
		for range 5 {
			ada.ask(room, "hello")
		}
		ada.refused(429, "quota_exhausted", "POST", "/chatroom/"+room+"/message", object{"content": "hello"}, "X-Request-Id", "r7")
		p.logged("level=WARN", refuse, "request_id=r7", "route=/chatroom/{id}/message", "status=429", "code=quota_exhausted", "user="+user)
	})
}

func TestFaultsOnOurSideLeaveALine(t *testing.T) {
	b := &broken{}
	bubble(t, func(t *testing.T, p *program) {
		d, n := p.anywhere(), number()
		ada := d.login(n)
		ada.refused(500, "internal", "GET", "/user/me", nil, "X-Request-Id", "r1")
		p.logged("level=ERROR", `msg="request failed"`, "request_id=r1", "route=/user/me", "status=500", "code=internal")
		b.panics = true
		ada.refused(500, "internal", "GET", "/user/me", nil, "X-Request-Id", "r2")
		p.logged("level=ERROR", `msg="request failed"`, "request_id=r2", `err="panic of type string"`)
		p.outbox.Fail(errors.New("the SMS company is away"))
		time.Sleep(time.Minute)
		d.want(200, "POST", "/auth/send-otp", object{"mobile_number": n}, "X-Request-Id", "r3")
		p.logged("level=WARN", "request_id=r3", "route=/auth/send-otp", "mobile_number="+masked(n), `unsent="the SMS company is away"`)
	}, boot.Wrap(func(u ports.Usage) ports.Usage { b.Usage = u; return b }))
}

func TestFailuresOfTheModelLeaveALine(t *testing.T) {
	away := &chat.Failure{Code: chat.CodeUnavailable, Retryable: true, Cause: errors.New("503 from the model")}
	script := func(_ chat.Prompt, call int) fake.Act {
		switch call {
		case 1:
			return fake.Act{Fail: away}
		case 2:
			return fake.Act{Text: "at last"}
		}
		return fake.Act{Fail: &chat.Failure{Code: chat.CodeBlocked}}
	}
	bubble(t, func(t *testing.T, p *program) {
		d := p.anywhere().login(number())
		user, room := d.want(200, "GET", "/user/me", nil).Get("id"), d.room("Logs")
		first := d.ask(room, "one")
		if a := d.answer(first); a.Get("content") != "at last" {
			t.Fatalf("answered %s", a.Body)
		}
		synctest.Wait() // the line comes after the answer
		who := []string{"room=" + room, "user=" + user, "reply=" + first[strings.LastIndex(first, "/")+1:]}
		p.logged(append(who, "level=WARN", `msg="llm failed, trying again"`, "attempt=1", "code=llm_unavailable", `err="503 from the model"`)...)
		p.logged(append(who, "level=INFO", "msg=answered", "attempt=2")...)
		second := d.ask(room, "two")
		if a := d.answer(second); a.Get("status") != "failed" || a.Get("error.code") != "llm_blocked" {
			t.Fatalf("answered %s", a.Body)
		}
		synctest.Wait()
		p.logged("level=ERROR", `msg="llm failed for good, unit given back"`, "code=llm_blocked", "room="+room, "user="+user, "reply="+second[strings.LastIndex(second, "/")+1:])
		if strings.Count(p.log.String(), "llm failed") != 2 {
			t.Errorf("each failure is logged once:\n%s", p.log)
		}
	}, boot.Keep(fake.NewEcho(fake.EchoOptions{Script: script})))
}

func TestARequestIsOneLine(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		d := p.anywhere()
		d.want(http.StatusOK, "GET", "/healthz", nil, "X-Request-Id", "only-one")
		d.want(http.StatusOK, "GET", "/healthz?password=hunter2", nil, "User-Agent", "forged\" level=ERROR")
		if log := p.log.String(); strings.Count(log, "only-one") != 1 || strings.Contains(log, "hunter2") || strings.Contains(log, "forged") {
			t.Errorf("the log:\n%s", log)
		}
	})
}
