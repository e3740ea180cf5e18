package redis

import (
	"context"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/adapters/internal/batch"
)

// pipelined contains the commands that may share a pipeline: commands that many
// goroutines send and that do not block on the server. It must not contain the commands
// of a connection's handshake, because they must be sent on that connection.
var pipelined = map[string]bool{"evalsha": true, "xadd": true}

// maxPipeline is the maximum number of commands in one pipeline.
const maxPipeline = 1000

// pipeliner is a goredis.Hook that sends concurrent commands in one pipeline. So the
// number of packets per command falls when the load rises. A single command is sent
// without a pipeline.
//
// A caller whose context ends still waits for its pipeline, because the pipeline
// writes to the caller's command. It waits for at most two pipelines, the one in
// flight and its own. The client's timeouts limit both.
type pipeliner struct {
	client  *goredis.Client
	batcher *batch.Batcher[command, error]
}

// command is one command with the hook that sends it alone.
type command struct {
	ctx  context.Context
	cmd  goredis.Cmder
	next goredis.ProcessHook
}

func newPipeliner(client *goredis.Client) *pipeliner {
	p := &pipeliner{client: client}
	p.batcher = batch.New(maxPipeline, p.send)
	return p
}

// DialHook implements goredis.Hook. It does nothing.
func (p *pipeliner) DialHook(next goredis.DialHook) goredis.DialHook { return next }

// ProcessPipelineHook implements goredis.Hook. It does nothing.
func (p *pipeliner) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return next
}

// ProcessHook implements goredis.Hook.
func (p *pipeliner) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		if !pipelined[cmd.Name()] {
			return next(ctx, cmd)
		}
		result, err := p.batcher.Do(context.Background(), command{ctx, cmd, next})
		if err != nil {
			return err
		}
		return result
	}
}

// send sends commands and returns the error of each of them. It implements batch.Flush and never fails.
func (p *pipeliner) send(ctx context.Context, commands []command) ([]error, error) {
	if c := commands[0]; len(commands) == 1 {
		return []error{c.next(c.ctx, c.cmd)}, nil
	}
	pipe := p.client.Pipeline()
	for _, c := range commands {
		_ = pipe.Process(c.ctx, c.cmd) // only queues the command
	}
	_, _ = pipe.Exec(ctx) // the error is also set on the commands that failed
	results := make([]error, len(commands))
	for i, c := range commands {
		results[i] = c.cmd.Err()
	}
	return results, nil
}
