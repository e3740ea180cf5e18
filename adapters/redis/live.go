package redis

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// Live is a ports.Live and a ports.LiveReader that all processes share.
//
// Each room has three keys:
//
//   - a hash: the room's revision, the reply and the fence of the text, and whether the
//     room is deleted
//   - the list of the deltas of the text. The next attempt replaces them, so a room never
//     stores more than one text.
//   - the list of the last attempts that ended or were sealed. Their late writes are
//     refused.
//
// Every change publishes a notice on a channel with the name of the hash. A
// follower then reads everything after its cursor. So notices may be duplicated or
// merged, and the next notice makes up for a lost one. The payload of a notice says what a
// follower of outcomes may ignore. A change that the owner's followers need also publishes a
// notice on a channel of the owner.
//
// Earlier versions of Parley share the keys during a deploy, but do not use the channels
// of owners.
type Live struct {
	client     goredis.UniversalClient
	keyPrefix  string
	subscriber *Subscriber
}

// NewLive returns a live log. subscriber must use the same client.
func NewLive(client goredis.UniversalClient, keyPrefix string, subscriber *Subscriber) *Live {
	return &Live{client, keyPrefix, subscriber}
}

// The payloads of notices that are not about an outcome. Earlier versions send all notices
// without a payload.
const (
	textNotice    = "text"
	startedNotice = "started"
)

// keys returns the keys of a room: the hash, the deltas and the ended attempts.
func (l *Live) keys(roomID id.ID) []string {
	hash := l.keyPrefix + ":live:" + string(roomID)
	return []string{hash, hash + ":text", hash + ":ended"}
}

// ownerChannel returns the channel with the notices for the followers of an owner.
func (l *Live) ownerChannel(owner id.ID) string { return l.keyPrefix + ":live:owner:" + string(owner) }

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
func (l *Live) Announce(ctx context.Context, a chat.Announcement) error {
	notice := ""
	if a.Started {
		notice = startedNotice
	}
	args := []any{chat.LiveLogTTL.Milliseconds(), a.Rev, l.ownerChannel(a.Owner), notice}
	for _, ended := range a.Ended {
		args = append(args, string(ended.Reply), ended.Fence)
	}
	if err := l.run(ctx, announceScript, a.Room, args...).Err(); err != nil {
		return fmt.Errorf("announcing a revision: %w", err)
	}
	return nil
}

// Seal implements ports.Live.
func (l *Live) Seal(ctx context.Context, roomID id.ID, a chat.Attempt) (chat.LiveText, error) {
	args := []any{chat.LiveLogTTL.Milliseconds(), string(a.Reply), a.Fence}
	out, err := l.run(ctx, sealScript, roomID, args...).StringSlice()
	if err != nil {
		return chat.LiveText{}, fmt.Errorf("sealing a live text: %w", err)
	}
	if len(out) == 0 {
		return chat.LiveText{}, nil
	}
	fence, err := strconv.ParseInt(out[0], 10, 64)
	if err != nil {
		return chat.LiveText{}, fmt.Errorf("sealing a live text: %w", errScriptReply)
	}
	return chat.LiveText{Attempt: chat.Attempt{Reply: a.Reply, Fence: fence}, Deltas: out[1:]}, nil
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
			args := []any{chat.LiveLogTTL.Milliseconds(), chat.LastRev, l.ownerChannel(r.Owner)}
			// Eval sends the whole script. A restarted server would not know its hash.
			deleteScript.Eval(ctx, pipe, l.keys(r.ID), args...)
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return fmt.Errorf("deleting live logs: %w", err)
		}
	}
	return nil
}
