// Package twilio hands short texts to Twilio's Messages API
// (www.twilio.com/docs/messaging/api/message-resource).
package twilio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"
	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/ports/outgoing"
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
	client *http.Client
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
	return &Twilio{c, base, outgoing.Client(c.Transport)}, nil
}

// CloseIdleConnections closes those that are not in use.
func (t *Twilio) CloseIdleConnections() { t.client.CloseIdleConnections() }

// Send fails with ctx's error when that is over, fault.Invalid for a number that
// no text can reach, fault.Unavailable at a 429 or 5xx, fault.Refused at any other
// answer but a 201, and without one with what holds no text or number.
func (t *Twilio) Send(ctx context.Context, to phone.Number, text string) error {
	c, asking := &call{ctx: ctx, base: t.base, next: t.client.Transport}, *t.client
	asking.Transport = c
	sdk := &client.Client{Credentials: client.NewCredentials(t.config.AccountSID, t.config.AuthToken), HTTPClient: &asking}
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
		return fmt.Errorf("asking twilio: %w", outgoing.Cause(err))
	default:
		_ = errors.As(err, &told) // or there is no code
		return judge(c.status, told.Code, c.after)
	}
}

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
	c.after = outgoing.RetryAfter(res.Header)
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
		f = fault.New(fault.Unavailable, "sms_unavailable", "It takes no text now.").After(after)
	}
	return fmt.Errorf("twilio answered %d, error %d: %w", status, code, f)
}
