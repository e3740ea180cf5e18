package postgres

import (
	"context"
	"math"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// claimReplies picks as chat.Next and chat.Turns do, from three places: the ready,
// in the order of their ranks, of which it looks at a window; the first of each room
// among those that earlier claims left where they were, but for owners that have
// no place free; and the leases that ran out. What it cannot take of the ready
// it leaves under its owner, out of the way. That is a hint on where to
// look and no more: each is judged anew by what runs.
//
// Claims wait for nobody: a room or reply that another statement holds is passed
// over. An owner's places are given out by one claim at a time, which has the owner's
// turn, an advisory lock, and counts once it has it (running_of); a lock on the
// user's row would be a write to it for each claim, and be in the way of those
// who change the account. Finish needs no turn, as it only frees places. What
// was seen of a reply may be over once it is locked, so it is looked at again,
// and the index messages_one_running has the last word.
var claimReplies = named(`
WITH RECURSIVE ready AS MATERIALIZED (
	SELECT m.id, m.room, r.owner, m.rank, ` + isHead + ` AS first
	FROM messages m JOIN rooms r ON r.id = m.room
	WHERE m.status = 'queued' AND m.owner IS NULL AND m.due <= @now AND (m.rank, m.id) > (@rank, @last)
	ORDER BY m.rank, m.id LIMIT @window
), left_owner AS (
	(SELECT m.owner, m.room, m.id, @bound - ` + running + ` AS free FROM messages m
	WHERE m.status = 'queued' AND m.owner IS NOT NULL ORDER BY m.owner, m.room, m.born LIMIT 1)
	UNION ALL
	SELECT next.* FROM left_owner l CROSS JOIN LATERAL (
		SELECT m.owner, m.room, m.id, CASE WHEN m.owner = l.owner THEN l.free ELSE @bound - ` + running + ` END FROM messages m
		WHERE m.status = 'queued' AND m.owner IS NOT NULL
			AND (m.owner, m.room) > (l.owner, CASE WHEN l.free > 0 THEN l.room ELSE 'ffffffff-ffff-ffff-ffff-ffffffffffff' END)
		ORDER BY m.owner, m.room, m.born LIMIT 1) next
), places AS MATERIALIZED (
	SELECT m.owner, @bound - ` + running + ` AS free FROM (SELECT DISTINCT owner FROM ready) m
), heads AS MATERIALIZED (
	SELECT h.id, h.room, h.owner, h.rank, h.free, row_number() OVER (PARTITION BY h.owner ORDER BY h.rank, h.id) AS nth FROM (
		SELECT ready.id, ready.room, ready.owner, ready.rank, places.free FROM ready JOIN places ON places.owner = ready.owner WHERE first
		UNION ALL
		SELECT m.id, m.room, l.owner, m.rank, l.free FROM left_owner l JOIN messages m ON m.id = l.id
		WHERE l.free > 0 AND m.due <= @now AND ` + isHead + `
	) h
), chosen AS (
	SELECT m.id, r.owner, r.rev + 1 AS next
	FROM (
		SELECT id, room, owner, rank, nth FROM heads WHERE nth <= free
		UNION ALL
		SELECT id, room, NULL, rank, 0 FROM messages WHERE status = 'running' AND lease <= @now
		ORDER BY rank, id OFFSET 0
	) h JOIN rooms r ON r.id = h.room JOIN messages m ON m.id = h.id
	WHERE (m.status = 'queued' AND m.due <= @now OR m.status = 'running' AND m.lease <= @now)
		AND CASE WHEN h.nth = 0 THEN true WHEN pg_try_advisory_xact_lock(` + turn + `) THEN h.nth + running_of(h.owner) <= @bound ELSE false END
	ORDER BY h.rank, h.id LIMIT @n FOR NO KEY UPDATE OF r, m SKIP LOCKED
), claimed AS (
	UPDATE messages m SET status = 'running', lease = @lease, fence = m.fence + 1, rev = chosen.next, owner = chosen.owner,
		crashes = m.crashes + (m.status = 'running')::integer, first_claim = coalesce(m.first_claim, @now)
	FROM chosen WHERE m.id = chosen.id
	RETURNING m.id, m.room, m.in_reply_to, m.fence, m.rev, m.errors, m.crashes, m.first_claim, m.rank, m.owner
), moved AS (
	UPDATE rooms SET rev = claimed.rev FROM claimed WHERE rooms.id = claimed.room
), behind AS (
	SELECT m.id, b.owner FROM (
		SELECT id, owner FROM ready WHERE NOT first UNION ALL SELECT id, owner FROM heads WHERE nth > free
	) b JOIN messages m ON m.id = b.id WHERE m.status = 'queued' AND m.owner IS NULL LIMIT @aside FOR NO KEY UPDATE OF m SKIP LOCKED
), aside AS (
	UPDATE messages m SET owner = behind.owner FROM behind WHERE m.id = behind.id
)
SELECT seen.*, coalesce(c.id::text, '') AS reply, coalesce(c.owner::text, '') AS "user", coalesce(c.fence, 0) AS fence, coalesce(c.rev, 0) AS now,
	coalesce(c.errors, 0) AS errors, coalesce(c.crashes, 0) AS crashes, coalesce(c.first_claim, @now) AS firstclaim, ` + columns + `
FROM (
	SELECT count(*) AS ready, coalesce(max(rank), @rank) AS rank, coalesce((SELECT id FROM ready ORDER BY rank DESC, id DESC LIMIT 1), @last) AS last,
		coalesce((SELECT owner::text FROM heads WHERE nth <= free AND id NOT IN (SELECT id FROM chosen) LIMIT 1), '') AS missed
	FROM ready
) seen LEFT JOIN claimed c ON true LEFT JOIN messages m ON m.id = c.in_reply_to ORDER BY c.rank, c.id`)

const (
	// isHead says that no other reply of m's room is before m.
	isHead = `NOT EXISTS (SELECT FROM messages o WHERE o.room = m.room AND o.id <> m.id
		AND o.status IN ('queued', 'running') AND (o.status = 'running' OR o.born < m.born))`

	// running counts the replies under way of m's owner, as messages_running has them.
	running = `(SELECT count(*) FROM messages o WHERE o.status > 'queued' AND o.owner = m.owner)`

	// turn is the advisory lock of owner h's turn.
	turn = `uuid_hash_extended(h.owner, 0)`

	awaitTurn = `SELECT pg_advisory_xact_lock(` + turn + `) FROM (SELECT $1::uuid AS owner) h`

	looks     = 32   // how often one claim looks at most
	minWindow = 32   // and at how many of the ready the first time,
	maxWindow = 4096 // and ever
	atOnce    = 128  // how many a look leaves under their owners at most
	nowhere   = id.ID("00000000-0000-0000-0000-000000000000")
)

// Claim looks again while it has too few and there may be more: behind its
// window, or with an owner whose turn another claim had, for whose end it waits.
// What it has counts though a later look fails.
func (s Work) Claim(ctx context.Context, now time.Time, lease time.Duration, n, perUser int) (tasks []chat.Task, err error) {
	if perUser == 0 {
		perUser = math.MaxInt32
	}
	args := map[string]any{"now": now, "lease": now.Add(lease), "bound": perUser, "aside": atOnce, "rank": time.Time{}, "last": nowhere}
	window := minWindow + 2*n
	for range looks {
		args["n"], args["window"] = n-len(tasks), window
		var found []found
		if found, err = s.look(ctx, args); err != nil {
			break
		}
		tasks = append(tasks, claimed(found)...)
		if len(tasks) == n || found[0].Missed == "" && found[0].Ready < window {
			break
		}
		if found[0].Missed == "" {
			args["rank"], args["last"], window = found[0].Rank, found[0].Last, max(window, min(4*window, maxWindow))
		} else if _, err = s.vital.ExecContext(ctx, awaitTurn, found[0].Missed); err != nil {
			break
		}
	}
	if len(tasks) > 0 {
		return tasks, nil
	}
	return nil, failed("claiming replies", err)
}

// found is a claimed reply, or none, with its prompt and what the look has seen.
type found struct {
	Ready      int // how many it has looked at, of the window,
	Rank       time.Time
	Last       id.ID // and the last of them
	Missed     id.ID // an owner of replies that it had to leave to others, "" for none
	Reply      id.ID
	User       id.ID
	Fence, Now int64 // Now is the room's revision
	Errors     int
	Crashes    int
	FirstClaim time.Time
	chat.Message
}

// look returns one found at least.
func (s Work) look(ctx context.Context, args map[string]any) (all []found, err error) {
	err = s.vital.SelectContext(ctx, &all, claimReplies.sql, claimReplies.args(args)...)
	return all, err
}

func claimed(all []found) (tasks []chat.Task) {
	for _, f := range all {
		if f.Reply != "" {
			tasks = append(tasks, chat.Task{Reply: f.Reply, Room: f.Room, User: f.User, Prompt: f.Message, Fence: f.Fence, Rev: f.Now,
				Errors: f.Errors, Crashes: f.Crashes, FirstClaim: f.FirstClaim})
		}
	}
	return tasks
}
