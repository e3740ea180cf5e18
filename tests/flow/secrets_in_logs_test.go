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
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/tests/client"
)

// canaries are secrets and texts of users that must not be in the log.
type canaries []string

// add adds a secret and returns it.
func (c *canaries) add(secret string) string {
	*c = append(*c, secret)
	return secret
}

// findIn returns the first canary in a text, "" if there is none. A canary of six
// characters is a code: it is not found inside of a longer number or an id.
func (c *canaries) findIn(text string) string {
	for _, secret := range *c {
		pattern := regexp.QuoteMeta(secret)
		if len(secret) == 6 {
			pattern = `(^|[^0-9a-f])` + pattern + `($|[^0-9a-f])`
		}
		if regexp.MustCompile(pattern).MatchString(text) {
			return secret
		}
	}
	return ""
}

const canaryKey = "canary-key-of-the-server-32-bytes-long"

// misbehavingModel answers, fails, hangs and panics, one after the other. It emits text
// before it fails or hangs. It also hangs when the message ends with "hangs".
func misbehavingModel(p chat.Prompt, call int) fake.EchoAnswer {
	const text = "canary-answer of the model"
	if strings.HasSuffix(lastMessage(p), "hangs") {
		return fake.EchoAnswer{Text: text, Hang: true}
	}
	switch call {
	case 2:
		return fake.EchoAnswer{Text: text, Failure: fake.IncompleteAnswer}
	case 3:
		return fake.EchoAnswer{Text: text, Failure: &reply.Failure{Code: reply.CodeRejected, Cause: errors.New("400")}}
	case 4:
		return fake.EchoAnswer{Text: text, Hang: true}
	case 5:
		panic("canary-panic of the model")
	default:
		return fake.EchoAnswer{Text: text}
	}
}

// secretsTest uses all parts of the program with canaries.
type secretsTest struct {
	*program
	canaries canaries
	number   string
}

func TestSecretsAndTextsAreNotLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		model := boot.Use(fake.NewEcho(fake.EchoOptions{Script: misbehavingModel}))
		s := &secretsTest{
			program: start(t, config(t, "SECRET_KEY", canaryKey), boot.InProcess(), model),
			number:  client.Number(),
		}
		s.canaries = canaries{
			canaryKey, "canary-answer", "canary-panic", "canary-text", "canary-idempotency", "canary-password",
			"canary-name", "canary-room", "canary-path", "canary-query", "canary-field", "canary-value",
			s.number, s.number[1:],
		}
		s.logIn()
		s.guessPassword()
		s.resetPassword()
		ada := s.logIn()
		s.changeNumber(ada)
		s.chat(ada)
		s.sendInvalidRequests(ada)
		s.stop()
		log := s.Log.String()
		if found := s.canaries.findIn(log); found != "" {
			t.Errorf("the log contains the canary %q:\n%s", found, log)
		}
		for _, text := range []string{
			"request refused", "model call failed, retrying", "model call failed, quota unit refunded",
			"panic while answering", "msg=answered", "msg=cancelled", "stream ended",
			"mobile_number=" + masked(s.number),
		} {
			if !strings.Contains(log, text) {
				t.Errorf("the log does not contain %q, so the test does not cover it:\n%s", text, log)
			}
		}
	})
}

// logIn signs up and logs in with a code, after requests that are refused.
func (s *secretsTest) logIn() device {
	s.t.Helper()
	time.Sleep(time.Minute)
	n := s.number
	d := s.newDevice()
	d.Want(http.StatusCreated, "POST", "/auth/signup", object{"mobile_number": n, "name": "canary-name"})
	code := s.canaries.add(d.requestCode("send-otp", n))
	d.wantError(http.StatusTooManyRequests, "rate_limited", "POST", "/auth/send-otp", object{"mobile_number": n})
	d.wantInvalidCode(n, s.canaries.add(wrongCode(code)))
	time.Sleep(time.Minute) // until the delay after the wrong code is over
	login := d.Want(http.StatusOK, "POST", "/auth/verify-otp", codeBody(n, code))
	token := s.canaries.add(login.Field("access_token"))
	s.canaries.add(token[strings.LastIndex(token, ".")+1:])
	deviceToken := s.canaries.add(login.Field("device_token"))
	s.canaries.add(string(session.DeviceToken(deviceToken).ID()))
	for _, token := range []string{deviceToken, deviceToken + "A"} {
		d.Want(http.StatusBadRequest, "POST", "/auth/verify-otp", codeBody(n, code), deviceTokenHeader, token)
	}
	d.wantInvalidCode(n, code)
	truncated := s.canaries.add(token[:len(token)-4])
	d.wantError(http.StatusUnauthorized, "invalid_token", "GET", "/user/me", nil, "Authorization", "Bearer "+truncated)
	return d.As(token)
}

// guessPassword sets a password and tries wrong ones, until the rate limit refuses the right one.
func (s *secretsTest) guessPassword() {
	s.t.Helper()
	const password = "canary-password one"
	s.logIn().Want(http.StatusOK, "POST", "/auth/change-password", object{"new_password": password})
	for range 10 {
		s.checkWrongPassword(s.number, "canary-password wrong")
	}
	body := object{"mobile_number": s.number, "password": password}
	s.newDevice().wantError(http.StatusTooManyRequests, "rate_limited", "POST", "/auth/login", body)
	time.Sleep(time.Hour)
	s.canaries.add(s.loginWithPassword(s.number, password).Token)
}

// resetPassword requests a code when the SMS provider is down, and another one to reset the password with.
func (s *secretsTest) resetPassword() {
	s.t.Helper()
	s.outbox.SetError(errors.New("the SMS provider is down"))
	s.canaries.add(s.newDevice().requestCode("forgot-password", s.number))
	s.outbox.SetError(nil)
	time.Sleep(time.Minute)
	code := s.canaries.add(s.newDevice().requestCode("forgot-password", s.number))
	reset := resetBody(s.number, code, "canary-password two")
	s.newDevice().Want(http.StatusOK, "POST", "/auth/reset-password", reset)
	reset["new_password"] = "canary-password three"
	s.newDevice().wantError(http.StatusBadRequest, "invalid_otp", "POST", "/auth/reset-password", reset)
}

// changeNumber changes the number of the user, after requests that are refused.
func (s *secretsTest) changeNumber(d device) {
	s.t.Helper()
	number := client.Number()
	s.canaries = append(s.canaries, number, number[1:])
	code := s.canaries.add(d.requestNumberCode(number))
	d.wantNumberRefused(number, s.canaries.add(wrongCode(code)))
	d.Want(http.StatusOK, "POST", verifyNumberCode, codeBody(number, code))
	d.wantNumberRefused(number, code)
}

// chat sends messages until the model has done everything that misbehavingModel does,
// and messages that are refused.
func (s *secretsTest) chat(d device) {
	s.t.Helper()
	room := d.NewRoom("canary-room")
	for i, status := range []string{"done", "failed", "done"} {
		path := d.Send(room, "canary-text", idempotencyKey, "canary-idempotency "+string('a'+rune(i)))
		d.Send(room, "canary-text", idempotencyKey, "canary-idempotency a") // a replay
		time.Sleep(5 * time.Minute)
		checkFields(s.t, d.Wait(path), map[string]string{"status": status})
	}
	send := func(text, key string) client.Response { return d.postMessage(room, text, idempotencyKey, key) }
	checkError(s.t, send("canary-text, another", "canary-idempotency a"), 422, "idempotency_mismatch")
	checkError(s.t, send("canary-text", strings.Repeat("canary-idempotency ", 20)), 422, "invalid_request")
	checkError(s.t, d.postMessage(room, strings.Repeat("canary-text ", 1000)), 422, "invalid_request")
	checkError(s.t, d.postMessage(room, "canary-text\x00"), 422, "invalid_request")
	s.changeMessages(d, room)
	checkError(s.t, send("canary-text", "canary-idempotency z"), 429, "quota_exhausted")
	d.Want(http.StatusOK, "GET", "/search?q=canary-text", nil)
	d.wantInvalidRequest("GET", "/search?q=canary-text&cursor=canary-query", nil)
	d.Want(http.StatusNoContent, "DELETE", "/chatroom/"+room, nil)
}

// changeMessages sends a message, edits it, and asks for its reply again, while streams show
// the changes. It uses the rest of the quota.
func (s *secretsTest) changeMessages(d device, room string) {
	s.t.Helper()
	streams := []*client.Watcher{d.watchRoom(room), d.Watch(allRooms)}
	w, path := d.sendStreamed(room, "canary-text, streamed", idempotencyKey, "canary-idempotency s")
	w.Rest()
	for _, w := range streams {
		w.UntilView(func(v *client.View) bool { return v.Messages[messageID(path)].Status == "done" })
	}
	prompt := d.promptOf(path)
	d.wantInvalidRequest("PATCH", prompt, object{"content": "canary-text\x00"})
	hasText := func(v *client.View) bool {
		m := v.Messages[messageID(path)]
		return m.Status == "running" && m.Content != ""
	}
	d.edit(prompt, "canary-text that hangs", idempotencyKey, "canary-idempotency e")
	streams[0].UntilView(hasText)
	d.cancel(path)
	streams[0].Until("cancelled")
	d.retry(path, idempotencyKey, "canary-idempotency r")
	for _, w := range streams {
		w.UntilView(hasText)
	}
	d.cancel(path)
	for _, w := range streams {
		w.Until("cancelled")
		s.canaries.add(w.LastID())
		w.Close()
		d.wantInvalidRequest("GET", w.Path+"?after=canary-query", nil)
	}
	d.Want(http.StatusOK, "GET", prompt+"/versions", nil)
}

// sendInvalidRequests sends requests that are refused because of their path, query, body or headers.
func (s *secretsTest) sendInvalidRequests(d device) {
	s.t.Helper()
	for _, path := range []string{
		"/canary-path/canary-path", "/chatroom/canary-path/messages/canary-path?wait=1",
	} {
		d.wantError(404, "not_found", "GET", path, nil)
	}
	for _, query := range []string{"limit=canary-query&cursor=canary-query", "cursor=canary-query"} {
		d.wantError(422, "invalid_request", "GET", "/chatroom?"+query, nil)
	}
	for _, r := range []struct {
		status      int
		code        string
		body        any
		contentType string
	}{
		{
			status: 422, code: "invalid_request", contentType: "application/json",
			body: object{"canary-field": "canary-value", "name": []string{"canary-value"}},
		},
		{
			status: 400, code: "malformed_body", contentType: "application/json",
			body: []byte(`{"name":"canary-value"`),
		},
		{
			status: 415, code: "unsupported_media_type", contentType: "canary-value/x",
			body: []byte("canary-value"),
		},
		{
			status: 413, code: "body_too_large", contentType: "application/json",
			body: []byte(strings.Repeat("canary-value", 1<<17)),
		},
	} {
		d.wantError(r.status, r.code, "PATCH", "/user/me", r.body, "Content-Type", r.contentType)
	}
	d.wantError(400, "invalid_signature", "POST", "/subscribe/webhook", object{"id": "canary-value"},
		"Stripe-Signature", "t=1,v1=canary-value")
	d.Want(http.StatusOK, "GET", "/healthz", nil,
		requestIDHeader, "canary-value, invalid", "User-Agent", "canary-value", "Referer", "canary-value")
}
