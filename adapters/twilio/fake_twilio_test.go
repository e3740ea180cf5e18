package twilio_test

import (
	"encoding/json"
	"errors"
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
	from    = "+15005550006"
	path    = "/2010-04-01/Accounts/" + account + "/Messages.json"
)

// response is one response of fakeTwilio. With status 201 fakeTwilio accepts the SMS.
type response struct {
	status     int
	code       int    // Twilio's error code
	retryAfter string // the Retry-After header, if not empty
	raw        string // replaces the JSON body, if not empty
	cutBody    bool   // close the connection within the body
	lost       bool   // close the connection before the response
	hang       func() // if not nil, call this and do not respond
	left       func() // called when the client of a hanging request has left
}

// fakeTwilio is a fake of Twilio's Messages API. It records all requests and all
// SMS that it accepted.
type fakeTwilio struct {
	*httptest.Server
	mu          sync.Mutex
	response    response
	script      portstest.SMSScript // chooses the responses, if not nil
	connections int
	requests    []url.Values
	accepted    []url.Values
	errs        []error // requests that Twilio would reject
	closing     chan struct{}
}

func newFakeTwilio(t *testing.T, res response) *fakeTwilio {
	t.Helper()
	f := &fakeTwilio{response: res, closing: make(chan struct{})}
	f.Server = httptest.NewUnstartedServer(f)
	f.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			f.mu.Lock()
			f.connections++
			f.mu.Unlock()
		}
	}
	f.Start()
	t.Cleanup(func() {
		close(f.closing)
		f.Close()
		if err := errors.Join(f.errs...); err != nil {
			t.Errorf("invalid requests: %v", err)
		}
	})
	return f
}

func (f *fakeTwilio) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	res := f.receive(r)
	switch {
	case res.lost:
		panic(http.ErrAbortHandler)
	case res.hang != nil:
		f.hang(r, res)
	case res.status == http.StatusCreated:
		f.accept(w, r, res)
	default: // Twilio's error text quotes the number, too
		res.write(w, map[string]any{
			"code":      res.code,
			"status":    res.status,
			"more_info": fmt.Sprint("https://www.twilio.com/docs/errors/", res.code),
			"message":   "The 'To' number " + r.PostForm.Get("To") + " cannot have " + r.PostForm.Get("Body"),
		})
	}
}

// receive records a request and returns the response to it.
func (f *fakeTwilio) receive(r *http.Request) response {
	err := validate(r)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, r.PostForm)
	if err != nil {
		f.errs = append(f.errs, err)
	}
	if f.script != nil {
		return f.scriptedResponse(r.PostForm)
	}
	return f.response
}

// validate returns an error if Twilio would reject the request.
func validate(r *http.Request) error {
	user, password, _ := r.BasicAuth()
	err := r.ParseForm()
	form := r.PostForm
	switch {
	case r.Method != http.MethodPost || r.URL.Path != path:
		return errors.New(r.Method + " " + r.URL.Path + ", want POST " + path)
	case user != account || password != token:
		return errors.New("the credentials are wrong")
	case err != nil || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded":
		return errors.New("the body is not a form")
	case form.Get("To") == "" || form.Get("Body") == "" || len(form) != 3:
		return fmt.Errorf("the form has the wrong fields: %v", form)
	case (form.Get("From") == "") == (form.Get("MessagingServiceSid") == ""):
		return fmt.Errorf("the form must have one of From and MessagingServiceSid: %v", form)
	}
	return nil
}

// scriptedResponse returns the response that the script chooses. f.mu must be locked.
func (f *fakeTwilio) scriptedResponse(form url.Values) response {
	to, err := phone.Parse(form.Get("To"))
	if err != nil {
		f.errs = append(f.errs, err)
	}
	scripted := f.script(to, form.Get("Body"))
	res := map[portstest.SMSVerdict]response{
		portstest.SMSAccepted:     {status: 201},
		portstest.SMSBusy:         {status: 429, code: 20429},
		portstest.SMSDown:         {status: 503, code: 20503},
		portstest.SMSRefused:      {status: 400, code: 21610},
		portstest.SMSUnauthorized: {status: 401, code: 20003},
		portstest.SMSUnreachable:  {status: 400, code: 21211},
		portstest.SMSRedirected:   {status: 307},
		portstest.SMSGarbled:      {status: 200, raw: "<p>" + form.Get("To") + form.Get("Body")},
		portstest.SMSDisconnects:  {lost: true},
		portstest.SMSHangs:        {hang: func() {}, left: scripted.OnDisconnect},
	}[scripted.Verdict]
	if scripted.RetryAfter > 0 {
		res.retryAfter = fmt.Sprint(scripted.RetryAfter.Seconds())
	}
	return res
}

// hang blocks until the client leaves or the test ends.
func (f *fakeTwilio) hang(r *http.Request, res response) {
	res.hang()
	select {
	case <-r.Context().Done():
		res.left()
	case <-f.closing:
	}
}

func (f *fakeTwilio) accept(w http.ResponseWriter, r *http.Request, res response) {
	f.mu.Lock()
	f.accepted = append(f.accepted, r.PostForm)
	f.mu.Unlock()
	res.write(w, map[string]any{
		"sid":          "SM0123456789abcdef0123456789abcdef",
		"status":       "queued",
		"error_code":   nil,
		"num_segments": "1",
		"to":           r.PostForm.Get("To"),
		"body":         r.PostForm.Get("Body"),
	})
}

// write sends the response, with the raw body or else with body as JSON.
func (res response) write(w http.ResponseWriter, body map[string]any) {
	raw, _ := json.Marshal(body)
	if res.raw != "" {
		raw = []byte(res.raw)
	}
	if res.retryAfter != "" {
		w.Header().Set("Retry-After", res.retryAfter)
	}
	if res.status/100 == 3 {
		w.Header().Set("Location", path)
	}
	if res.cutBody {
		w.Header().Set("Content-Length", fmt.Sprint(len(raw)+10))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(res.status)
	_, _ = w.Write(raw)
}

// requestCount returns the number of requests so far.
func (f *fakeTwilio) requestCount() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.requests)
}

// acceptedTexts returns the accepted texts to a number.
func (f *fakeTwilio) acceptedTexts(to phone.Number) (texts []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, form := range f.accepted {
		if form.Get("To") == to.String() {
			texts = append(texts, form.Get("Body"))
		}
	}
	return texts
}

// newSender returns a twilio.Sender that calls f.
func newSender(t *testing.T, f *fakeTwilio, from string) *twilio.Sender {
	t.Helper()
	s, err := twilio.New(twilio.Config{AccountSID: account, AuthToken: token, From: from, BaseURL: f.URL})
	if err != nil {
		t.Fatalf("creating the sender: %v", err)
	}
	t.Cleanup(s.CloseIdleConnections)
	return s
}
