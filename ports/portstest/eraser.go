package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// Eraser is the contract of a ports.Eraser.
func Eraser(t *testing.T, open func(t *testing.T) Stores) {
	proveStore(t, open, []sentence[*world]{
		{"Erase takes everything of the user and nothing of others", (*world).eraseAll},
		{"Erase drops answers under way", (*world).eraseWork},
		{"the number is as one never seen, and a stranger may sign up with it", (*world).eraseNumber},
		{"who comes later with something of the user's is told that it is gone", (*world).eraseLate},
		{"unknown users are not found, erased ones neither", (*world).eraseUnknown},
		{"one of many who erase a user at once succeeds", (*world).eraseRace},
		{"of messages sent meanwhile nothing is left", (*world).eraseMeanwhile},
		{"a context that is over stops it", (*world).eraseOver},
	})
}

// Life is a user with something in every port.
type Life struct {
	User    user.User
	Session session.Session
	Codes   []otp.Challenge
	Room    chat.Room
	Done    id.ID // a reply
	Running chat.Task
	Queued  id.ID // a reply in another room
	Record  subscription.Record
}

// NewLife fills a store, where nothing is due, with a user's whole life.
func NewLife(t *testing.T, s Stores) Life {
	t.Helper()
	return (&world{t, s, t.Context()}).life()
}

func (w *world) life() Life {
	w.Helper()
	l := Life{User: w.user()}
	w.ok(w.Passwords.Set(w.ctx, l.User.ID, "$hash$"))
	l.User.Password = "$hash$"
	l.Session = w.session(l.User.ID)
	w.misses(6, otp.Login, l.User.Number, midday)
	l.Codes = []otp.Challenge{w.living(otp.Login, l.User.Number, midday), w.issued(otp.Reset, l.User.Number, midday)}
	l.Room = w.roomOf(l.User.ID, midday)
	l.Done = w.accept(w.keyed(l.Room, "a", midday)).Reply
	w.finish(w.takes(midday, l.Done), chat.Outcome{Status: chat.Done, Content: "Voles."}, midday)
	l.Running = w.takes(midday, w.accept(w.keyed(l.Room, "b", midday)).Reply)
	l.Record = record(l.User.ID)
	w.ok(w.Subscriptions.Save(w.ctx, l.Record, midday.Add(time.Hour)))
	l.User.ProUntil = midday.Add(time.Hour)
	l.Record.Version = 1
	return l
}

// waiting adds a reply that nobody has claimed.
func (w *world) waiting(l *Life) {
	w.Helper()
	l.Queued = w.send(w.roomOf(l.User.ID, midday), midday)
}

func (w *world) erase(u id.ID) {
	w.Helper()
	w.ok(w.Eraser.Erase(w.ctx, u))
}

// intact asserts that all of a life is there.
func (w *world) intact(l Life) {
	w.Helper()
	w.holds(l.User)
	w.alive(true, l.Session)
	w.records(l.Record, l.User.ProUntil)
	for _, c := range l.Codes {
		w.issues(w.challenge(c.Purpose, c.Number, midday), midday, c)
	}
	w.waits(otp.Login, l.User.Number, midday, time.Second)
	w.same("messages", len(w.log(l.Room)), 4)
	w.renews(l.Running, midday, chat.Lease)
	if again := w.accept(w.keyed(l.Room, "a", midday)); !again.Replayed || again.Reply != l.Done {
		w.Fatal("a key was lost")
	}
}

func (w *world) eraseAll() {
	erased, other := w.life(), w.life()
	w.waiting(&erased)
	w.erase(erased.User.ID)
	_, err := w.Users.Get(w.ctx, erased.User.ID)
	w.fails(err, user.ErrNotFound)
	_, err = w.Users.Find(w.ctx, erased.User.Number)
	w.fails(err, user.ErrNotFound)
	w.alive(false, erased.Session)
	w.lists(erased.User.ID, nil, 50)
	_, err = w.Rooms.Get(w.ctx, erased.User.ID, erased.Room.ID)
	w.fails(err, chat.ErrNotFound)
	_, err = w.Messages.Page(w.ctx, chat.Query{Owner: erased.User.ID, Room: erased.Room.ID, Limit: 50})
	w.fails(err, chat.ErrNotFound)
	w.counts(erased.User.ID, midday, 0)
	r, err := w.Subscriptions.Get(w.ctx, erased.User.ID)
	w.ok(err)
	w.same("the record", r, subscription.Record{User: erased.User.ID})
	_, err = w.Subscriptions.Find(w.ctx, erased.Record.Customer)
	w.fails(err, subscription.ErrUnknown)
	w.intact(other)
}

func (w *world) eraseWork() {
	l := w.life()
	w.waiting(&l)
	w.depth(midday, ports.Depth{Queued: 1, Running: 1})
	w.erase(l.User.ID)
	w.fails(w.Work.Renew(w.ctx, l.Running.Reply, l.Running.Fence, midday, chat.Lease), chat.ErrGone)
	_, err := w.Work.Finish(w.ctx, l.Running.Reply, l.Running.Fence, gaveUp, midday)
	w.fails(err, chat.ErrGone)
	w.idle(midday.Add(time.Hour))
	w.depth(midday.Add(time.Hour), ports.Depth{})
	w.counts(l.User.ID, midday, 0)
}

func (w *world) eraseNumber() {
	l := w.life()
	w.erase(l.User.ID)
	for _, c := range l.Codes {
		w.fails(w.try(c, midday), otp.ErrBadCode) // and not fault.RateLimited
	}
	w.ok(w.try(w.living(otp.Login, l.User.Number, midday), midday))
	stranger := w.person()
	stranger.Number = l.User.Number
	w.ok(w.Users.Add(w.ctx, stranger))
	stranger.Proven = midday
	opened, err := w.Users.Open(w.ctx, stranger)
	w.ok(err)
	w.same("the stranger", opened, stranger)
	w.lists(stranger.ID, nil, 50)
	w.counts(stranger.ID, midday, 0)
	if w.accept(w.keyed(w.roomOf(stranger.ID, midday), "a", midday)).Replayed {
		w.Fatal("a stranger met a key of before")
	}
}

func (w *world) eraseLate() {
	l := w.life()
	w.erase(l.User.ID)
	late := session.Session{ID: w.id(), User: l.User.ID, Opened: midday, Expires: midday.Add(time.Hour)}
	w.fails(w.Sessions.Open(w.ctx, late), user.ErrNotFound)
	w.alive(false, late)
	room := chat.Room{ID: w.id(), Owner: l.User.ID, Name: "Late", Created: midday, Updated: midday}
	w.fails(w.Rooms.Add(w.ctx, room), user.ErrNotFound)
	w.lists(l.User.ID, nil, 50)
	_, err := w.Messages.Accept(w.ctx, w.draft(l.Room, midday))
	w.fails(err, chat.ErrNotFound)
	w.fails(w.Users.Rename(w.ctx, l.User.ID, "Late"), user.ErrNotFound)
	w.fails(w.Passwords.Set(w.ctx, l.User.ID, "$late$"), user.ErrNotFound)
	w.fails(w.Passwords.Swap(w.ctx, l.User.ID, "$hash$", "$late$"), user.ErrNotFound)
	w.fails(w.Subscriptions.Save(w.ctx, l.Record, midday), user.ErrNotFound)
	w.counts(l.User.ID, midday, 0)
}

func (w *world) eraseUnknown() {
	l := w.life()
	w.fails(w.Eraser.Erase(w.ctx, w.id()), user.ErrNotFound)
	w.intact(l)
	w.erase(l.User.ID)
	w.fails(w.Eraser.Erase(w.ctx, l.User.ID), user.ErrNotFound)
}

func (w *world) eraseRace() {
	l := w.life()
	w.split(together(10, func(int) error { return w.Eraser.Erase(w.ctx, l.User.ID) }), map[error]int{nil: 1, user.ErrNotFound: 9})
}

func (w *world) eraseMeanwhile() {
	u := w.user()
	drafts := make([]chat.Draft, 21)
	for i := range drafts {
		drafts[i] = w.draft(w.roomOf(u.ID, midday), midday)
		drafts[i].Basic.Limit = quota.Unlimited
	}
	errs := together(len(drafts), func(i int) error {
		if i == len(drafts)/2 {
			return w.Eraser.Erase(w.ctx, u.ID)
		}
		_, err := w.Messages.Accept(w.ctx, drafts[i])
		return err
	})
	for _, err := range errs {
		w.oneOf(err, map[error]int{nil: 0, chat.ErrNotFound: 0})
	}
	w.depth(midday, ports.Depth{})
	w.lists(u.ID, nil, 50)
	w.counts(u.ID, midday, 0)
}

func (w *world) eraseOver() {
	l := w.life()
	w.over(map[string]func(context.Context) error{
		"Erase": func(ctx context.Context) error { return w.Eraser.Erase(ctx, l.User.ID) },
	})
	w.intact(l)
}
