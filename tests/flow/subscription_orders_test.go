package flow

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	lives   = 200
	senders = 8
	copies  = 3 // of each event
)

// bag holds events that are still to be sent, and gives them out in any order.
type bag struct {
	mu     sync.Mutex
	random *rand.Rand
	events [][]byte
	closed bool // no more are put in
	more   *sync.Cond
}

func newBag(random *rand.Rand) *bag {
	b := &bag{random: random}
	b.more = sync.NewCond(&b.mu)
	return b
}

func (b *bag) put(events ...[]byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, events...)
	b.more.Broadcast()
}

func (b *bag) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.more.Broadcast()
}

// take waits for an event; there is none once the bag is closed and empty.
func (b *bag) take() ([]byte, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.events) == 0 && !b.closed {
		b.more.Wait()
	}
	if len(b.events) == 0 {
		return nil, false
	}
	i, last := b.random.IntN(len(b.events)), len(b.events)-1
	b.events[i], b.events[last] = b.events[last], b.events[i]
	e := b.events[last]
	b.events = b.events[:last]
	return e, true
}

// send posts what is in the bag; what is not taken comes again.
func (b *bag) send(p *program, s *till) {
	for e, ok := b.take(); ok; e, ok = b.take() {
		a := p.hook(e, s.Sign(e, time.Now()))
		switch {
		case a.Status == http.StatusOK:
		case a.Status < http.StatusInternalServerError:
			b.put(e)
		default:
			p.t.Errorf("webhook: %d %s", a.Status, a.Body)
		}
	}
}

// 200 subscriptions are lived through on Postgres. While a life goes on, 8
// senders tell of what has happened so far, each event three times, in random
// order: what is known in the end is what the company says.
func TestRandomOrdersOnPostgres(t *testing.T) {
	stack = infrastructure(t, schema(t)+"&synchronous_commit=off", false) // no test pulls the plug
	defer func() { stack = nil }()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	s := &till{}
	p := start(t, config(t), boot.InProcess(), sells(&s.Company),
		boot.Wrap(func(w ports.Webhooks) ports.Webhooks { s.Webhooks = w; return s }))
	s.mute()
	began := time.Now()
	for i := range lives {
		d := p.anywhere().login(number())
		p.liveThrough(d, s, i, rand.New(rand.NewPCG(random.Uint64(), 0)))
	}
	t.Logf("%d lives took %v", lives, time.Since(began))
}

func (p *program) liveThrough(d device, s *till, life int, random *rand.Rand) {
	b, n := newBag(random), 0
	page, customer := d.checkout(), s.customer(d)
	happened := func() {
		e := event(fmt.Sprintf("evt_%d_%d", life, n), customer)
		for range copies {
			b.put(e)
		}
		n++
	}
	var all sync.WaitGroup
	for range senders {
		all.Go(func() { b.send(p, s) })
	}
	p.press(page, "pay")
	happened()
	portal := p.lookup(d)
	for _, button := range []string{"cancel", "resume", "fail", "end", "recover", []string{"cancel", "stop"}[life%2]} {
		p.press(portal, button)
		happened()
	}
	b.close()
	all.Wait()
	p.agrees(d, s, customer)
}

// agrees checks that the app says what the company does.
func (p *program) agrees(d device, s *till, customer string) {
	p.t.Helper()
	want, err := s.Fetch(p.t.Context(), customer)
	if err != nil {
		p.t.Fatal(err)
	}
	d.says(want)
}

// says checks that the app tells of a subscription what the company does.
func (d device) says(want subscription.Snapshot) {
	d.t.Helper()
	tier := map[bool]string{true: "Pro", false: "Basic"}[want.Live()]
	a := d.tier(tier, string(want.Status))
	if a.Get("current_period_end") != want.PeriodEnd.Format(time.RFC3339Nano) || a.Get("cancel_at_period_end") != strconv.FormatBool(want.CancelAtPeriodEnd && want.Live()) {
		d.t.Errorf("the app says %s, the company %+v", a.Body, want)
	}
}
