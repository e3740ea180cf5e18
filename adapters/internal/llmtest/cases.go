package llmtest

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/core/reply"
)

// FailureCase is a response and the failure that the adapter makes of it.
type FailureCase struct {
	Status int
	Header http.Header
	Body   string
	Want   reply.Failure // apart from the cause
	Cause  string        // the text of the cause; "" means "<provider> answered <status>"
}

// TestFailures tests which failure the adapter returns for each response.
func TestFailures(t *testing.T, p Provider, cases map[string]FailureCase) {
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := Ask(t, Connect(t, p, Respond(c.Status, c.Header, c.Body)))
			r.WantFailure(t, c.Want)
			r.wantCause(t, cmp.Or(c.Cause, fmt.Sprintf("%s answered %d", p.Name(), c.Status)))
		})
	}
}

// proxyResponses are responses that come from a proxy in front of the provider.
var proxyResponses = map[string]FailureCase{
	"an HTML page":              {Status: 502, Body: "<html>" + Canary + "</html>", Want: Unavailable},
	"a string as error":         {Status: 403, Body: `{"error":"` + Canary + `"}`, Want: Misconfigured},
	"an error without a code":   {Status: 400, Body: `{"error":{"message":"` + Canary + `"}}`, Want: Rejected},
	"a list":                    {Status: 500, Body: `["` + Canary + `"]`, Want: Unavailable},
	"an empty body":             {Status: 500, Want: Unavailable},
	"a timeout of the request":  {Status: 408, Want: Unavailable},
	"a redirect without target": {Status: 301, Want: Misconfigured},
}

// TestMalformedStreams tests that the adapter fails with Unavailable and emits
// nothing if a response with status 200 has one of these bodies.
func TestMalformedStreams(t *testing.T, p Provider, bodies []string) {
	for _, body := range bodies {
		t.Run(body, func(t *testing.T) {
			r := Ask(t, Connect(t, p, Respond(http.StatusOK, nil, body)))
			r.WantFailure(t, Unavailable)
			if r.Text != "" {
				t.Errorf("Answer emitted %q, want no text", r.Text)
			}
		})
	}
}

// malformedStreams are bodies that are no valid stream of any provider.
var malformedStreams = []string{
	"",
	Canary,
	"data: " + Canary + "\n\n",
	"data: {\"" + Canary + "\n\n",
	"data: []\n\n",
	"data: null\n\n",
	": ping\n\n",
}

// FinishReasons are the finish reasons of a provider, by what they mean.
type FinishReasons struct {
	Complete []string // the answer is complete, or cut at the model's limit
	Blocked  []string
	CutOff   []string // the answer is incomplete, and a retry can help; include an unknown reason
}

// TestFinishReasons tests what the adapter returns for each finish reason.
func TestFinishReasons(t *testing.T, p Provider, reasons FinishReasons) {
	for _, reason := range reasons.Complete {
		t.Run(reason, func(t *testing.T) { testComplete(t, p, reason) })
	}
	for _, reason := range reasons.Blocked {
		t.Run(reason, func(t *testing.T) { testIncomplete(t, p, reason, Blocked) })
	}
	for _, reason := range reasons.CutOff {
		t.Run(reason, func(t *testing.T) { testIncomplete(t, p, reason, Unavailable) })
	}
}

// testComplete also tests that the answer stays complete if the connection
// breaks after the finish reason, and that an answer without text is a failure.
func testComplete(t *testing.T, p Provider, finishReason string) {
	body := p.AnswerBody("whole", finishReason)
	r := Ask(t, Connect(t, p, Respond(http.StatusOK, nil, body)))
	r.WantAnswer(t, "whole")
	wantAnswerUsage(t, r)

	firstEvent, _, _ := strings.Cut(body, "\n\n")
	broken := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		NewStream(w).Send(firstEvent)
		panic(http.ErrAbortHandler)
	})
	Ask(t, Connect(t, p, broken)).WantAnswer(t, "whole")

	empty := p.AnswerBody("", finishReason)
	Ask(t, Connect(t, p, Respond(http.StatusOK, nil, empty))).WantFailure(t, Unavailable)
}

// testIncomplete tests that the adapter emits the text before the finish reason, and then fails.
func testIncomplete(t *testing.T, p Provider, finishReason string, want reply.Failure) {
	r := Ask(t, Connect(t, p, Respond(http.StatusOK, nil, p.AnswerBody("half", finishReason))))
	r.WantFailure(t, want)
	if r.Text != "half" {
		t.Errorf("Answer emitted %q, want the text before the finish reason", r.Text)
	}
	wantAnswerUsage(t, r)
}

func wantAnswerUsage(t *testing.T, r Result) {
	t.Helper()
	if r.Usage != AnswerUsage {
		t.Errorf("usage = %+v, want %+v", r.Usage, AnswerUsage)
	}
}
