package sim

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// wraps puts fate around every port.
func (p *process) wraps() []boot.Option {
	return []boot.Option{
		boot.Wrap(func(in ports.Users) ports.Users { return users{in, p} }),
		boot.Wrap(func(in ports.Codes) ports.Codes { return codes{in, p} }),
		boot.Wrap(func(in ports.SMS) ports.SMS { return sms{in, p} }),
		boot.Wrap(func(in ports.Limiter) ports.Limiter { return limits{in, p} }),
		boot.Wrap(func(in ports.Sessions) ports.Sessions { return sessions{in, p} }),
		boot.Wrap(func(in ports.Rooms) ports.Rooms { return rooms{in, p} }),
		boot.Wrap(func(in ports.Messages) ports.Messages { return messages{in, p} }),
		boot.Wrap(func(in ports.Usage) ports.Usage { return usage{in, p} }),
		boot.Wrap(func(in ports.Spend) ports.Spend { return spend{in, p} }),
		boot.Wrap(func(in ports.Work) ports.Work { return work{in, p} }),
		boot.Wrap(func(in ports.Workers) ports.Workers { return workers{in, p} }),
		boot.Wrap(func(in ports.Queue) ports.Queue { return queue{in, p} }),
		boot.Wrap(func(in ports.Live) ports.Live { return live{in, p} }),
		boot.Wrap(func(ports.LLM) ports.LLM { return model{p} }),
		boot.Wrap(func(in ports.Payments) ports.Payments { return payments{in, p} }),
		boot.Wrap(func(in ports.Subscriptions) ports.Subscriptions { return subscriptions{in, p} }),
		boot.Wrap(func(in ports.Ledger) ports.Ledger { return ledger{in, p} }),
		boot.Wrap(func(in ports.Retention) ports.Retention { return retention{in, p} }),
	}
}

type users struct {
	ports.Users
	p *process
}

func (x users) Add(ctx context.Context, u user.User) error {
	return run(x.p, ctx, "users.Add", usual, func() error { return x.Users.Add(ctx, u) })
}

func (x users) Open(ctx context.Context, u user.User) (user.User, error) {
	return call(x.p, ctx, "users.Open", usual, func() (user.User, error) { return x.Users.Open(ctx, u) })
}

func (x users) Get(ctx context.Context, id id.ID) (user.User, error) {
	return call(x.p, ctx, "users.Get", usual, func() (user.User, error) { return x.Users.Get(ctx, id) })
}

type codes struct {
	ports.Codes
	p *process
}

func (x codes) Issue(ctx context.Context, c otp.Challenge, now time.Time) (otp.Challenge, error) {
	return call(x.p, ctx, "codes.Issue", usual, func() (otp.Challenge, error) { return x.Codes.Issue(ctx, c, now) })
}

func (x codes) Try(ctx context.Context, purpose otp.Purpose, n phone.Number, macs otp.MACs, now time.Time) error {
	return run(x.p, ctx, "codes.Try", usual, func() error { return x.Codes.Try(ctx, purpose, n, macs, now) })
}

type sms struct {
	ports.SMS
	p *process
}

func (x sms) Send(ctx context.Context, to phone.Number, text string) error {
	return run(x.p, ctx, "sms.Send", usual, func() error { return x.SMS.Send(ctx, to, text) })
}

type limits struct {
	ports.Limiter
	p *process
}

func (x limits) Take(ctx context.Context, now time.Time, budgets ...ports.Budget) error {
	return run(x.p, ctx, "limiter.Take", usual, func() error { return x.Limiter.Take(ctx, now, budgets...) })
}

type sessions struct {
	ports.Sessions
	p *process
}

func (x sessions) Open(ctx context.Context, s session.Session) error {
	return run(x.p, ctx, "sessions.Open", usual, func() error { return x.Sessions.Open(ctx, s) })
}

func (x sessions) Alive(ctx context.Context, id id.ID, now time.Time) error {
	return run(x.p, ctx, "sessions.Alive", usual, func() error { return x.Sessions.Alive(ctx, id, now) })
}

type rooms struct {
	ports.Rooms
	p *process
}

func (x rooms) Add(ctx context.Context, r chat.Room) error {
	return run(x.p, ctx, "rooms.Add", usual, func() error { return x.Rooms.Add(ctx, r) })
}

func (x rooms) Get(ctx context.Context, owner, id id.ID) (chat.Room, error) {
	return call(x.p, ctx, "rooms.Get", usual, func() (chat.Room, error) { return x.Rooms.Get(ctx, owner, id) })
}

func (x rooms) List(ctx context.Context, owner id.ID, after *ports.Place, limit int) ([]chat.Room, error) {
	return call(x.p, ctx, "rooms.List", usual, func() ([]chat.Room, error) { return x.Rooms.List(ctx, owner, after, limit) })
}

func (x rooms) Delete(ctx context.Context, owner, id id.ID) error {
	return run(x.p, ctx, "rooms.Delete", usual, func() error { return x.p.w.deleted(id, func() error { return x.Rooms.Delete(ctx, owner, id) }) })
}

type messages struct {
	ports.Messages
	p *process
}

func (x messages) Accept(ctx context.Context, d chat.Draft) (chat.Accepted, error) {
	var refusal error // must reach the caller with what is left of the day
	a, err := call(x.p, ctx, "messages.Accept", usual, func() (chat.Accepted, error) {
		a, err := x.p.w.accept(d, func() (chat.Accepted, error) { return x.Messages.Accept(ctx, d) })
		refusal = err
		return a, nil
	})
	if err == nil {
		err = refusal
	}
	return a, err
}

func (x messages) Get(ctx context.Context, owner, room, id id.ID) (chat.Message, error) {
	return call(x.p, ctx, "messages.Get", usual, func() (chat.Message, error) { return x.Messages.Get(ctx, owner, room, id) })
}

func (x messages) Page(ctx context.Context, q chat.Query) (chat.Page, error) {
	return call(x.p, ctx, "messages.Page", usual, func() (chat.Page, error) { return x.Messages.Page(ctx, q) })
}

type usage struct {
	ports.Usage
	p *process
}

func (x usage) Used(ctx context.Context, user id.ID, day quota.Day) (int, error) {
	return call(x.p, ctx, "usage.Used", usual, func() (int, error) { return x.Usage.Used(ctx, user, day) })
}

type spend struct {
	ports.Spend
	p *process
}

func (x spend) Add(ctx context.Context, day quota.Day, tokens int64) error {
	return run(x.p, ctx, "spend.Add", usual, func() error { return x.Spend.Add(ctx, day, tokens) })
}

type work struct {
	ports.Work
	p *process
}

func (x work) Claim(ctx context.Context, now time.Time, lease time.Duration, n, perUser int) ([]chat.Task, error) {
	return call(x.p, ctx, "work.Claim", often, func() ([]chat.Task, error) {
		return x.p.w.claim(x.p, func() ([]chat.Task, error) { return x.Work.Claim(ctx, now, lease, n, perUser) })
	})
}

func (x work) Renew(ctx context.Context, reply id.ID, fence int64, now time.Time, lease time.Duration) error {
	f := usual
	f.before = 50
	return run(x.p, ctx, "work.Renew", f, func() error { return x.Work.Renew(ctx, reply, fence, now, lease) })
}

func (x work) Finish(ctx context.Context, reply id.ID, fence int64, o chat.Outcome, now time.Time) (ports.Finished, error) {
	f := fate{before: 50, after: 30, late: 30, death: 15}
	return call(x.p, ctx, "work.Finish "+string(o.Status), f, func() (ports.Finished, error) {
		return x.p.w.finish(reply, fence, o, func() (ports.Finished, error) { return x.Work.Finish(ctx, reply, fence, o, now) })
	})
}

type workers struct {
	ports.Workers
	p *process
}

func (x workers) Beat(ctx context.Context, worker string, until time.Time) error {
	return run(x.p, ctx, "workers.Beat", often, func() error { return x.Workers.Beat(ctx, worker, until) })
}

type retention struct {
	ports.Retention
	p *process
}

func (x retention) Purge(ctx context.Context, now time.Time) (int, error) {
	return call(x.p, ctx, "retention.Purge", often, func() (int, error) { return x.Retention.Purge(ctx, now) })
}

// queue loses, doubles and delays wake-ups.
type queue struct {
	ports.Queue
	p *process
}

func (x queue) Wake(ctx context.Context, reply id.ID) error {
	return run(x.p, ctx, "queue.Wake", usual, func() error {
		switch w := x.p.w; {
		case w.chance(80):
			w.note(x.p, "queue.Wake", " is lost")
			return nil
		case w.chance(80):
			w.note(x.p, "queue.Wake", " is doubled")
			return joined(x.Queue.Wake(ctx, reply), x.Queue.Wake(ctx, reply))
		case w.chance(80):
			w.note(x.p, "queue.Wake", " arrives late")
			go func() {
				sleep(context.Background(), x.p, w.upTo(30*time.Second))
				_ = x.Queue.Wake(context.WithoutCancel(ctx), reply)
			}()
			return nil
		}
		return x.Queue.Wake(ctx, reply)
	})
}

func joined(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

type live struct {
	ports.Live
	p *process
}

func (x live) Append(ctx context.Context, piece chat.Piece) error {
	return run(x.p, ctx, "live.Append", usual, func() error { return x.Live.Append(ctx, piece) })
}

func (x live) Delete(ctx context.Context, rooms ...chat.Room) error {
	return run(x.p, ctx, "live.Delete", usual, func() error { return x.Live.Delete(ctx, rooms...) })
}

func (x live) Announce(ctx context.Context, room id.ID, rev int64, ended ...id.ID) error {
	return run(x.p, ctx, "live.Announce", usual, func() error { return x.Live.Announce(ctx, room, rev, ended...) })
}

func (x live) Read(ctx context.Context, room, reply id.ID) (string, error) {
	return call(x.p, ctx, "live.Read", usual, func() (string, error) { return x.Live.Read(ctx, room, reply) })
}

type payments struct {
	ports.Payments
	p *process
}

func (x payments) Customer(ctx context.Context, user id.ID) (string, error) {
	return call(x.p, ctx, "payments.Customer", usual, func() (string, error) { return x.Payments.Customer(ctx, user) })
}

func (x payments) Checkout(ctx context.Context, o ports.Order) (string, error) {
	return call(x.p, ctx, "payments.Checkout", usual, func() (string, error) { return x.Payments.Checkout(ctx, o) })
}

func (x payments) Fetch(ctx context.Context, customer string) (subscription.Snapshot, error) {
	return call(x.p, ctx, "payments.Fetch", usual, func() (subscription.Snapshot, error) { return x.Payments.Fetch(ctx, customer) })
}

type subscriptions struct {
	ports.Subscriptions
	p *process
}

func (x subscriptions) Get(ctx context.Context, user id.ID) (subscription.Record, error) {
	return call(x.p, ctx, "subscriptions.Get", usual, func() (subscription.Record, error) { return x.Subscriptions.Get(ctx, user) })
}

func (x subscriptions) Due(ctx context.Context, now, later time.Time, n int) ([]subscription.Record, error) {
	return call(x.p, ctx, "subscriptions.Due", usual, func() ([]subscription.Record, error) { return x.Subscriptions.Due(ctx, now, later, n) })
}

func (x subscriptions) Find(ctx context.Context, customer string) (subscription.Record, error) {
	return call(x.p, ctx, "subscriptions.Find", usual, func() (subscription.Record, error) { return x.Subscriptions.Find(ctx, customer) })
}

func (x subscriptions) Save(ctx context.Context, r subscription.Record, proUntil time.Time) error {
	return run(x.p, ctx, "subscriptions.Save", usual, func() error { return x.Subscriptions.Save(ctx, r, proUntil) })
}

type ledger struct {
	ports.Ledger
	p *process
}

func (x ledger) Receive(ctx context.Context, event string, now time.Time) (bool, error) {
	return call(x.p, ctx, "ledger.Receive", usual, func() (bool, error) { return x.Ledger.Receive(ctx, event, now) })
}

func (x ledger) Applied(ctx context.Context, event string, now time.Time) error {
	return run(x.p, ctx, "ledger.Applied", usual, func() error { return x.Ledger.Applied(ctx, event, now) })
}
