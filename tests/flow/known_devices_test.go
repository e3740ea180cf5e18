package flow

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/tests/client"
)

const deviceTokenHeader = "Device-Token"

// knownDevice is a device on which the owner of a number has logged in.
type knownDevice struct {
	device
	number, token string
}

// know logs in with a code from a new address.
func (p *program) know(number string) knownDevice {
	p.t.Helper()
	d := p.newDevice()
	login := d.Want(http.StatusOK, "POST", "/auth/verify-otp", codeBody(number, d.requestCode("send-otp", number)))
	return knownDevice{d.As(login.Field("access_token")), number, login.Field("device_token")}
}

// post posts a body with the device token, from an address that the device did not have before.
func (k knownDevice) post(p *program, path string, body object) client.Response {
	p.t.Helper()
	return p.newDevice().call("POST", path, body, deviceTokenHeader, k.token)
}

// requestCode requests a code with the device token and returns it.
func (k knownDevice) requestCode(p *program, route string) string {
	p.t.Helper()
	r := k.post(p, "/auth/"+route, object{"mobile_number": k.number})
	if r.Status != http.StatusOK {
		p.t.Fatalf("%s of a known device: response %d %s, want 200", route, r.Status, r.Body)
	}
	return r.Field("otp")
}

// isKnown reports whether the server knows the device. A stranger has just got a code of this
// route, so a request that counts as a stranger's is refused.
func (k knownDevice) isKnown(p *program, route string) bool {
	p.t.Helper()
	return k.post(p, "/auth/"+route, object{"mobile_number": k.number}).Status == http.StatusOK
}

// attack uses up what strangers with 20 addresses can use up at one time.
func (p *program) attack(number string) {
	p.t.Helper()
	for range 20 {
		d := p.newDevice()
		for range 5 {
			d.callStatus("POST", "/auth/send-otp", object{"mobile_number": number})
			d.callStatus("POST", "/auth/forgot-password", object{"mobile_number": number})
			d.callStatus("POST", "/auth/verify-otp", codeBody(number, "000000"))
			d.callStatus("POST", "/auth/reset-password", resetBody(number, "000000", "battery staple"))
			d.callStatus("POST", "/auth/login", loginBody(number, "a wrong guess"))
		}
	}
	for path, body := range map[string]object{
		"/auth/send-otp": {"mobile_number": number},
		"/auth/login":    loginBody(number, "correct horse"),
	} {
		p.newDevice().wantError(http.StatusTooManyRequests, "rate_limited", "POST", path, body)
	}
}

func TestStrangersCannotLockOutAKnownDevice(t *testing.T) {
	p := start(t, config(t))
	k := p.know(client.Number())
	k.Want(http.StatusOK, "POST", "/auth/change-password", object{"new_password": "correct horse"})
	p.attack(k.number)
	login := k.post(p, "/auth/verify-otp", codeBody(k.number, k.requestCode(p, "send-otp")))
	checkFields(t, login, map[string]string{"token_type": "bearer", "device_token": k.token})
	k.As(login.Field("access_token")).checkLoggedIn("the device after a login with a code", true)
	login = k.post(p, "/auth/login", loginBody(k.number, "correct horse"))
	checkFields(t, login, map[string]string{"token_type": "bearer", "device_token": k.token})
	reset := resetBody(k.number, k.requestCode(p, "forgot-password"), "battery staple")
	if r := k.post(p, "/auth/reset-password", reset); r.Status != http.StatusOK {
		t.Errorf("a reset on a known device: response %d %s, want 200", r.Status, r.Body)
	}
	if r := k.post(p, "/auth/login", loginBody(k.number, "battery staple")); r.Status != http.StatusTooManyRequests {
		t.Errorf("a login after the reset, which revokes the device token: status %d, want 429", r.Status)
	}
}

// A login with a password returns a token, too. Each login of a stranger returns another one.
func TestEachLoginReturnsADeviceToken(t *testing.T) {
	p := start(t, config(t))
	d, n := p.newAccount("correct horse")
	seen := map[string]bool{}
	for range 3 {
		login := p.newDevice().Want(http.StatusOK, "POST", "/auth/login", loginBody(n, "correct horse"))
		token := login.Field("device_token")
		if !session.DeviceToken(token).IsWellFormed() || seen[token] {
			t.Errorf("device_token = %q, want a new token", token)
		}
		seen[token] = true
	}
	d.checkLoggedIn("the first device", true)
}

func TestADeviceIsKnownUntilItsSessionIsEnded(t *testing.T) {
	p := start(t, config(t))
	for name, end := range map[string]func(k knownDevice){
		"logout": func(k knownDevice) { k.logOut() },
		"a reset of the password": func(k knownDevice) {
			body := resetBody(k.number, k.requestCode(p, "forgot-password"), "battery staple")
			p.newDevice().Want(http.StatusOK, "POST", "/auth/reset-password", body, deviceTokenHeader, k.token)
		},
		"a change of the password on another device": func(k knownDevice) {
			k.Want(http.StatusOK, "POST", "/auth/change-password", object{"new_password": "correct horse"})
			other := p.loginWithPassword(k.number, "correct horse")
			change := passwordChange("correct horse", "battery staple")
			other.Want(http.StatusOK, "POST", "/auth/change-password", change)
		},
		"an erasure": func(k knownDevice) { k.eraseAccount() },
	} {
		k := p.know(client.Number())
		if !k.isKnown(p, "send-otp") {
			t.Fatalf("the device is not known before %s, want it to be", name)
		}
		end(k)
		p.newDevice().callStatus("POST", "/auth/forgot-password", object{"mobile_number": k.number})
		if k.isKnown(p, "forgot-password") {
			t.Errorf("the device is known after %s, want it to be a stranger", name)
		}
	}
}

// The own session remains when the password is changed, and so does its device.
func TestADeviceIsKnownAfterItHasChangedThePassword(t *testing.T) {
	p := start(t, config(t))
	k := p.know(client.Number())
	k.Want(http.StatusOK, "POST", "/auth/change-password", object{"new_password": "correct horse"})
	if !k.isKnown(p, "send-otp") {
		t.Error("the device is not known after it has changed the password, want it to be")
	}
}

// An error for a token would reveal that it is or was valid.
func TestOtherDeviceTokensAreIgnored(t *testing.T) {
	p := start(t, config(t))
	k, foreign := p.know(client.Number()), p.know(client.Number())
	for _, token := range []string{"", "x", "\x00é", k.token[1:], k.token + "A", foreign.token} {
		stranger := k
		stranger.token = token
		for path, body := range map[string]object{
			"/auth/send-otp":       {"mobile_number": k.number},
			"/auth/verify-otp":     codeBody(k.number, "000000"),
			"/auth/login":          loginBody(k.number, "a wrong guess"),
			"/auth/reset-password": resetBody(k.number, "000000", "battery staple"),
		} {
			got, want := stranger.post(p, path, body), p.newDevice().call("POST", path, body)
			if got.Status != want.Status || got.Field("code") != want.Field("code") {
				t.Errorf("%s with the token %q: response %d %s, want that of a stranger: %d %s",
					path, token, got.Status, got.Body, want.Status, want.Body)
			}
		}
	}
}

// A token of the own account does not lift the limit of the address for other numbers.
func TestAForeignDeviceTokenCountsAgainstTheAddress(t *testing.T) {
	p := start(t, config(t))
	k, d := p.know(client.Number()), p.deviceAt("203.0.113.77")
	try := func(number string) int {
		return d.callStatus("POST", "/auth/verify-otp", codeBody(number, "000000"), deviceTokenHeader, k.token)
	}
	for i := range 30 {
		if status := try(client.Number()); status != http.StatusBadRequest {
			t.Fatalf("try %d of a foreign number: status %d, want 400", i+1, status)
		}
	}
	if status := try(client.Number()); status != http.StatusTooManyRequests {
		t.Errorf("try 31 of a foreign number: status %d, want 429", status)
	}
	if status := try(k.number); status != http.StatusBadRequest {
		t.Errorf("a try of the own number: status %d, want 400", status)
	}
}

// Only the device can enter its code, and strangers cannot use it up.
func TestTheCodeOfADeviceBelongsToIt(t *testing.T) {
	p := start(t, config(t))
	k := p.know(client.Number())
	code := k.requestCode(p, "send-otp")
	if p.newDevice().requestCode("forgot-password", k.number) == code {
		t.Skip("two random codes are equal")
	}
	for range 6 {
		p.newDevice().wantInvalidCode(k.number, code)
	}
	responses := concurrently(t, 50, func(i int) (client.Response, error) {
		body := codeBody(k.number, wrongCode(code))
		if i == 25 {
			body = codeBody(k.number, "abc")
		}
		return p.newDevice().Call("POST", "/auth/verify-otp", body, deviceTokenHeader, k.token)
	})
	counts := map[int]int{}
	for _, r := range responses {
		counts[r.Status]++
	}
	if want := map[int]int{400: 40, 422: 1, 429: 9}; fmt.Sprint(counts) != fmt.Sprint(want) {
		t.Errorf("responses to 50 concurrent wrong codes of a device by status = %v, want %v", counts, want)
	}
	if r := k.post(p, "/auth/verify-otp", codeBody(k.number, code)); r.Status != http.StatusTooManyRequests {
		t.Errorf("the right code after them: status %d, want 429", r.Status)
	}
}
