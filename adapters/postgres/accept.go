package postgres

import (
	"bytes"
	"context"
	"errors"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
)

// acceptMessage sees the rows that it locks as they are once it has them, and all
// else as it was when it began. So the room's revision and the day's count are
// right however long it waited, while a key that was used meanwhile makes the
// insert into keys fail, which takes all the rest back. The user is locked first
// because an account's deletion begins there and comes to its rooms next.
var acceptMessage = named(`
WITH who AS (
	SELECT id, coalesce(pro_until > @now, false) AS pro FROM users WHERE id = @user FOR KEY SHARE
), room AS (
	SELECT r.id, r.rev, who.pro,
		CASE WHEN who.pro THEN @pro_limit::integer ELSE @basic_limit::integer END AS most,
		CASE WHEN who.pro THEN @pro_rank::timestamptz ELSE @basic_rank::timestamptz END AS rank
	FROM who JOIN rooms r ON r.owner = who.id WHERE r.id = @room FOR NO KEY UPDATE OF r
), first AS (
	SELECT hash, prompt FROM keys WHERE user_id = @user AND key = @key AND at > @forgotten
), counted AS (
	INSERT INTO sent (user_id, day, n)
	SELECT @user, @day, 1 FROM room WHERE most <> 0 AND NOT @overloaded AND NOT EXISTS (SELECT FROM first)
	ON CONFLICT ON CONSTRAINT sent_pkey DO UPDATE SET n = sent.n + 1
	WHERE (SELECT most < 0 OR sent.n < most FROM room)
	RETURNING n
), added AS (
	INSERT INTO messages (id, room, content, status, in_reply_to, created, born, rev, due, rank, day, unit)
	SELECT @prompt::uuid, id, @text, 'done', NULL, @now, rev + 1, rev + 1, NULL, NULL, NULL, false FROM room, counted
	UNION ALL
	SELECT @reply::uuid, id, '', 'queued', @prompt, @now, rev + 2, rev + 2, @now, rank, @day, true FROM room, counted
), stale AS (
	DELETE FROM keys WHERE user_id = @user AND key = @key AND at <= @forgotten RETURNING key
), kept AS (
	INSERT INTO keys (user_id, key, hash, prompt, at)
	SELECT @user, @key, @hash, @prompt, @now FROM counted LEFT JOIN stale ON true WHERE @key <> ''
), moved AS (
	UPDATE rooms SET rev = room.rev + 2, updated = @now FROM room, counted WHERE rooms.id = room.id
)
SELECT room.rev AS last, room.most, counted.n IS NOT NULL AS taken, coalesce(counted.n, sent.n, 0) AS used,
	first.hash, coalesce(answer.id::text, '') AS reply, ` + columns + `
FROM room LEFT JOIN counted ON true LEFT JOIN sent ON sent.user_id = @user AND sent.day = @day
	LEFT JOIN first ON true LEFT JOIN messages m ON m.id = first.prompt LEFT JOIN messages answer ON answer.in_reply_to = m.id`)

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

// verdict is what acceptMessage says: the message is the first one under the
// key, when there was one.
type verdict struct {
	Last  int64 // the room's revision before
	Most  quota.Limit
	Taken bool // whether the message was accepted
	Used  int
	Hash  []byte
	Reply id.ID
	chat.Message
}

func (s Messages) accept(ctx context.Context, d chat.Draft) (chat.Accepted, error) {
	var v verdict
	if err := s.sql.GetContext(ctx, &v, acceptMessage.sql, acceptMessage.args(draft(d))...); err != nil {
		return chat.Accepted{}, missed("deciding", err, chat.ErrNotFound)
	}
	return v.on(d)
}

func draft(d chat.Draft) map[string]any {
	return map[string]any{
		"user": d.User, "room": d.Room, "prompt": d.Prompt, "reply": d.Reply, "text": d.Text,
		"key": d.Key, "hash": d.BodyHash[:], "forgotten": d.Now.Add(-chat.KeyLife), "now": d.Now, "day": date(quota.DayOf(d.Now)),
		"basic_limit": d.Basic.Limit, "basic_rank": d.Now.Add(-d.Basic.HeadStart),
		"pro_limit": d.Pro.Limit, "pro_rank": d.Now.Add(-d.Pro.HeadStart), "overloaded": d.Overloaded,
	}
}

func (v verdict) on(d chat.Draft) (chat.Accepted, error) {
	a := chat.Accepted{Prompt: v.Message, Reply: v.Reply, Used: v.Used, Limit: v.Most}
	switch {
	case v.Taken:
		a.Reply = d.Reply
		a.Prompt = chat.Message{ID: d.Prompt, Room: d.Room, FromUser: true, Content: d.Text, Status: chat.Done,
			Created: d.Now, Born: v.Last + 1, Rev: v.Last + 1}
	case v.Hash == nil && d.Overloaded:
		return chat.Accepted{}, quota.ErrOverloaded
	case v.Hash == nil:
		// A count that was waited for is not the one seen; then it is the limit, which it just reached.
		return chat.Accepted{Used: max(v.Used, int(v.Most)), Limit: v.Most}, quota.ErrExhausted
	case !bytes.Equal(v.Hash, d.BodyHash[:]) || v.Room != d.Room:
		return chat.Accepted{}, chat.ErrMismatch
	default:
		a.Replayed = true
	}
	return a, nil
}
