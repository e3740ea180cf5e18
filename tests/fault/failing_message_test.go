//go:build linux

package fault

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// A message that always fails gets 1 + reply.MaxRetries attempts and its quota unit is
// refunded. It does not delay the replies in other rooms.
func TestFailingMessageIsRetriedAndRefunded(t *testing.T) {
	s := newStack(t, func(prompt string, _ int) rig.Act { return failMarked(http.StatusServiceUnavailable, prompt) })
	api := s.start("api")
	s.start("worker")
	s.start("worker")
	for round := range times(5, 1) {
		s.newLoad(api, roomsPerUser).checkOneFails(round)
	}
}

// checkOneFails sends one message to each room of a user. The one to the first room always fails.
func (l *load) checkOneFails(round int) {
	l.Helper()
	texts := make([]string, len(l.rooms))
	for i := range texts {
		texts[i] = fmt.Sprintf("round %d, room %d", round, i)
	}
	texts[0] += ", " + failing
	var sending sync.WaitGroup
	for i, text := range texts {
		sending.Go(func() { l.sendText(i, text) })
	}
	sending.Wait()
	began := time.Now()
	othersDone := l.waitReplies(began, 2*time.Second, chat.Done, texts[1:]...)
	failed := l.waitReplies(began, 20*time.Second, chat.Failed, texts[0])
	l.Logf("%d other replies done within %s; %d attempts at the failing one, failed after %s; %d quota units used",
		len(texts)-1, othersDone, l.model.Calls(texts[0]), failed, l.quotaUsed(l.rooms[0].id))
	l.checkFailed(texts[0])
	for _, text := range texts[1:] {
		if n := l.model.Calls(text); n != 1 {
			l.Errorf("the model was called %d times for %q, want 1", n, text)
		}
	}
}

// waitReplies waits until each prompt has a reply with this status. It returns the time since
// began, and fails the test when that exceeds within.
func (l *load) waitReplies(began time.Time, within time.Duration, s chat.Status, prompts ...string) time.Duration {
	l.Helper()
	what := fmt.Sprintf("%d replies are %s", len(prompts), s)
	rig.Eventually(l, within-time.Since(began), what, func() bool {
		return l.countReplies(s, prompts...) == len(prompts)
	})
	return time.Since(began).Round(time.Millisecond)
}

// checkFailed fails the test unless every attempt at a prompt has failed at the model, its
// reply has failed, and its quota unit is refunded.
func (l *load) checkFailed(prompt string) {
	l.Helper()
	const query = `
		SELECT count(*)
		FROM messages reply JOIN messages prompt ON prompt.id = reply.in_reply_to
		WHERE prompt.content = $1 AND reply.error = $2 AND reply.content <> ''
			AND reply.fence = 1 + $3 AND reply.errors = $3 AND reply.crashes = 0 AND NOT reply.unit`
	if n := l.queryInt(query, prompt, reply.CodeUnavailable, reply.MaxRetries); n != 1 {
		l.Errorf("%d replies to %q failed with %s after %d retries, want 1",
			n, prompt, reply.CodeUnavailable, reply.MaxRetries)
	}
	if n := l.model.Calls(prompt); n != 4 {
		l.Errorf("the model was called %d times for %q, want 4", n, prompt)
	}
	if n := l.quotaUsed(l.rooms[0].id); n != len(l.rooms)-1 {
		l.Errorf("%d quota units used, want %d", n, len(l.rooms)-1)
	}
}
