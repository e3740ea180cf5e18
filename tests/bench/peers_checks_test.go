//go:build linux

package bench

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

// serveAnswer serves a peer whose responses to a message and to its long-poll are these.
func serveAnswer(t *testing.T, sent int, answer string) *client.Client {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /chatroom/{room}/message", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "/chatroom/"+r.PathValue("room")+"/messages/7")
		w.WriteHeader(sent)
	})
	mux.HandleFunc("GET /chatroom/5/messages/7", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, answer)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return client.At(server.URL)
}

func TestAWrongAnswerOfAPeerIsAnError(t *testing.T) {
	right := `{"status":"done","content":"You said: hello"}`
	for name, c := range map[string]struct {
		sent   int
		answer string
		right  bool
	}{
		"the right answer":            {http.StatusAccepted, right, true},
		"the answer to another text":  {http.StatusAccepted, `{"status":"done","content":"You said: bye"}`, false},
		"no answer yet":               {http.StatusAccepted, `{"status":"queued","content":""}`, false},
		"no JSON":                     {http.StatusAccepted, "You said: hello", false},
		"a status that is not 202":    {http.StatusOK, right, false},
		"a message that is not taken": {http.StatusServiceUnavailable, right, false},
	} {
		err := ask(serveAnswer(t, c.sent, c.answer), "5", "hello")
		if (err == nil) != c.right {
			t.Errorf("%s: got the error %v, want success: %t", name, err, c.right)
		}
	}
	if err := ask(serveAnswer(t, http.StatusAccepted, right), "6", "hello"); err == nil {
		t.Error("a message without an answer: got no error, want one")
	}
}

func TestAWrongListOfAPeerIsAnError(t *testing.T) {
	want := map[string]string{"1": "Room 1", "1001": "Room 1001"}
	for name, c := range map[string]struct {
		status int
		list   string
		right  bool
	}{
		"numbers as ids": {http.StatusOK, `[{"id":1001,"name":"Room 1001"},{"id":1,"name":"Room 1"}]`, true},
		"texts as ids":   {http.StatusOK, `[{"id":"1","name":"Room 1"},{"id":"1001","name":"Room 1001"}]`, true},
		"a room too few": {http.StatusOK, `[{"id":1,"name":"Room 1"}]`, false},
		"a room twice":   {http.StatusOK, `[{"id":1,"name":"Room 1"},{"id":1,"name":"Room 1"}]`, false},
		"another name":   {http.StatusOK, `[{"id":1,"name":"Room 1"},{"id":1001,"name":"Room 2"}]`, false},
		"another user's": {http.StatusOK, `[{"id":2,"name":"Room 2"},{"id":1002,"name":"Room 1002"}]`, false},
		"no list":        {http.StatusOK, `{}`, false},
		"an error's status": {http.StatusInternalServerError,
			`[{"id":1,"name":"Room 1"},{"id":1001,"name":"Room 1001"}]`, false},
	} {
		err := checkRooms(client.Response{Status: c.status, Body: []byte(c.list)}, want)
		if (err == nil) != c.right {
			t.Errorf("%s: got the error %v, want success: %t", name, err, c.right)
		}
	}
}

func TestTooFewOrTooManyRowsAreWrong(t *testing.T) {
	for grown, want := range map[int]bool{99: false, 100: true, 150: true, 151: false, 200: false} {
		if got := isRightGrowth(grown, 100, 50); got != want {
			t.Errorf("100 requests with 50 in flight added %d rows: right is %t, want %t", grown, got, want)
		}
	}
}

func TestTheWorstRatioOfADelayIsTheHighest(t *testing.T) {
	ratios := series{0.5, 0.9, 0.7}
	if got := (metric{isDelay: true}).worst(ratios); got != 0.9 {
		t.Errorf("the worst ratio of a delay is %g, want 0.9", got)
	}
	if got := (metric{}).worst(ratios); got != 0.5 {
		t.Errorf("the worst ratio of a throughput is %g, want 0.5", got)
	}
}
