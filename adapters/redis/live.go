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
)

// Live is a ports.Live for many processes. A room is a hash of its revision, of
// the reply and fence being written, and of whether it was deleted, a list of that attempt's deltas, and a
// list of the last few attempts that ended, whose late writers are refused.
// Whatever changes a room publishes an empty notice on a channel named as the
// hash is; followers then look for what is new after their cursors, so that
// notices may be lost, doubled and merged. A text is as long as one attempt makes
// it, and the next takes its place.
type Live struct {
	client goredis.UniversalClient
	name   string
	ears   *ears
}

// NewLive returns a live log. It must be closed before its client is.
func NewLive(client goredis.UniversalClient, name string) *Live {
	return &Live{client, name, newEars(client)}
}

// Close ends every Follow with an error.
func (l *Live) Close() { l.ears.close() }

func (l *Live) keys(room id.ID) []string {
	hash := l.name + ":live:" + string(room)
	return []string{hash, hash + ":text", hash + ":ended"}
}

// shared begins the scripts that change a room: finish ends the text that is
// there and remembers its attempt, changed keeps the room and tells its followers.
const shared = `
	local room, text, ended = unpack(KEYS)
	local function finish(reply, fence)
		redis.call('LPUSH', ended, fence .. ' ' .. reply)
		redis.call('LTRIM', ended, 0, 7)
		redis.call('HDEL', room, 'reply', 'fence')
		redis.call('DEL', text)
	end
	local function changed(keep, ...)
		for _, key in ipairs({room, ...}) do redis.call('PEXPIRE', key, keep) end
		redis.call('PUBLISH', room, '')
	end`

var appendScript = goredis.NewScript(shared + `
	local keep, reply, fence, from = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
	local now = redis.call('HMGET', room, 'reply', 'fence', 'deleted')
	if now[3] then return 'lost' end
	local same = now[1] == reply
	if same and fence < tonumber(now[2]) then return 'lost' end
	for _, attempt in ipairs(redis.call('LRANGE', ended, 0, -1)) do
		local last, of = attempt:match('^(%d+) (.*)$')
		if of == reply and fence <= tonumber(last) then return 'lost' end
	end
	local goesOn = same and fence == tonumber(now[2])
	local known = goesOn and redis.call('LLEN', text) or 0
	if from > known then return 'gap' end
	if now[1] and not same then finish(now[1], now[2]) end
	if not goesOn then
		redis.call('DEL', text)
		redis.call('HSET', room, 'reply', reply, 'fence', ARGV[3])
	end
	for i = 5 + known - from, #ARGV do redis.call('RPUSH', text, ARGV[i]) end
	changed(keep, text, ended)
	return 'ok'`)

func (l *Live) Append(ctx context.Context, p chat.Piece) error {
	args := []any{chat.LiveFor.Milliseconds(), string(p.Reply), p.Fence, p.From}
	for _, d := range p.Deltas {
		args = append(args, d)
	}
	said, err := l.run(ctx, appendScript, p.Room, args...).Text()
	switch {
	case err != nil:
		return fmt.Errorf("appending to a live text: %w", err)
	case said == "lost":
		return chat.ErrLost
	case said == "gap":
		return chat.ErrGap
	}
	return nil
}

// run fails with ctx's error when that is over, whatever go-redis would do.
func (l *Live) run(ctx context.Context, script *goredis.Script, room id.ID, args ...any) *goredis.Cmd {
	if err := ctx.Err(); err != nil {
		return goredis.NewCmdResult(nil, err)
	}
	return script.Run(ctx, l.client, l.keys(room), args...)
}

var announceScript = goredis.NewScript(shared + `
	local keep, rev = ARGV[1], ARGV[2]
	local now = redis.call('HMGET', room, 'rev', 'reply', 'fence')
	if tonumber(rev) > tonumber(now[1] or 0) then redis.call('HSET', room, 'rev', rev) end
	for i = 3, #ARGV do
		if ARGV[i] == now[2] then finish(now[2], now[3]) end
	end
	changed(keep, ended)
	return 'ok'`)

func (l *Live) Announce(ctx context.Context, room id.ID, rev int64, ended ...id.ID) error {
	args := []any{chat.LiveFor.Milliseconds(), rev}
	for _, reply := range ended {
		args = append(args, string(reply))
	}
	if err := l.run(ctx, announceScript, room, args...).Err(); err != nil {
		return fmt.Errorf("announcing a revision: %w", err)
	}
	return nil
}

var deleteScript = goredis.NewScript(shared + `
	local keep, rev = ARGV[1], ARGV[2]
	if tonumber(rev) > tonumber(redis.call('HGET', room, 'rev') or 0) then redis.call('HSET', room, 'rev', rev) end
	redis.call('HDEL', room, 'reply', 'fence')
	redis.call('HSET', room, 'deleted', 1)
	redis.call('DEL', text, ended)
	changed(keep)
	return 'ok'`)

// atOnce is how many rooms go in one pipeline: an account may have any number.
const atOnce = 500

func (l *Live) Delete(ctx context.Context, rooms ...chat.Room) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for some := range slices.Chunk(rooms, atOnce) {
		pipe := l.client.Pipeline()
		for _, r := range some {
			deleteScript.Eval(ctx, pipe, l.keys(r.ID), chat.LiveFor.Milliseconds(), r.Rev+1) // not by its hash, which a server that was restarted does not know
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return fmt.Errorf("deleting live texts: %w", err)
		}
	}
	return nil
}

func (l *Live) Read(ctx context.Context, room, reply id.ID) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	keys := l.keys(room)
	pipe := l.client.TxPipeline()
	writing, deltas := pipe.HGet(ctx, keys[0], "reply"), pipe.LRange(ctx, keys[1], 0, -1)
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, goredis.Nil) {
		return "", fmt.Errorf("reading a live text: %w", err)
	}
	if writing.Val() != string(reply) {
		return "", nil
	}
	return strings.Join(deltas.Val(), ""), nil
}
