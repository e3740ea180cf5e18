package httpapi

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/kuvaka-tech/parley/core/id"
)

// newSlowResponse returns a response to a user that is being written.
func newSlowResponse(owner id.ID, bytes int) *slowResponse {
	return &slowResponse{
		owner: owner,
		bytes: bytes,
		rc:    http.NewResponseController(httptest.NewRecorder()),
	}
}

// The user with the most bytes loses the oldest responses, and no other user loses one.
func TestTheUserWithTheMostUnreadBytesLosesResponses(t *testing.T) {
	var r slowResponses
	first := newSlowResponse("ada", maxSlowBytes/4)
	r.add(first)
	var many []*slowResponse
	for range 16 {
		s := newSlowResponse("eve", maxSlowBytes/8)
		many = append(many, s)
		r.add(s)
	}
	if first.isCut {
		t.Error("the response of the other user was cut, want only those of the user with many")
	}
	for i, s := range many {
		if want := i < 10; s.isCut != want {
			t.Errorf("response %d of 16 is cut: %v, want the 10 oldest", i, s.isCut)
		}
		if s.isCut && s.extend(responseWriteTimeout) {
			t.Errorf("response %d gets more time after it was cut", i)
		}
	}
	for _, s := range slices.Concat(many, []*slowResponse{first}) {
		r.remove(s)
	}
	if r.bytes != 0 || len(r.all) != 0 {
		t.Errorf("after the end of all responses %d of them remain with %d bytes, want none", len(r.all), r.bytes)
	}
}

// A response that is larger than all responses may be is cut itself.
func TestAResponseThatIsTooLargeIsCut(t *testing.T) {
	var r slowResponses
	small, large := newSlowResponse("ada", 1), newSlowResponse("ada", maxSlowBytes+1)
	r.add(small)
	r.add(large)
	if !large.isCut || r.bytes > maxSlowBytes {
		t.Errorf("the large response is cut: %v, and %d bytes remain, want it cut", large.isCut, r.bytes)
	}
}

func TestErrorsOfDisconnectedClients(t *testing.T) {
	for name, c := range map[string]struct {
		entry  logEntry
		status int
		want   bool
	}{
		"a dependency that gave up": {logEntry{code: "unavailable"}, http.StatusServiceUnavailable, true},
		"an internal error":         {logEntry{code: "internal"}, http.StatusInternalServerError, true},
		"a panic":                   {logEntry{panicked: true}, http.StatusInternalServerError, false},
		"a body cut short":          {logEntry{code: "malformed_body"}, http.StatusBadRequest, true},
		"a refusal":                 {logEntry{code: "not_found"}, http.StatusNotFound, false},
		"a success":                 {logEntry{}, http.StatusOK, false},
	} {
		if got := c.entry.isOfDisconnect(c.status); got != c.want {
			t.Errorf("%s is a result of the disconnection: %v, want %v", name, got, c.want)
		}
	}
}
