package flow

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

// signup signs a number up with a name, "" for none.
func (d device) signup(number, name string) {
	d.Helper()
	body := object{"mobile_number": number}
	if name != "" {
		body["name"] = name
	}
	d.Want(http.StatusCreated, "POST", "/auth/signup", body)
}

// loginAs requests a code, enters it with a name, and returns the device logged in.
func (d device) loginAs(number, name string) device {
	d.Helper()
	body := codeBody(number, d.requestCode("send-otp", number))
	body["name"] = name
	return d.As(d.Want(http.StatusOK, "POST", "/auth/verify-otp", body).Field("access_token"))
}

// checkName checks the name of the account.
func (d device) checkName(situation, want string) {
	d.Helper()
	if got := d.Want(http.StatusOK, "GET", "/user/me", nil).Field("name"); got != want {
		d.Errorf("name of the account %s = %q, want %q", situation, got, want)
	}
}

// A stranger who signs a number up before and after its owner does not name the account.
func TestTheNameInTheFirstLoginCounts(t *testing.T) {
	p := start(t, config(t))
	n := client.Number()
	p.newDevice().signup(n, "Eve")
	p.newDevice().signup(n, "Ada")
	p.newDevice().signup(n, "Mallory")
	owner := p.newDevice().loginAs(n, " Ada Lovelace ")
	owner.checkName("whose first login had a name", "Ada Lovelace")
	p.newDevice().signup(n, "Eve")
	owner.checkName("after a sign-up of a stranger", "Ada Lovelace")
}

func TestTheNameOfTheLastSignupCountsWithoutOne(t *testing.T) {
	p := start(t, config(t))
	for last, want := range map[string]string{"Ada": "Ada", "": ""} {
		n := client.Number()
		p.newDevice().signup(n, "Eve")
		p.newDevice().signup(n, last)
		p.newDevice().Login(n).checkName("after sign-ups as Eve and then as "+last, want)
	}
}

// A login does not rename an account. PATCH /user/me does.
func TestALaterLoginDoesNotRename(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		named, unnamed := client.Number(), client.Number()
		p.newDevice().loginAs(named, "Ada")
		p.newDevice().Login(unnamed)
		time.Sleep(time.Minute)
		p.newDevice().loginAs(named, "Grace").checkName("with a name after another login", "Ada")
		owner := p.newDevice().loginAs(unnamed, "Grace")
		owner.checkName("without a name after another login", "")
		owner.Want(http.StatusOK, "PATCH", "/user/me", object{"name": "Grace"})
		owner.checkName("after a change of the name", "Grace")
	})
}

// A request with an invalid name does not use up its code.
func TestInvalidNamesAreRefusedAtLogin(t *testing.T) {
	p := start(t, config(t))
	d, n := p.newDevice(), client.Number()
	body := codeBody(n, d.requestCode("send-otp", n))
	for _, name := range []any{"", "   ", strings.Repeat("é", 101), "A\x00da", nil, 7} {
		body["name"] = name
		d.wantInvalidField("name", "/auth/verify-otp", body)
	}
	body["name"] = strings.Repeat("é", 100)
	d.Want(http.StatusOK, "POST", "/auth/verify-otp", body)
}
