package smshook_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/smshook"
	"github.com/kuvaka-tech/parley/core/phone"
)

const secret = "whsec_Y2FuYXJ5LWtleS1vZi0zMi1ieXRlcy1ub3QtcmVhbCE="

var key, _ = base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))

// request is one that reached the company, after its signature was found good.
type request struct {
	ID, At, Timestamp, To, Text string
	Came                        time.Time
}

// company is the operator's hook: it checks what comes and answers as it is told.
type company struct {
	mu     sync.Mutex
	came   []request
	bad    []error
	bodies atomic.Int32                        // that are open
	answer func(n int) (*http.Response, error) // to the n-th request, from 1; nil for 204
}

func (c *company) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	res, _ := c.RoundTrip(r)
	res.Body.Close()
	w.WriteHeader(res.StatusCode)
}

// RoundTrip makes the company a transport, with no socket in between.
func (c *company) RoundTrip(r *http.Request) (*http.Response, error) {
	came, err := understood(r)
	c.mu.Lock()
	if err != nil {
		c.bad = append(c.bad, err)
	}
	c.came = append(c.came, came)
	n, answer := len(c.came), c.answer
	c.mu.Unlock()
	if answer == nil {
		answer = answering(http.StatusNoContent)
	}
	res, err := answer(n)
	if res == nil && err == nil {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	if res != nil {
		c.bodies.Add(1)
		res.Body = content{res.Body, &c.bodies}
	}
	return res, err
}

// understood is what a request says, if its signature is good.
func understood(r *http.Request) (request, error) {
	body, err := verified(r)
	var p struct {
		Type, Timestamp string
		Data            struct{ To, Text string }
	}
	if err = errors.Join(err, json.Unmarshal(body, &p)); err != nil || p.Type != "sms.send" {
		err = errors.Join(errors.New("refused "+string(body)), err)
	}
	return request{r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), p.Timestamp, p.Data.To, p.Data.Text, time.Now()}, err
}

// content notes when it is closed.
type content struct {
	io.Reader
	open *atomic.Int32
}

func (b content) Close() error { b.open.Add(-1); return nil }

// hanging answers nothing, ever.
func hanging(int) (*http.Response, error) { return nil, nil }

func (c *company) requests() []request {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.came)
}

func status(code int, headers ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: code, Header: h, Body: io.NopCloser(strings.NewReader("canary-answer"))}
}

// answering answers with a status and headers, name, value, name, value.
func answering(code int, headers ...string) func(int) (*http.Response, error) {
	return func(int) (*http.Response, error) { return status(code, headers...), nil }
}

// verified is the body of a request whose signature is good, by the
// specification and RFC 2104 alone.
func verified(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return body, err
	}
	at, err := strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64)
	if off := time.Since(time.Unix(at, 0)); err != nil || off < -time.Second || off > 2*time.Second {
		return body, errors.New("the timestamp is not the attempt's")
	}
	id := r.Header.Get("webhook-id")
	if id == "" || strings.Contains(id, ".") {
		return body, errors.New("no good id")
	}
	want := rfc2104(key, id+"."+r.Header.Get("webhook-timestamp")+"."+string(body))
	if r.Header.Get("webhook-signature") != "v1,"+base64.StdEncoding.EncodeToString(want) {
		return body, errors.New("the signature is wrong")
	}
	if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
		return body, errors.New("no POST of JSON")
	}
	return body, nil
}

// rfc2104 is H(K XOR opad, H(K XOR ipad, text)) for a key of up to 64 bytes.
func rfc2104(key []byte, text string) []byte {
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

type clock struct{}

func (clock) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// config is of a hook with the company at its other end.
func config(t *testing.T, c *company) smshook.Config {
	t.Cleanup(func() {
		for _, err := range c.bad {
			t.Error(err)
		}
		if n := c.bodies.Load(); n != 0 {
			t.Errorf("%d bodies left open", n)
		}
	})
	return smshook.Config{
		URL: "https://canary-user:canary-password@hook.example/canary-path?canary-query", Key: key, Random: rand.Reader, Clock: clock{}, Transport: c,
	}
}

func open(t *testing.T, c smshook.Config) *smshook.Hook {
	t.Helper()
	h, err := smshook.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func number(t *testing.T) phone.Number {
	t.Helper()
	n, err := phone.Parse("+15550001234")
	if err != nil {
		t.Fatal(err)
	}
	return n
}
