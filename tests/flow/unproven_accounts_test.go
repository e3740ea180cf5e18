package flow

import (
	"net/http"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

// An account is proven by its first login with a code. An account that is not proven
// within a day is deleted, and a later login creates a new account without a name.
func TestUnprovenAccountsAreDeletedAfterADay(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		inTime, tooLate := client.Number(), client.Number()
		for _, n := range []string{inTime, tooLate} {
			p.newDevice().Want(http.StatusCreated, "POST", "/auth/signup", object{"mobile_number": n, "name": "Ada"})
		}
		checkName := func(login, number, want string) {
			t.Helper()
			name := p.newDevice().Login(number).Want(http.StatusOK, "GET", "/user/me", nil).Field("name")
			if name != want {
				t.Errorf("name after %s = %q, want %q", login, name, want)
			}
		}
		time.Sleep(23*time.Hour + 58*time.Minute)
		checkName("a first login within a day of the signup", inTime, "Ada")
		time.Sleep(4 * time.Minute)
		checkName("a first login more than a day after the signup", tooLate, "")
		checkName("a second login of the account that was proven in time", inTime, "Ada")
	})
}
