//go:build linux

package fault

import (
	"strings"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// quickModel answers every prompt after 100 ms.
func quickModel(string, int) rig.Act { return rig.Act{Latency: 100 * time.Millisecond} }

// gate is a model that answers no prompt while the gate is locked.
type gate struct{ sync.RWMutex }

func (g *gate) act(string, int) rig.Act {
	g.RLock()
	defer g.RUnlock()
	return rig.Act{Latency: 50 * time.Millisecond}
}

// failing marks a prompt that the model never answers.
const failing = "always fails"

// failMarked fails with an HTTP status if the prompt contains the mark failing.
func failMarked(status int, prompt string) rig.Act {
	if strings.Contains(prompt, failing) {
		return rig.Act{Status: status}
	}
	return rig.Act{}
}

// waitModelCalled waits until the model was called with each of the prompts.
func (s *stack) waitModelCalled(prompts []string) {
	s.Helper()
	rig.Eventually(s, 10*time.Second, "the model was called with each prompt", func() bool {
		for _, prompt := range prompts {
			if s.model.Calls(prompt) == 0 {
				return false
			}
		}
		return true
	})
}
