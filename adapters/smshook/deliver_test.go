package smshook_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/tests/client"
)

const canary = "canary-text 123456"

// deliver sends one text, with this jitter, and returns when its requests came,
// in seconds after it, and what was logged, once it is handed over or given up.
func deliver(t *testing.T, answer func(int) (*http.Response, error), jitter float64) (came []float64, c *company, log string) {
	t.Helper()
	l := &client.Log{}
	c = &company{answer: answer}
	conf := config(t, c, l)
	conf.Jitter = func() float64 { return jitter }
	h := open(t, conf)
	began := time.Now()
	send(t, h, canary)
	h.Wait()
	stop(t, h)
	for _, r := range c.requests() {
		came = append(came, r.Came.Sub(began).Seconds())
	}
	return came, c, l.String()
}

func failing(err error) func(int) (*http.Response, error) {
	return func(int) (*http.Response, error) { return nil, err }
}

// waits answers with a status and a Retry-After, then takes the text.
func waits(code int, header string) func(int) (*http.Response, error) {
	return func(n int) (*http.Response, error) {
		if n > 1 {
			return status(http.StatusOK), nil
		}
		return status(code, "Retry-After", header), nil
	}
}

// The bubble's clock starts at this second.
var date = time.Date(2000, 1, 1, 0, 0, 20, 0, time.UTC).Format(http.TimeFormat)

var reset = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}

func TestTries(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(int) (*http.Response, error)
		jitter float64
		came   []float64
		end    string // of the log
	}{
		"taken":                {answering(200), 0.5, []float64{0}, "sms handed over"},
		"taken, without words": {answering(204), 0.5, []float64{0}, "sms handed over"},
		"down for a while":     {answering(500, 502, 503, 200), 0.5, []float64{0, 1, 4, 13}, "sms handed over"},
		"down":                 {answering(503), 0.5, []float64{0, 1, 4, 13, 40, 121}, `sms given up`},
		"down, hurrying":       {answering(599), 0, []float64{0, 0.5, 2, 6.5, 20, 60.5}, "the hook answered 599"},
		"cut":                  {failing(io.ErrUnexpectedEOF), 0.5, []float64{0, 1, 4, 13, 40, 121}, "the connection was cut"},
		"reset":                {failing(reset), 0.5, []float64{0, 1, 4, 13, 40, 121}, "connection reset by peer"},
		"strange":              {failing(errors.New(canary)), 0.5, []float64{0, 1, 4, 13, 40, 121}, "no whole answer: *errors.errorString"},
		"hanging":              {hanging, 0.5, []float64{0, 6, 14, 28, 60, 146}, "no answer in 5s"},
		"refused":              {answering(400), 0.5, []float64{0}, "the hook answered 400"},
		"wrong secret":         {answering(401), 0.5, []float64{0}, "the hook answered 401"},
		"gone":                 {answering(410), 0.5, []float64{0}, "the hook answered 410"},
		"moved":                {answering(307), 0.5, []float64{0}, "the hook answered 307"},
		"busy":                 {waits(429, "7"), 0.5, []float64{0, 7}, "sms handed over"},
		"busy until a date":    {waits(503, date), 0.5, []float64{0, 20}, "sms handed over"},
		"busy, but not long":   {waits(429, "0"), 0.5, []float64{0, 1}, "sms handed over"},
		"busy, it seems":       {waits(429, "soon"), 0.5, []float64{0, 1}, "sms handed over"},
		"busy since":           {waits(429, "Sat, 01 Jan 1990 00:00:00 GMT"), 0.5, []float64{0, 1}, "sms handed over"},
		"refused with a wait":  {waits(403, "7"), 0.5, []float64{0}, "the hook answered 403"},
		"busy to the last":     {waits(429, "599"), 0.5, []float64{0, 599}, "sms handed over"},
		"busy for too long":    {waits(429, "600"), 0.5, []float64{0}, "the hook answered 429"},
		"busy for ever":        {waits(429, "99999999999999999999"), 0.5, []float64{0}, "the hook answered 429"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				came, company, log := deliver(t, c.answer, c.jitter)
				if diff := cmp.Diff(c.came, came); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				company.judge(t, log, c.end)
			})
		})
	}
}

// judge checks that all requests carried the same text under the same id, and
// that the log tells of each failure and of no text, whole number or address.
func (c *company) judge(t *testing.T, log, end string) {
	t.Helper()
	all := c.requests()
	for _, r := range all {
		if r.ID != all[0].ID || r.Text != canary || r.To != "+15550001234" || r.Timestamp != all[0].Timestamp {
			t.Errorf("%+v after %+v", r, all[0])
		}
	}
	lines := strings.Split(strings.TrimSpace(log), "\n")
	if last := lines[len(lines)-1]; len(lines) != len(all) || !strings.Contains(last, end) || !strings.Contains(last, "mobile_number=+155******34") ||
		strings.Contains(last, "level=ERROR") == strings.Contains(end, "handed over") {
		t.Errorf("%d requests and %d lines, the last %q", len(all), len(lines), last)
	}
	for _, hidden := range []string{"canary", "123456", "5550001234"} {
		if strings.Contains(log, hidden) {
			t.Errorf("the log holds %q:\n%s", hidden, log)
		}
	}
}

// A text that finds no line in its life is not sent: its code would be worth nothing.
func TestLateTextsAreNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, busy := &client.Log{}, make(chan struct{})
		c := &company{answer: func(int) (*http.Response, error) { <-busy; return status(http.StatusOK), nil }}
		h := open(t, config(t, c, log))
		for range 17 {
			send(t, h, "hello")
		}
		time.AfterFunc(10*time.Minute, func() { close(busy) })
		h.Wait()
		if n := len(c.requests()); n != 16 || !strings.Contains(log.String(), "no line to the hook was free in time") {
			t.Errorf("%d requests:\n%s", n, log)
		}
	})
}

// A redirect would hand on the text and its signature.
func TestRedirectsAreNotFollowed(t *testing.T) {
	followed := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		followed = followed || r.URL.Path == "/elsewhere"
		http.Redirect(w, r, "/elsewhere", http.StatusPermanentRedirect)
	}))
	log := &client.Log{}
	conf := config(t, &company{}, log)
	conf.URL, conf.Transport = server.URL, nil
	h := open(t, conf)
	send(t, h, canary)
	stop(t, h)
	server.Close()
	if followed || !strings.Contains(log.String(), "the hook answered 308") || strings.Contains(log.String(), "canary") {
		t.Errorf("followed: %v\n%s", followed, log)
	}
}

// A URL that net/http refuses is told without being shown.
func TestABrokenURLIsNotShown(t *testing.T) {
	log := &client.Log{}
	conf := config(t, &company{}, log)
	conf.URL = "https://canary\x7f"
	h := open(t, conf)
	send(t, h, "hello")
	stop(t, h)
	if !strings.Contains(log.String(), "the hook's URL is none") || strings.Contains(log.String(), "canary") {
		t.Errorf("the log is %s", log)
	}
}
