package portstest

import (
	"slices"
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
)

// longTexts are answers: some of them fit on a page together, one is longer than a page, and the
// longest one is as long as an answer may be.
var longTexts = []string{
	strings.Repeat("owl ", chat.PageBytes/8),
	strings.Repeat("owl ", chat.PageBytes/12),
	"owl",
	strings.Repeat("owls", chat.PageBytes/4) + "s",
	strings.Repeat("owls", chat.PageBytes/4),
	"owls",
	strings.Repeat("owl 🦉 ", 1<<20/9),
	"owl 🦉",
}

// addLongAnswers stores a room with the long texts as answers.
func (t *storeTest) addLongAnswers() chat.Room {
	t.Helper()
	r := t.addRoom()
	for i, text := range longTexts {
		now := midday.Add(time.Duration(i) * time.Second)
		t.answerAgain(t.say(r, "owls?", now), text, now)
	}
	return r
}

// checkPageBytes fails the test if the texts of a page are too long, or if the page would have
// space for the next entry.
func (t *storeTest) checkPageBytes(lengths []int, next int) {
	t.Helper()
	if len(lengths) == 0 {
		t.Fatal("a page is empty, want at least one entry")
	}
	total := 0
	for _, n := range lengths {
		total += n
	}
	if last := lengths[len(lengths)-1]; total > chat.PageBytes && total > last {
		t.Fatalf("a page has texts of the lengths %v, want at most %d bytes or one text", lengths, chat.PageBytes)
	}
	if next > 0 && total+next <= chat.PageBytes {
		t.Fatalf("a page has texts of the lengths %v, want the next one with %d bytes, too", lengths, next)
	}
}

func lengthsOf(messages []chat.Message) (lengths []int) {
	for _, m := range messages {
		lengths = append(lengths, len(m.Content))
	}
	return lengths
}

// pagesBytes reads a room in both directions. A page before a revision is full from its end.
func (t *storeTest) pagesBytes() {
	r := t.addLongAnswers()
	x := t.say(r, "owls?", midday.Add(time.Hour)) // the reply has no text
	all := t.messagesByPages(r)
	wantEqual(t, "the number of messages", len(all), 2*len(longTexts)+2)
	if last := all[len(all)-1]; last.ID != x.reply || last.Content != "" {
		t.Fatalf("the last message is %s, want the queued reply %s", last.ID, x.reply)
	}
	changes := slices.SortedFunc(slices.Values(all), byRev)
	for after, more, i := int64(0), true, 0; more; {
		page := t.page(r, none, after, 100)
		n := len(page.Messages)
		wantEqual(t, "the page", page.Messages, changes[i:i+n])
		i += n
		after, more = changes[i-1].Rev, page.More
		wantEqual(t, "More", more, i < len(changes))
		t.checkPageBytes(lengthsOf(page.Messages), nextLength(changes[i:]))
	}
}

// messagesByPages returns all messages of a room, which it reads page by page from the newest one.
func (t *storeTest) messagesByPages(r chat.Room) (all []chat.Message) {
	t.Helper()
	page := t.page(r, none, none, 100)
	for {
		lengths := lengthsOf(page.Messages)
		slices.Reverse(lengths)
		t.checkPageBytes(lengths, 0)
		all = slices.Concat(page.Messages, all)
		if !page.More {
			return all
		}
		page = t.page(r, all[0].Born, none, 100)
	}
}

// nextLength returns the length of the first text, 0 for none.
func nextLength(messages []chat.Message) int {
	if len(messages) == 0 {
		return 0
	}
	return len(messages[0].Content)
}

func (t *storeTest) searchBytes() {
	r := t.addLongAnswers()
	q := t.searchQuery(r.Owner, "owl")
	all := t.messagesByPages(r)
	slices.SortFunc(all, chat.NewestFirst)
	for i, more := 0, true; more; {
		page := t.findPage(q)
		n := len(page.Messages)
		wantEqual(t, "the page", page.Messages, all[i:i+n])
		i += n
		more = page.More
		wantEqual(t, "More", more, i < len(all))
		t.checkPageBytes(lengthsOf(page.Messages), nextLength(all[i:]))
		q.Before = new(chat.PositionOf(all[i-1]))
	}
}

// roomsListBytes lists rooms with the longest settings: 50 of them do not fit on a page.
func (t *storeTest) roomsListBytes() {
	owner := t.addUser().ID
	var all []chat.Room
	for i := range 50 {
		r := t.addRoomOf(owner, midday.Add(-time.Duration(i)*time.Second))
		u := chat.RoomUpdate{Name: new(strings.Repeat("🦉", 100)), SystemPrompt: new(strings.Repeat("🦉", i*80))}
		r, err := t.Rooms.Update(t.ctx, owner, r.ID, u)
		must(t, err)
		all = append(all, r)
	}
	var after *ports.RoomCursor
	for i, more := 0, true; more; {
		page, err := t.Rooms.List(t.ctx, owner, after, 100)
		must(t, err)
		wantEqual(t, "the page", page.Rooms, all[i:i+len(page.Rooms)])
		i += len(page.Rooms)
		more = page.More
		wantEqual(t, "More", more, i < len(all))
		var lengths []int
		for _, r := range page.Rooms {
			lengths = append(lengths, len(r.Name)+len(r.SystemPrompt))
		}
		t.checkPageBytes(lengths, 0)
		after = cursorAfter(all[:i])
	}
}

func (t *storeTest) historyBytes() {
	r := t.addAnsweredPrompts(4)
	lengths := lengthsOf(t.allMessages(r))
	var unset chat.Summary
	for n := 1; n <= 8; n++ {
		newest, oldest := sum(lengths[8-n:]), sum(lengths[:n])
		t.wantHistory(r, chat.HistoryQuery{Limit: 50, MaxBytes: newest}, unset, 8-n, 8)
		t.wantHistory(r, chat.HistoryQuery{Limit: 50, MaxBytes: newest - 1}, unset, 8-n, 8)
		t.wantHistory(r, chat.HistoryQuery{Limit: 50, MaxBytes: oldest, Oldest: true}, unset, 0, n)
		t.wantHistory(r, chat.HistoryQuery{Limit: 50, MaxBytes: oldest - 1, Oldest: true}, unset, 0, n)
	}
	t.wantHistory(r, chat.HistoryQuery{Limit: 2, MaxBytes: 1 << 20}, unset, 6, 8)
	t.wantHistory(r, chat.HistoryQuery{Limit: 50, MaxBytes: 1, Before: 7}, unset, 5, 6)
}

func sum(all []int) (total int) {
	for _, n := range all {
		total += n
	}
	return total
}
