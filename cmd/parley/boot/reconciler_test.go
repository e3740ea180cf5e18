package boot

import (
	"testing"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

func TestShouldReconcile(t *testing.T) {
	for _, c := range []struct {
		role     configs.Role
		payments ports.Payments
		want     bool
	}{
		{configs.RoleServe, &pretend.Payments{}, true},
		{configs.RoleWorker, &pretend.Payments{}, true},
		{configs.RoleAPI, &pretend.Payments{}, false},
		{configs.RoleServe, fake.NoPayments{}, false},
		{configs.RoleWorker, fake.NoPayments{}, false},
		{configs.RoleAPI, fake.NoPayments{}, false},
	} {
		if got := shouldReconcile(configs.Config{Role: c.role}, c.payments); got != c.want {
			t.Errorf("role %q with payments %T: shouldReconcile = %v, want %v", c.role, c.payments, got, c.want)
		}
	}
}
