package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/maypok86/otter/v2"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	// freeRequests is how many requests a second of one user or address a process serves without
	// asking the limiter. Most users never send more.
	freeRequests = 5
	// leaseSize is how many requests the limiter allows at a time.
	leaseSize = 10
	// maxPayers limits the memory to about 10 MB. The users that were not seen for longest are
	// forgotten.
	maxPayers = 50_000
)

// requestRates limits the requests a second of each user and of each address. All processes share a
// limit through the limiter, which counts leases of leaseSize requests. So a limit is exact, except
// for freeRequests in each process, and a request seldom waits for the limiter.
type requestRates struct {
	limiter ports.Limiter
	clock   ports.Clock
	payers  *otter.Cache[payer, *allowance]
}

// payer is who uses up the limit of a class: a user or the network of an address.
type payer struct {
	class *costClass
	who   string
}

// allowance is what a payer may use up without asking the limiter.
type allowance struct {
	mu     sync.Mutex
	second time.Time // when the free requests began
	free   int
	leased int
	until  time.Time // the end of the lease
}

// newRequestRates returns nil if limiter is nil. A nil *requestRates allows everything.
func newRequestRates(limiter ports.Limiter, clock ports.Clock) *requestRates {
	if limiter == nil {
		return nil
	}
	return &requestRates{
		limiter: limiter,
		clock:   clock,
		payers:  otter.Must(&otter.Options[payer, *allowance]{MaximumSize: maxPayers}),
	}
}

// take counts a request. It fails with fault.ErrRateLimited.
func (r *requestRates) take(ctx context.Context, c *costClass, who string) error {
	if r == nil {
		return nil
	}
	a, ok := r.payers.GetIfPresent(payer{c, who})
	if !ok {
		a, _ = r.payers.SetIfAbsent(payer{c, who}, &allowance{})
	}
	now := r.clock.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.use(now) {
		return nil
	}
	err := r.limiter.Take(ctx, now, ports.RateLimit{
		Key:    c.name + ":" + who,
		Limit:  c.perSecond / leaseSize,
		Window: time.Second,
	})
	if err != nil {
		return limitedBy(c, err)
	}
	a.leased, a.until = leaseSize-1, now.Add(time.Second)
	return nil
}

// use counts a request at now if the limiter need not be asked.
func (a *allowance) use(now time.Time) bool {
	if now.Sub(a.second) >= time.Second {
		a.second, a.free = now, freeRequests
	}
	switch {
	case a.free > 0:
		a.free--
	case a.leased > 0 && now.Before(a.until):
		a.leased--
	default:
		return false
	}
	return true
}

// limitedBy adds the headers of draft-ietf-httpapi-ratelimit-headers-10 to an error of the limiter.
func limitedBy(c *costClass, err error) error {
	err = fmt.Errorf("rate-limiting %s: %w", c.name, err)
	if !errors.Is(err, fault.ErrRateLimited) {
		return err
	}
	h := http.Header{}
	h.Set("RateLimit-Policy", fmt.Sprintf("%q;q=%d;w=1", c.name, c.perSecond))
	h.Set("RateLimit", fmt.Sprintf("%q;r=0;t=%d", c.name, wholeSeconds(fault.Of(err).RetryAfter)))
	return errorWithHeader{err, h}
}

// limitRate returns the middleware that counts a request against the limit of a class. For the class of
// a user, it must come after authenticate.
func (a *API) limitRate(c *costClass) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		who := string(userOf(ctx.Context()))
		if c == classStrangers {
			r, _ := humachi.Unwrap(ctx)
			who = networkOf(a.clientAddr(r))
		}
		if err := a.rates.take(ctx.Context(), c, who); err != nil {
			writeError(ctx, err)
			return
		}
		next(ctx)
	}
}

// networkOf returns the address or, for IPv6, its /64, which one subscriber usually owns.
func networkOf(address netip.Addr) string {
	if !address.Is6() {
		return address.String()
	}
	subscriber, _ := address.Prefix(64)
	return subscriber.String()
}
