package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// Live is a ports.Live that all processes share.
//
// Each room has three keys:
//
//   - a hash: the room's revision, the reply and the fence of the running attempt, and
//     whether the room is deleted
//   - the list of the deltas of the running attempt. The next attempt replaces them, so
//     a room never stores more than one text.
//   - the list of the last attempts that ended. Their late writes are refused.
//
// Every change publishes an empty notice on a channel with the name of the hash. A
// follower then reads everything after its cursor. So notices may be duplicated or
// merged, and the next notice makes up for a lost one.
type Live struct {
	client     goredis.UniversalClient
	keyPrefix  string
	subscriber *subscriber
}

// NewLive returns a live log. The caller must close it before the client.
func NewLive(client goredis.UniversalClient, keyPrefix string) *Live {
	return &Live{client, keyPrefix, newSubscriber(client)}
}

// Close ends every Follow with an error.
func (l *Live) Close() { l.subscriber.close() }

// keys returns the keys of a room: the hash, the deltas and the ended attempts.
func (l *Live) keys(roomID id.ID) []string {
	hash := l.keyPrefix + ":live:" + string(roomID)
	return []string{hash, hash + ":text", hash + ":ended"}
}

// run runs a script on a room's keys. If ctx has ended, run returns ctx's error without
// calling Redis.
func (l *Live) run(ctx context.Context, script *goredis.Script, roomID id.ID, args ...any) *goredis.Cmd {
	if err := ctx.Err(); err != nil {
		return goredis.NewCmdResult(nil, err)
	}
	return script.Run(ctx, l.client, l.keys(roomID), args...)
}

// Append implements ports.Live.
func (l *Live) Append(ctx context.Context, p chat.Piece) error {
	args := []any{chat.LiveLogTTL.Milliseconds(), string(p.Reply), p.Fence, p.From}
	for _, delta := range p.Deltas {
		args = append(args, delta)
	}
	status, err := l.run(ctx, appendScript, p.Room, args...).Text()
	switch {
	case err != nil:
		return fmt.Errorf("appending to a live log: %w", err)
	case status == "lost":
		return reply.ErrClaimLost
	case status == "gap":
		return chat.ErrGap
	}
	return nil
}

// Announce implements ports.Live.
func (l *Live) Announce(ctx context.Context, roomID id.ID, rev int64, ended ...id.ID) error {
	args := []any{chat.LiveLogTTL.Milliseconds(), rev}
	for _, replyID := range ended {
		args = append(args, string(replyID))
	}
	if err := l.run(ctx, announceScript, roomID, args...).Err(); err != nil {
		return fmt.Errorf("announcing a revision: %w", err)
	}
	return nil
}

// maxDeleteBatch is the maximum number of rooms that one pipeline deletes. An account
// may have any number of rooms.
const maxDeleteBatch = 500

// Delete implements ports.Live.
func (l *Live) Delete(ctx context.Context, rooms ...chat.Room) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for chunk := range slices.Chunk(rooms, maxDeleteBatch) {
		pipe := l.client.Pipeline()
		for _, r := range chunk {
			// Eval sends the whole script. A restarted server would not know its hash.
			deleteScript.Eval(ctx, pipe, l.keys(r.ID), chat.LiveLogTTL.Milliseconds(), r.Rev+1)
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return fmt.Errorf("deleting live logs: %w", err)
		}
	}
	return nil
}

// Read implements ports.Live.
func (l *Live) Read(ctx context.Context, roomID, replyID id.ID) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	keys := l.keys(roomID)
	pipe := l.client.TxPipeline()
	running := pipe.HGet(ctx, keys[0], "reply")
	deltas := pipe.LRange(ctx, keys[1], 0, -1)
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, goredis.Nil) {
		return "", fmt.Errorf("reading a live log: %w", err)
	}
	if running.Val() != string(replyID) {
		return "", nil
	}
	return strings.Join(deltas.Val(), ""), nil
}
