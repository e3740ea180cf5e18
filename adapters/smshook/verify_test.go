package smshook_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// key is the signing key. Its text form, with the prefix whsec_, is what an operator configures.
var key, _ = base64.StdEncoding.DecodeString("Y2FuYXJ5LWtleS1vZi0zMi1ieXRlcy1ub3QtcmVhbCE=")

// request is a verified request of the adapter.
type request struct {
	ID        string // header webhook-id
	Timestamp string // in the payload
	To        string
	Text      string
}

// parse verifies a request and returns its content.
func parse(r *http.Request) (request, error) {
	body, err := verify(r)
	var payload struct {
		Type      string
		Timestamp string
		Data      struct{ To, Text string }
	}
	err = errors.Join(err, json.Unmarshal(body, &payload))
	if err == nil && payload.Type != "sms.send" {
		err = fmt.Errorf("the type of the payload is %q, want sms.send", payload.Type)
	}
	parsed := request{
		ID:        r.Header.Get("webhook-id"),
		Timestamp: payload.Timestamp,
		To:        payload.Data.To,
		Text:      payload.Data.Text,
	}
	return parsed, err
}

// verify checks the headers and the signature of a request, and returns its
// body. It follows the specification of Standard Webhooks and RFC 2104, and
// shares no code with the adapter.
func verify(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return body, err
	}
	webhookID, timestamp := r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if age := time.Since(time.Unix(seconds, 0)); err != nil || age < -time.Second || age > 2*time.Second {
		return body, fmt.Errorf("webhook-timestamp is %q, want the time of the attempt", timestamp)
	}
	if webhookID == "" || strings.Contains(webhookID, ".") {
		return body, fmt.Errorf("webhook-id is %q, want an id without dots", webhookID)
	}
	want := "v1," + base64.StdEncoding.EncodeToString(hmacSHA256(key, webhookID+"."+timestamp+"."+string(body)))
	if got := r.Header.Get("webhook-signature"); got != want {
		return body, fmt.Errorf("webhook-signature is %q, want %q", got, want)
	}
	if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
		return body, fmt.Errorf("%s of %s, want POST of application/json", r.Method, r.Header.Get("Content-Type"))
	}
	return body, nil
}

// hmacSHA256 is H(K XOR opad, H(K XOR ipad, text)) of RFC 2104, for a key of up to 64 bytes.
func hmacSHA256(key []byte, text string) []byte {
	padded := func(pad byte) []byte {
		block := bytes.Repeat([]byte{pad}, 64)
		for i, k := range key {
			block[i] ^= k
		}
		return block
	}
	inner := sha256.Sum256(append(padded(0x36), text...))
	outer := sha256.Sum256(append(padded(0x5c), inner[:]...))
	return outer[:]
}
