package flow

import (
	"context"
	"errors"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

var errStoreDown = errors.New("the store is down")

// interceptedQueue is a ports.ReplyQueue that runs one function before and one after
// each call, with the name of the method. If a function fails, the call fails. When
// before fails, the queue is not called.
type interceptedQueue struct {
	ports.ReplyQueue
	before, after func(method string) error
}

// interceptQueue runs a function before each call of the queue.
func interceptQueue(before func(method string) error) boot.Option {
	return boot.Wrap(func(q ports.ReplyQueue) ports.ReplyQueue {
		return &interceptedQueue{ReplyQueue: q, before: before, after: succeed}
	})
}

// interceptQueueAfter runs a function after each successful call of the queue.
func interceptQueueAfter(after func(method string) error) boot.Option {
	return boot.Wrap(func(q ports.ReplyQueue) ports.ReplyQueue {
		return &interceptedQueue{ReplyQueue: q, before: succeed, after: after}
	})
}

func succeed(string) error { return nil }

func (q *interceptedQueue) intercept(method string, call func() error) error {
	if err := q.before(method); err != nil {
		return err
	}
	if err := call(); err != nil {
		return err
	}
	return q.after(method)
}

// Claim implements ports.ReplyQueue.
func (q *interceptedQueue) Claim(
	ctx context.Context, now time.Time, lease time.Duration, n, perUser int,
) (tasks []reply.Task, err error) {
	err = q.intercept("Claim", func() error {
		tasks, err = q.ReplyQueue.Claim(ctx, now, lease, n, perUser)
		return err
	})
	return tasks, err
}

// Renew implements ports.ReplyQueue.
func (q *interceptedQueue) Renew(
	ctx context.Context, replyID id.ID, fence int64, now time.Time, lease time.Duration,
) error {
	return q.intercept("Renew", func() error { return q.ReplyQueue.Renew(ctx, replyID, fence, now, lease) })
}

// Finish implements ports.ReplyQueue.
func (q *interceptedQueue) Finish(
	ctx context.Context, replyID id.ID, fence int64, o reply.Outcome, now time.Time,
) (finished ports.Finished, err error) {
	err = q.intercept("Finish", func() error {
		finished, err = q.ReplyQueue.Finish(ctx, replyID, fence, o, now)
		return err
	})
	return finished, err
}
