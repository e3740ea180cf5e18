package flow

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/tests/client"
)

const (
	oldKey = "the older key, 32 bytes or longer"
	newKey = "the newer key, 32 bytes or longer"
)

// startWithKeys starts a program on a store. Keys are rotated by replacing the programs
// one after the other, first by programs that know both keys.
func startWithKeys(t *testing.T, s *memory.Store, key, previous string) *program {
	t.Helper()
	return start(t, config(t, "SECRET_KEY", key, "SECRET_KEY_PREVIOUS", previous), boot.InProcess(), boot.Use(s))
}

func TestTokensDuringAKeyRotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		before := startWithKeys(t, store, oldKey, "")
		during := startWithKeys(t, store, newKey, oldKey)
		after := startWithKeys(t, store, newKey, "")
		oldToken := before.newDevice().Login(client.Number()).Token
		newToken := during.newDevice().Login(client.Number()).Token
		for _, c := range []struct {
			name               string
			p                  *program
			oldValid, newValid bool
		}{
			{name: "before", p: before, oldValid: true, newValid: false},
			{name: "during", p: during, oldValid: true, newValid: true},
			{name: "after", p: after, oldValid: false, newValid: true},
		} {
			d := c.p.newDevice()
			d.As(oldToken).checkLoggedIn("an old token in a program "+c.name+" the rotation", c.oldValid)
			d.As(newToken).checkLoggedIn("a new token in a program "+c.name+" the rotation", c.newValid)
		}
	})
}

// A code is valid in every program that knows its key, also when a program signs with
// another key. Requesting a code again sends the same code.
func TestCodesDuringAKeyRotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		before := startWithKeys(t, store, oldKey, newKey)
		during := startWithKeys(t, store, newKey, oldKey)
		after := startWithKeys(t, store, newKey, "")
		for _, c := range []struct{ first, second *program }{{before, during}, {during, before}, {during, after}} {
			n := client.Number()
			code := c.first.newDevice().requestCode("send-otp", n)
			time.Sleep(otp.ResendAfter)
			if again := c.second.newDevice().requestCode("send-otp", n); again != code {
				t.Errorf("code of the second program = %s, want %s as from the first one", again, code)
			}
			c.second.newDevice().Want(http.StatusOK, "POST", "/auth/verify-otp", codeBody(n, code))
		}
	})
}

// A code cannot be verified when its key is no longer configured. Requesting a code
// again must then send a new one.
func TestACodeRequestedAfterAKeyRotationIsValid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, n := memory.New(), client.Number()
		startWithKeys(t, store, oldKey, "").newDevice().requestCode("send-otp", n)
		time.Sleep(otp.ResendAfter)
		startWithKeys(t, store, newKey, "").newDevice().Login(n)
	})
}
