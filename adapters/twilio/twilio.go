// Package twilio sends SMS with Twilio's Messages API
// (www.twilio.com/docs/messaging/api/message-resource).
package twilio

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"
	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/kuvaka-tech/parley/adapters/internal/httpclient"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/phone"
)

// Config holds the account and the sender of the SMS.
type Config struct {
	AccountSID string
	AuthToken  string
	From       string            // a number, an alphanumeric sender ID, or the SID of a Messaging Service
	BaseURL    string            // "" means https://api.twilio.com
	Transport  http.RoundTripper // nil means a new transport, see httpclient.New
}

// Sender is a ports.SMS that uses Twilio.
type Sender struct {
	config Config
	base   *url.URL
	client *http.Client
}

// New returns a Sender. It does not connect to Twilio yet. It fails if the account, the
// token or From is missing, or if BaseURL is invalid.
func New(c Config) (*Sender, error) {
	if c.AccountSID == "" || c.AuthToken == "" || c.From == "" {
		return nil, errors.New("twilio: the account SID, the auth token and the sender are required")
	}
	base, err := url.Parse(c.BaseURL)
	if err != nil || c.BaseURL != "" && base.Host == "" {
		return nil, errors.New("twilio: the base URL is invalid")
	}
	return &Sender{config: c, base: base, client: httpclient.New(c.Transport)}, nil
}

// CloseIdleConnections closes the connections that no request uses.
func (s *Sender) CloseIdleConnections() { s.client.CloseIdleConnections() }

// Send implements ports.SMS. It returns nil for status 201, even if the rest of the
// response is lost. It fails with
//   - ctx's error if ctx ends,
//   - fault.Invalid if the number cannot receive SMS,
//   - fault.Unavailable for status 429 and 5xx,
//   - fault.Refused for any other status,
//   - another error if there was no response.
//
// No error contains the text or the number.
func (s *Sender) Send(ctx context.Context, to phone.Number, text string) error {
	t := &transport{ctx: ctx, base: s.base, next: s.client.Transport}
	_, err := s.api(t).CreateMessage(s.params(to, text))
	switch t.status {
	case http.StatusCreated:
		return nil
	case 0:
		return fmt.Errorf("calling twilio: %w", httpclient.SafeCause(err))
	}
	var restErr *client.TwilioRestError
	code := 0 // stays 0 if the body has no error code
	if errors.As(err, &restErr) {
		code = restErr.Code
	}
	return failure(t.status, code, t.retryAfter)
}

// api returns the SDK's API for one request. The SDK's constructor would take
// the host from the environment variable TWILIO_EDGE, so api builds the request
// handler itself.
func (s *Sender) api(t *transport) *openapi.ApiService {
	httpClient := *s.client
	httpClient.Transport = t
	sdk := &client.Client{
		Credentials: client.NewCredentials(s.config.AccountSID, s.config.AuthToken),
		HTTPClient:  &httpClient,
	}
	sdk.SetAccountSid(s.config.AccountSID)
	return openapi.NewApiService(&client.RequestHandler{Client: sdk})
}

// params returns the request. A Messaging Service's SID starts with MG and has 34
// characters; an alphanumeric sender ID has at most 11.
func (s *Sender) params(to phone.Number, text string) *openapi.CreateMessageParams {
	params := (&openapi.CreateMessageParams{}).SetTo(to.String()).SetBody(text)
	if from := s.config.From; strings.HasPrefix(from, "MG") && len(from) == 34 {
		return params.SetMessagingServiceSid(from)
	}
	return params.SetFrom(s.config.From)
}

// unreachableCodes are Twilio's errors for a number that does not exist or
// cannot receive SMS (www.twilio.com/docs/api/errors).
var unreachableCodes = []int{21211, 21217, 21265, 21614, 21635}

// failure returns the error for a status and Twilio's error code, which is 0 if the
// response has none. It does not use Twilio's error text, which quotes the number.
func failure(status, code int, retryAfter time.Duration) error {
	f := fault.New(fault.Refused, "sms_refused", "The SMS provider refused the SMS.")
	switch {
	case slices.Contains(unreachableCodes, code):
		f = fault.New(fault.Invalid, "sms_unreachable", "The number cannot receive SMS.")
	case status == http.StatusTooManyRequests, status/100 == 5:
		f = fault.New(fault.Unavailable, "sms_unavailable", "The SMS provider is unavailable.").After(retryAfter)
	}
	return fmt.Errorf("twilio answered %d, error %d: %w", status, code, f)
}
