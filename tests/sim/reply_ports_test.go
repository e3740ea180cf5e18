package sim

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

func (x tokenSpend) Add(ctx context.Context, day quota.Day, tokens int64) error {
	return run(ctx, x.p, "tokenSpend.Add", usual, func() error { return x.TokenSpend.Add(ctx, day, tokens) })
}

func (x replyQueue) Claim(
	ctx context.Context, now time.Time, lease time.Duration, n, perUser int,
) ([]reply.Task, error) {
	return call(ctx, x.p, "replyQueue.Claim", often, func() ([]reply.Task, error) {
		return x.p.w.claim(x.p, func() ([]reply.Task, error) { return x.ReplyQueue.Claim(ctx, now, lease, n, perUser) })
	})
}

func (x replyQueue) Renew(ctx context.Context, replyID id.ID, fence int64, now time.Time, lease time.Duration) error {
	rates := usual
	rates.before = 50
	return run(ctx, x.p, "replyQueue.Renew", rates, func() error {
		return x.ReplyQueue.Renew(ctx, replyID, fence, now, lease)
	})
}

func (x replyQueue) Finish(
	ctx context.Context, replyID id.ID, fence int64, o reply.Outcome, now time.Time,
) (ports.Finished, error) {
	rates := faultRates{before: 50, after: 30, late: 30, crash: 15}
	return call(ctx, x.p, "replyQueue.Finish "+string(o.Status), rates, func() (ports.Finished, error) {
		return x.p.w.finish(replyID, fence, o, func() (ports.Finished, error) {
			return x.ReplyQueue.Finish(ctx, replyID, fence, o, now)
		})
	})
}

func (x replyQueue) UsersAhead(ctx context.Context, now time.Time, headStart time.Duration, limit int) (int, error) {
	return call(ctx, x.p, "replyQueue.UsersAhead", usual, func() (int, error) {
		return x.ReplyQueue.UsersAhead(ctx, now, headStart, limit)
	})
}

func (x workers) Heartbeat(ctx context.Context, h ports.Heartbeat) error {
	return run(ctx, x.p, "workers.Heartbeat", often, func() error { return x.Workers.Heartbeat(ctx, h) })
}

func (x workers) Capacity(ctx context.Context, now time.Time) (reply.Capacity, error) {
	return call(ctx, x.p, "workers.Capacity", usual, func() (reply.Capacity, error) {
		return x.Workers.Capacity(ctx, now)
	})
}

func (x retention) Purge(ctx context.Context, now time.Time) (int, error) {
	return call(ctx, x.p, "retention.Purge", often, func() (int, error) { return x.Retention.Purge(ctx, now) })
}

func (x retention) RemoveDeleted(ctx context.Context) (bool, error) {
	return call(ctx, x.p, "retention.RemoveDeleted", often, func() (bool, error) {
		return x.Retention.RemoveDeleted(ctx)
	})
}

func (x retention) RemoveOld(ctx context.Context, until time.Time) (bool, error) {
	return call(ctx, x.p, "retention.RemoveOld", often, func() (bool, error) {
		return x.Retention.RemoveOld(ctx, until)
	})
}

// Wake loses, duplicates and delays wake-ups.
func (x wakeups) Wake(ctx context.Context, replyID id.ID) error {
	return run(ctx, x.p, "wakeups.Wake", usual, func() error {
		return x.p.unreliably("wakeups.Wake", func() error {
			return x.Wakeups.Wake(context.WithoutCancel(ctx), replyID)
		})
	})
}
