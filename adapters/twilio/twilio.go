// Package twilio hands short texts to Twilio's Messages API
// (www.twilio.com/docs/messaging/api/message-resource).
package twilio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"
	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/phone"
)

// Config says on whose account texts are sent, and from whom.
type Config struct {
	AccountSID, AuthToken string
	From                  string            // a number, an alphanumeric sender, or the SID of a Messaging Service
	BaseURL               string            // "" for Twilio's
	Transport             http.RoundTripper // nil for one of the adapter's own
}

// Twilio is a ports.SMS that is done with a text once Twilio has taken it.
type Twilio struct {
	config Config
	base   *url.URL
}

// New makes a Twilio and connects to nothing yet. It fails without credentials or
// a sender, and with a base URL that is none.
func New(c Config) (*Twilio, error) {
	if c.AccountSID == "" || c.AuthToken == "" || c.From == "" {
		return nil, errors.New("twilio: an account, its token and a sender are needed")
	}
	base, err := url.Parse(c.BaseURL)
	if err != nil || c.BaseURL != "" && base.Host == "" {
		return nil, errors.New("twilio: the base URL is none")
	}
	if c.Transport == nil {
		c.Transport = &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 16, IdleConnTimeout: 90 * time.Second}
	}
	return &Twilio{c, base}, nil
}

// CloseIdleConnections closes those that are not in use.
func (t *Twilio) CloseIdleConnections() {
	(&http.Client{Transport: t.config.Transport}).CloseIdleConnections()
}

// Send fails with ctx's error when that is over, fault.Invalid for a number that
// no text can reach, fault.Unavailable at a 429 or 5xx, fault.Refused at any other
// answer but a 201, and without one with what holds no text or number.
func (t *Twilio) Send(ctx context.Context, to phone.Number, text string) error {
	c := &call{ctx: ctx, base: t.base, next: t.config.Transport}
	sdk := &client.Client{Credentials: client.NewCredentials(t.config.AccountSID, t.config.AuthToken), HTTPClient: &http.Client{Transport: c, CheckRedirect: stay}}
	sdk.SetAccountSid(t.config.AccountSID)
	params := (&openapi.CreateMessageParams{}).SetTo(to.String()).SetBody(text)
	if strings.HasPrefix(t.config.From, "MG") && len(t.config.From) == 34 { // or it is an alphanumeric sender, of 11 at most
		params.SetMessagingServiceSid(t.config.From)
	} else {
		params.SetFrom(t.config.From)
	}
	api := openapi.NewApiService(&client.RequestHandler{Client: sdk}) // or the environment would choose the edge
	_, err := api.CreateMessage(params)
	switch told := new(client.TwilioRestError); {
	case c.status == http.StatusCreated: // whether or not the rest of the answer came
		return nil
	case c.status == 0:
		return unanswered(err)
	default:
		_ = errors.As(err, &told) // or there is no code
		return judge(c.status, told.Code, c.after)
	}
}

// stay follows no redirect: it would hand on the text.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// call is one request, and what the SDK keeps to itself of its answer.
type call struct {
	ctx    context.Context // which the SDK does not take
	base   *url.URL
	next   http.RoundTripper
	status int
	after  time.Duration
}

// RoundTrip reads the answer whole, which the SDK does not do with a refusal, so
// that the connection can be used again.
func (c *call) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(c.ctx)
	if c.base.Host != "" {
		r.URL.Scheme, r.URL.Host, r.Host = c.base.Scheme, c.base.Host, c.base.Host
		r.URL.Path = strings.TrimSuffix(c.base.Path, "/") + r.URL.Path
	}
	res, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	c.status = res.StatusCode
	c.after, _ = time.ParseDuration(res.Header.Get("Retry-After") + "s")
	body, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}

// unreachable are the errors that say a number is none, or none of a phone that
// receives texts (www.twilio.com/docs/api/errors).
var unreachable = []int{21211, 21217, 21265, 21614, 21635}

// judge says what an answer means by its status and Twilio's code, 0 for none.
// Twilio's own words quote the number.
func judge(status, code int, after time.Duration) error {
	f := fault.New(fault.Refused, "sms_refused", "It does not take the text.")
	switch {
	case slices.Contains(unreachable, code):
		f = fault.New(fault.Invalid, "sms_unreachable", "No text can reach the number.")
	case status == http.StatusTooManyRequests, status/100 == 5:
		f = fault.New(fault.Unavailable, "sms_unavailable", "It takes no text now.").After(max(0, after))
	}
	return fmt.Errorf("twilio answered %d, error %d: %w", status, code, f)
}

// unanswered tells of an error what cannot hold a text or a number.
func unanswered(err error) error {
	for _, over := range []error{context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, over) {
			return fmt.Errorf("waiting for twilio: %w", over)
		}
	}
	if op := (*net.OpError)(nil); errors.As(err, &op) {
		return fmt.Errorf("reaching twilio: %w", op)
	}
	return errors.New("no whole answer from twilio")
}
