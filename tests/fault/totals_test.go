//go:build linux

package fault

import (
	"context"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// totals are numbers of accepted messages.
type totals struct {
	Accepted   int
	Lost       int // without a prompt or without a reply
	Duplicated int // with several prompts or several replies
	Unfinished int // with a queued or running reply
	Failed     int // with a failed or cancelled reply
	Wrong      int // with another answer than the model's
}

// count compares the accepted messages with the rows in Postgres.
func (l *load) count() (t totals) {
	l.Helper()
	l.mu.Lock()
	texts := slices.Clone(l.accepted)
	l.mu.Unlock()
	conn := l.connect()
	defer conn.Close(context.Background())
	const query = `
		WITH found AS (
			SELECT
				accepted.content,
				count(DISTINCT prompt.id) AS prompts,
				count(reply.id) AS replies,
				count(*) FILTER (WHERE reply.status IN ('queued', 'running')) AS unfinished,
				count(*) FILTER (WHERE reply.status IN ('failed', 'cancelled')) AS failed,
				count(*) FILTER (WHERE reply.status = 'done' AND reply.content <> $2::text || accepted.content) AS wrong
			FROM unnest($1::text[]) AS accepted(content)
			LEFT JOIN messages prompt ON prompt.content = accepted.content AND prompt.in_reply_to IS NULL
			LEFT JOIN messages reply ON reply.in_reply_to = prompt.id
			GROUP BY accepted.content
		)
		SELECT
			count(*),
			count(*) FILTER (WHERE prompts = 0 OR replies = 0),
			count(*) FILTER (WHERE prompts > 1 OR replies > 1),
			count(*) FILTER (WHERE unfinished > 0),
			count(*) FILTER (WHERE failed > 0),
			count(*) FILTER (WHERE wrong > 0)
		FROM found`
	err := conn.QueryRow(context.Background(), query, texts, rig.Answer("")).
		Scan(&t.Accepted, &t.Lost, &t.Duplicated, &t.Unfinished, &t.Failed, &t.Wrong)
	if err != nil {
		l.Fatalf("count the accepted messages: %v", err)
	}
	return t
}

// checkAnswered waits until every accepted message is answered, and returns how long that
// took. It fails the test if a message is missing, duplicated, failed or wrongly answered, or
// if there are rows of other messages.
func (l *load) checkAnswered(within time.Duration) time.Duration {
	l.Helper()
	took := rig.Eventually(l, within, "all accepted messages are answered", func() bool {
		return l.count().Unfinished == 0
	})
	t := l.count()
	if t != (totals{Accepted: t.Accepted}) || t.Accepted != int(l.sent.Load()) {
		l.Errorf("%d messages sent: %+v; want all accepted and answered once", l.sent.Load(), t)
	}
	if rows := l.queryInt("SELECT count(*) FROM messages"); rows != 2*t.Accepted {
		l.Errorf("%d accepted messages have %d rows, want a prompt and a reply each", t.Accepted, rows)
	}
	return took
}

// checkModelCalledOnce fails the test unless the model was called once for each accepted
// message. It returns the number of calls.
func (l *load) checkModelCalledOnce() (calls int) {
	l.Helper()
	for _, text := range l.accepted {
		n := l.model.Calls(text)
		if n != 1 {
			l.Errorf("the model was called %d times for %q, want 1", n, text)
		}
		calls += n
	}
	return calls
}

// countReplies returns how many of the prompts have a reply with this status.
func (l *load) countReplies(status chat.Status, prompts ...string) int {
	l.Helper()
	const query = `
		SELECT count(*)
		FROM messages reply JOIN messages prompt ON prompt.id = reply.in_reply_to
		WHERE reply.status = $1 AND prompt.content = ANY ($2)`
	return l.queryInt(query, string(status), prompts)
}
