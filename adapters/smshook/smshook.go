// Package smshook hands short texts to an HTTP hook of the operator's, signed
// as Standard Webhooks are (github.com/standard-webhooks/standard-webhooks,
// spec/standard-webhooks.md, version 1.0.0).
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

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/outgoing"
)

// Config says where texts go.
type Config struct {
	URL       string
	Key       []byte // signs every request: 24 to 64 bytes
	Random    io.Reader
	Clock     ports.Clock
	Transport http.RoundTripper // nil for one of the adapter's own
}

// Hook is a ports.SMS that is done with a text once the hook has taken it.
type Hook struct {
	config Config
	client *http.Client
}

// New makes a Hook and connects to nothing yet. It fails with a key of another
// length than the specification's.
func New(c Config) (*Hook, error) {
	if len(c.Key) < 24 || len(c.Key) > 64 {
		return nil, errors.New("smshook: a key of 24 to 64 bytes is needed")
	}
	return &Hook{c, outgoing.Client(c.Transport)}, nil
}

// CloseIdleConnections closes those that are not in use.
func (h *Hook) CloseIdleConnections() { h.client.CloseIdleConnections() }

// Send fails as SendAs does.
func (h *Hook) Send(ctx context.Context, to phone.Number, text string) error {
	now := h.config.Clock.Now()
	key, err := id.New(now, h.config.Random)
	if err != nil {
		return err
	}
	return h.SendAs(ctx, key, now, to, text)
}

// SendAs sends under a webhook-id, by which the hook can tell a text that is
// tried again, as it was taken then, from another. It fails with ctx's error when
// that is over, fault.Unavailable at a 429 or 5xx, fault.Refused at any other
// answer but a 2xx, and without one with what holds no text, number or URL.
func (h *Hook) SendAs(ctx context.Context, key id.ID, taken time.Time, to phone.Number, text string) error {
	r, err := h.request(ctx, key, taken, to, text)
	if err != nil {
		return err
	}
	res, err := h.client.Do(r)
	if err != nil {
		return fmt.Errorf("asking the hook: %w", outgoing.Cause(err))
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, 64<<10) // lets the connection be used again; what it says may be the text
	return judge(res)
}

type object map[string]any

// request is one try's: of all tries of a text the id and the payload are the
// same, the time and the signature are not.
func (h *Hook) request(ctx context.Context, key id.ID, taken time.Time, to phone.Number, text string) (*http.Request, error) {
	payload, err := json.Marshal(object{"type": "sms.send", "timestamp": taken.UTC(), "data": object{"to": to.String(), "text": text}})
	if err != nil {
		return nil, fmt.Errorf("encoding a text: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.config.URL, bytes.NewReader(payload))
	if err != nil {
		return nil, errors.New("the hook's URL is none")
	}
	at := strconv.FormatInt(h.config.Clock.Now().Unix(), 10)
	for name, value := range map[string]string{"Content-Type": "application/json", "User-Agent": "Parley", "Webhook-Id": string(key),
		"Webhook-Timestamp": at, "Webhook-Signature": sign(h.config.Key, string(key), at, payload)} {
		r.Header.Set(name, value)
	}
	return r, nil
}

// sign is the webhook-signature of a payload, of the symmetric scheme v1.
func sign(key []byte, id, at string, payload []byte) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, at, payload)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func judge(res *http.Response) error {
	switch code := res.StatusCode; {
	case code/100 == 2:
		return nil
	case code == http.StatusTooManyRequests, code/100 == 5:
		busy := fault.New(fault.Unavailable, "sms_unavailable", "It takes no text now.")
		return fmt.Errorf("the hook answered %d: %w", code, busy.After(outgoing.RetryAfter(res.Header)))
	default:
		return fmt.Errorf("the hook answered %d: %w", code, fault.New(fault.Refused, "sms_refused", "It does not take the text."))
	}
}
