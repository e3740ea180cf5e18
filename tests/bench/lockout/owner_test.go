package lockout

import (
	"errors"
	"time"

	"github.com/kuvaka-tech/parley/app/login"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/session"
)

const (
	password   = "correct horse battery"
	typingTime = 20 * time.Second // until a code has arrived and is entered
)

// owner has a number with a password, and a phone that receives the texts.
type owner struct {
	*world
	number phone.Number
	token  session.DeviceToken // of the device on which the owner has logged in
}

// newOwner returns an owner who has logged in before the strangers began.
func (w *world) newOwner(n phone.Number) *owner {
	w.Helper()
	o := &owner{world: w, number: n}
	if !o.loginWithCode("") {
		w.Fatal("the owner cannot log in before the attack")
	}
	c := o.client(login.ActionSendCode, o.token)
	if _, err := o.SendResetCode(w.Context(), c, n.String()); err != nil {
		w.Fatalf("request a reset code before the attack: %v", err)
	}
	c = o.client(login.ActionTrySecret, o.token)
	if err := o.ResetPassword(w.Context(), c, n.String(), w.texts[n], password); err != nil {
		w.Fatalf("set a password before the attack: %v", err)
	}
	if !o.loginWithPassword("") {
		w.Fatal("the owner cannot log in with the password before the attack")
	}
	w.now = w.now.Add(25 * time.Hour)
	return o
}

// client returns a client with an address that nobody has used.
func (o *owner) client(a login.Action, token session.DeviceToken) login.Client {
	o.Helper()
	c, err := o.Admit(o.Context(), a, login.Sender{Address: o.newAddress(), DeviceToken: token})
	if err != nil {
		o.Fatalf("a request from a new address: %v", err)
	}
	return c
}

// loginWithPassword reports whether the first try succeeds.
func (o *owner) loginWithPassword(token session.DeviceToken) bool {
	o.Helper()
	t, err := o.LoginWithPassword(o.Context(), o.client(login.ActionTrySecret, token), o.number.String(), password)
	o.know(t, err)
	return err == nil
}

// loginWithCode reports whether the first code that the owner requests and enters is right.
func (o *owner) loginWithCode(token session.DeviceToken) bool {
	o.Helper()
	if _, err := o.SendLoginCode(o.Context(), o.client(login.ActionSendCode, token), o.number.String()); err != nil {
		return false
	}
	code := o.texts[o.number]
	o.pass(typingTime)
	return o.enter(o.client(login.ActionTrySecret, token), code) == nil
}

func (o *owner) enter(c login.Client, code string) error {
	o.Helper()
	t, err := o.LoginWithCode(o.Context(), c, o.number.String(), code, "")
	o.know(t, err)
	return err
}

// know stores the device token of a login.
func (o *owner) know(t login.Token, err error) {
	if err == nil {
		o.token = t.Device
	}
}

// loginOnNewPhone returns how long the owner needs on a phone with a new address. The owner
// requests a code until one is sent, at most every 10 seconds. When a request is refused, the
// owner enters a code that has arrived because of a stranger.
func (o *owner) loginOnNewPhone(patience time.Duration) time.Duration {
	o.Helper()
	send, try := o.client(login.ActionSendCode, ""), o.client(login.ActionTrySecret, "")
	start, entered := o.now, ""
	for o.now.Sub(start) < patience {
		_, err := o.SendLoginCode(o.Context(), send, o.number.String())
		if err != nil && !errors.Is(err, fault.ErrRateLimited) {
			o.Fatalf("request a code on a new phone: %v", err)
		}
		if code := o.texts[o.number]; code != entered {
			o.pass(typingTime)
			entered = code
			if o.enter(try, code) == nil {
				return o.now.Sub(start)
			}
		}
		o.pass(10 * time.Second)
	}
	return patience
}
