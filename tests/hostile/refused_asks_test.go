package hostile

import (
	"context"
	"net/http"
	"path"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// askFaults makes sends, edits, retries and searches fail while its fields are true.
type askFaults struct {
	overloaded atomic.Bool // as if the token budget of the day were used up, or a search took too long
	inFlight   atomic.Bool // as if another request with the same idempotency key were in flight
	backlog    atomic.Bool // as if the user had as many queued replies as allowed
}

type faultyMessages struct {
	ports.Messages
	*askFaults
}

// refusal returns the error of a send, an edit or a retry.
func (f *askFaults) refusal() error {
	switch {
	case f.inFlight.Load():
		return chat.ErrInFlight
	case f.backlog.Load():
		return reply.ErrBacklog
	}
	return nil
}

// Accept implements ports.Messages.
func (m faultyMessages) Accept(ctx context.Context, d chat.Draft) (chat.Accepted, error) {
	if err := m.refusal(); err != nil {
		return chat.Accepted{Spent: chat.Spent{Limit: 5}}, err
	}
	d.Overloaded = m.overloaded.Load()
	return m.Messages.Accept(ctx, d)
}

type faultyMessageChanges struct {
	ports.MessageChanges
	*askFaults
}

// Edit implements ports.MessageChanges.
func (m faultyMessageChanges) Edit(ctx context.Context, e chat.Edit) (chat.Accepted, error) {
	if err := m.refusal(); err != nil {
		return chat.Accepted{Spent: chat.Spent{Limit: 5}}, err
	}
	e.Overloaded = m.overloaded.Load()
	return m.MessageChanges.Edit(ctx, e)
}

// Retry implements ports.MessageChanges.
func (m faultyMessageChanges) Retry(ctx context.Context, r chat.Retry) (chat.Retried, error) {
	if err := m.refusal(); err != nil {
		return chat.Retried{Spent: chat.Spent{Limit: 5}}, err
	}
	r.Overloaded = m.overloaded.Load()
	return m.MessageChanges.Retry(ctx, r)
}

type faultySearch struct {
	ports.Search
	*askFaults
}

// Find implements ports.Search.
func (s faultySearch) Find(ctx context.Context, q chat.SearchQuery) (chat.SearchPage, error) {
	if s.overloaded.Load() {
		return chat.SearchPage{}, chat.ErrSearchTimeout
	}
	return s.Search.Find(ctx, q)
}

// duringAskFault prepares a valid call, and sends it after begin.
func duringAskFault(begin func(*askFaults)) refuse {
	return func(t *testing.T, o *operation) client.Response {
		faults := &askFaults{}
		p := start(t,
			boot.Wrap(func(m ports.Messages) ports.Messages { return faultyMessages{m, faults} }),
			boot.Wrap(func(s ports.Search) ports.Search { return faultySearch{s, faults} }),
			boot.Wrap(func(m ports.MessageChanges) ports.MessageChanges { return faultyMessageChanges{m, faults} }))
		c := p.validCall(o)
		begin(faults)
		return p.sendCall(c)
	}
}

// roomID returns the id in the path of the call.
func (c call) roomID() string { return strings.Split(c.path, "/")[2] }

// tooManyMessages repeats a call until the quota of the user is used up.
func tooManyMessages(t *testing.T, o *operation) client.Response {
	p := start(t)
	c := p.validCall(o)
	for range 5 {
		r := p.sendCall(c)
		if r.Status == http.StatusTooManyRequests {
			return r // validCall has used a unit
		}
		o.checkSuccess(t, "a message within the quota", r)
		p.device(c.token).Wait(r.Header.Get("Location"))
	}
	return p.sendCall(c)
}

func idempotencyKeyOfAnotherMessage(t *testing.T, o *operation) client.Response {
	p := start(t)
	c := p.validCall(o)
	c.headers = []string{"Idempotency-Key", "a key"}
	p.device(c.token).Send(c.roomID(), "Another message", c.headers...)
	if c.body != nil {
		c.body["content"] = canary
	}
	return p.sendCall(c)
}

// notTheLastMessage makes a call about a message that is followed by another one.
func notTheLastMessage(t *testing.T, o *operation) client.Response {
	p := start(t)
	c := p.validCall(o)
	ask(p.device(c.token), c.roomID())
	return p.sendCall(c)
}

// cancelTwice cancels a reply after it was cancelled.
func cancelTwice(t *testing.T, o *operation) client.Response {
	p := start(t)
	c := p.validCall(o)
	p.sendCall(c)
	p.device(c.token).Wait(path.Dir(c.path))
	return p.sendCall(c)
}
