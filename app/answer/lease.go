package answer

import (
	"context"
	"errors"
	"time"

	"github.com/kuvaka-tech/parley/core/reply"
)

// keepLease renews the lease of a task in the background until the caller calls release.
// leased is a child of ctx. When the claim ends before release, leased is cancelled, and
// its cause is the error of ports.ReplyQueue.Renew.
func (s *Service) keepLease(ctx context.Context, t reply.Task) (leased context.Context, release func()) {
	leased, cancel := context.WithCancelCause(ctx)
	renewing, stop := context.WithCancel(leased)
	stopped := make(chan struct{})
	cancelSignal, unregister := s.running.register(attemptOf(t))
	go func() {
		defer close(stopped)
		defer unregister()
		if err := s.renew(renewing, t, cancelSignal); err != nil {
			cancel(err)
		}
	}()
	return leased, func() {
		stop()
		<-stopped
		cancel(nil)
	}
}

// renew renews the lease every reply.RenewEvery and after a cancel signal, until ctx is done.
// If the claim itself took longer than that, the first renewal is immediate. renew returns
// an error only when the claim has ended or the reply was cancelled. After any other error it
// tries again at the next tick. That is safe: while the store is unavailable, no other worker
// can claim the reply, and afterwards the fence rejects the writes of the older claim.
func (s *Service) renew(ctx context.Context, t reply.Task, cancelSignal <-chan struct{}) error {
	ticker := time.NewTicker(reply.RenewEvery)
	defer ticker.Stop()
	overdue := s.config.Clock.Now().Sub(t.Claimed) > reply.RenewEvery
	for {
		if !overdue {
			select {
			case <-ctx.Done():
				return nil
			case <-ticker.C:
			case <-cancelSignal:
			}
		}
		overdue = false
		if err := s.config.ReplyQueue.Renew(ctx, t.Reply, t.Fence, s.config.Clock.Now(), reply.Lease); claimEnded(err) {
			return err
		}
	}
}

// claimEnded reports whether err means that the worker has lost its claim.
func claimEnded(err error) bool {
	return errors.Is(err, reply.ErrClaimLost) || errors.Is(err, reply.ErrCancelled) || errors.Is(err, reply.ErrDeleted)
}
