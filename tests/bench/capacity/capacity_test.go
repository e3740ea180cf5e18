// Package capacity simulates the job queue: users send messages, workers with a limited number of
// slots answer them, and a message waits until it is claimed. reply.Turn gives the order of the
// claims, and reply.Load refuses messages, so the simulation has the rules of the program. It
// measures nothing: the same seed gives the same result on every machine.
//
// It differs from the program in these points:
//   - A claim takes no time: a free slot takes the next message immediately.
//   - The messages of a user are in different rooms, so they can be answered concurrently.
//   - The model never fails. An attempt that reaches reply.AttemptTimeout is not repeated.
//   - There is no daily quota, and no limit for the queued messages of a user.
//
// The tests compare the simulation with queueing theory and with reply.Queue.Schedule. The charts
// and a table of .docs/capacity.md come from it. To write them again:
//
//	go test ./tests/bench/capacity -run Stored -update
package capacity

import (
	"time"

	"github.com/kuvaka-tech/parley/core/plan"
)

// pro is the head start of Pro users. Basic users have none.
var pro = plan.Defaults().Pro.Terms.HeadStart

// defaultModel has the latency of most scenarios.
var defaultModel = model{p50: 2 * time.Second, p99: 20 * time.Second}

const (
	// processSlots is the number of slots of a worker process in the charts.
	processSlots = 16
	// perUser is the default of USER_CONCURRENCY.
	perUser = 8
)

// capacityOf returns the messages a second that occupy all slots, by Little's law.
func capacityOf(slots int, m model) float64 { return float64(slots) / m.mean().Seconds() }
