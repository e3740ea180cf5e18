package sim

import (
	"context"
	"errors"
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

func (x workers) Heartbeat(ctx context.Context, worker string, until time.Time) error {
	return run(ctx, x.p, "workers.Heartbeat", often, func() error { return x.Workers.Heartbeat(ctx, worker, until) })
}

func (x retention) Purge(ctx context.Context, now time.Time) (int, error) {
	return call(ctx, x.p, "retention.Purge", often, func() (int, error) { return x.Retention.Purge(ctx, now) })
}

// Wake loses, duplicates and delays wake-ups.
func (x wakeups) Wake(ctx context.Context, replyID id.ID) error {
	return run(ctx, x.p, "wakeups.Wake", usual, func() error {
		switch w := x.p.w; {
		case w.chance(80):
			w.record(x.p, "wakeups.Wake", " is lost")
			return nil
		case w.chance(80):
			w.record(x.p, "wakeups.Wake", " is duplicated")
			return errors.Join(x.Wakeups.Wake(ctx, replyID), x.Wakeups.Wake(ctx, replyID))
		case w.chance(80):
			w.record(x.p, "wakeups.Wake", " is late")
			go func() {
				sleep(context.Background(), x.p, w.upTo(30*time.Second))
				_ = x.Wakeups.Wake(context.WithoutCancel(ctx), replyID)
			}()
			return nil
		}
		return x.Wakeups.Wake(ctx, replyID)
	})
}
