// Package flow tests the whole program through its HTTP API. It starts the program
// as main does, with the store in memory, and runs some tests on Postgres and Redis too.
package flow

import (
	"os"
	"os/signal"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/tests/harness"
)

// program is a running Parley, its log and the text messages that it sent.
type program struct {
	*harness.Program
	t      *testing.T
	outbox *fake.Outbox
}

// config returns a development configuration for the stack of the running test,
// with more variables: name, value, name, value.
func config(t testing.TB, variables ...string) configs.Config {
	t.Helper()
	return harness.Config(t, append(slices.Clone(stackVariables), variables...)...)
}

// start runs the program until the test ends.
func start(t *testing.T, c configs.Config, options ...boot.Option) *program {
	t.Helper()
	p := &program{t: t, outbox: &fake.Outbox{}}
	p.Program = harness.Start(t, c, append([]boot.Option{boot.Use(p.outbox)}, options...)...)
	return p
}

// inBubble runs a test in a bubble of testing/synctest, against a program without
// sockets. The time in a bubble is simulated: it advances when all goroutines wait.
func inBubble(t *testing.T, test func(t *testing.T, p *program), options ...boot.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t, start(t, config(t), append(options, boot.InProcess())...))
	})
}

// init starts the goroutine of package os/signal, which fx uses. It is started once
// per process and must not belong to the bubble of one test.
func init() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	signal.Stop(c)
}
