package memory_test

import (
	"testing"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func TestLive(t *testing.T) {
	portstest.Live(t, func(*testing.T) portstest.LiveLog { return memory.NewLive() })
}

// Two processes of a test share one instance.
func TestCancelSignals(t *testing.T) {
	portstest.CancelSignals(t, func(*testing.T) (here, there ports.CancelSignals) {
		s := memory.NewCancelSignals()
		return s, s
	})
}
