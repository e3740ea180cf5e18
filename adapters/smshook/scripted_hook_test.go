package smshook_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// scriptedHook is a webhook that follows the script of the ports.SMS contract.
type scriptedHook struct {
	t        *testing.T
	script   portstest.SMSScript
	mu       sync.Mutex
	accepted map[phone.Number][]string
}

func (h *scriptedHook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parsed, err := parse(r)
	if err != nil {
		h.t.Errorf("invalid request: %v", err)
	}
	to, err := phone.Parse(parsed.To)
	if err != nil {
		h.t.Errorf("invalid number %q: %v", parsed.To, err)
	}
	switch res := h.script(to, parsed.Text); res.Verdict {
	case portstest.SMSAccepted:
		h.accept(to, parsed.Text)
	case portstest.SMSDisconnects:
		panic(http.ErrAbortHandler)
	case portstest.SMSHangs:
		<-r.Context().Done()
		res.OnDisconnect()
	case portstest.SMSGarbled:
		h.garble(w, parsed)
	default:
		h.reject(w, r, res, parsed)
	}
}

// reject responds with the status for res and a body that quotes the request.
func (h *scriptedHook) reject(w http.ResponseWriter, r *http.Request, res portstest.SMSResponse, parsed request) {
	if res.RetryAfter > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(res.RetryAfter.Seconds()))
	}
	w.Header().Set("Location", r.URL.Path)
	w.WriteHeader(map[portstest.SMSVerdict]int{
		portstest.SMSBusy:         429,
		portstest.SMSDown:         503,
		portstest.SMSRefused:      400,
		portstest.SMSUnauthorized: 401,
		portstest.SMSUnreachable:  422,
		portstest.SMSRedirected:   307,
	}[res.Verdict])
	_, _ = fmt.Fprint(w, parsed)
}

// garble responds with bytes that are not HTTP. An HTTP response cannot be
// garbled: any status has a meaning. The bytes are one line without spaces,
// because net/http quotes such a line in its error.
func (h *scriptedHook) garble(w http.ResponseWriter, parsed request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		h.t.Errorf("taking over the connection: %v", err)
		return
	}
	defer conn.Close()
	_, _ = fmt.Fprintf(conn, "%s\r\n\r\n", strings.ReplaceAll(parsed.To+parsed.Text, " ", "_"))
}

func (h *scriptedHook) accept(to phone.Number, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.accepted[to] = append(h.accepted[to], text)
}

// acceptedTexts returns the accepted texts to a number.
func (h *scriptedHook) acceptedTexts(to phone.Number) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.accepted[to])
}
