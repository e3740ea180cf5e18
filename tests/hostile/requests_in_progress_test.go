package hostile

import (
	"context"
	"net/http"
	"testing"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// heldCounts is a ports.MessageCounts that holds requests in progress.
type heldCounts struct {
	ports.MessageCounts
	wanted  chan struct{} // has a value for each request to hold
	holding chan struct{} // receives a value when a request is held
	release chan struct{} // closed to release all
}

// Count implements ports.MessageCounts.
func (c heldCounts) Count(ctx context.Context, userID id.ID, day quota.Day) (int, error) {
	select {
	case <-c.wanted:
		c.holding <- struct{}{}
		<-c.release
	default:
	}
	return c.MessageCounts.Count(ctx, userID, day)
}

// holdRequests starts a program that handles one request of a user concurrently. hold starts a
// request of a user, and returns when it is in progress.
func holdRequests(t *testing.T) (p *program, hold func(token string), release func()) {
	t.Helper()
	counts := heldCounts{
		wanted:  make(chan struct{}, 1),
		holding: make(chan struct{}),
		release: make(chan struct{}),
	}
	var ended []chan int
	p = start(t,
		boot.Wrap(func(m ports.MessageCounts) ports.MessageCounts { counts.MessageCounts = m; return counts }),
		boot.Wrap(func(c configs.Config) configs.Config { c.UserRequests = 1; return c }))
	hold = func(token string) {
		counts.wanted <- struct{}{}
		done, d := make(chan int, 1), p.device(token)
		ended = append(ended, done)
		go func() { done <- send(d, "GET", "/user/me", nil).Status }()
		<-counts.holding
	}
	release = func() {
		close(counts.release)
		for _, done := range ended {
			if status := <-done; status != http.StatusOK {
				t.Errorf("the status of a held request is %d, want 200", status)
			}
		}
	}
	return p, hold, release
}

// tooManyInProgress makes a call while another request of its user is in progress.
func tooManyInProgress(t *testing.T, o *operation) client.Response {
	p, hold, release := holdRequests(t)
	c := p.validCall(o)
	hold(c.token)
	defer release()
	return p.sendCall(c)
}

// The limit is for each user, and a request that has ended does not count.
func TestTheRequestsOfAUserInProgressAreLimited(t *testing.T) {
	p, hold, release := holdRequests(t)
	ada, eve := p.newUser(), p.newUser()
	hold(ada.Token)
	for range 3 {
		r := send(p.device(ada.Token), "GET", "/chatroom", nil)
		wantProblem(t, "a second request of a user", r, http.StatusTooManyRequests, "rate_limited")
		if r.Header.Get("Retry-After") != "1" {
			t.Errorf("Retry-After = %q, want 1", r.Header.Get("Retry-After"))
		}
		p.device(eve.Token).Want(http.StatusOK, "GET", "/chatroom", nil)
	}
	release()
	for range 3 {
		p.device(ada.Token).Want(http.StatusOK, "GET", "/chatroom", nil)
	}
}
