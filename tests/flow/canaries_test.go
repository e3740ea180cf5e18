package flow

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
)

// canaries are what must reach no log.
type canaries []string

// add notes a secret and returns it.
func (c *canaries) add(secret string) string {
	*c = append(*c, secret)
	return secret
}

// in returns the first of them that a log holds. Six digits within a longer number or id are no code.
func (c *canaries) in(log string) string {
	for _, secret := range *c {
		pattern := regexp.QuoteMeta(secret)
		if len(secret) == 6 {
			pattern = `(^|[^0-9a-f])` + pattern + `($|[^0-9a-f])`
		}
		if regexp.MustCompile(pattern).MatchString(log) {
			return secret
		}
	}
	return ""
}

const canaryKey = "canary-key-of-the-server-32-bytes-long"

// temper answers, fails, hangs and panics in turn, always with something said before.
func temper(_ chat.Prompt, call int) fake.Act {
	const text = "canary-answer of the model"
	switch call {
	case 1:
		return fake.Act{Text: text}
	case 2:
		return fake.Act{Text: text, Fail: fake.Cut}
	case 3:
		return fake.Act{Text: text, Fail: &chat.Failure{Code: chat.CodeRejected, Cause: errors.New("400")}}
	case 4:
		return fake.Act{Text: text, Hang: true}
	case 5:
		panic("canary-panic of the model")
	}
	return fake.Act{Text: text}
}

func TestSecretsAndTextsReachNoLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t, config(t, "SECRET_KEY", canaryKey), boot.InProcess(), boot.Keep(fake.NewEcho(fake.EchoOptions{Script: temper})))
		c := &canaries{canaryKey, "canary-answer", "canary-panic", "canary-text", "canary-idempotency", "canary-password", "canary-name", "canary-room", "canary-path", "canary-query", "canary-field", "canary-value"}
		n := c.add(number())
		c.add(n[1:])
		p.proves(c, n)
		p.guesses(c, n)
		p.forgets(c, n)
		ada := p.proves(c, n)
		p.talks(c, ada)
		p.fumbles(ada)
		if err := p.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		log := p.log.String()
		if found := c.in(log); found != "" {
			t.Errorf("the log holds %q:\n%s", found, log)
		}
		for _, line := range []string{"request refused", "llm failed, trying again", "llm failed for good", "panic while answering", "msg=answered", "mobile_number=" + masked(n)} {
			if !strings.Contains(log, line) {
				t.Errorf("the walk left no line with %q: it proves nothing", line)
			}
		}
	})
}

// proves signs up and logs in by a code, right and wrong.
func (p *program) proves(c *canaries, n string) device {
	p.t.Helper()
	time.Sleep(time.Minute)
	d := p.anywhere()
	d.want(http.StatusCreated, "POST", "/auth/signup", object{"mobile_number": n, "name": "canary-name"})
	code := c.add(d.code("send-otp", n))
	d.refused(http.StatusTooManyRequests, "rate_limited", "POST", "/auth/send-otp", object{"mobile_number": n})
	d.refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/verify-otp", try(n, c.add(wrong(code))))
	time.Sleep(time.Minute) // wrong codes cost waits in the end
	token := c.add(d.want(http.StatusOK, "POST", "/auth/verify-otp", try(n, code)).Get("access_token"))
	c.add(token[strings.LastIndex(token, ".")+1:])
	d.refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/verify-otp", try(n, code))
	d = device{d.As(token), p.t}
	d.refused(http.StatusUnauthorized, "invalid_token", "GET", "/user/me", nil, "Authorization", "Bearer "+c.add(token[:len(token)-4]))
	return d
}

// guesses sets a password once and guesses at it.
func (p *program) guesses(c *canaries, n string) {
	p.t.Helper()
	p.proves(c, n).want(http.StatusOK, "POST", "/auth/change-password", object{"new_password": "canary-password one"})
	for range 10 {
		p.shut(n, "canary-password wrong")
	}
	p.anywhere().refused(http.StatusTooManyRequests, "rate_limited", "POST", "/auth/login", object{"mobile_number": n, "password": "canary-password one"})
	time.Sleep(time.Hour)
	c.add(p.enter(n, "canary-password one").Token)
}

// forgets resets the password, while the SMS company is away at first.
func (p *program) forgets(c *canaries, n string) {
	p.t.Helper()
	p.outbox.Fail(errors.New("away"))
	c.add(p.anywhere().code("forgot-password", n))
	p.outbox.Fail(nil)
	time.Sleep(time.Minute)
	code := c.add(p.anywhere().code("forgot-password", n))
	p.anywhere().want(http.StatusOK, "POST", "/auth/reset-password", object{"mobile_number": n, "otp": code, "new_password": "canary-password two"})
	p.anywhere().refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/reset-password", object{"mobile_number": n, "otp": code, "new_password": "canary-password three"})
}

// talks has a model in every temper answer, and sends what is refused.
func (p *program) talks(c *canaries, d device) {
	p.t.Helper()
	room := d.room("canary-room")
	for i, status := range []string{"done", "failed", "done"} {
		reply := d.ask(room, "canary-text", "Idempotency-Key", "canary-idempotency "+string('a'+rune(i)))
		d.want(http.StatusAccepted, "POST", "/chatroom/"+room+"/message", object{"content": "canary-text"}, "Idempotency-Key", "canary-idempotency a")
		time.Sleep(5 * time.Minute)
		if got := d.answer(reply).Get("status"); got != status {
			p.t.Fatalf("answer %d is %s, want %s", i, got, status)
		}
	}
	send := "/chatroom/" + room + "/message"
	d.refused(422, "idempotency_mismatch", "POST", send, object{"content": "canary-text, another"}, "Idempotency-Key", "canary-idempotency a")
	d.refused(422, "invalid_request", "POST", send, object{"content": "canary-text"}, "Idempotency-Key", strings.Repeat("canary-idempotency ", 20))
	d.refused(422, "invalid_request", "POST", send, object{"content": strings.Repeat("canary-text ", 1000)})
	d.refused(422, "invalid_request", "POST", send, object{"content": "canary-text\x00"})
	for range 3 {
		d.ask(room, "canary-text")
	}
	d.refused(429, "quota_exhausted", "POST", send, object{"content": "canary-text"}, "Idempotency-Key", "canary-idempotency z")
	d.want(http.StatusNoContent, "DELETE", "/chatroom/"+room, nil)
}

// fumbles sends what no client should.
func (p *program) fumbles(d device) {
	p.t.Helper()
	d.refused(404, "not_found", "GET", "/canary-path/canary-path", nil)
	d.refused(404, "not_found", "GET", "/chatroom/canary-path/messages/canary-path?wait=1", nil)
	d.refused(422, "invalid_request", "GET", "/chatroom?limit=canary-query&cursor=canary-query", nil)
	d.refused(422, "invalid_request", "GET", "/chatroom?cursor=canary-query", nil)
	d.refused(422, "invalid_request", "PATCH", "/user/me", object{"canary-field": "canary-value", "name": []string{"canary-value"}})
	d.refused(400, "malformed_body", "PATCH", "/user/me", []byte(`{"name":"canary-value"`))
	d.refused(415, "unsupported_media_type", "PATCH", "/user/me", []byte("canary-value"), "Content-Type", "canary-value/x")
	d.refused(413, "body_too_large", "PATCH", "/user/me", []byte(strings.Repeat("canary-value", 1<<17)))
	d.refused(400, "invalid_signature", "POST", "/subscribe/webhook", object{"id": "canary-value"}, "Stripe-Signature", "t=1,v1=canary-value")
	d.want(http.StatusOK, "GET", "/healthz", nil, "X-Request-Id", "canary-value, insane", "User-Agent", "canary-value", "Referer", "canary-value")
}
