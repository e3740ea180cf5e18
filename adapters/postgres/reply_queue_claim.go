package postgres

import (
	"context"
	"math"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// claimReplies claims replies by the rules of reply.NextInRoom and reply.Schedule. It
// finds them in three places:
//
//   - ready: queued replies that no claim has deferred, in the order of their ranks. The
//     statement examines a window of them.
//   - left_owner: for each owner with a free slot, the first reply of each room among
//     those that earlier claims have deferred.
//   - running replies whose lease has expired.
//
// The statement defers ready replies that it cannot claim: it sets their owner column, so
// that later claims find them by their owner instead of reading past them. The column is
// only a hint. Every claim checks again whether a reply can run.
//
// A claim never waits for a row lock: it skips a room or reply that another statement
// has locked. It takes an advisory lock on the owner's id, then counts the owner's
// running replies (running_of) before it uses free slots. A lock on the user's row
// instead would write to that row for every claim, and block changes of the account.
// Finish does not take the advisory lock, because it only frees slots.
//
// A reply may change between the time when the statement reads it and the time when it
// locks it. So the statement checks the reply's state again after locking. The unique
// index messages_one_running prevents a second running reply in a room.
var claimReplies = parse[claimParams](`
WITH RECURSIVE ready AS MATERIALIZED (
	SELECT m.id, m.room, r.owner, m.rank, ` + isHead + ` AS first
	FROM messages m JOIN rooms r ON r.id = m.room
	WHERE m.status = 'queued' AND m.owner IS NULL AND m.due <= @now AND (m.rank, m.id) > (@rank, @last)
	ORDER BY m.rank, m.id LIMIT @window
), left_owner AS (
	(SELECT m.owner, m.room, m.id, @bound - ` + runningOfOwner + ` AS free FROM messages m
	WHERE m.status = 'queued' AND m.owner IS NOT NULL ORDER BY m.owner, m.room, m.born LIMIT 1)
	UNION ALL
	SELECT next.* FROM left_owner l CROSS JOIN LATERAL (
		SELECT m.owner, m.room, m.id, CASE WHEN m.owner = l.owner THEN l.free ELSE @bound - ` + runningOfOwner + ` END
		FROM messages m
		WHERE m.status = 'queued' AND m.owner IS NOT NULL
			AND (m.owner, m.room) >
				(l.owner, CASE WHEN l.free > 0 THEN l.room ELSE 'ffffffff-ffff-ffff-ffff-ffffffffffff' END)
		ORDER BY m.owner, m.room, m.born LIMIT 1) next
), places AS MATERIALIZED (
	SELECT m.owner, @bound - ` + runningOfOwner + ` AS free FROM (SELECT DISTINCT owner FROM ready) m
), heads AS MATERIALIZED (
	SELECT h.id, h.room, h.owner, h.rank, h.free,
		row_number() OVER (PARTITION BY h.owner ORDER BY h.rank, h.id) AS nth FROM (
		SELECT ready.id, ready.room, ready.owner, ready.rank, places.free
		FROM ready JOIN places ON places.owner = ready.owner WHERE first
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
		AND CASE WHEN h.nth = 0 THEN true
			WHEN pg_try_advisory_xact_lock(` + ownerLock + `) THEN h.nth + running_of(h.owner) <= @bound ELSE false END
	ORDER BY h.rank, h.id LIMIT @n FOR NO KEY UPDATE OF r, m SKIP LOCKED
), claimed AS (
	UPDATE messages m SET status = 'running', lease = @lease, fence = m.fence + 1, rev = chosen.next,
		owner = chosen.owner, crashes = m.crashes + (m.status = 'running')::integer,
		first_claim = coalesce(m.first_claim, @now)
	FROM chosen WHERE m.id = chosen.id
	RETURNING m.id, m.room, m.in_reply_to, m.fence, m.rev, m.errors, m.crashes, m.first_claim, m.rank, m.owner
), moved AS (
	UPDATE rooms SET rev = claimed.rev FROM claimed WHERE rooms.id = claimed.room
), behind AS (
	SELECT m.id, b.owner FROM (
		SELECT id, owner FROM ready WHERE NOT first UNION ALL SELECT id, owner FROM heads WHERE nth > free
	) b JOIN messages m ON m.id = b.id WHERE m.status = 'queued' AND m.owner IS NULL
	LIMIT @aside FOR NO KEY UPDATE OF m SKIP LOCKED
), aside AS (
	UPDATE messages m SET owner = behind.owner FROM behind WHERE m.id = behind.id
)
SELECT seen.*, coalesce(c.id::text, '') AS reply, coalesce(c.owner::text, '') AS "user", coalesce(c.fence, 0) AS fence,
	coalesce(c.rev, 0) AS room_rev, coalesce(c.errors, 0) AS errors, coalesce(c.crashes, 0) AS crashes,
	coalesce(c.first_claim, @now) AS first_claim, ` + messageColumns + `
FROM (
	SELECT count(*) AS ready, coalesce(max(rank), @rank) AS rank,
		coalesce((SELECT id FROM ready ORDER BY rank DESC, id DESC LIMIT 1), @last) AS last,
		coalesce((SELECT owner::text FROM heads WHERE nth <= free AND id NOT IN (SELECT id FROM chosen) LIMIT 1), '')
			AS missed
	FROM ready
) seen LEFT JOIN claimed c ON true LEFT JOIN messages m ON m.id = c.in_reply_to ORDER BY c.rank, c.id`)

const (
	// isHead is true if m is the head of its room: no other reply of the room is running,
	// and none that is queued was added before m.
	isHead = `NOT EXISTS (SELECT FROM messages o WHERE o.room = m.room AND o.id <> m.id
		AND o.status IN ('queued', 'running') AND (o.status = 'running' OR o.born < m.born))`

	// runningOfOwner counts the running replies of m's owner, with the index messages_running.
	runningOfOwner = `(SELECT count(*) FROM messages o WHERE o.status > 'queued' AND o.owner = m.owner)`

	// ownerLock is the key of the advisory lock for owner h's slots.
	ownerLock = `uuid_hash_extended(h.owner, 0)`

	awaitOwnerLock = `SELECT pg_advisory_xact_lock(` + ownerLock + `) FROM (SELECT $1::uuid AS owner) h`

	// messageColumns are the columns of chat.Message. They are zero values if an outer join found no message m.
	messageColumns = `
	coalesce(m.id::text, '') AS id, coalesce(m.room::text, '') AS room, m.in_reply_to IS NULL AS fromuser,
	coalesce(m.content, '') AS content, coalesce(m.status, '') AS status,
	coalesce(m.in_reply_to::text, '') AS inreplyto, coalesce(m.error, '') AS error,
	coalesce(m.created, '0001-01-01 00:00:00Z') AS created, coalesce(m.born, 0) AS born, coalesce(m.rev, 0) AS rev`
)

const (
	maxClaimQueries = 32   // maximum number of queries of one Claim
	minWindow       = 32   // ready replies that the first query examines, in addition to two for each wanted reply
	maxWindow       = 4096 // maximum number of ready replies that one query examines
	maxDeferred     = 128  // maximum number of replies that one query defers
	zeroID          = id.ID("00000000-0000-0000-0000-000000000000")
)

// claimParams are the parameters of claimReplies.
type claimParams struct {
	Now         time.Time `db:"now"`
	LeaseEnd    time.Time `db:"lease"`
	Limit       int       `db:"n"`
	PerUser     int       `db:"bound"`
	Window      int       `db:"window"`
	MaxDeferred int       `db:"aside"`
	AfterRank   time.Time `db:"rank"` // only ready replies after this rank and id
	AfterID     id.ID     `db:"last"`
}

// claimRow describes the result of a query, and one claimed reply with its prompt. If
// the query claimed nothing, it returns one row with an empty Reply.
type claimRow struct {
	Ready      int       // ready replies that the query examined
	Rank       time.Time // of the last of them
	Last       id.ID     // the last of them
	Missed     id.ID     // the owner of a claimable reply that the query did not get, "" for none
	Reply      id.ID
	User       id.ID
	Fence      int64
	RoomRev    int64 `db:"room_rev"`
	Errors     int
	Crashes    int
	FirstClaim time.Time `db:"first_claim"`
	chat.Message
}

// Claim implements ports.ReplyQueue. It queries again while it has fewer than n replies
// and there may be more. These are replies after the window, or replies of an owner
// whose advisory lock another claim held. In the second case Claim waits for that lock
// first. If a later query fails, Claim returns the replies that it has.
func (s ReplyQueue) Claim(
	ctx context.Context, now time.Time, lease time.Duration, n, perUser int,
) (tasks []reply.Task, err error) {
	if perUser == 0 {
		perUser = math.MaxInt32
	}
	params := claimParams{
		Now:         now,
		LeaseEnd:    now.Add(lease),
		PerUser:     perUser,
		Window:      minWindow + 2*n,
		MaxDeferred: maxDeferred,
		AfterID:     zeroID,
	}
	for range maxClaimQueries {
		params.Limit = n - len(tasks)
		var rows []claimRow
		if err = claimReplies.selectAll(ctx, s.leasePool, &rows, params); err != nil {
			break
		}
		tasks = append(tasks, claimedTasks(rows)...)
		first := rows[0]
		if len(tasks) == n || first.Missed == "" && first.Ready < params.Window {
			break
		}
		if first.Missed == "" {
			params.AfterRank = first.Rank
			params.AfterID = first.Last
			params.Window = max(params.Window, min(4*params.Window, maxWindow))
		} else if _, err = s.leasePool.ExecContext(ctx, awaitOwnerLock, first.Missed); err != nil {
			break
		}
	}
	if len(tasks) > 0 {
		return tasks, nil
	}
	return nil, wrap("claiming replies", err)
}

// claimedTasks returns the tasks of the rows that have a claimed reply.
func claimedTasks(rows []claimRow) (tasks []reply.Task) {
	for _, row := range rows {
		if row.Reply == "" {
			continue
		}
		tasks = append(tasks, reply.Task{
			Reply:      row.Reply,
			Room:       row.Room,
			User:       row.User,
			Prompt:     row.Message,
			Fence:      row.Fence,
			Rev:        row.RoomRev,
			Errors:     row.Errors,
			Crashes:    row.Crashes,
			FirstClaim: row.FirstClaim,
		})
	}
	return tasks
}
