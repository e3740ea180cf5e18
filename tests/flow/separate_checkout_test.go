package flow

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/tests/client"
)

// startInRole starts a program for a role in a bubble.
func startInRole(t *testing.T, role configs.Role, variables ...string) *program {
	t.Helper()
	c := config(t, variables...)
	c.Role = role
	return start(t, c, boot.InProcess())
}

// The pretend checkout works only in one process. A retry cannot help, so the response does not suggest it.
func TestAnAPIProcessWithoutStripeSaysWhatIsMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startInRole(t, configs.RoleAPI)
		d := p.newDevice().Login(client.Number())
		r := d.call("POST", "/subscribe/pro", nil)
		checkError(t, r, http.StatusServiceUnavailable, "payments_unavailable")
		for _, want := range []string{"STRIPE_SECRET_KEY", "parley serve"} {
			if detail := r.Field("detail"); !strings.Contains(detail, want) {
				t.Errorf("detail = %q, want %s in it", detail, want)
			}
		}
		checkHeaders(t, r, "checkout", map[string]string{"Retry-After": ""})
		p.checkLogged("level=WARN", `msg="nothing can be bought:`, "set STRIPE_SECRET_KEY,", "with parley serve\"")
		p.checkLogCount("nothing can be bought: ", 1)
	})
}

func TestOnlyAnAPIProcessWithoutStripeWarnsThatNothingCanBeBought(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stripe := []string{
			"STRIPE_SECRET_KEY", "sk_test_x", "STRIPE_WEBHOOK_SECRET", "whsec_x", "FRONTEND_URL", "https://app.example",
		}
		for _, p := range []*program{
			startInRole(t, configs.RoleServe),
			startInRole(t, configs.RoleWorker),
			startInRole(t, configs.RoleAPI, stripe...),
		} {
			p.checkLogCount("nothing can be bought", 0)
		}
	})
}
