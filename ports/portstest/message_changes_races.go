package portstest

import (
	"slices"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// raceRooms is in how many rooms a race runs. All of them run concurrently.
const raceRooms = 100

// addQueuedExchanges adds rooms of different users with one queued reply each.
func (t *storeTest) addQueuedExchanges(n int) []exchange {
	t.Helper()
	var all []exchange
	for range n {
		all = append(all, t.addExchange(t.addRoom(), midday))
	}
	return all
}

// addRunningExchanges is like addQueuedExchanges, but the replies are running. It returns
// the tasks in the order of the rooms.
func (t *storeTest) addRunningExchanges(n int) ([]exchange, []reply.Task) {
	t.Helper()
	all := t.addQueuedExchanges(n)
	return all, t.claimExchanges(all)
}

// addAnsweredExchanges is like addQueuedExchanges, but the replies are answered.
func (t *storeTest) addAnsweredExchanges(n int) []exchange {
	t.Helper()
	all, tasks := t.addRunningExchanges(n)
	for _, task := range tasks {
		t.finish(task, answered, midday)
	}
	return all
}

// claimExchanges claims all replies that are due. It checks that these are the replies of the
// exchanges, each once, and returns their tasks in the same order.
func (t *storeTest) claimExchanges(all []exchange) []reply.Task {
	t.Helper()
	tasks := map[id.ID]reply.Task{}
	for _, task := range t.claimUpTo(midday, 10*raceRooms) {
		if _, again := tasks[task.Reply]; again {
			t.Fatalf("reply %s was claimed twice, want once", task.Reply)
		}
		tasks[task.Reply] = task
	}
	var ordered []reply.Task
	for _, x := range all {
		task, ok := tasks[x.reply]
		if !ok {
			t.Fatalf("reply %s of room %s was not claimed, want it claimed", x.reply, x.ID)
		}
		ordered = append(ordered, task)
	}
	wantEqual(t, "the number of claimed replies", len(tasks), len(all))
	return ordered
}

// race runs every request for each of n rooms, all of them concurrently. It returns the
// errors of each room in the order of the requests.
func race(n int, requests ...func(i int) error) [][]error {
	errs := concurrently(n*len(requests), func(i int) error { return requests[i%len(requests)](i / len(requests)) })
	return slices.Collect(slices.Chunk(errs, len(requests)))
}

// wantSettled answers each reply that is due and checks that all rooms are consistent and
// that the units are conserved. units are the messages that count for the owner of each
// room: those that were accepted without the refunded ones.
func (t *storeTest) wantSettled(all []exchange, units []int) {
	t.Helper()
	for t.answerDue() > 0 {
	}
	for i, x := range all {
		t.wantCount(x.Owner, midday, units[i])
		t.wantOrderly(x)
	}
}

// answerDue answers the replies that are due and returns their number. It checks that Claim
// returns no two replies of a room.
func (t *storeTest) answerDue() int {
	t.Helper()
	tasks, rooms := t.claimUpTo(midday, 10*raceRooms), map[id.ID]bool{}
	for _, task := range tasks {
		if rooms[task.Room] {
			t.Fatalf("two replies of room %s were claimed, want one at a time", task.Room)
		}
		rooms[task.Room] = true
		t.finish(task, answered, midday)
	}
	return len(tasks)
}

// wantOrderly checks that all messages of the room are final, that prompts and replies
// alternate, and that no two messages have the same revision.
func (t *storeTest) wantOrderly(x exchange) {
	t.Helper()
	rev, seen, born := t.getRoom(x.Room).Rev, map[int64]bool{}, int64(0)
	for i, m := range t.allMessages(x.Room) {
		if !m.Status.Final() || m.FromUser != (i%2 == 0) || m.Born <= born {
			t.Fatalf("message %d after revision %d is %+v, want final prompts and replies in turn", i, born, m)
		}
		if m.Rev > rev || seen[m.Rev] {
			t.Fatalf("message %+v is in a room of revision %d, want a revision of its own", m, rev)
		}
		seen[m.Rev] = true
		born = m.Born
	}
	if !seen[rev] {
		t.Fatalf("no message has revision %d of the room, want the last change", rev)
	}
}

// each returns n for each room of a race.
func each(n int) []int { return slices.Repeat([]int{n}, raceRooms) }

func (t *storeTest) raceRetries() {
	all := t.addAnsweredExchanges(raceRooms)
	again := func(i int) error { return errorOf(t.MessageChanges.Retry(t.ctx, all[i].again(midday))) }
	for i, errs := range race(raceRooms, again, again) {
		wantErrorCounts(t, errs, map[error]int{nil: 1, reply.ErrNotRetryable: 1})
		m := t.getMessage(all[i], all[i].reply)
		if m.Status != chat.Queued || m.Versions != 1 || m.Rev != 5 {
			t.Fatalf("the reply is %+v, want queued with one version and revision 5", m)
		}
	}
	t.wantSettled(all, each(2))
}

func (t *storeTest) raceEdits() {
	all := t.addAnsweredExchanges(raceRooms)
	bats := func(i int) error { return errorOf(t.MessageChanges.Edit(t.ctx, all[i].edit("Bats?", midday))) }
	bees := func(i int) error { return errorOf(t.MessageChanges.Edit(t.ctx, all[i].edit("Bees?", midday))) }
	for i, errs := range race(raceRooms, bats, bees) {
		wantErrorCounts(t, errs, map[error]int{nil: 1, chat.ErrNotEditable: 1})
		want := "Bats?"
		if errs[0] != nil {
			want = "Bees?"
		}
		if m := t.getMessage(all[i], all[i].prompt); m.Content != want || m.Versions != 1 || m.Rev != 5 {
			t.Fatalf("the prompt is %+v, want %q with one version and revision 5", m, want)
		}
	}
	t.wantSettled(all, each(2))
}

func (t *storeTest) raceRetryEdit() {
	all := t.addAnsweredExchanges(raceRooms)
	results := race(raceRooms,
		func(i int) error { return errorOf(t.MessageChanges.Retry(t.ctx, all[i].again(midday))) },
		func(i int) error { return errorOf(t.MessageChanges.Edit(t.ctx, all[i].edit("Bats?", midday))) },
	)
	for i, errs := range results {
		want := t.newDraft(all[i].Room, midday).Text
		if errs[1] == nil {
			wantError(t, errs[0], reply.ErrNotRetryable)
			want = "Bats?"
		} else {
			wantErrorCounts(t, errs, map[error]int{nil: 1, chat.ErrNotEditable: 1})
		}
		wantEqual(t, "the text of the prompt", t.getMessage(all[i], all[i].prompt).Content, want)
		wantEqual(t, "the versions of the reply", t.getMessage(all[i], all[i].reply).Versions, 1)
	}
	t.wantSettled(all, each(2))
}

// If the Accept is first, the prompt is no longer the last one of its room.
func (t *storeTest) raceEditAccept() {
	all := t.addAnsweredExchanges(raceRooms)
	var drafts []chat.Draft
	for _, x := range all {
		drafts = append(drafts, t.newDraft(x.Room, midday))
	}
	results := race(raceRooms,
		func(i int) error { return errorOf(t.MessageChanges.Edit(t.ctx, all[i].edit("Bats?", midday))) },
		func(i int) error { return errorOf(t.Messages.Accept(t.ctx, drafts[i])) },
	)
	accepted := make([]int, raceRooms)
	for i, errs := range results {
		must(t, errs[1])
		accepted[i] = 3
		if errs[0] != nil {
			wantError(t, errs[0], chat.ErrNotEditable)
			accepted[i] = 2
		}
		messages := t.allMessages(all[i].Room)
		wantEqual(t, "the number of messages", len(messages), 4)
		wantEqual(t, "the versions of the edited prompt", messages[0].Versions, accepted[i]-2)
		wantEqual(t, "the text of the new prompt", messages[2].Content, drafts[i].Text)
	}
	t.wantSettled(all, accepted)
}
