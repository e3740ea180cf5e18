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

	"github.com/kuvaka-tech/parley/adapters/internal/smstest"
	"github.com/kuvaka-tech/parley/adapters/twilio"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestContract(t *testing.T) {
	portstest.SMS(t, func(t *testing.T, script portstest.SMSScript) portstest.SMSRig {
		f := newFakeTwilio(t, response{})
		f.script = script
		return portstest.SMSRig{SMS: newSender(t, f, from), Received: f.acceptedTexts}
	})
}

func TestFrom(t *testing.T) {
	for sender, field := range map[string]string{
		from:     "From",
		"Parley": "From",
		"MGM":    "From",
		"12345":  "From",
		service:  "MessagingServiceSid",
	} {
		f := newFakeTwilio(t, response{status: http.StatusCreated})
		if err := newSender(t, f, sender).Send(t.Context(), smstest.Number(t), "hello"); err != nil {
			t.Fatalf("sending from %s: %v", sender, err)
		}
		f.mu.Lock()
		if got := f.accepted[0].Get(field); got != sender {
			t.Errorf("the form has %s = %q, want %q", field, got, sender)
		}
		f.mu.Unlock()
	}
}

func refused(contains string) smstest.Failure {
	return smstest.Failure{Kind: fault.Refused, Contains: contains}
}

func unreachable(contains string) smstest.Failure {
	return smstest.Failure{Kind: fault.Invalid, Contains: contains}
}

func unavailable(retryAfter time.Duration, contains string) smstest.Failure {
	return smstest.Failure{Kind: fault.Unavailable, RetryAfter: retryAfter, Contains: contains}
}

func TestFailures(t *testing.T) {
	const longest = (1<<31 - 1) * time.Second
	for name, c := range map[string]struct {
		response response
		want     smstest.Failure
	}{
		"invalid number":         {response{status: 400, code: 21211}, unreachable("twilio answered 400, error 21211")},
		"unassigned number":      {response{status: 400, code: 21217}, unreachable("error 21217")},
		"short code":             {response{status: 400, code: 21265}, unreachable("error 21265")},
		"not a mobile number":    {response{status: 400, code: 21614}, unreachable("error 21614")},
		"landline":               {response{status: 400, code: 21635}, unreachable("error 21635")},
		"country not enabled":    {response{status: 400, code: 21408}, refused("error 21408")},
		"unsubscribed recipient": {response{status: 400, code: 21610}, refused("error 21610")},
		"wrong sender":           {response{status: 400, code: 21659}, refused("error 21659")},
		"wrong token":            {response{status: 401, code: 20003}, refused("twilio answered 401, error 20003")},
		"closed account":         {response{status: 403, code: 20005}, refused("error 20005")},
		"unknown account":        {response{status: 404, code: 20404}, refused("error 20404")},
		"redirect":               {response{status: 307}, refused("twilio answered 307, error 0")},
		"200 with another body":  {response{status: 200, raw: "<p>canary"}, refused("twilio answered 200, error 0")},
		"400 without JSON":       {response{status: 400, raw: "<p>canary"}, refused("twilio answered 400, error 0")},
		"429":                    {response{status: 429, code: 20429}, unavailable(0, "answered 429, error 20429")},
		"429 for a full queue":   {response{status: 429, code: 21611}, unavailable(0, "error 21611")},
		"500":                    {response{status: 500, code: 20500}, unavailable(0, "answered 500, error 20500")},
		"503 without JSON": {
			response{status: 503, raw: "canary"},
			unavailable(0, "twilio answered 503, error 0"),
		},
		"503, Retry-After 30": {
			response{status: 503, code: 20503, retryAfter: "30"}, unavailable(30*time.Second, "error 20503"),
		},
		"429, Retry-After 7": {
			response{status: 429, code: 20429, retryAfter: "7"}, unavailable(7*time.Second, "error 20429"),
		},
		"429, Retry-After without a number": {
			response{status: 429, code: 20429, retryAfter: "soon"}, unavailable(0, "error 20429"),
		},
		"429, negative Retry-After": {
			response{status: 429, code: 20429, retryAfter: "-7"}, unavailable(0, "error 20429"),
		},
		"429, huge Retry-After": {
			response{status: 429, code: 20429, retryAfter: "99999999999999999999"}, unavailable(longest, "error 20429"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeTwilio(t, c.response)
			err := newSender(t, f, from).Send(t.Context(), smstest.Number(t), smstest.Text)
			c.want.Check(t, err, "twilio.com")
			if n := f.requestCount(); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}

func TestSendEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := newFakeTwilio(t, response{hang: cancel, left: func() {}})
	err := newSender(t, f, from).Send(ctx, smstest.Number(t), smstest.Text)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Send failed with %v, want %v", err, context.Canceled)
	}
	smstest.Failure{Kind: fault.Internal, Contains: "calling twilio: "}.Check(t, err, "twilio.com")
	if n := f.requestCount(); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

// After status 201 Twilio has accepted the SMS, so Send must succeed even if the body is unusable.
func TestStatus201IsSuccess(t *testing.T) {
	for name, a := range map[string]response{
		"cut body":  {status: 201, cutBody: true},
		"no JSON":   {status: 201, raw: "ok"},
		"long body": {status: 201, raw: strings.Repeat(" ", 1<<20)},
	} {
		if err := newSender(t, newFakeTwilio(t, a), from).Send(t.Context(), smstest.Number(t), "hello"); err != nil {
			t.Errorf("%s: Send failed with %v, want success", name, err)
		}
	}
}

// The SDK does not read an error's body to the end; the adapter must, to reuse the connection.
func TestConnectionsAreReusedAfterErrors(t *testing.T) {
	f := newFakeTwilio(t, response{status: 400, code: 21610})
	s := newSender(t, f, from)
	for range 20 {
		if err := s.Send(t.Context(), smstest.Number(t), "hello"); err == nil {
			t.Fatal("Send succeeded after status 400, want an error")
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.connections != 1 {
		t.Errorf("%d connections for 20 requests, want 1", f.connections)
	}
}

func TestConnectionRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("reserving a port: %v", err)
	}
	l.Close()
	c := validConfig()
	c.BaseURL = "http://" + l.Addr().String()
	s, err := twilio.New(c)
	if err != nil {
		t.Fatalf("creating the sender: %v", err)
	}
	err = s.Send(t.Context(), smstest.Number(t), smstest.Text)
	smstest.Failure{Kind: fault.Internal, Contains: "calling twilio: dial tcp"}.Check(t, err, "twilio.com")
}

// Without a base URL the adapter calls Twilio's default host. It ignores the
// environment variable TWILIO_EDGE and does not show the text of an unknown error.
func TestDefaultBaseURL(t *testing.T) {
	t.Setenv("TWILIO_EDGE", "sydney")
	called := ""
	c := validConfig()
	c.Transport = roundTripperFunc(func(r *http.Request) (*http.Response, error) {
		called = r.URL.String()
		return nil, errors.New("canary-error")
	})
	s, err := twilio.New(c)
	if err != nil {
		t.Fatalf("creating the sender: %v", err)
	}
	err = s.Send(t.Context(), smstest.Number(t), "hello")
	want := smstest.Failure{Kind: fault.Internal, Contains: "calling twilio: no valid response: *errors.errorString"}
	want.Check(t, err)
	if address := "https://api.twilio.com" + path; called != address {
		t.Errorf("the request went to %s, want %s", called, address)
	}
}

type roundTripperFunc func(*http.Request) (*http.Response, error)

func (f roundTripperFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func validConfig() twilio.Config {
	return twilio.Config{AccountSID: account, AuthToken: token, From: from}
}

func TestNewChecksItsConfig(t *testing.T) {
	if _, err := twilio.New(validConfig()); err != nil {
		t.Errorf("New failed with a valid config: %v", err)
	}
	for name, breakConfig := range map[string]func(*twilio.Config){
		"no account":        func(c *twilio.Config) { c.AccountSID = "" },
		"no token":          func(c *twilio.Config) { c.AuthToken = "" },
		"no sender":         func(c *twilio.Config) { c.From = "" },
		"relative base URL": func(c *twilio.Config) { c.BaseURL = "canary" },
		"invalid base URL":  func(c *twilio.Config) { c.BaseURL = "http://canary\x7f" },
	} {
		c := validConfig()
		breakConfig(&c)
		_, err := twilio.New(c)
		if err == nil {
			t.Errorf("%s: New succeeded, want an error", name)
			continue
		}
		smstest.ExpectNoSecrets(t, err.Error())
	}
}
