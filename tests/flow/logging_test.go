package flow

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

const requestIDHeader = "X-Request-Id"

// checkLogged checks that one line of the log has all of these fields.
func (p *program) checkLogged(fields ...string) {
	p.t.Helper()
	log := p.Log.String()
	for line := range strings.Lines(log) {
		if hasFields(line, fields) {
			return
		}
	}
	p.t.Errorf("no line of the log has all of the fields %q:\n%s", fields, log)
}

// checkLogCount checks how often the log contains a text.
func (p *program) checkLogCount(text string, want int) {
	p.t.Helper()
	log := p.Log.String()
	if got := strings.Count(log, text); got != want {
		p.t.Errorf("the log contains %q %d times, want %d times:\n%s", text, got, want, log)
	}
}

// hasFields reports whether each field is in the line, as a whole.
func hasFields(line string, fields []string) bool {
	line = " " + strings.TrimSpace(line) + " "
	for _, field := range fields {
		if !strings.Contains(line, " "+field+" ") {
			return false
		}
	}
	return true
}

// masked returns a phone number as the log shows it: the first four characters and
// the last two, with asterisks between them.
func masked(number string) string {
	return number[:4] + strings.Repeat("*", len(number)-6) + number[len(number)-2:]
}

// refusedRequest is a request that the program refuses.
type refusedRequest struct {
	method  string
	path    string
	body    any
	headers []string
	status  int
	code    string
	logged  []string // fields of its log line, besides the fields that every refusal has
}

// checkRefusalLogged sends a request, and checks that it is refused and logged.
func (p *program) checkRefusalLogged(d device, r refusedRequest) {
	p.t.Helper()
	requestID := rand.Text()
	headers := append([]string{requestIDHeader, requestID}, r.headers...)
	d.wantError(r.status, r.code, r.method, r.path, r.body, headers...)
	p.checkLogged(append(r.logged,
		"level=WARN",
		`msg="request refused"`,
		"request_id="+requestID,
		"method="+r.method,
		"status="+fmt.Sprint(r.status),
		"code="+r.code,
	)...)
}

func TestRefusedLoginsAreLogged(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		d, n := p.deviceAt("192.0.2.9"), client.Number()
		number := "mobile_number=" + masked(n)
		p.checkRefusalLogged(d, refusedRequest{
			method: "POST", path: "/auth/login", body: object{"mobile_number": n, "password": "x"},
			status: http.StatusUnauthorized, code: "invalid_credentials",
			logged: []string{"route=/auth/login", "addr=192.0.2.9", number},
		})
		p.checkRefusalLogged(d, refusedRequest{
			method: "POST", path: "/auth/verify-otp", body: codeBody(n, "000000"),
			status: http.StatusBadRequest, code: "invalid_otp",
			logged: []string{"route=/auth/verify-otp", number},
		})
		p.checkRefusalLogged(d, refusedRequest{
			method: "POST", path: "/auth/reset-password", body: resetBody(n, "000000", "correct horse"),
			status: http.StatusBadRequest, code: "invalid_otp",
			logged: []string{"route=/auth/reset-password", number},
		})
		d.Login(n)
		p.checkLogged("level=INFO", "msg=request", "route=/auth/verify-otp", "status=200", number)
		p.checkRefusalLogged(d, refusedRequest{
			method: "POST", path: "/auth/send-otp", body: object{"mobile_number": n},
			status: http.StatusTooManyRequests, code: "rate_limited",
			logged: []string{"route=/auth/send-otp", number},
		})
	})
}

func TestRefusedRequestsAreLogged(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		d := p.deviceAt("192.0.2.9")
		p.checkRefusalLogged(d, refusedRequest{
			method: "GET", path: "/user/me", headers: []string{"Authorization", "Bearer x"},
			status: http.StatusUnauthorized, code: "invalid_token",
			logged: []string{"route=/user/me", "addr=192.0.2.9"},
		})
		p.checkRefusalLogged(d, refusedRequest{
			method: "GET", path: "/no/such/path",
			status: http.StatusNotFound, code: "not_found",
			logged: []string{"route=none"},
		})
		ada := d.Login(client.Number())
		userID, room := ada.userID(), ada.NewRoom("Quota")
		for range 5 {
			ada.Send(room, "hello")
		}
		p.checkRefusalLogged(ada, refusedRequest{
			method: "POST", path: "/chatroom/" + room + "/message", body: object{"content": "hello"},
			status: http.StatusTooManyRequests, code: "quota_exhausted",
			logged: []string{"route=/chatroom/{id}/message", "user=" + string(userID)},
		})
	})
}

func TestInternalErrorsAreLogged(t *testing.T) {
	counts := &failingMessageCount{}
	inBubble(t, func(_ *testing.T, p *program) {
		ada := p.newDevice().Login(client.Number())
		failed := []string{"level=ERROR", `msg="request failed"`, "route=/user/me", "status=500", "code=internal"}
		check := func(requestID string, fields ...string) {
			p.t.Helper()
			headers := []string{requestIDHeader, requestID}
			ada.wantError(http.StatusInternalServerError, "internal", "GET", "/user/me", nil, headers...)
			p.checkLogged(slices.Concat(failed, fields, []string{"request_id=" + requestID})...)
		}
		check("r1")
		counts.panics = true
		check("r2", `err="panic of type string"`)
	}, boot.Wrap(func(c ports.MessageCounts) ports.MessageCounts {
		counts.MessageCounts = c
		return counts
	}))
}

func TestATextMessageThatCannotBeSentIsLogged(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		d, n := p.newDevice(), client.Number()
		p.outbox.SetError(errors.New("the sms provider is down"))
		d.Want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": n}, requestIDHeader, "r1")
		p.checkLogged("level=WARN", "request_id=r1", "route=/auth/send-otp", "mobile_number="+masked(n),
			`sms_err="the sms provider is down"`)
	})
}

func TestModelFailuresAreLogged(t *testing.T) {
	unavailable := &reply.Failure{
		Code:      reply.CodeUnavailable,
		Retryable: true,
		Cause:     errors.New("503 from the model"),
	}
	answers := []fake.EchoAnswer{
		{Failure: unavailable},
		{Text: "the second attempt"},
		{Failure: &reply.Failure{Code: reply.CodeBlocked}},
	}
	script := func(_ chat.Prompt, call int) fake.EchoAnswer { return answers[call-1] }
	inBubble(t, func(t *testing.T, p *program) {
		d := p.newDevice().Login(client.Number())
		room := d.NewRoom("Logs")
		idsOf := func(replyPath string) []string {
			return []string{"room=" + room, "user=" + string(d.userID()), "reply=" + path.Base(replyPath)}
		}
		retried := d.Send(room, "one")
		checkFields(t, d.Wait(retried), map[string]string{"content": "the second attempt"})
		synctest.Wait() // the line is written after the answer
		p.checkLogged(append(idsOf(retried), "level=WARN", `msg="model call failed, retrying"`,
			"attempt=1", "code=llm_unavailable", `err="503 from the model"`)...)
		p.checkLogged(append(idsOf(retried), "level=INFO", "msg=answered", "attempt=2")...)
		blocked := d.Send(room, "two")
		checkFields(t, d.Wait(blocked), map[string]string{"status": "failed", "error.code": "llm_blocked"})
		synctest.Wait()
		p.checkLogged(append(idsOf(blocked), "level=ERROR", `msg="model call failed, quota unit refunded"`,
			"code=llm_blocked")...)
		if n := p.Log.Count("model call failed"); n != 2 {
			t.Errorf("%d lines about failed model calls, want one for each of the two failures:\n%s", n, p.Log)
		}
	}, boot.Use(fake.NewEcho(fake.EchoOptions{Script: script})))
}

func TestARequestIsLoggedOnceAndWithoutTextChosenByTheClient(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		d := p.newDevice()
		d.Want(http.StatusOK, "GET", "/healthz", nil, requestIDHeader, "only-one")
		d.Want(http.StatusOK, "GET", "/healthz?password=hunter2", nil, "User-Agent", "forged\" level=ERROR")
		log := p.Log.String()
		if n := strings.Count(log, "only-one"); n != 1 {
			t.Errorf("%d lines about one request, want 1:\n%s", n, log)
		}
		if strings.Contains(log, "hunter2") || strings.Contains(log, "forged") {
			t.Errorf("the log contains the query or the User-Agent:\n%s", log)
		}
	})
}
