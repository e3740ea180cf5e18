package flow

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/tests/client"
)

const (
	sendNumberCode   = "/auth/change-number"
	verifyNumberCode = "/auth/change-number/verify"
)

// requestNumberCode requests a code for a new number and returns it.
func (d device) requestNumberCode(number string) string {
	d.Helper()
	return d.Want(http.StatusOK, "POST", sendNumberCode, object{"mobile_number": number}).Field("otp")
}

// changeNumber changes the number of the device's user, and returns the user.
func (d device) changeNumber(number string) client.Response {
	d.Helper()
	return d.Want(http.StatusOK, "POST", verifyNumberCode, codeBody(number, d.requestNumberCode(number)))
}

// wantNumberRefused fails the test unless the change is refused as one with a wrong code.
func (d device) wantNumberRefused(number, code string) {
	d.Helper()
	r := d.wantError(http.StatusBadRequest, "invalid_otp", "POST", verifyNumberCode, codeBody(number, code))
	checkFields(d.TB, r, map[string]string{"detail": "Invalid or expired OTP"})
}

func TestAUserChangesTheNumber(t *testing.T) {
	p := start(t, config(t, "RATE_LIMITS", ""))
	before, after := client.Number(), client.Number()
	d := p.tcpDevice().Login(before)
	other := p.loginAgain(before)
	room := d.NewRoom("r")
	d.Wait(d.Send(room, "hello"))
	code := d.requestNumberCode(after)
	d.wantNumberRefused(after, wrongCode(code))
	d.wantNumberRefused(client.Number(), code)
	me := d.Want(http.StatusOK, "POST", verifyNumberCode, codeBody(after, code))
	checkFields(t, me, map[string]string{"mobile_number": after, "daily_message_count": "1"})
	d.checkLoggedIn("the device that changed the number", true)
	other.checkLoggedIn("the other device", false)
	d.wantNumberRefused(after, code)

	again := p.loginAgain(after)
	again.Want(http.StatusOK, "GET", "/chatroom/"+room, nil)
	next := p.loginAgain(before)
	if next.userID() == d.userID() || again.userID() != d.userID() {
		t.Errorf("the users are %s with the old number and %s with the new one, want another one and %s",
			next.userID(), again.userID(), d.userID())
	}
	next.checkMessageCount(1) // the old number has no new quota
}

func TestTheCodeOfANewNumberBelongsToItsUser(t *testing.T) {
	p := start(t, config(t, "RATE_LIMITS", ""))
	ada, eve := p.tcpDevice().Login(client.Number()), p.tcpDevice().Login(client.Number())
	n := client.Number()
	code := ada.requestNumberCode(n)
	eve.wantNumberRefused(n, code)
	if eve.requestNumberCode(n) != code {
		eve.wantNumberRefused(n, code)
	}
	p.tcpDevice().wantInvalidCode(n, code)
	ada.Want(http.StatusOK, "POST", verifyNumberCode, codeBody(n, code))
}

// The response for a number with an account is the same. Its code changes nothing.
func TestANumberChangeRevealsNoAccount(t *testing.T) {
	p := start(t, config(t, "RATE_LIMITS", ""))
	d, number := p.tcpDevice(), client.Number()
	d = d.Login(number)
	taken, free := client.Number(), client.Number()
	owner := p.tcpDevice().Login(taken)
	var first map[string]any
	codes := map[string]string{}
	for _, n := range []string{free, taken} {
		r := d.Want(http.StatusOK, "POST", sendNumberCode, object{"mobile_number": n})
		codes[n] = r.Field("otp")
		got := comparableParts(t, r, n)
		delete(got, "header")
		if first != nil && !cmp.Equal(first, got) {
			t.Errorf("the response for a number with an account is different:\n%s", cmp.Diff(first, got))
		}
		first = got
	}
	d.wantNumberRefused(taken, codes[taken])
	newOwner := p.tcpDevice().Login(free)
	d.wantNumberRefused(free, codes[free])
	checkFields(t, d.Want(http.StatusOK, "GET", "/user/me", nil), map[string]string{"mobile_number": number})
	owner.checkLoggedIn("the owner of the number", true)
	newOwner.checkLoggedIn("the new owner of the number", true)
}

// Neither the old number nor the new one gets new messages, in whatever order they are used.
func TestChangingTheNumberStartsNoNewQuota(t *testing.T) {
	p := start(t, config(t, "RATE_LIMITS", "", "BASIC_DAILY_LIMIT", "1"))
	a, b := client.Number(), client.Number()
	d := p.tcpDevice().Login(a)
	d.Wait(d.Send(d.NewRoom("r"), "hello"))
	d.changeNumber(b)
	d.checkQuotaExhausted(d.NewRoom("r"))
	d.eraseAccount()
	for _, n := range []string{a, b} {
		again := p.loginAgain(n)
		again.checkQuotaExhausted(again.NewRoom("r"))
	}
	unused := p.tcpDevice().Login(client.Number())
	p.loginAgain(b).eraseAccount()
	time.Sleep(time.Second) // the next code of the number is available then
	unused.changeNumber(b)
	unused.checkQuotaExhausted(unused.NewRoom("r"))
}

func TestAUserRequestsTenCodesADayForNewNumbers(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		d := p.newDevice().Login(client.Number())
		for range 10 {
			d.requestNumberCode(client.Number())
		}
		body := object{"mobile_number": client.Number()}
		d.wantError(http.StatusTooManyRequests, "rate_limited", "POST", sendNumberCode, body)
		p.newDevice().Login(client.Number()).requestNumberCode(body["mobile_number"].(string))
	})
}

func TestCodesForNewNumbersUseTheBudgetOfTheNumber(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		n := client.Number()
		for range 10 {
			p.newDevice().Login(client.Number()).requestNumberCode(n)
		}
		body := object{"mobile_number": n}
		d := p.newDevice().Login(client.Number())
		d.wantError(http.StatusTooManyRequests, "rate_limited", "POST", sendNumberCode, body)
		d.wantError(http.StatusTooManyRequests, "rate_limited", "POST", "/auth/send-otp", body)
	})
}
