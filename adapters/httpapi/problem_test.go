package httpapi

import (
	"errors"
	"fmt"
	"testing"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/ports"
)

// That a system is away says less than a refusal, and more than nothing.
func TestProblemsOfASystemThatIsAway(t *testing.T) {
	away := fmt.Errorf("reading a room: %w: dial tcp", ports.ErrAway)
	for _, c := range []struct {
		err    error
		status int
		code   string
		wait   string
	}{
		{away, 503, "unavailable", "1"},
		{errors.Join(errors.New("as well"), away), 503, "unavailable", "1"},
		{errors.Join(away, chat.ErrNotFound), 404, "not_found", ""},
		{errors.Join(away, fault.RateLimited.After(errAway.RetryAfter*7)), 429, "rate_limited", "7"},
		{errors.New("the system is away"), 500, "internal", ""},
	} {
		p := problem(t.Context(), c.err)
		if p.Status != c.status || p.Code != c.code || p.header.Get("Retry-After") != c.wait {
			t.Errorf("%v: %d %s, Retry-After %q", c.err, p.Status, p.Code, p.header.Get("Retry-After"))
		}
	}
}
