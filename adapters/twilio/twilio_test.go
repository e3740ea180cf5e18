package twilio_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/kuvaka-tech/parley/adapters/twilio"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestContract(t *testing.T) {
	portstest.SMS(t, func(t *testing.T, script portstest.SMSScript) portstest.SMSRig {
		s := serve(t, answer{})
		s.script = script
		return portstest.SMSRig{SMS: open(t, s, sender), Received: s.texts}
	})
}

func TestWhoTextsAreFrom(t *testing.T) {
	for from, field := range map[string]string{sender: "From", "Parley": "From", "MGM": "From", "12345": "From", service: "MessagingServiceSid"} {
		s := serve(t, answer{status: http.StatusCreated})
		if err := open(t, s, from).Send(t.Context(), number(t), "hello"); err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		if got := s.took[0].Get(field); got != from {
			t.Errorf("from %s: %v", from, s.took[0])
		}
		s.mu.Unlock()
	}
}

// What an answer means for the text, and that no error tells the number, the
// text or the token, which Twilio's own do.
func TestFailures(t *testing.T) {
	const refused, unavailable, invalid = fault.Refused, fault.Unavailable, fault.Invalid
	for name, c := range map[string]struct {
		answer answer
		kind   fault.Kind
		after  time.Duration
		says   string
	}{
		"no number":            {answer{status: 400, code: 21211}, invalid, 0, "twilio answered 400, error 21211"},
		"nobody's number":      {answer{status: 400, code: 21217}, invalid, 0, "error 21217"},
		"a short code":         {answer{status: 400, code: 21265}, invalid, 0, "error 21265"},
		"no mobile":            {answer{status: 400, code: 21614}, invalid, 0, "error 21614"},
		"a landline":           {answer{status: 400, code: 21635}, invalid, 0, "error 21635"},
		"a country not opened": {answer{status: 400, code: 21408}, refused, 0, "error 21408"},
		"unsubscribed":         {answer{status: 400, code: 21610}, refused, 0, "error 21610"},
		"a wrong sender":       {answer{status: 400, code: 21659}, refused, 0, "error 21659"},
		"a wrong token":        {answer{status: 401, code: 20003}, refused, 0, "twilio answered 401, error 20003"},
		"a closed account":     {answer{status: 403, code: 20005}, refused, 0, "error 20005"},
		"no account":           {answer{status: 404, code: 20404}, refused, 0, "error 20404"},
		"moved":                {answer{status: 307}, refused, 0, "twilio answered 307, error 0"},
		"another's page":       {answer{status: 200, raw: "<p>canary"}, refused, 0, "twilio answered 200, error 0"},
		"no JSON":              {answer{status: 400, raw: "<p>canary"}, refused, 0, "twilio answered 400, error 0"},
		"busy":                 {answer{status: 429, code: 20429}, unavailable, 0, "twilio answered 429, error 20429"},
		"busy for a while":     {answer{status: 429, code: 20429, after: "7"}, unavailable, 7 * time.Second, "error 20429"},
		"busy, it seems":       {answer{status: 429, code: 20429, after: "soon"}, unavailable, 0, "error 20429"},
		"busy since":           {answer{status: 429, code: 20429, after: "-7"}, unavailable, 0, "error 20429"},
		"a full queue":         {answer{status: 429, code: 21611}, unavailable, 0, "error 21611"},
		"down":                 {answer{status: 500, code: 20500}, unavailable, 0, "twilio answered 500, error 20500"},
		"away":                 {answer{status: 503, raw: "canary"}, unavailable, 0, "twilio answered 503, error 0"},
		"busy for ever":        {answer{status: 429, code: 20429, after: "99999999999999999999"}, unavailable, (1<<31 - 1) * time.Second, "error 20429"},
		"away for a while":     {answer{status: 503, code: 20503, after: "30"}, unavailable, 30 * time.Second, "error 20503"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.answer)
			err := open(t, s, sender).Send(t.Context(), number(t), "canary-text 123456")
			if f := fault.Of(err); err == nil || f.Kind != c.kind || f.RetryAfter != c.after || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v (kind %d, after %s)", err, f.Kind, f.RetryAfter)
			}
			tells(t, err)
			if n := s.times(); n != 1 {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

// A call that is over waits for no answer.
func TestHanging(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, answer{hang: cancel, left: func() {}})
	err := open(t, s, sender).Send(ctx, number(t), "canary-text 123456")
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "asking twilio: ") || s.times() != 1 {
		t.Errorf("failed with %v, asked %d times", err, s.times())
	}
	tells(t, err)
}

func tells(t *testing.T, err error) {
	t.Helper()
	for _, hidden := range []string{"canary", "123456", "5550001234", "twilio.com"} {
		if err != nil && strings.Contains(err.Error(), hidden) {
			t.Errorf("the error tells %q: %v", hidden, err)
		}
	}
}

// A text that Twilio has taken is not sent again because the rest of the answer is lost.
func TestTakenIsTaken(t *testing.T) {
	for name, a := range map[string]answer{"cut": {status: 201, cut: true}, "no JSON": {status: 201, raw: "ok"}, "long": {status: 201, raw: strings.Repeat(" ", 1<<20)}} {
		if err := open(t, serve(t, a), sender).Send(t.Context(), number(t), "hello"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Refusals leave their connection to the next text, which the SDK does not see to.
func TestConnectionsAreUsedAgain(t *testing.T) {
	s := serve(t, answer{status: 400, code: 21610})
	a := open(t, s, sender)
	for range 20 {
		if err := a.Send(t.Context(), number(t), "hello"); err == nil {
			t.Fatal("not refused")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.connections != 1 {
		t.Errorf("%d connections", s.connections)
	}
}

func TestNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	a, err := twilio.New(twilio.Config{AccountSID: account, AuthToken: token, From: sender, BaseURL: "http://" + l.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	err = a.Send(t.Context(), number(t), "canary-text 123456")
	if err == nil || fault.Of(err).Kind != fault.Internal || !strings.Contains(err.Error(), "asking twilio: dial tcp") {
		t.Errorf("failed with %v", err)
	}
	tells(t, err)
}

// Without a base URL Twilio's own is asked, whatever edge the environment names, and a strange error is not shown.
func TestTwiliosOwnAddress(t *testing.T) {
	t.Setenv("TWILIO_EDGE", "sydney")
	asked := ""
	transport := roundTrip(func(r *http.Request) (*http.Response, error) {
		asked = r.URL.String()
		return nil, errors.New("canary-error")
	})
	a, err := twilio.New(twilio.Config{AccountSID: account, AuthToken: token, From: sender, Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Send(t.Context(), number(t), "hello"); err == nil || err.Error() != "asking twilio: no whole answer: *errors.errorString" {
		t.Errorf("failed with %v", err)
	}
	if want := "https://api.twilio.com/2010-04-01/Accounts/" + account + "/Messages.json"; asked != want {
		t.Errorf("asked %s", asked)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestWhatIsMissingIsRefused(t *testing.T) {
	whole := twilio.Config{AccountSID: account, AuthToken: token, From: sender}
	if _, err := twilio.New(whole); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*twilio.Config){
		"account": func(c *twilio.Config) { c.AccountSID = "" }, "token": func(c *twilio.Config) { c.AuthToken = "" }, "sender": func(c *twilio.Config) { c.From = "" },
		"base": func(c *twilio.Config) { c.BaseURL = "canary" }, "worse base": func(c *twilio.Config) { c.BaseURL = "http://canary\x7f" },
	} {
		c := whole
		spoil(&c)
		if _, err := twilio.New(c); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("without a good %s: %v", name, err)
		}
	}
}
