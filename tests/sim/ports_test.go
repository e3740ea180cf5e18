package sim

import (
	"context"
	"errors"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// faultyPorts wraps every port so that its calls fail at random.
func (p *process) faultyPorts() []boot.Option {
	return []boot.Option{
		boot.Wrap(func(in ports.Users) ports.Users { return users{in, p} }),
		boot.Wrap(func(in ports.Codes) ports.Codes { return codes{in, p} }),
		boot.Wrap(func(in ports.SMS) ports.SMS { return sms{in, p} }),
		boot.Wrap(func(in ports.Limiter) ports.Limiter { return limiter{in, p} }),
		boot.Wrap(func(in ports.Sessions) ports.Sessions { return sessions{in, p} }),
		boot.Wrap(func(in ports.Rooms) ports.Rooms { return rooms{in, p} }),
		boot.Wrap(func(in ports.Messages) ports.Messages { return messages{in, p} }),
		boot.Wrap(func(in ports.MessageCounts) ports.MessageCounts { return messageCounts{in, p} }),
		boot.Wrap(func(in ports.TokenSpend) ports.TokenSpend { return tokenSpend{in, p} }),
		boot.Wrap(func(in ports.ReplyQueue) ports.ReplyQueue { return replyQueue{in, p} }),
		boot.Wrap(func(in ports.Workers) ports.Workers { return workers{in, p} }),
		boot.Wrap(func(in ports.Wakeups) ports.Wakeups { return wakeups{in, p} }),
		boot.Wrap(func(in ports.Live) ports.Live { return live{in, p} }),
		boot.Wrap(func(ports.LLM) ports.LLM { return model{p} }),
		boot.Wrap(func(in ports.Payments) ports.Payments { return payments{in, p} }),
		boot.Wrap(func(in ports.Subscriptions) ports.Subscriptions { return subscriptions{in, p} }),
		boot.Wrap(func(in ports.WebhookLedger) ports.WebhookLedger { return webhookLedger{in, p} }),
		boot.Wrap(func(in ports.Retention) ports.Retention { return retention{in, p} }),
	}
}

type users struct {
	ports.Users
	p *process
}

func (x users) Add(ctx context.Context, u user.User) error {
	return run(ctx, x.p, "users.Add", usual, func() error { return x.Users.Add(ctx, u) })
}

func (x users) AddProven(ctx context.Context, u user.User) (user.User, error) {
	return call(ctx, x.p, "users.AddProven", usual, func() (user.User, error) { return x.Users.AddProven(ctx, u) })
}

func (x users) Get(ctx context.Context, userID id.ID) (user.User, error) {
	return call(ctx, x.p, "users.Get", usual, func() (user.User, error) { return x.Users.Get(ctx, userID) })
}

type codes struct {
	ports.Codes
	p *process
}

func (x codes) Issue(ctx context.Context, c otp.Challenge, now time.Time) (otp.Challenge, error) {
	return call(ctx, x.p, "codes.Issue", usual, func() (otp.Challenge, error) { return x.Codes.Issue(ctx, c, now) })
}

func (x codes) Try(ctx context.Context, purpose otp.Purpose, n phone.Number, macs otp.MACs, now time.Time) error {
	return run(ctx, x.p, "codes.Try", usual, func() error { return x.Codes.Try(ctx, purpose, n, macs, now) })
}

type sms struct {
	ports.SMS
	p *process
}

func (x sms) Send(ctx context.Context, to phone.Number, text string) error {
	return run(ctx, x.p, "sms.Send", usual, func() error { return x.SMS.Send(ctx, to, text) })
}

type limiter struct {
	ports.Limiter
	p *process
}

func (x limiter) Take(ctx context.Context, now time.Time, limits ...ports.RateLimit) error {
	return run(ctx, x.p, "limiter.Take", usual, func() error { return x.Limiter.Take(ctx, now, limits...) })
}

type sessions struct {
	ports.Sessions
	p *process
}

func (x sessions) Open(ctx context.Context, s session.Session) error {
	return run(ctx, x.p, "sessions.Open", usual, func() error { return x.Sessions.Open(ctx, s) })
}

func (x sessions) Alive(ctx context.Context, sessionID id.ID, now time.Time) error {
	return run(ctx, x.p, "sessions.Alive", usual, func() error { return x.Sessions.Alive(ctx, sessionID, now) })
}

type rooms struct {
	ports.Rooms
	p *process
}

func (x rooms) Add(ctx context.Context, r chat.Room) error {
	return run(ctx, x.p, "rooms.Add", usual, func() error { return x.Rooms.Add(ctx, r) })
}

func (x rooms) Get(ctx context.Context, owner, roomID id.ID) (chat.Room, error) {
	return call(ctx, x.p, "rooms.Get", usual, func() (chat.Room, error) { return x.Rooms.Get(ctx, owner, roomID) })
}

func (x rooms) List(ctx context.Context, owner id.ID, after *ports.RoomCursor, limit int) ([]chat.Room, error) {
	return call(ctx, x.p, "rooms.List", usual, func() ([]chat.Room, error) {
		return x.Rooms.List(ctx, owner, after, limit)
	})
}

func (x rooms) Delete(ctx context.Context, owner, roomID id.ID) error {
	return run(ctx, x.p, "rooms.Delete", usual, func() error {
		return x.p.w.deleted(roomID, func() error {
			return x.Rooms.Delete(ctx, owner, roomID)
		})
	})
}

type messages struct {
	ports.Messages
	p *process
}

func (x messages) Accept(ctx context.Context, d chat.Draft) (chat.Accepted, error) {
	var refusal error // is a result, not a fault: the caller gets it together with the quota
	a, err := call(ctx, x.p, "messages.Accept", usual, func() (chat.Accepted, error) {
		a, err := x.p.w.accept(d, func() (chat.Accepted, error) { return x.Messages.Accept(ctx, d) })
		refusal = err
		return a, nil
	})
	if err == nil {
		err = refusal
	}
	return a, err
}

func (x messages) Get(ctx context.Context, owner, roomID, messageID id.ID) (chat.Message, error) {
	return call(ctx, x.p, "messages.Get", usual, func() (chat.Message, error) {
		return x.Messages.Get(ctx, owner, roomID, messageID)
	})
}

func (x messages) Page(ctx context.Context, q chat.Query) (chat.Page, error) {
	return call(ctx, x.p, "messages.Page", usual, func() (chat.Page, error) { return x.Messages.Page(ctx, q) })
}

type messageCounts struct {
	ports.MessageCounts
	p *process
}

func (x messageCounts) Count(ctx context.Context, userID id.ID, day quota.Day) (int, error) {
	return call(ctx, x.p, "messageCounts.Count", usual, func() (int, error) {
		return x.MessageCounts.Count(ctx, userID, day)
	})
}

type tokenSpend struct {
	ports.TokenSpend
	p *process
}

func (x tokenSpend) Add(ctx context.Context, day quota.Day, tokens int64) error {
	return run(ctx, x.p, "tokenSpend.Add", usual, func() error { return x.TokenSpend.Add(ctx, day, tokens) })
}

type replyQueue struct {
	ports.ReplyQueue
	p *process
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

type workers struct {
	ports.Workers
	p *process
}

func (x workers) Heartbeat(ctx context.Context, worker string, until time.Time) error {
	return run(ctx, x.p, "workers.Heartbeat", often, func() error { return x.Workers.Heartbeat(ctx, worker, until) })
}

type retention struct {
	ports.Retention
	p *process
}

func (x retention) Purge(ctx context.Context, now time.Time) (int, error) {
	return call(ctx, x.p, "retention.Purge", often, func() (int, error) { return x.Retention.Purge(ctx, now) })
}

// wakeups loses, duplicates and delays wake-ups.
type wakeups struct {
	ports.Wakeups
	p *process
}

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

type live struct {
	ports.Live
	p *process
}

func (x live) Append(ctx context.Context, piece chat.Piece) error {
	return run(ctx, x.p, "live.Append", usual, func() error { return x.Live.Append(ctx, piece) })
}

func (x live) Delete(ctx context.Context, rooms ...chat.Room) error {
	return run(ctx, x.p, "live.Delete", usual, func() error { return x.Live.Delete(ctx, rooms...) })
}

func (x live) Announce(ctx context.Context, room id.ID, rev int64, ended ...id.ID) error {
	return run(ctx, x.p, "live.Announce", usual, func() error { return x.Live.Announce(ctx, room, rev, ended...) })
}

func (x live) Read(ctx context.Context, room, replyID id.ID) (string, error) {
	return call(ctx, x.p, "live.Read", usual, func() (string, error) { return x.Live.Read(ctx, room, replyID) })
}

type payments struct {
	ports.Payments
	p *process
}

func (x payments) Customer(ctx context.Context, userID id.ID) (string, error) {
	return call(ctx, x.p, "payments.Customer", usual, func() (string, error) {
		return x.Payments.Customer(ctx, userID)
	})
}

func (x payments) Checkout(ctx context.Context, o ports.Order) (string, error) {
	return call(ctx, x.p, "payments.Checkout", usual, func() (string, error) { return x.Payments.Checkout(ctx, o) })
}

func (x payments) Fetch(ctx context.Context, customer string) (subscription.Snapshot, error) {
	return call(ctx, x.p, "payments.Fetch", usual, func() (subscription.Snapshot, error) {
		return x.Payments.Fetch(ctx, customer)
	})
}

type subscriptions struct {
	ports.Subscriptions
	p *process
}

func (x subscriptions) Get(ctx context.Context, userID id.ID) (subscription.Record, error) {
	return call(ctx, x.p, "subscriptions.Get", usual, func() (subscription.Record, error) {
		return x.Subscriptions.Get(ctx, userID)
	})
}

func (x subscriptions) TakeDue(ctx context.Context, now, later time.Time, n int) ([]subscription.Record, error) {
	return call(ctx, x.p, "subscriptions.TakeDue", usual, func() ([]subscription.Record, error) {
		return x.Subscriptions.TakeDue(ctx, now, later, n)
	})
}

func (x subscriptions) Find(ctx context.Context, customer string) (subscription.Record, error) {
	return call(ctx, x.p, "subscriptions.Find", usual, func() (subscription.Record, error) {
		return x.Subscriptions.Find(ctx, customer)
	})
}

func (x subscriptions) Save(ctx context.Context, r subscription.Record, proUntil time.Time) error {
	return run(ctx, x.p, "subscriptions.Save", usual, func() error { return x.Subscriptions.Save(ctx, r, proUntil) })
}

type webhookLedger struct {
	ports.WebhookLedger
	p *process
}

func (x webhookLedger) Receive(ctx context.Context, event string, now time.Time) (bool, error) {
	return call(ctx, x.p, "webhookLedger.Receive", usual, func() (bool, error) {
		return x.WebhookLedger.Receive(ctx, event, now)
	})
}

func (x webhookLedger) MarkApplied(ctx context.Context, event string, now time.Time) error {
	return run(ctx, x.p, "webhookLedger.MarkApplied", usual, func() error {
		return x.WebhookLedger.MarkApplied(ctx, event, now)
	})
}
