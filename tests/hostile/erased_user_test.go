package hostile

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// erasingSessions erases a user after the session of a request was checked, as if
// another request had deleted the account at this moment.
type erasingSessions struct {
	ports.Sessions
	store  *memory.Store
	userID atomic.Value // an id.ID; no user is erased before it is set
}

// Alive implements ports.Sessions.
func (s *erasingSessions) Alive(ctx context.Context, sessionID id.ID, now time.Time) error {
	err := s.Sessions.Alive(ctx, sessionID, now)
	if userID, ok := s.userID.Load().(id.ID); ok {
		return errors.Join(err, memory.Eraser{Store: s.store}.Erase(ctx, userID, ports.KeepCounts{}))
	}
	return err
}

func TestRequestsOfAUserErasedInFlightGetADocumentedResponse(t *testing.T) {
	for _, o := range start(t).operations() {
		if !o.requiresToken() {
			continue
		}
		sessions := &erasingSessions{store: memory.New()}
		p := start(t, boot.Use(sessions.store), boot.Wrap(func(s ports.Sessions) ports.Sessions {
			sessions.Sessions = s
			return sessions
		}))
		c := p.validCall(o)
		userID := p.device(c.token).Want(http.StatusOK, "GET", "/user/me", nil).Field("id")
		sessions.userID.Store(id.ID(userID))
		r := p.sendCall(c)
		isDocumentedRefusal := r.Status < 500 && o.errorCodes()[r.Field("code")] == r.Status
		if r.Status != o.successStatus() && !isDocumentedRefusal {
			t.Errorf("%s: status %d, want success or a documented refusal: %s", o, r.Status, r.Body)
		}
	}
}
