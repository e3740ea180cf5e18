package portstest

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
)

// page reads a page of the room: before or after a revision when that is not negative, else the newest.
func (w *world) page(r chat.Room, before, after int64, limit int) chat.Page {
	w.Helper()
	q := chat.Query{Owner: r.Owner, Room: r.ID, Limit: limit}
	if before >= 0 {
		q.Before = &before
	}
	if after >= 0 {
		q.After = &after
	}
	p, err := w.Messages.Page(w.ctx, q)
	w.ok(err)
	if len(p.Messages) > limit {
		w.Fatalf("a page of %d at a limit of %d", len(p.Messages), limit)
	}
	return p
}

// chatty is a room with so many messages of its user, and as many replies.
func (w *world) chatty(n int) chat.Room {
	w.Helper()
	r := w.room()
	for i := range n {
		w.unlimited(r, midday.Add(time.Duration(i)*time.Second))
	}
	return r
}

func (w *world) unlimited(r chat.Room, at time.Time) id.ID {
	w.Helper()
	d := w.draft(r, at)
	d.Basic.Limit = quota.Unlimited
	return w.accept(d).Reply
}

func (w *world) pagesEmpty() {
	r := w.room()
	for _, at := range [][2]int64{{-1, -1}, {-1, 0}, {-1, 7}, {0, -1}, {7, -1}} {
		w.same("the page", w.page(r, at[0], at[1], 50), chat.Page{})
	}
}

func (w *world) pagesNewest() {
	r := w.chatty(4)
	all := w.log(r)
	for limit := 1; limit <= 9; limit++ {
		start := max(0, 8-limit)
		w.same("the page", w.page(r, -1, -1, limit), chat.Page{Messages: all[start:], Rev: 8, More: start > 0})
	}
	for i, m := range all {
		if m.Born != int64(i+1) {
			w.Fatalf("message %d of the room was born at revision %d", i+1, m.Born)
		}
	}
}

// A reply that is done moves in the order of change, and not in the room.
func (w *world) pagesBefore() {
	r := w.chatty(4)
	w.reply(w.log(r)[1].ID, midday)
	all, rev := w.log(r), w.rev(r)
	for limit := 1; limit <= 9; limit++ {
		page := w.page(r, -1, -1, limit)
		seen := page.Messages
		for page.More {
			page = w.page(r, seen[0].Born, -1, limit)
			if len(page.Messages) == 0 || page.Rev != rev {
				w.Fatalf("%d messages at revision %d, want more and %d", len(page.Messages), page.Rev, rev)
			}
			seen = slices.Concat(page.Messages, seen)
		}
		w.same("all pages", seen, all)
		w.same("the page before all", w.page(r, seen[0].Born, -1, limit), chat.Page{Rev: rev})
	}
}

func (w *world) pagesAfter() {
	r := w.chatty(3)
	first := w.log(r)[1].ID
	w.reply(first, midday)
	all := w.log(r)
	want := slices.SortedFunc(slices.Values(all), func(a, b chat.Message) int { return cmp.Compare(a.Rev, b.Rev) })
	if last := want[len(want)-1]; last.ID != first || last.Rev != 8 || last.Status != chat.Done {
		w.Fatalf("the last change is %s to %s at %d", last.ID, last.Status, last.Rev)
	}
	for limit := 1; limit <= 7; limit++ {
		for i := range want {
			end := min(i+limit, len(want))
			after := int64(0)
			if i > 0 {
				after = want[i-1].Rev
			}
			w.same("the page", w.page(r, -1, after, limit), chat.Page{Messages: want[i:end], Rev: 8, More: end < len(want)})
		}
	}
	w.same("the page after all", w.page(r, -1, 8, 5), chat.Page{Rev: 8})
}

// poller is a client that keeps the room by asking for what changed.
type poller struct {
	after int64
	seen  map[id.ID]chat.Message
}

// poll asks once and says whether there is more.
func (p *poller) poll(w *world, r chat.Room, limit int) bool {
	w.Helper()
	page := w.page(r, -1, p.after, limit)
	last := p.after
	for _, m := range page.Messages {
		if m.Rev <= last || m.Rev > page.Rev {
			w.Fatalf("revision %d after %d on a page at %d", m.Rev, last, page.Rev)
		}
		last, p.seen[m.ID] = m.Rev, m
	}
	if page.More && len(page.Messages) == 0 {
		w.Fatal("an empty page promises more")
	}
	p.after = max(last, page.Rev)
	if page.More {
		p.after = last
	}
	return page.More
}

func (w *world) pagesPolled() {
	rapid.Check(w.TB, func(t *rapid.T) {
		w := &world{t, w.Stores, w.ctx}
		r, now := w.room(), midday
		defer func() { w.ok(w.Rooms.Delete(w.ctx, r.Owner, r.ID)) }()
		p := &poller{seen: map[id.ID]chat.Message{}}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			now = now.Add(time.Second)
			w.step(t, r, now, p)
		}
		for p.poll(w, r, rapid.IntRange(1, 5).Draw(t, "limit")) {
		}
		seen := slices.SortedFunc(maps.Values(p.seen), func(a, b chat.Message) int { return cmp.Compare(a.Born, b.Born) })
		w.same("the room as polled", seen, w.log(r))
	})
}

// step does one thing in the room, or polls it.
func (w *world) step(t *rapid.T, r chat.Room, now time.Time, p *poller) {
	switch rapid.SampledFrom([]string{"send", "claim", "answer", "retry", "poll"}).Draw(t, "step") {
	case "send":
		w.unlimited(r, now)
	case "claim":
		w.claims(now, 1)
	case "answer":
		for _, task := range w.claims(now, 1) {
			w.finish(task, answered, now)
		}
	case "retry":
		for _, task := range w.claims(now, 1) {
			w.finish(task, chat.Outcome{Status: chat.Queued, RetryAt: now}, now)
		}
	case "poll":
		p.poll(w, r, rapid.IntRange(1, 5).Draw(t, "limit"))
	}
}
