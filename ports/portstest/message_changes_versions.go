package portstest

import (
	"math"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// versionsOf returns a query for the earlier texts of a message. They fit on one page in most tests.
func (x exchange) versionsOf(messageID id.ID) chat.VersionQuery {
	return chat.VersionQuery{
		Owner:   x.Owner,
		Room:    x.ID,
		Message: messageID,
		Limit:   100,
	}
}

func (t *storeTest) versionsPage(q chat.VersionQuery) chat.VersionPage {
	t.Helper()
	page, err := t.MessageChanges.Versions(t.ctx, q)
	must(t, err)
	return page
}

// wantVersions checks the earlier texts of a message, and that Get returns their number.
func (t *storeTest) wantVersions(x exchange, messageID id.ID, want ...chat.Version) {
	t.Helper()
	q := x.versionsOf(messageID)
	wantEqual(t, "the versions", t.versionsPage(q), chat.VersionPage{Versions: want})
	wantEqual(t, "the number of versions", t.getMessage(x, messageID).Versions, len(want))
}

// answerAgain claims the reply and finishes it with this text.
func (t *storeTest) answerAgain(x exchange, text string, at time.Time) {
	t.Helper()
	t.finish(t.wantClaim(at, x.reply), reply.Outcome{Status: chat.Done, Content: text}, at)
}

func (t *storeTest) versionsInOrder() {
	at := func(minutes int) time.Time { return midday.Add(time.Duration(minutes) * time.Minute) }
	x := t.addEnded(failed, at(0))
	t.wantVersions(x, x.prompt)
	t.wantVersions(x, x.reply)
	sent := t.getMessage(x, x.prompt).Content
	t.retry(x.again(at(1)))
	t.answerAgain(x, "Voles.", at(2))
	t.edit(x.edit("And bats?", at(3)))
	t.answerAgain(x, "Moths.", at(4))
	t.edit(x.edit("And bees?", at(5)))
	t.answerAgain(x, "Nectar.", at(6))
	prompts := []chat.Version{
		{Content: sent, Status: chat.Done, Created: at(0)},
		{Content: "And bats?", Status: chat.Done, Created: at(3)},
	}
	replies := []chat.Version{
		{Content: failed.Content, Status: chat.Failed, Created: at(0)},
		{Content: "Voles.", Status: chat.Done, Created: at(1)},
		{Content: "Moths.", Status: chat.Done, Created: at(3)},
	}
	t.wantVersions(x, x.prompt, prompts...)
	t.wantVersions(x, x.reply, replies...)
	next := t.addExchange(x.Room, at(7))
	t.wantVersions(x, x.prompt, prompts...)
	t.wantVersions(x, next.prompt)
	t.wantVersions(x, next.reply)
}

// addVersions adds a room with a reply that has these earlier texts.
func (t *storeTest) addVersions(texts ...string) (x exchange, want []chat.Version) {
	t.Helper()
	x = t.addExchange(t.addRoom(), midday)
	for i, text := range texts {
		at := midday.Add(time.Duration(i) * time.Second)
		t.answerAgain(x, text, at)
		again := x.again(at.Add(time.Second))
		again.Basic = unlimitedTerms
		t.retry(again)
		want = append(want, chat.Version{Content: text, Status: chat.Done, Created: at})
	}
	return x, want
}

// wantVersionPages reads the versions page by page.
func (t *storeTest) wantVersionPages(x exchange, limit int, want []chat.Version) {
	t.Helper()
	q := x.versionsOf(x.reply)
	q.Limit = limit
	for more := true; more; {
		page := t.versionsPage(q)
		rest := want[q.After:]
		n := len(page.Versions)
		wantEqual(t, "the page", page.Versions, rest[:min(n, len(rest))])
		q.After += int64(n)
		more = page.More
		wantEqual(t, "More", more, n < len(rest))
		if n < limit {
			t.checkPageBytes(versionLengths(page.Versions), nextVersionLength(rest[n:]))
		}
	}
	wantEqual(t, "the number of versions on the pages", int(q.After), len(want))
	wantEqual(t, "the page after the last version", t.versionsPage(q), chat.VersionPage{})
	q.After = math.MaxInt64
	wantEqual(t, "the page after the highest number", t.versionsPage(q), chat.VersionPage{})
}

func versionLengths(versions []chat.Version) (lengths []int) {
	for _, v := range versions {
		lengths = append(lengths, len(v.Content))
	}
	return lengths
}

// nextVersionLength returns the length of the first text, 0 for none.
func nextVersionLength(versions []chat.Version) int {
	if len(versions) == 0 {
		return 0
	}
	return len(versions[0].Content)
}

func (t *storeTest) versionsLimit() {
	x, want := t.addVersions("a", "b", "c", "d", "e", "f", "g")
	for limit := 1; limit <= len(want)+1; limit++ {
		t.wantVersionPages(x, limit, want)
	}
}

func (t *storeTest) versionsBytes() {
	x, want := t.addVersions(longTexts...)
	for _, limit := range []int{1, 2, 100} {
		t.wantVersionPages(x, limit, want)
	}
}

// Versions that are added between two pages come on the later one.
func (t *storeTest) versionsAdded() {
	x, want := t.addVersions("a", "b")
	q := x.versionsOf(x.reply)
	q.Limit = 1
	wantEqual(t, "the first page", t.versionsPage(q), chat.VersionPage{Versions: want[:1], More: true})
	at := midday.Add(time.Minute)
	t.answerAgain(x, "c", at)
	t.retry(x.again(at))
	q.After, q.Limit = 1, 100
	want = append(want[1:], chat.Version{Content: "c", Status: chat.Done, Created: midday.Add(2 * time.Second)})
	wantEqual(t, "the second page", t.versionsPage(q), chat.VersionPage{Versions: want})
}

func (t *storeTest) versionsWithoutText() {
	x := t.addExchange(t.addRoom(), midday)
	t.cancel(x.stop(midday))
	t.retry(x.again(midday.Add(time.Minute)))
	t.cancel(x.stop(midday))
	later := midday.Add(2 * time.Minute)
	t.retry(x.again(later))
	t.wantVersions(x, x.reply)
	task := t.wantClaim(later, x.reply)
	t.cancel(x.stop(later))
	t.finish(task, stopped, later)
	t.retry(x.again(later.Add(time.Minute)))
	t.wantVersions(x, x.reply, chat.Version{Content: stopped.Content, Status: chat.Cancelled, Created: later})
}

func (t *storeTest) versionsRead() {
	x := t.addEnded(answered, midday)
	wantMessages := func(at time.Time, versions int, m ...chat.Message) {
		t.Helper()
		for _, m := range m {
			if m.Versions != versions || !m.Revised.Equal(at) {
				t.Fatalf("the message is %+v, want %d versions and revised at %v", m, versions, at)
			}
		}
	}
	for i, key := range []string{"a", "b"} {
		at, n := midday.Add(time.Duration(i+1)*time.Hour), i+1
		e := x.keyedEdit(key, "Bats?", at)
		wantMessages(at, n, t.edit(e).Prompt, t.edit(e).Prompt)
		wantMessages(at, n, t.allMessages(x.Room)...)
		wantMessages(at, n, t.page(x.Room, none, 0, 50).Messages...)
		wantMessages(at, n, t.getMessage(x, x.prompt), t.getMessage(x, x.reply))
		task := t.wantClaim(at, x.reply)
		wantMessages(at, n, task.Prompt)
		feed, err := t.Feed.Read(t.ctx, x.Owner)
		must(t, err)
		wantMessages(at, n, feed.Running...)
		wantEqual(t, "the number of running replies", len(feed.Running), 1)
		t.finish(task, answered, at)
		wantMessages(at, n, t.getMessage(x, x.reply))
	}
	t.retry(x.again(midday.Add(3 * time.Hour)))
	wantMessages(midday.Add(2*time.Hour), 2, t.getMessage(x, x.prompt))
	wantMessages(midday.Add(3*time.Hour), 3, t.getMessage(x, x.reply))
}
