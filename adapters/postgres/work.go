package postgres

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	// nextReply is chat.Next, or else a reply that a claim left under its owner. It
	// may be one that cannot go, either: whom it wakes claims what can.
	nextReply = `
		(SELECT id FROM (
			SELECT id, status, due, lease FROM messages WHERE room = $1 AND status IN ('queued', 'running')
			ORDER BY status = 'running' DESC, born LIMIT 1
		) head
		WHERE status = 'queued' AND due <= $2 OR status = 'running' AND lease <= $2)
		UNION ALL
		(SELECT id FROM messages WHERE status = 'queued' AND owner = $3 AND room <> $1 ORDER BY room, born LIMIT 1)
		LIMIT 1`

	statusOf = `SELECT status FROM messages WHERE id = $1`

	depth = `
		SELECT count(*) FILTER (WHERE status = 'queued' AND due <= $1) AS queued, count(*) FILTER (WHERE status = 'running') AS running,
			min(due) FILTER (WHERE status = 'queued' AND due <= $1) AS first
		FROM messages WHERE status IN ('queued', 'running')`

	beat = `INSERT INTO workers (name, until) VALUES ($1, $2) ON CONFLICT ON CONSTRAINT workers_pkey DO UPDATE SET until = excluded.until`

	liveWorkers = `SELECT count(*) FROM workers WHERE until > $1`
)

var finishReply = named(`
	WITH held AS (
		SELECT r.id, r.owner, r.rev + 1 AS next, m.day, m.unit AND @refund AS back
		FROM messages m JOIN rooms r ON r.id = m.room
		WHERE m.id = @reply AND m.fence = @fence AND m.lease IS NOT NULL
		FOR NO KEY UPDATE OF r
	), ended AS (
		UPDATE messages m SET status = @status, content = @content, error = @error, due = coalesce(@due, m.due), lease = NULL, owner = NULL,
			errors = m.errors + (@status = 'queued' AND NOT @unasked)::integer, tokens_in = @tokens_in, tokens_out = @tokens_out,
			unit = m.unit AND NOT @refund, rev = held.next
		FROM held WHERE m.id = @reply AND m.fence = @fence AND m.lease IS NOT NULL
		RETURNING m.room, m.rev, held.owner
	), moved AS (
		UPDATE rooms SET rev = ended.rev FROM ended WHERE rooms.id = ended.room
	), refunded AS (
		UPDATE sent SET n = n - 1 WHERE user_id = (SELECT ended.owner FROM ended, held WHERE back) AND day = (SELECT day FROM held)
	)
	SELECT room, rev, owner FROM ended`)

// Finish looks for the room's next reply in a statement of its own, which sees
// what came while the first one waited. When that fails the outcome is written
// all the same, and the reply found by a sweep.
func (s Work) Finish(ctx context.Context, reply id.ID, fence int64, o chat.Outcome, now time.Time) (ports.Finished, error) {
	var ended struct {
		Room, Owner id.ID
		Rev         int64
	}
	err := s.sql.GetContext(ctx, &ended, finishReply.sql, finishReply.args(map[string]any{
		"reply": reply, "fence": fence, "status": o.Status, "content": o.Content, "error": o.Error, "due": instant(o.RetryAt),
		"unasked": o.Unasked, "refund": o.Refund, "tokens_in": o.Usage.In, "tokens_out": o.Usage.Out,
	})...)
	if err != nil {
		return ports.Finished{}, s.held(ctx, reply, failed("finishing a reply", err))
	}
	done := ports.Finished{Rev: ended.Rev}
	_ = s.sql.GetContext(ctx, &done.Next, nextReply, ended.Room, now, ended.Owner)
	return done, nil
}

// held says why no row was found to be held: the reply was deleted, was
// cancelled, or is another's. Any other error it passes on.
func (s Work) held(ctx context.Context, reply id.ID, err error) error {
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	var status chat.Status
	if err := s.sql.GetContext(ctx, &status, statusOf, reply); err != nil {
		return missed("looking for a reply", err, chat.ErrGone)
	}
	if status == chat.Cancelled {
		return chat.ErrCancelled
	}
	return chat.ErrLost
}

func (s Work) Depth(ctx context.Context, now time.Time) (ports.Depth, error) {
	var d struct {
		Queued, Running int
		First           sql.NullTime
	}
	if err := s.sql.GetContext(ctx, &d, depth, now); err != nil {
		return ports.Depth{}, failed("measuring the queue", err)
	}
	found := ports.Depth{Queued: d.Queued, Running: d.Running}
	if d.First.Valid {
		found.Oldest = now.Sub(d.First.Time)
	}
	return found, nil
}

func (s Workers) Beat(ctx context.Context, worker string, until time.Time) error {
	_, err := s.vital.ExecContext(ctx, beat, worker, until)
	return failed("beating", err)
}

func (s Workers) Live(ctx context.Context, now time.Time) (n int, err error) {
	err = s.sql.GetContext(ctx, &n, liveWorkers, now)
	return n, failed("counting workers", err)
}
