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
)

const (
	account = "AC0123456789abcdef0123456789abcdef"
	token   = "canarytoken0123456789abcdef012345"
	service = "MG0123456789abcdef0123456789abcdef"
	sender  = "+15005550006"
)

// answer is what the server says to a message: a status, with Twilio's code for
// it and a Retry-After, or bytes of its own.
type answer struct {
	status, code int
	after, raw   string
	cut          bool
	hang         func() // is called, and then nothing is answered
}

// server speaks as Twilio's Messages API does, and keeps what it takes.
type server struct {
	*httptest.Server
	mu          sync.Mutex
	answer      answer
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
	s.asked = append(s.asked, r.PostForm)
	if problem != "" {
		s.bad = append(s.bad, problem)
	}
	s.mu.Unlock()
	switch {
	case a.hang != nil:
		a.hang()
		select {
		case <-r.Context().Done():
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

func (s *server) write(w http.ResponseWriter, a answer, body map[string]any) {
	raw, _ := json.Marshal(body)
	if a.raw != "" {
		raw = []byte(a.raw)
	}
	if a.after != "" {
		w.Header().Set("Retry-After", a.after)
	}
	if a.status/100 == 3 {
		w.Header().Set("Location", "/elsewhere")
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
	case r.Method != http.MethodPost || r.URL.Path != "/2010-04-01/Accounts/"+account+"/Messages.json":
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
