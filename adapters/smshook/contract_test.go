package smshook_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/smshook"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// A hook has no word for a number that no text can reach: it refuses such as any other.
func TestContract(t *testing.T) {
	portstest.SMS(t, func(t *testing.T, script portstest.SMSScript) portstest.SMSRig {
		o := &operator{T: t, script: script, took: map[phone.Number][]string{}}
		server := httptest.NewServer(o)
		t.Cleanup(server.Close)
		h := open(t, smshook.Config{URL: server.URL, Key: key, Random: rand.Reader, Clock: clock{}})
		t.Cleanup(h.CloseIdleConnections)
		return portstest.SMSRig{SMS: h, Received: o.texts, Blind: true}
	})
}

// operator plays a script as a hook.
type operator struct {
	*testing.T
	script portstest.SMSScript
	mu     sync.Mutex
	took   map[phone.Number][]string
}

func (o *operator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	came, err := understood(r)
	if err != nil {
		o.Error(err)
	}
	to, err := phone.Parse(came.To)
	if err != nil {
		o.Error(err)
	}
	switch reply := o.script(to, came.Text); reply.Verdict {
	case portstest.Taken:
		o.takes(to, came.Text)
	case portstest.Lost:
		panic(http.ErrAbortHandler)
	case portstest.Silent:
		<-r.Context().Done()
		reply.Left()
	case portstest.Garbled:
		o.garble(w, came)
	default:
		o.refuse(w, r, reply, came)
	}
}

// refuse quotes what came.
func (o *operator) refuse(w http.ResponseWriter, r *http.Request, reply portstest.Reply, came request) {
	if reply.Wait > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(reply.Wait.Seconds()))
	}
	w.Header().Set("Location", r.URL.Path)
	w.WriteHeader(map[portstest.Verdict]int{portstest.Busy: 429, portstest.Down: 503, portstest.Refused: 400,
		portstest.Denied: 401, portstest.Unreachable: 422, portstest.Moved: 307}[reply.Verdict])
	_, _ = fmt.Fprint(w, came)
}

// garble answers what is no HTTP: its statuses leave nothing open.
func (o *operator) garble(w http.ResponseWriter, came request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		o.Error(err)
		return
	}
	defer conn.Close()
	_, _ = fmt.Fprintf(conn, "%s\r\n\r\n", strings.ReplaceAll(came.To+came.Text, " ", "_")) // net/http quotes a line of one word
}

func (o *operator) takes(to phone.Number, text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.took[to] = append(o.took[to], text)
}

func (o *operator) texts(to phone.Number) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.took[to])
}
