// Package smshook sends SMS through a webhook, which is a service of the operator that
// accepts each SMS as an HTTP request. It signs the requests as in Standard Webhooks 1.0.0
// (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md).
package smshook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/kuvaka-tech/parley/adapters/internal/httpclient"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/ports"
)

// maxBody is how much of a response the Sender reads, in bytes.
const maxBody = 64 << 10

// Config holds the address of the webhook and the signing key.
type Config struct {
	URL       string
	Key       []byte // HMAC key of the signature, 24 to 64 bytes
	Random    io.Reader
	Clock     ports.Clock
	Transport http.RoundTripper // nil means a new transport, see httpclient.New
}

// Sender is a ports.SMS that calls the webhook.
type Sender struct {
	config Config
	client *http.Client
}

// New returns a Sender. It does not connect to the webhook yet. It fails if the key does
// not have 24 to 64 bytes, as the specification requires.
func New(c Config) (*Sender, error) {
	if len(c.Key) < 24 || len(c.Key) > 64 {
		return nil, errors.New("smshook: the key must have 24 to 64 bytes")
	}
	return &Sender{config: c, client: httpclient.New(c.Transport)}, nil
}

// CloseIdleConnections closes the connections that no request uses.
func (s *Sender) CloseIdleConnections() { s.client.CloseIdleConnections() }

// Send implements ports.SMS. It calls SendWithKey with a new idempotency key.
func (s *Sender) Send(ctx context.Context, to phone.Number, text string) error {
	now := s.config.Clock.Now()
	key, err := id.New(now, s.config.Random)
	if err != nil {
		return err
	}
	return s.SendWithKey(ctx, key, now, to, text)
}

// SendWithKey sends an SMS. It uses key as the webhook-id, and accepted, the time of
// acceptance, as the timestamp in the payload. All attempts to send one SMS must use the
// same key and time, so that the webhook can deduplicate them.
//
// It returns nil for a 2xx status. It fails with
//   - ctx's error if ctx ends,
//   - fault.Unavailable for status 429 and 5xx,
//   - fault.Refused for any other status,
//   - another error if there was no response.
//
// No error contains the text, the number or the URL.
func (s *Sender) SendWithKey(
	ctx context.Context, key id.ID, accepted time.Time, to phone.Number, text string,
) error {
	payload, err := json.Marshal(newEvent(accepted, to, text))
	if err != nil {
		return fmt.Errorf("encoding an sms: %w", err)
	}
	r, err := s.request(ctx, key, payload)
	if err != nil {
		return err
	}
	res, err := s.client.Do(r)
	if err != nil {
		return fmt.Errorf("calling the sms hook: %w", httpclient.SafeCause(err))
	}
	defer res.Body.Close()
	// The connection can only be reused when the body has been read. The body may quote the text.
	_, _ = io.CopyN(io.Discard, res.Body, maxBody)
	return failure(res)
}

// event is the payload of a request.
type event struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      sms       `json:"data"`
}

type sms struct {
	To   string `json:"to"`
	Text string `json:"text"`
}

func newEvent(accepted time.Time, to phone.Number, text string) event {
	return event{Type: "sms.send", Timestamp: accepted.UTC(), Data: sms{To: to.String(), Text: text}}
}

// request returns the signed request of one attempt. All attempts to send one SMS have the
// same key and payload, but their own timestamp header and signature.
func (s *Sender) request(ctx context.Context, key id.ID, payload []byte) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.config.URL, bytes.NewReader(payload))
	if err != nil {
		return nil, errors.New("the URL of the sms hook is invalid") // err contains the URL
	}
	timestamp := strconv.FormatInt(s.config.Clock.Now().Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Parley")
	r.Header.Set("Webhook-Id", string(key))
	r.Header.Set("Webhook-Timestamp", timestamp)
	r.Header.Set("Webhook-Signature", sign(s.config.Key, string(key), timestamp, payload))
	return r, nil
}

// sign returns the value of the header webhook-signature, with the symmetric scheme v1 of
// Standard Webhooks.
func sign(key []byte, webhookID, timestamp string, payload []byte) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", webhookID, timestamp, payload)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// failure returns the error for a response, or nil for a 2xx status.
func failure(res *http.Response) error {
	status := res.StatusCode
	if status/100 == 2 {
		return nil
	}
	f := fault.New(fault.Refused, "sms_refused", "The SMS provider refused the SMS.")
	if status == http.StatusTooManyRequests || status/100 == 5 {
		f = fault.New(fault.Unavailable, "sms_unavailable", "The SMS provider is unavailable.")
		f = f.After(httpclient.RetryAfter(res.Header))
	}
	return fmt.Errorf("the sms hook answered %d: %w", status, f)
}
