package httpapi

import (
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
)

// errManyInProgress means that the user has Config.UserRequests requests in progress.
var errManyInProgress = fault.New(fault.Exhausted, fault.ErrRateLimited.Code,
	"Too many requests of this user are in progress. Wait until one of them is answered (see Retry-After), "+
		"then try again.").After(time.Second)

// userRequests counts the requests of each user that are in progress in this process. A stream of
// events counts until it starts, because its handler returns then.
type userRequests struct {
	limit int // for one user; 0 for no limit

	mu         sync.Mutex
	inProgress map[id.ID]int
}

func newUserRequests(limit int) *userRequests {
	return &userRequests{limit: limit, inProgress: map[id.ID]int{}}
}

// serve is the middleware that refuses a request beyond the limit with errManyInProgress. It must
// come after authenticate.
func (u *userRequests) serve(ctx huma.Context, next func(huma.Context)) {
	owner := userOf(ctx.Context())
	if !u.begin(owner) {
		writeError(ctx, errManyInProgress)
		return
	}
	defer u.end(owner)
	next(ctx)
}

// begin counts a request. It returns false if the user has reached the limit.
func (u *userRequests) begin(owner id.ID) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.limit > 0 && u.inProgress[owner] >= u.limit {
		return false
	}
	u.inProgress[owner]++
	return true
}

func (u *userRequests) end(owner id.ID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.inProgress[owner]--
	if u.inProgress[owner] == 0 {
		delete(u.inProgress, owner)
	}
}
