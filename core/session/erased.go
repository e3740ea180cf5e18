package session

import (
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/user"
)

// BadTokenIfErased returns ErrBadToken when err is user.ErrNotFound, and err itself
// otherwise. An account can be erased after the token of a request was verified. The
// client then gets the same error as for any token that is not valid any more.
func BadTokenIfErased(err error) error {
	return fault.Replace(err, user.ErrNotFound, ErrBadToken)
}
