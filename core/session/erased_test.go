package session_test

import (
	"fmt"
	"testing"

	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/user"
)

func TestBadTokenIfErased(t *testing.T) {
	erased := fmt.Errorf("reading the account: %w", user.ErrNotFound)
	if got := session.BadTokenIfErased(erased); got != session.ErrBadToken {
		t.Errorf("for a missing account: %v, want ErrBadToken", got)
	}
	if got := session.BadTokenIfErased(user.ErrCredentials); got != user.ErrCredentials {
		t.Errorf("for another error: %v, want it unchanged", got)
	}
	if got := session.BadTokenIfErased(nil); got != nil {
		t.Errorf("without an error: %v, want nil", got)
	}
}
