package twilio_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/twilio"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

const (
	account = "AC0123456789abcdef0123456789abcdef"
	token   = "canarytoken0123456789abcdef012345"
	service = "MG0123456789abcdef0123456789abcdef"
	sender  = "+15005550006"
	path    = "/2010-04-01/Accounts/" + account + "/Messages.json"
)

// answer is what the server says to a message: a status, with Twilio's code for
// it and a Retry-After, or bytes of its own.
type answer struct {
	status, code int
	after, raw   string
	cut, lost    bool   // the connection is, in the answer or before it
	hang, left   func() // are called before nothing is answered, and when the caller has left
}

// server speaks as Twilio's Messages API does, and keeps what it takes.
type server struct {
	*httptest.Server
	mu          sync.Mutex
	answer      answer
	script      portstest.SMSScript // says what to answer, if there is one
	connections int
	asked       []url.Values
	took        []url.Values
	bad         []string // requests that Twilio would not understand
	ended       chan struct{}
}

func serve(t *testing.T, a answer) *server {
	t.Helper()
	s := &server{answer: a, ended: make(chan struct{})}
	s.Server = httptest.NewUnstartedServer(s)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.mu.Lock()
			s.connections++
			s.mu.Unlock()
		}
	}
	s.Start()
	t.Cleanup(func() {
		close(s.ended)
		s.Close()
		for _, b := range s.bad {
			t.Error(b)
		}
	})
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	problem := understood(r)
	s.mu.Lock()
	a := s.answer
	if s.script != nil {
		a = s.played(r.PostForm)
	}
	s.asked = append(s.asked, r.PostForm)
	if problem != "" {
		s.bad = append(s.bad, problem)
	}
	s.mu.Unlock()
	switch {
	case a.lost:
		panic(http.ErrAbortHandler)
	case a.hang != nil:
		a.hang()
		select {
		case <-r.Context().Done():
			a.left()
		case <-s.ended:
		}
	case a.status == http.StatusCreated:
		s.mu.Lock()
		s.took = append(s.took, r.PostForm)
		s.mu.Unlock()
		s.write(w, a, map[string]any{"sid": "SM0123456789abcdef0123456789abcdef", "status": "queued", "error_code": nil, "num_segments": "1", "to": r.PostForm.Get("To"), "body": r.PostForm.Get("Body")})
	default:
		s.write(w, a, map[string]any{"code": a.code, "status": a.status, "more_info": fmt.Sprint("https://www.twilio.com/docs/errors/", a.code),
			"message": "The 'To' number " + r.PostForm.Get("To") + " cannot have " + r.PostForm.Get("Body")}) // it does quote the number
	}
}

// played is what Twilio answers where its script says so.
func (s *server) played(form url.Values) answer {
	to, err := phone.Parse(form.Get("To"))
	if err != nil {
		s.bad = append(s.bad, err.Error())
	}
	reply := s.script(to, form.Get("Body"))
	a := map[portstest.Verdict]answer{
		portstest.Taken: {status: 201}, portstest.Busy: {status: 429, code: 20429}, portstest.Down: {status: 503, code: 20503},
		portstest.Refused: {status: 400, code: 21610}, portstest.Denied: {status: 401, code: 20003}, portstest.Unreachable: {status: 400, code: 21211},
		portstest.Moved: {status: 307}, portstest.Garbled: {status: 200, raw: "<p>" + form.Get("To") + form.Get("Body")},
		portstest.Lost: {lost: true}, portstest.Silent: {hang: func() {}, left: reply.Left},
	}[reply.Verdict]
	if reply.Wait > 0 {
		a.after = fmt.Sprint(reply.Wait.Seconds())
	}
	return a
}

func (s *server) write(w http.ResponseWriter, a answer, body map[string]any) {
	raw, _ := json.Marshal(body)
	if a.raw != "" {
		raw = []byte(a.raw)
	}
	if a.after != "" {
		w.Header().Set("Retry-After", a.after)
	}
	if a.status/100 == 3 {
		w.Header().Set("Location", path)
	}
	if a.cut {
		w.Header().Set("Content-Length", fmt.Sprint(len(raw)+10))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	_, _ = w.Write(raw)
}

// understood is what is wrong with a request, "" for nothing.
func understood(r *http.Request) string {
	user, password, _ := r.BasicAuth()
	err := r.ParseForm()
	f := r.PostForm
	switch {
	case r.Method != http.MethodPost || r.URL.Path != path:
		return r.Method + " " + r.URL.Path
	case user != account || password != token:
		return "the wrong credentials"
	case err != nil || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded":
		return "no form"
	case f.Get("To") == "" || f.Get("Body") == "" || (f.Get("From") == "") == (f.Get("MessagingServiceSid") == "") || len(f) != 3:
		return fmt.Sprint("the fields are ", f)
	}
	return ""
}

// times is how often the server was asked.
func (s *server) times() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

func (s *server) texts(to phone.Number) (texts []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.took {
		if m.Get("To") == to.String() {
			texts = append(texts, m.Get("Body"))
		}
	}
	return texts
}

// open makes the adapter of that server, which sends from there.
func open(t *testing.T, s *server, from string) *twilio.Twilio {
	t.Helper()
	a, err := twilio.New(twilio.Config{AccountSID: account, AuthToken: token, From: from, BaseURL: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.CloseIdleConnections)
	return a
}

func number(t *testing.T) phone.Number {
	t.Helper()
	n, err := phone.Parse("+15550001234")
	if err != nil {
		t.Fatal(err)
	}
	return n
}
