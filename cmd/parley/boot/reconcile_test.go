package boot

import (
	"testing"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

// Who has no company to ask would put everybody off, and who serves requests has other things to do.
func TestWhoReconciles(t *testing.T) {
	for _, c := range []struct {
		role     configs.Role
		payments ports.Payments
		want     bool
	}{
		{configs.Serve, &pretend.Company{}, true}, {configs.Worker, &pretend.Company{}, true}, {configs.API, &pretend.Company{}, false},
		{configs.Serve, fake.Closed{}, false}, {configs.Worker, fake.Closed{}, false}, {configs.API, fake.Closed{}, false},
	} {
		if got := reconciles(configs.Config{Role: c.role}, c.payments); got != c.want {
			t.Errorf("%q with %T: %v", c.role, c.payments, got)
		}
	}
}
