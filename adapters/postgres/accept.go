package postgres

import (
	"bytes"
	"cmp"
	"context"
	"errors"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
)

// acceptMessage sees the rows that it locks as they are once it has them, and all
// else as it was when it began. So the room's revision and the day's count are
// right however long it waited, while a key that was used meanwhile makes the
// insert into keys fail, which takes all the rest back. Its two locks are taken in the
// order of their clauses: the user first, because an account's deletion begins there and comes to its rooms next. Keys and
// rooms are named by the arguments alone, so that no other index than their own
// can seem as good while a table is empty.
var (
	acceptMessage = accepting(`
), first AS (
	SELECT NULL::bytea AS hash, NULL::uuid AS prompt, true AS holds WHERE false`, "")

	acceptUnderKey = accepting(`
), first AS (
	SELECT hash, prompt, at > @forgotten AS holds FROM keys WHERE user_id = @user AND key = @key`, `
), stale AS (
	DELETE FROM keys USING first WHERE user_id = @user AND key = @key AND NOT holds RETURNING key
), kept AS (
	INSERT INTO keys (user_id, key, hash, prompt, at)
	SELECT @user, @key, @hash, @prompt, @now FROM counted LEFT JOIN stale ON true`)
)

// accepting is the statement with two parts that say what the key's first use was,
// and that this is it. Most of the time a statement takes goes by its parts, whether or not they find a row.
func accepting(first, kept string) statement {
	return named(`
WITH room AS (
	SELECT r.rev,
		CASE WHEN u.pro_until > @now THEN @pro_limit::integer ELSE @basic_limit::integer END AS most,
		CASE WHEN u.pro_until > @now THEN @pro_rank::timestamptz ELSE @basic_rank::timestamptz END AS rank
	FROM users u JOIN rooms r ON r.owner = u.id WHERE u.id = @user AND r.id = @room
	FOR KEY SHARE OF u FOR NO KEY UPDATE OF r` + first + `
), counted AS (
	INSERT INTO sent (user_id, day, n)
	SELECT @user, @day, 1 FROM room WHERE most <> 0 AND NOT @overloaded AND NOT EXISTS (SELECT FROM first WHERE holds)
	ON CONFLICT ON CONSTRAINT sent_pkey DO UPDATE SET n = sent.n + 1
	WHERE (SELECT most < 0 OR sent.n < most FROM room)
	RETURNING n
), added AS (
	INSERT INTO messages (id, room, content, status, in_reply_to, created, born, rev, due, rank, day, unit)
	SELECT m.id, @room, m.content, m.status, m.prompt, @now, room.rev + m.place, room.rev + m.place, m.due, CASE WHEN m.unit THEN room.rank END, m.day, m.unit
	FROM room, counted, (VALUES
		(1, @prompt::uuid, @text, 'done', NULL::uuid, NULL::timestamptz, NULL::date, false),
		(2, @reply::uuid, '', 'queued', @prompt, @now, @day, true)
	) AS m (place, id, content, status, prompt, due, day, unit)` + kept + `
), moved AS (
	UPDATE rooms SET rev = rooms.rev + 2, updated = @now FROM counted WHERE rooms.id = @room
)
SELECT room.rev AS last, room.most, coalesce(counted.n, 0) AS used, first.hash, coalesce(first.prompt::text, '') AS prompt
FROM room LEFT JOIN counted ON true LEFT JOIN first ON holds`)
}

// acceptedBefore is what was accepted under a key, and the day's count.
const acceptedBefore = `
	SELECT coalesce((SELECT n FROM sent WHERE user_id = $2 AND day = $3), 0) AS used, coalesce(answer.id::text, '') AS reply, ` + columns + `
	FROM messages m LEFT JOIN messages answer ON answer.in_reply_to = m.id WHERE m.id = $1`

func (s Messages) Accept(ctx context.Context, d chat.Draft) (chat.Accepted, error) {
	a, err := s.accept(ctx, d)
	if d.Key == "" {
		return a, failed("accepting a message", err)
	}
	if errors.Is(err, errKeyTaken) || errors.Is(err, quota.ErrExhausted) || errors.Is(err, quota.ErrOverloaded) {
		a, err = s.accept(ctx, d) // the key's first use may have ended while this one waited for its room
	}
	if errors.Is(err, errKeyTaken) || errors.Is(err, errLocked) {
		err = chat.ErrInFlight
	}
	return a, failed("accepting a message under a key", err)
}

// verdict is what acceptMessage says.
type verdict struct {
	Last   int64 // the room's revision before
	Most   quota.Limit
	Used   int    // with this message, 0 when it was not accepted
	Hash   []byte // of the key's first use, nil without one
	Prompt id.ID  // of the key's first use
}

func (s Messages) accept(ctx context.Context, d chat.Draft) (chat.Accepted, error) {
	var v verdict
	statement, values := draft(d)
	if err := s.sql.GetContext(ctx, &v, statement.sql, statement.args(values)...); err != nil {
		return chat.Accepted{}, missed("deciding", err, chat.ErrNotFound)
	}
	switch {
	case v.Used > 0:
		return v.accepted(d), nil
	case v.Hash == nil && d.Overloaded:
		return chat.Accepted{}, quota.ErrOverloaded
	case v.Hash == nil:
		used, err := Usage(s).Used(ctx, d.User, quota.DayOf(d.Now))
		return chat.Accepted{Used: used, Limit: v.Most}, cmp.Or(err, error(quota.ErrExhausted))
	case !bytes.Equal(v.Hash, d.BodyHash[:]):
		return chat.Accepted{}, chat.ErrMismatch
	}
	return s.replay(ctx, d, v)
}

func draft(d chat.Draft) (statement, map[string]any) {
	values := map[string]any{
		"user": d.User, "room": d.Room, "prompt": d.Prompt, "reply": d.Reply, "text": d.Text, "now": d.Now, "day": date(quota.DayOf(d.Now)),
		"basic_limit": d.Basic.Limit, "basic_rank": d.Now.Add(-d.Basic.HeadStart),
		"pro_limit": d.Pro.Limit, "pro_rank": d.Now.Add(-d.Pro.HeadStart), "overloaded": d.Overloaded,
	}
	if d.Key == "" {
		return acceptMessage, values
	}
	values["key"], values["hash"], values["forgotten"] = d.Key, d.BodyHash[:], d.Now.Add(-chat.KeyLife)
	return acceptUnderKey, values
}

func (v verdict) accepted(d chat.Draft) chat.Accepted {
	return chat.Accepted{Reply: d.Reply, Used: v.Used, Limit: v.Most, Prompt: chat.Message{ID: d.Prompt, Room: d.Room,
		FromUser: true, Content: d.Text, Status: chat.Done, Created: d.Now, Born: v.Last + 1, Rev: v.Last + 1}}
}

// replay is the answer to the key's first use, unless that was for another room.
func (s Messages) replay(ctx context.Context, d chat.Draft, v verdict) (chat.Accepted, error) {
	var first struct {
		Used  int
		Reply id.ID
		chat.Message
	}
	if err := s.sql.GetContext(ctx, &first, acceptedBefore, v.Prompt, d.User, date(quota.DayOf(d.Now))); err != nil {
		return chat.Accepted{}, missed("reading what the key was used for", err, chat.ErrNotFound)
	}
	if first.Room != d.Room {
		return chat.Accepted{}, chat.ErrMismatch
	}
	return chat.Accepted{Prompt: first.Message, Reply: first.Reply, Replayed: true, Used: first.Used, Limit: v.Most}, nil
}
