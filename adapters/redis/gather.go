package redis

import (
	"context"
	"runtime"
	"sync"

	goredis "github.com/redis/go-redis/v9"
)

// gathered are the commands that go together: those of requests and answers,
// which come from many goroutines and block none on the server. The greetings
// of a connection must stay on it.
var gathered = map[string]bool{"del": true, "evalsha": true, "hmget": true, "xadd": true}

// gatherer is a goredis.Hook. One pipeline is under way at a time; commands that
// come meanwhile wait for it and make up the next, so that the busier the process is
// the fewer packets it takes per command. One alone goes as it always did. A
// caller who leaves waits with the others: for the pipeline under way and its own,
// each of which patience bounds.
type gatherer struct {
	client  *goredis.Client
	mu      sync.Mutex
	busy    bool      // someone leads
	waiting []*caller // for the pipeline that is under way, if any
}

type caller struct {
	ctx  context.Context
	cmd  goredis.Cmder
	err  error
	lead chan bool // whether to send what waits, of which this caller is the first; else all is done
}

func (g *gatherer) DialHook(next goredis.DialHook) goredis.DialHook { return next }

func (g *gatherer) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return next
}

func (g *gatherer) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		if !gathered[cmd.Name()] {
			return next(ctx, cmd)
		}
		c := &caller{ctx: ctx, cmd: cmd, lead: make(chan bool, 1)}
		if g.join(c) || <-c.lead {
			g.send(next)
		}
		return c.err
	}
}

// join says whether the caller leads.
func (g *gatherer) join(c *caller) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, c)
	if g.busy {
		return false
	}
	g.busy = true
	return true
}

// send lets those come who are about to, sends what all of them want, and passes the lead on.
func (g *gatherer) send(next goredis.ProcessHook) {
	runtime.Gosched()
	g.mu.Lock()
	all := g.waiting
	g.waiting = nil
	g.mu.Unlock()
	defer g.sent(all)
	if len(all) == 1 {
		all[0].err = next(all[0].ctx, all[0].cmd)
		return
	}
	pipe := g.client.Pipeline()
	for _, c := range all {
		_ = pipe.Process(c.ctx, c.cmd)
	}
	_, _ = pipe.Exec(context.Background()) // whose error is the first command's
	for _, c := range all {
		c.err = c.cmd.Err()
	}
}

func (g *gatherer) sent(all []*caller) {
	for _, c := range all[1:] {
		c.lead <- false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.busy = len(g.waiting) > 0; g.busy {
		g.waiting[0].lead <- true
	}
}
