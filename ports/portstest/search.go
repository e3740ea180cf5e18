package portstest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/text"
)

// Search is the contract of ports.Search.
func Search(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"Find ignores upper and lower case in every language", (*storeTest).searchCase},
		{"Find finds parts of words, also in languages without spaces", (*storeTest).searchParts},
		{"Find does not ignore accents, spaces and the order of letters", (*storeTest).searchDifferences},
		{"characters with a meaning in SQL or in a regular expression are literal", (*storeTest).searchLiteral},
		{"a query without a letter or digit finds nothing", (*storeTest).searchWithoutWord},
		{"Find returns prompts and replies as Get does", (*storeTest).searchReturns},
		{"Find finds the text of a cancelled reply", (*storeTest).searchCancelled},
		{"Find finds no fallback text and no unfinished reply", (*storeTest).searchUnfinished},
		{"an edited prompt is found by its new text only", (*storeTest).searchEdited},
		{"a reply that is asked for again is found by its new text only", (*storeTest).searchRetried},
		{"Find searches all rooms of the user, and no other ones", (*storeTest).searchRooms},
		{"the newest message comes first, and a reply before its prompt", (*storeTest).searchOrder},
		{"paging returns each message once, also with equal times", (*storeTest).searchPages},
		{"a page is as long as its Limit while there are more messages", (*storeTest).searchLimit},
		{"a page has at most PageBytes of text, or one message", (*storeTest).searchBytes},
		{"Find fails if the context is cancelled", (*storeTest).searchFailing},
	})
}

// say sends a message with this text.
func (t *storeTest) say(r chat.Room, content string, at time.Time) exchange {
	t.Helper()
	d := t.newDraft(r, at)
	d.Text = content
	d.Basic.Limit = quota.Unlimited
	a := t.accept(d)
	return exchange{Room: r, prompt: a.Prompt.ID, reply: a.Reply}
}

// sayAndAnswer sends a message with this text and finishes its reply with the same text. No other
// reply of the store may be due.
func (t *storeTest) sayAndAnswer(r chat.Room, content string, at time.Time) exchange {
	t.Helper()
	x := t.say(r, content, at)
	t.answerAgain(x, content, at)
	return x
}

func (t *storeTest) searchQuery(owner id.ID, content string) chat.SearchQuery {
	t.Helper()
	q, err := text.NewQuery(content)
	must(t, err)
	return chat.SearchQuery{Owner: owner, Text: q, Limit: 1000}
}

func (t *storeTest) find(q chat.SearchQuery) []chat.Message {
	t.Helper()
	return t.findPage(q).Messages
}

func (t *storeTest) findPage(q chat.SearchQuery) chat.SearchPage {
	t.Helper()
	page, err := t.Search.Find(t.ctx, q)
	must(t, err)
	if len(page.Messages) > q.Limit {
		t.Fatalf("Find returned %d messages, want at most %d", len(page.Messages), q.Limit)
	}
	return page
}

// wantFound checks which messages a query finds, in their order.
func (t *storeTest) wantFound(owner id.ID, query string, want ...id.ID) {
	t.Helper()
	wantEqual(t, "the messages that "+query+" finds", idsOf(t.find(t.searchQuery(owner, query))), want)
}

func idsOf(messages []chat.Message) (ids []id.ID) {
	for _, m := range messages {
		ids = append(ids, m.ID)
	}
	return ids
}

func (t *storeTest) searchReturns() {
	x := t.addEnded(answered, midday)
	t.edit(x.edit("What do mice eat? 🐁", midday.Add(time.Hour)))
	t.finish(t.wantClaim(midday.Add(time.Hour), x.reply), answered, midday)
	want := []chat.Message{t.getMessage(x, x.reply), t.getMessage(x, x.prompt)}
	wantEqual(t, "the messages", t.find(t.searchQuery(x.Owner, "MICE")), want)
}

func (t *storeTest) searchCancelled() {
	x := t.addEnded(stopped, midday)
	t.wantFound(x.Owner, stopped.Content, x.reply)
}

func (t *storeTest) searchUnfinished() {
	x := t.addEnded(failed, midday)
	queued := t.say(x.Room, failed.Content, midday)
	t.wantFound(x.Owner, failed.Content, queued.prompt)
	task := t.wantClaim(midday, queued.reply)
	t.wantFound(x.Owner, failed.Content, queued.prompt)
	later := midday.Add(time.Minute)
	t.finish(task, retryAt(later), midday)
	t.wantFound(x.Owner, failed.Content, queued.prompt)
	t.answerAgain(queued, failed.Content, later)
	t.wantFound(x.Owner, failed.Content, queued.reply, queued.prompt)
}

func (t *storeTest) searchEdited() {
	x := t.addEnded(answered, midday)
	t.edit(x.edit("And bats?", midday))
	t.wantFound(x.Owner, "owls")
	t.wantFound(x.Owner, "bats", x.prompt)
}

func (t *storeTest) searchRetried() {
	x := t.addEnded(answered, midday)
	t.retry(x.again(midday))
	t.wantFound(x.Owner, "mice")
	t.answerAgain(x, "Voles.", midday)
	t.wantFound(x.Owner, "mice")
	t.wantFound(x.Owner, "voles", x.reply)
}

func (t *storeTest) searchRooms() {
	first, foreign := t.say(t.addRoom(), "owls", midday), t.say(t.addRoom(), "owls", midday)
	second := t.say(t.addRoomOf(first.Owner, midday), "owls", midday.Add(time.Second))
	t.addRoomOf(first.Owner, midday)
	t.wantFound(first.Owner, "owls", second.prompt, first.prompt)
	t.wantFound(foreign.Owner, "owls", foreign.prompt)
	t.wantFound(newID(t), "owls")
	must(t, t.Rooms.Delete(t.ctx, second.Owner, second.ID))
	t.wantFound(first.Owner, "owls", first.prompt)
}

func (t *storeTest) searchOrder() {
	a := t.addRoom()
	b := t.addRoomOf(a.Owner, midday)
	var want []id.ID
	for i, r := range []chat.Room{a, b, b, a} {
		x := t.sayAndAnswer(r, "owls", midday.Add(time.Duration(i)*time.Microsecond))
		want = append(want, x.prompt, x.reply)
	}
	slices.Reverse(want)
	t.wantFound(a.Owner, "owls", want...)
}

// addManyOwls stores messages of two times in three rooms of a user.
func (t *storeTest) addManyOwls() (owner id.ID) {
	t.Helper()
	first := t.addRoom()
	rooms := []chat.Room{first, t.addRoomOf(first.Owner, midday), t.addRoomOf(first.Owner, midday)}
	for i := range 9 {
		t.sayAndAnswer(rooms[i%3], "owls", midday.Add(time.Duration(i/6)*time.Microsecond))
	}
	return first.Owner
}

func (t *storeTest) searchPages() {
	q := t.searchQuery(t.addManyOwls(), "owls")
	all := t.find(q)
	if len(all) != 18 || !slices.IsSortedFunc(all, chat.NewestFirst) {
		t.Fatalf("Find returned %d messages, want 18 in the order of the results: %+v", len(all), all)
	}
	for q.Limit = 1; q.Limit <= 19; q.Limit++ {
		var seen []chat.Message
		q.Before = nil
		for page := t.find(q); len(page) > 0; page = t.find(q) {
			seen = append(seen, page...)
			last := chat.PositionOf(page[len(page)-1])
			q.Before = &last
		}
		wantEqual(t, "the messages of all pages", seen, all)
	}
}

func (t *storeTest) searchLimit() {
	q := t.searchQuery(t.addManyOwls(), "owls")
	for q.Limit = 1; q.Limit <= 18; q.Limit++ {
		page := t.findPage(q)
		wantEqual(t, "the number of messages", len(page.Messages), q.Limit)
		wantEqual(t, "More", page.More, q.Limit < 18)
	}
}

func (t *storeTest) searchFailing() {
	q := t.searchQuery(t.addManyOwls(), "owls")
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"Find": func(ctx context.Context) error { return errorOf(t.Search.Find(ctx, q)) },
	})
}

// wantAmongFound checks that a query finds a message.
func (t *storeTest) wantAmongFound(owner id.ID, query string, want id.ID) {
	t.Helper()
	if found := idsOf(t.find(t.searchQuery(owner, query))); !slices.Contains(found, want) {
		t.Fatalf("%q finds the messages %v, want %s among them", query, found, want)
	}
}
