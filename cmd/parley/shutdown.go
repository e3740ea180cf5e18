package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
)

// shutdownTimeout is the longest time from SIGTERM to the end of the process. The
// components stop one after the other:
//
//  1. SHUTDOWN_DELAY, at most 5 s: the HTTP server continues to serve, but /readyz returns
//     503 and responses ask clients to close their connection, so that load balancers send
//     new requests to other processes. Long-polls end immediately.
//  2. HTTP shutdown, at most 4 s (closeTimeout in boot/server.go): requests in flight are
//     answered. The connections that remain are then closed.
//  3. Worker, at most 15 s (worker.DrainTimeout): running replies can finish. The worker
//     abandons the others, and another worker takes them over when their lease expires.
//     Then the worker writes that it has stopped, which usually takes milliseconds.
//  4. SMS courier, until 1 s before shutdownTimeout is over (closeConnectionsTimeout in
//     boot/sms.go): queued SMS are sent.
//  5. The connections to Redis and Postgres are closed and the log is flushed.
//
// A supervisor must wait longer before it kills the process: stop_grace_period in
// configs/deploy/compose.yaml is 30 s.
const shutdownTimeout = 25 * time.Second

// shutdownSignals start the shutdown.
var shutdownSignals = []os.Signal{os.Interrupt, syscall.SIGTERM}

// wait waits for a signal or a failure. It returns nil when a signal has cancelled ctx,
// and an error when a component has failed.
func wait(ctx context.Context, app *boot.App) error {
	select {
	case <-ctx.Done():
		return nil
	case s := <-app.Failed():
		if s.ExitCode == 0 { // fx also listens for signals, and was faster than ctx
			return nil
		}
		return errors.New("a component failed, see the log")
	}
}

// shutdown stops the program within shutdownTimeout. A second signal ends the process immediately.
func shutdown(app *boot.App) error {
	signal.Reset(shutdownSignals...)
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	return app.Stop(ctx)
}
