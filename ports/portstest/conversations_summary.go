package portstest

import (
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
)

// setSummary replaces the summary with Through old by one with Through through.
func (t *storeTest) setSummary(r chat.Room, old, through int64) error {
	return t.Conversations.SetSummary(t.ctx, ports.SummaryChange{
		Owner: r.Owner,
		Room:  r.ID,
		Old:   old,
		New:   newSummary(through),
	})
}

func newSummary(through int64) chat.Summary {
	return chat.Summary{Text: " The user likes owls.\n🦉 ", Through: through}
}

func (t *storeTest) historyAfterSummary() {
	r, other := t.addAnsweredPrompts(5), t.addAnsweredPrompts(5)
	must(t, t.setSummary(r, 0, 4))
	for _, q := range []chat.HistoryQuery{{Limit: 50}, {Limit: 50, Oldest: true}} {
		t.wantHistory(r, q, newSummary(4), 4, 10)
		t.wantHistory(other, q, chat.Summary{}, 0, 10)
	}
	t.wantHistory(r, chat.HistoryQuery{Limit: 2, Oldest: true}, newSummary(4), 4, 6)
	t.wantHistory(r, chat.HistoryQuery{Limit: 50, Before: 9}, newSummary(4), 4, 8)
	t.wantHistory(r, chat.HistoryQuery{Limit: 50, Before: 3}, newSummary(4), 0, 0)
}

func (t *storeTest) summaryCompares() {
	r, all := t.addAnsweredPrompts(5), chat.HistoryQuery{Limit: 50}
	wantError(t, t.setSummary(r, 2, 4), chat.ErrStaleSummary)
	t.wantHistory(r, all, chat.Summary{}, 0, 10)
	must(t, t.setSummary(r, 0, 4))
	for _, stale := range [][2]int64{{0, 4}, {0, 6}, {2, 6}, {4, 4}, {4, 2}, {6, 8}} {
		wantError(t, t.setSummary(r, stale[0], stale[1]), chat.ErrStaleSummary)
		t.wantHistory(r, all, newSummary(4), 4, 10)
	}
	must(t, t.setSummary(r, 4, 8))
	t.wantHistory(r, all, newSummary(8), 8, 10)
}

func (t *storeTest) summaryOfLast() {
	r := t.addRoom()
	wantError(t, t.setSummary(r, 0, 2), chat.ErrStaleSummary)
	t.send(r, midday)
	for _, through := range []int64{1, 2, 3, 100} {
		wantError(t, t.setSummary(r, 0, through), chat.ErrStaleSummary)
	}
	t.send(r, midday)
	must(t, t.setSummary(r, 0, 2))
	wantError(t, t.setSummary(r, 2, 3), chat.ErrStaleSummary)
	wantError(t, t.setSummary(r, 2, 4), chat.ErrStaleSummary)
	t.wantHistory(r, chat.HistoryQuery{Limit: 50}, newSummary(2), 2, 4)
}

func (t *storeTest) summaryRace() {
	r := t.addAnsweredPrompts(5)
	for _, old := range []int64{0, 2, 4} {
		errs := concurrently(20, func(int) error { return t.setSummary(r, old, old+2) })
		wantErrorCounts(t, errs, map[error]int{nil: 1, chat.ErrStaleSummary: 19})
	}
	t.wantHistory(r, chat.HistoryQuery{Limit: 50}, newSummary(6), 6, 10)
}

// The last exchange can be changed after a summary was made, because no summary covers it.
func (t *storeTest) summaryStays() {
	first := t.addEnded(answered, midday)
	r, all := first.Room, chat.HistoryQuery{Limit: 50}
	second := t.addExchange(r, midday)
	t.finish(t.claimOne(midday), answered, midday)
	must(t, t.setSummary(r, 0, 2))
	t.edit(second.edit("Bats?", midday))
	t.finish(t.claimOne(midday), failed, midday)
	t.retry(second.again(midday))
	t.wantHistory(r, all, newSummary(2), 2, 4)
	t.cancel(second.stop(midday))
	t.send(r, midday)
	t.wantHistory(r, all, newSummary(2), 2, 6)
	wantError(t, errorOf(t.MessageChanges.Edit(t.ctx, first.edit("Bees?", midday))), chat.ErrNotEditable)
	covered := newSummary(t.getMessage(second, second.reply).Born)
	must(t, t.setSummary(r, 2, covered.Through))
	wantError(t, errorOf(t.MessageChanges.Edit(t.ctx, second.edit("Bees?", midday))), chat.ErrNotEditable)
	t.wantHistory(r, all, covered, 4, 6)
}

func (t *storeTest) summaryUnseen() {
	r := t.addAnsweredPrompts(2)
	t.wantUnchanged(r, func() { must(t, t.setSummary(r, 0, 2)) })
	wantEqual(t, "the page after the last change", t.page(r, none, t.getRoom(r).Rev, 50).Messages, []chat.Message{})
}
