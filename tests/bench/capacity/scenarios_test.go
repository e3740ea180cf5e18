package capacity

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/reply"
)

// one is the number of the user with a backlog. No other user has it.
const one = -1

// backlogOfOne returns messages of one user that are sent together, and their latencies.
func backlogOfOne(n int) (backlog []*message) {
	s := newSource(7)
	for range n {
		backlog = append(backlog, &message{user: one, latency: defaultModel.latency(s)})
	}
	return backlog
}

// others selects the messages without the backlog.
func others(m *message) bool { return m.user != one }

// With USER_CONCURRENCY, one user with 1,000 messages uses 8 of 64 slots.
func TestABacklogOfOneUserDelaysNobodyElse(t *testing.T) {
	wait := func(backlog int) time.Duration {
		steady := phase{length: 10 * time.Minute, rate: 0.7 * capacityOf(64, defaultModel)}
		messages := append(backlogOfOne(backlog), newTraffic(defaultModel).messages(steady)...)
		newSystem(4, 16).run(messages)
		return waits(messages, others).quantile(0.99)
	}
	without, with := wait(0), wait(1000)
	if with > without+time.Second {
		t.Errorf("99 %% of the others wait up to %v beside 1,000 messages of one user, and %v without them; "+
			"want at most a second more", with, without)
	}
}

func TestNoUserHasMoreRunningRepliesThanTheLimit(t *testing.T) {
	messages := backlogOfOne(1000)
	newSystem(4, 16).run(messages)
	var changes []change
	for _, m := range messages {
		changes = append(changes, change{m.claimed, 1}, change{m.ended(), -1})
	}
	if most := mostAtATime(changes); most != perUser {
		t.Errorf("one user has up to %d running replies, want %d", most, perUser)
	}
}

// change is the start or the end of an attempt.
type change struct {
	at time.Duration
	n  int
}

// mostAtATime returns the highest sum of the changes so far. Ends come before starts of the same time.
func mostAtATime(changes []change) (most int) {
	slices.SortFunc(changes, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.n, b.n))
	})
	running := 0
	for _, c := range changes {
		running += c.n
		most = max(most, running)
	}
	return most
}

// Twice as many messages arrive as the slots can answer.
func TestAnOverloadIsBoundedByRefusals(t *testing.T) {
	overload := phase{length: 30 * time.Minute, rate: 2 * capacityOf(64, defaultModel)}
	messages := newTraffic(defaultModel).messages(overload)
	newSystem(4, 16).run(messages)
	first := waits(sentIn(messages, 0, time.Minute), isBasic)
	third := waits(sentIn(messages, 2*time.Minute, 3*time.Minute), isBasic)
	if first.mean() >= third.mean() {
		t.Errorf("the mean wait is %v in minute 1 and %v in minute 3, want it to grow", first.mean(), third.mean())
	}
	if early := refusedShare(sentIn(messages, 0, 4*time.Minute)); early != 0 {
		t.Errorf("%.0f %% of the messages are refused in the first 4 minutes, want none", 100*early)
	}
	late := refusedShare(sentIn(messages, 15*time.Minute, 30*time.Minute))
	wantNear(t, "the share of refused messages", late, 0.5, 0.1)
	if longest := waits(messages, isAny).quantile(1); longest > reply.MaxWait+time.Minute {
		t.Errorf("the longest wait is %v, want at most about %v", longest, reply.MaxWait)
	}
}

// The same overload without refusals: this is what the refusals prevent.
func TestWithoutRefusalsTheWaitHasNoBound(t *testing.T) {
	overload := phase{length: 30 * time.Minute, rate: 2 * capacityOf(64, defaultModel)}
	messages := newTraffic(defaultModel).messages(overload)
	all := newSystem(4, 16)
	all.acceptAll = true
	all.run(messages)
	if longest := waits(messages, isAny).quantile(1); longest < 25*time.Minute {
		t.Errorf("the longest wait after 30 minutes is %v, want about 30 minutes", longest)
	}
}

// While the queue is equally long, Pro users wait for one head start less than Basic users (ADR 3).
func TestProWaitsOneHeadStartLess(t *testing.T) {
	steady := phase{length: 6 * time.Minute, rate: capacityOf(64, defaultModel), together: 2000}
	messages := newTraffic(defaultModel).messages(steady)
	newSystem(4, 16).run(messages)
	late := sentIn(messages, time.Minute, 6*time.Minute)
	difference := waits(late, isBasic).mean() - waits(late, isPro).mean()
	wantNear(t, "the difference of the mean waits in seconds", difference.Seconds(), pro.Seconds(), 0.1)
}

// A user at the limit of running replies begins to wait when a reply ends (reply.Turn.Release). So
// another user who began to wait before that is first, although the limited user has sent before.
func TestAUserAtTheLimitWaitsFromTheEndOfAReply(t *testing.T) {
	limited, next := &message{user: 1, latency: 50 * time.Second}, &message{user: 1, latency: time.Second}
	long := &message{user: 2, latency: time.Hour}
	other := &message{user: 3, sent: 40 * time.Second, latency: 10 * time.Second}
	system{workers: 1, slots: 2, perUser: 1}.run([]*message{limited, next, long, other})
	if want := limited.ended(); other.claimed != want {
		t.Errorf("the other user is served after %v, want %v, when the slot becomes free", other.claimed, want)
	}
	if want := other.ended(); next.claimed != want {
		t.Errorf("the second message of the limited user is claimed after %v, want %v", next.claimed, want)
	}
}
