package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/ports"
)

func TestEveryKindHasAStatus(t *testing.T) {
	for kind := fault.Internal; kind <= fault.Unavailable; kind++ {
		if statusByKind[kind] < 400 {
			t.Errorf("status of kind %d = %d, want an error status", kind, statusByKind[kind])
		}
	}
	if len(statusByKind) != int(fault.Unavailable)+1 {
		t.Errorf("the table has %d kinds, want %d", len(statusByKind), fault.Unavailable+1)
	}
}

// An unavailable system leads to a 503, unless the error chain also contains a
// fault, which describes the cause more precisely.
func TestProblemOfUnavailableSystem(t *testing.T) {
	unavailable := fmt.Errorf("reading a room: %w: dial tcp", ports.ErrUnavailable)
	for name, c := range map[string]struct {
		err        error
		status     int
		code       string
		retryAfter string
	}{
		"alone": {
			err:        unavailable,
			status:     http.StatusServiceUnavailable,
			code:       "unavailable",
			retryAfter: "1",
		},
		"with another error": {
			err:        errors.Join(errors.New("closing"), unavailable),
			status:     http.StatusServiceUnavailable,
			code:       "unavailable",
			retryAfter: "1",
		},
		"with a fault": {
			err:    errors.Join(unavailable, chat.ErrNotFound),
			status: http.StatusNotFound,
			code:   "not_found",
		},
		"with a fault that has a wait": {
			err:        errors.Join(unavailable, fault.ErrRateLimited.After(7*time.Second)),
			status:     http.StatusTooManyRequests,
			code:       "rate_limited",
			retryAfter: "7",
		},
		"not marked as unavailable": {
			err:    errors.New("the system is unavailable"),
			status: http.StatusInternalServerError,
			code:   "internal",
		},
	} {
		p := newProblem(t.Context(), c.err)
		if p.Status != c.status || p.Code != c.code || p.header.Get("Retry-After") != c.retryAfter {
			t.Errorf("%s: problem = %d %s with Retry-After %q, want %d %s with %q",
				name, p.Status, p.Code, p.header.Get("Retry-After"), c.status, c.code, c.retryAfter)
		}
	}
}
