package hostile

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// vanishing is a store where an account, once it is told who, goes right after its request was let in.
type vanishing struct {
	ports.Sessions
	store *memory.Store
	who   atomic.Value // an id.ID
}

func (v *vanishing) Alive(ctx context.Context, session id.ID, now time.Time) error {
	err := v.Sessions.Alive(ctx, session, now)
	if who, told := v.who.Load().(id.ID); told {
		return errors.Join(err, memory.Eraser{Store: v.store}.Erase(ctx, who))
	}
	return err
}

// A request that was let in before its user was erased ends as the document says.
func TestRequestsOfOneWhoIsErasedMeanwhile(t *testing.T) {
	d := parse(t, start(t).OpenAPI())
	for _, o := range d.operations() {
		if !o.secured() {
			continue
		}
		store := memory.New()
		v := &vanishing{store: store}
		p := start(t, boot.Keep(store), boot.Wrap(func(s ports.Sessions) ports.Sessions { v.Sessions = s; return v }))
		c := p.honest(d, o)
		v.who.Store(id.ID(p.get(c.token, "/user/me").Get("id")))
		a := p.answer(c)
		if a.Status != o.success() && (a.Status >= 500 || o.codes()[a.Get("code")] != a.Status) {
			t.Errorf("%s: %d %s", o, a.Status, a.Body)
		}
	}
}
