package hostile

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// refuse starts a program and returns the response with which it refuses a call of an operation.
type refuse func(t *testing.T, o *operation) client.Response

// refusalExamples contains for each error code a call that is refused with it.
var refusalExamples = map[string]refuse{
	"not_authenticated":      changed(func(c *call) { c.token = "" }),
	"invalid_token":          changed(forgeToken),
	"malformed_body":         changed(malformBody),
	"body_too_large":         changed(func(c *call) { c.rawBody = make([]byte, mib+1) }),
	"unsupported_media_type": changed(sendPlainText),
	"invalid_request":        changed(breakARule),
	"not_found":              changed(func(c *call) { c.path = c.op.pathOf(missingID, missingID) }),
	"invalid_otp":            changed(func(c *call) { c.body["mobile_number"] = client.Number() }),
	"invalid_credentials":    changed(func(c *call) { c.body["password"] = canary }),
	"invalid_signature":      changed(func(c *call) { c.rawBody = append(c.rawBody, ' ') }),
	"wrong_password":         wrongPassword,
	"recent_login_required":  afterAnOldLogin,
	"rate_limited":           tooManyCalls,
	"quota_exhausted":        tooManyMessages,
	"overloaded":             duringAskFault(func(f *askFaults) { f.overloaded.Store(true) }),
	"idempotency_mismatch":   idempotencyKeyOfAnotherMessage,
	"idempotency_in_flight":  duringAskFault(func(f *askFaults) { f.inFlight.Store(true) }),
	"not_cancellable":        cancelTwice,
	"not_retryable":          notTheLastMessage,
	"not_editable":           notTheLastMessage,
	"already_pro":            secondSubscription,
	"not_subscribed":         withoutSubscription,
	"payments_unavailable":   duringPaymentsOutage,
	"internal":               withFailingPorts(errors.New(canary)),
	"unavailable":            withFailingPorts(fmt.Errorf("%s: %w", canary, ports.ErrUnavailable)),
}

// changed sends a valid call with one change.
func changed(change func(*call)) refuse {
	return func(t *testing.T, o *operation) client.Response {
		p := start(t)
		c := p.validCall(o)
		change(&c)
		return p.sendCall(c)
	}
}

func malformBody(c *call) {
	c.rawBody = []byte(`{"` + canary)
	if strings.Contains(c.op.Path, "webhook") {
		c.rawBody = []byte{} // the signature of another body would be invalid, which is checked first
	}
}

// sendPlainText sends a body that is not JSON. A webhook of another media type is refused for its
// signature, but not one with a content coding.
func sendPlainText(c *call) {
	if strings.Contains(c.op.Path, "webhook") {
		c.headers = append(c.headers, "Content-Encoding", "gzip")
		return
	}
	c.rawBody = []byte(canary)
	c.headers = []string{"Content-Type", "text/plain"}
}

func breakARule(c *call) {
	switch {
	case c.body != nil:
		c.body["unexpected"] = canary
	case c.op.hasParameter("Idempotency-Key"):
		c.headers = []string{"Idempotency-Key", ""}
	default:
		c.path = addQuery(c.path, "limit=0&wait=31&format=text&after="+canary)
	}
}

// forgeToken replaces the token in the header or, for a refresh, in the body.
func forgeToken(c *call) {
	c.token = canary
	if _, exists := c.body["refresh_token"]; exists {
		c.body["refresh_token"] = canary
	}
}

func afterAnOldLogin(t *testing.T, o *operation) client.Response {
	clock, useClock := newLateClock()
	p := start(t, useClock)
	c := p.validCall(o)
	clock.late.Store(int64(session.RecentLogin))
	return p.sendCall(c)
}

func tooManyRefreshes(t *testing.T, o *operation) client.Response {
	p := start(t)
	c := p.validCall(o)
	for range 10 {
		r := p.sendCall(c)
		if r.Status != http.StatusOK {
			t.Fatalf("a refresh: status %d, want 200: %s", r.Status, r.Body)
		}
		c.body["refresh_token"] = r.Field("refresh_token")
	}
	return p.sendCall(c)
}

func wrongPassword(t *testing.T, o *operation) client.Response {
	p := start(t)
	c := p.validCall(o)
	p.sendCall(c) // sets a password
	c.body["old_password"] = canary
	return p.sendCall(c)
}

// hasRateLimit reports whether the operation has a rate limit, besides that of the requests in
// progress.
func (o *operation) hasRateLimit() bool {
	callsPayments := o.Method == http.MethodPost && strings.HasPrefix(o.Path, "/subscribe/")
	return !o.requiresToken() || callsPayments || o.Path == "/search" || o.Path == "/auth/change-password" ||
		o.changesNumber() || o.Path == "/user/me/export"
}

// changesNumber reports whether the rate limits of addresses count the operation despite its token.
func (o *operation) changesNumber() bool { return strings.HasPrefix(o.Path, "/auth/change-number") }

// tooManyCalls makes a send, an edit or a retry while too many replies of the user are
// queued, and a call without a rate limit while another request of the user is in progress. It
// repeats any other call from one address until it is rate limited. The rate limits are 30 calls
// per address without a token, 20 calls per user to the operations that call the payments
// provider, 30 searches per user, and 10 wrong passwords per user.
func tooManyCalls(t *testing.T, o *operation) client.Response {
	if o.hasParameter("Idempotency-Key") {
		return duringAskFault(func(f *askFaults) { f.backlog.Store(true) })(t, o)
	}
	if o.Path == "/auth/refresh" {
		return tooManyRefreshes(t, o)
	}
	if !o.hasRateLimit() {
		return tooManyInProgress(t, o)
	}
	p := start(t)
	c := p.validCall(o)
	limit, usedBefore := 30, 0
	switch {
	case o.Path == "/auth/change-password":
		p.sendCall(c) // sets a password
		c.body["old_password"] = canary
		limit = 10
	case o.Path == "/auth/change-number":
		limit = 10
	case o.Path == "/user/me/export":
		limit = 5
	case o.Path == "/search", o.changesNumber():
	case o.requiresToken():
		limit = 20
		usedBefore = 2 // validCall makes at most two such calls, to subscribe the user
	}
	for n := range limit {
		r := p.sendCallFrom("192.0.2.1:1", c)
		if r.Status == http.StatusTooManyRequests {
			if n < limit-usedBefore {
				t.Fatalf("call %d is rate limited, want at least %d calls: %s", n+1, limit-usedBefore, r.Body)
			}
			return r
		}
		if !o.requiresToken() || o.changesNumber() {
			c.body["mobile_number"] = client.Number()
		}
	}
	return p.sendCallFrom("192.0.2.1:1", c)
}

func secondSubscription(t *testing.T, o *operation) client.Response {
	p := start(t)
	c := p.validCall(o)
	p.subscribe(p.device(c.token))
	return p.sendCall(c)
}

func withoutSubscription(t *testing.T, o *operation) client.Response {
	p := start(t)
	c := p.validCall(o)
	c.token = p.newUser().Token
	return p.sendCall(c)
}

func duringPaymentsOutage(t *testing.T, o *operation) client.Response {
	p := start(t)
	c := p.validCall(o)
	if o.Path == "/subscribe/sync" {
		p.subscribe(p.device(c.token))
	}
	if !o.requiresToken() {
		c.rawBody, c.headers = p.signedEvent(p.newCustomer())
	}
	p.payments.SetOutage(true)
	return p.sendCall(c)
}

// newCustomer subscribes a new user and returns the id that the payments provider has given the user.
func (p *program) newCustomer() (customerID string) {
	p.t.Helper()
	u := p.newUser()
	p.subscribe(u.Device)
	userID := u.Want(http.StatusOK, "GET", "/user/me", nil).Field("id")
	customerID, err := p.payments.Customer(p.t.Context(), id.ID(userID))
	if err != nil {
		p.t.Fatalf("look up the customer: %v", err)
	}
	return customerID
}

// withFailingPorts sends a valid call while the port that the operation calls first fails.
func withFailingPorts(err error) refuse {
	return func(t *testing.T, o *operation) client.Response {
		f := &failure{err: err}
		p := start(t,
			boot.Wrap(func(s ports.Sessions) ports.Sessions { return failingSessions{s, f} }),
			boot.Wrap(func(l ports.Limiter) ports.Limiter { return failingLimiter{l, f} }),
			boot.Wrap(func(l ports.WebhookLedger) ports.WebhookLedger { return failingLedger{l, f} }),
		)
		c := p.validCall(o)
		f.on.Store(true)
		defer f.on.Store(false)
		return p.sendCall(c)
	}
}
