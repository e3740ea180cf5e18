package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/kuvaka-tech/parley/core/fault"
)

func TestReplace(t *testing.T) {
	target, replacement, other := errors.New("target"), errors.New("replacement"), errors.New("other")
	for name, c := range map[string]struct{ err, want error }{
		"the target":         {target, replacement},
		"the target wrapped": {fmt.Errorf("reading: %w", target), replacement},
		"another error":      {other, other},
		"no error":           {nil, nil},
	} {
		if got := fault.Replace(c.err, target, replacement); got != c.want {
			t.Errorf("%s: Replace returned %v, want %v", name, got, c.want)
		}
	}
}
