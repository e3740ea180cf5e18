package redis

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// Follow ends with an error when Redis goes away; following again from the last cursor misses nothing.
func (l *Live) Follow(ctx context.Context, room id.ID, from chat.Cursor) iter.Seq2[chat.Event, error] {
	return func(yield func(chat.Event, error) bool) {
		err := l.follow(ctx, room, from, func(e chat.Event) bool { return yield(e, nil) })
		if err != nil && ctx.Err() == nil {
			yield(chat.Event{}, fmt.Errorf("following a room: %w", err))
		}
	}
}

// follow returns nil when show wants no more.
func (l *Live) follow(ctx context.Context, room id.ID, at chat.Cursor, show func(chat.Event) bool) error {
	ear, err := l.ears.open(ctx, l.keys(room)[0])
	if err != nil {
		return err
	}
	defer ear.close()
	for {
		now, err := l.after(ctx, room, at)
		if err != nil {
			return err
		}
		for _, e := range now.since(at) {
			if at = e.At; ctx.Err() != nil || !show(e) {
				return nil
			}
		}
		select {
		case <-ear.news:
		case <-ear.line.broken:
			return ear.line.err
		case <-ctx.Done():
			return nil
		}
	}
}

// scene is what a follower can see of a room: the deltas from number start on,
// which is 0 unless the follower's text is how this one begins.
type scene struct {
	rev    int64
	reply  id.ID // "" while nothing is written
	fence  int64
	start  int
	deltas []string
}

var afterScript = goredis.NewScript(`
	local now = redis.call('HMGET', KEYS[1], 'rev', 'reply', 'fence')
	local start = tonumber(ARGV[3])
	if now[2] ~= ARGV[1] or now[3] ~= ARGV[2] or start > redis.call('LLEN', KEYS[2]) then start = 0 end
	local out = {now[1] or '0', now[2] or '', now[3] or '0', tostring(start)}
	if now[2] then
		for _, delta in ipairs(redis.call('LRANGE', KEYS[2], start, -1)) do out[#out + 1] = delta end
	end
	return out`)

var errReply = errors.New("redis gave an answer that cannot be read")

// after looks at a room from a cursor.
func (l *Live) after(ctx context.Context, room id.ID, at chat.Cursor) (scene, error) {
	out, err := l.run(ctx, afterScript, room, string(at.Reply), at.Fence, at.Seq).StringSlice()
	if err != nil {
		return scene{}, err
	}
	if len(out) < 4 {
		return scene{}, errReply
	}
	rev, err1 := strconv.ParseInt(out[0], 10, 64)
	fence, err2 := strconv.ParseInt(out[2], 10, 64)
	start, err3 := strconv.Atoi(out[3])
	if errors.Join(err1, err2, err3) != nil {
		return scene{}, errReply
	}
	return scene{rev, id.ID(out[1]), fence, start, out[4:]}, nil
}

// since is what there is to tell one who is at a cursor.
func (s scene) since(at chat.Cursor) (events []chat.Event) {
	if s.reply != "" && (at.Reply != s.reply || at.Fence != s.fence || at.Seq != s.start) {
		anew := at.Reply == s.reply
		at.Reply, at.Fence, at.Seq = s.reply, s.fence, s.start
		if anew {
			events = append(events, chat.Event{Kind: chat.Reset, At: at})
		}
	}
	for _, d := range s.deltas {
		at.Seq++
		events = append(events, chat.Event{Kind: chat.Delta, Text: d, At: at})
	}
	if s.rev > at.Rev {
		at.Rev = s.rev
		events = append(events, chat.Event{Kind: chat.Changed, At: at})
	}
	return events
}
