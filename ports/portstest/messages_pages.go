package portstest

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// none leaves a limit out of page.
const none = -1

// page returns a page of the messages before or after a revision. With none for
// both it returns the newest messages.
func (t *storeTest) page(r chat.Room, before, after int64, limit int) chat.Page {
	t.Helper()
	q := chat.Query{Owner: r.Owner, Room: r.ID, Limit: limit}
	if before != none {
		q.Before = &before
	}
	if after != none {
		q.After = &after
	}
	p, err := t.Messages.Page(t.ctx, q)
	must(t, err)
	if len(p.Messages) > limit {
		t.Fatalf("a page has %d messages, want at most %d", len(p.Messages), limit)
	}
	return p
}

// addRoomWithPrompts stores a room with n prompts and their queued replies.
func (t *storeTest) addRoomWithPrompts(n int) chat.Room {
	t.Helper()
	r := t.addRoom()
	for i := range n {
		t.sendUnlimited(r, midday.Add(time.Duration(i)*time.Second))
	}
	return r
}

func (t *storeTest) pagesEmpty() {
	r := t.addRoom()
	for _, q := range []struct{ before, after int64 }{{none, none}, {none, 0}, {none, 7}, {0, none}, {7, none}} {
		wantEqual(t, "the page", t.page(r, q.before, q.after, 50), chat.Page{})
	}
}

func (t *storeTest) pagesNewest() {
	r := t.addRoomWithPrompts(4)
	all := t.allMessages(r)
	for limit := 1; limit <= 9; limit++ {
		start := max(0, 8-limit)
		want := chat.Page{Messages: all[start:], Rev: 8, More: start > 0}
		wantEqual(t, "the page", t.page(r, none, none, limit), want)
	}
	for i, m := range all {
		if m.Born != int64(i+1) {
			t.Fatalf("message %d of the room has the first revision %d, want %d", i+1, m.Born, i+1)
		}
	}
}

// When a reply is answered, its revision changes but not its place in the room.
func (t *storeTest) pagesBefore() {
	r := t.addRoomWithPrompts(4)
	t.answerReply(t.allMessages(r)[1].ID, midday)
	all, rev := t.allMessages(r), t.getRoom(r).Rev
	for limit := 1; limit <= 9; limit++ {
		page := t.page(r, none, none, limit)
		seen := page.Messages
		for page.More {
			page = t.page(r, seen[0].Born, none, limit)
			if len(page.Messages) == 0 || page.Rev != rev {
				t.Fatalf("a page after More has %d messages and revision %d, want at least 1 and revision %d",
					len(page.Messages), page.Rev, rev)
			}
			seen = slices.Concat(page.Messages, seen)
		}
		wantEqual(t, "the messages of all pages", seen, all)
		wantEqual(t, "the page before the first message", t.page(r, seen[0].Born, none, limit), chat.Page{Rev: rev})
	}
}

func (t *storeTest) pagesAfter() {
	r := t.addRoomWithPrompts(3)
	first := t.allMessages(r)[1].ID
	t.answerReply(first, midday)
	changes := slices.SortedFunc(slices.Values(t.allMessages(r)), byRev)
	if last := changes[len(changes)-1]; last.ID != first || last.Rev != 8 || last.Status != chat.Done {
		t.Fatalf("the last change is message %s with status %s and revision %d, want %s, done and 8",
			last.ID, last.Status, last.Rev, first)
	}
	for limit := 1; limit <= 7; limit++ {
		after := int64(0)
		for i := range changes {
			end := min(i+limit, len(changes))
			want := chat.Page{Messages: changes[i:end], Rev: 8, More: end < len(changes)}
			wantEqual(t, "the page", t.page(r, none, after, limit), want)
			after = changes[i].Rev
		}
	}
	wantEqual(t, "the page after the last change", t.page(r, none, 8, 5), chat.Page{Rev: 8})
}

func byRev(a, b chat.Message) int  { return cmp.Compare(a.Rev, b.Rev) }
func byBorn(a, b chat.Message) int { return cmp.Compare(a.Born, b.Born) }

// poller is a client that keeps a copy of a room by polling for changes.
type poller struct {
	after int64 // the revision up to which the client has seen every change
	seen  map[id.ID]chat.Message
}

// poll reads one page and reports whether there are more changes.
func (p *poller) poll(t *storeTest, r chat.Room, limit int) bool {
	t.Helper()
	page := t.page(r, none, p.after, limit)
	last := p.after
	for _, m := range page.Messages {
		if m.Rev <= last || m.Rev > page.Rev {
			t.Fatalf("revision %d follows %d on a page of revision %d, want increasing revisions",
				m.Rev, last, page.Rev)
		}
		last = m.Rev
		p.seen[m.ID] = m
	}
	if page.More && len(page.Messages) == 0 {
		t.Fatal("an empty page has More set, want a message or no More")
	}
	p.after = max(last, page.Rev)
	if page.More {
		p.after = last
	}
	return page.More
}

func (t *storeTest) pagesPolled() {
	rapid.Check(t.TB, func(rt *rapid.T) {
		t := &storeTest{TB: rt, Stores: t.Stores, ctx: t.ctx}
		r, now := t.addRoom(), midday
		defer func() { must(t, t.Rooms.Delete(t.ctx, r.Owner, r.ID)) }()
		p := &poller{seen: map[id.ID]chat.Message{}}
		for range rapid.IntRange(1, 20).Draw(rt, "steps") {
			now = now.Add(time.Second)
			t.randomStep(rt, r, now, p)
		}
		for p.poll(t, r, rapid.IntRange(1, 5).Draw(rt, "limit")) {
		}
		wantEqual(t, "the copy of the room", slices.SortedFunc(maps.Values(p.seen), byBorn), t.allMessages(r))
	})
}

// randomStep changes the room or polls it.
func (t *storeTest) randomStep(rt *rapid.T, r chat.Room, now time.Time, p *poller) {
	switch rapid.SampledFrom([]string{"send", "claim", "answer", "retry", "poll"}).Draw(rt, "step") {
	case "send":
		t.sendUnlimited(r, now)
	case "claim":
		t.claimUpTo(now, 1)
	case "answer":
		for _, task := range t.claimUpTo(now, 1) {
			t.finish(task, answered, now)
		}
	case "retry":
		for _, task := range t.claimUpTo(now, 1) {
			t.finish(task, reply.Outcome{Status: chat.Queued, RetryAt: now}, now)
		}
	case "poll":
		p.poll(t, r, rapid.IntRange(1, 5).Draw(rt, "limit"))
	}
}
