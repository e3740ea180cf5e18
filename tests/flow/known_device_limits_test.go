package flow

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/tests/client"
)

// wantLimited checks that a request of a known device is refused until Retry-After.
func (k knownDevice) wantLimited(p *program, retryAfter, path string, body object) {
	p.t.Helper()
	r := k.post(p, path, body)
	if r.Status != http.StatusTooManyRequests || r.Header.Get("Retry-After") != retryAfter {
		p.t.Fatalf("%s of a known device: status %d and Retry-After %q, want 429 and %s",
			path, r.Status, r.Header.Get("Retry-After"), retryAfter)
	}
}

func TestAKnownDeviceGetsFiveCodesAnHourAndFortyADay(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		k := p.know(client.Number())
		body := object{"mobile_number": k.number}
		for range 8 {
			k.requestCode(p, "send-otp")
			k.wantLimited(p, "60", "/auth/send-otp", body)
			for range 4 {
				time.Sleep(time.Minute)
				k.requestCode(p, "send-otp")
			}
			time.Sleep(time.Minute)
			if k.isKnown(p, "send-otp") {
				p.t.Error("a known device gets a sixth code in an hour, want it refused")
			}
			time.Sleep(55 * time.Minute)
		}
		k.wantLimited(p, "57600", "/auth/send-otp", body)
	})
}

// Each login with a password makes another device known.
func TestKnownDevicesOfANumberShareALimit(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		k := p.know(client.Number())
		k.Want(http.StatusOK, "POST", "/auth/change-password", object{"new_password": "correct horse"})
		var devices []knownDevice
		for range 11 {
			r := p.newDevice().Want(http.StatusOK, "POST", "/auth/login", loginBody(k.number, "correct horse"))
			devices = append(devices, knownDevice{p.newDevice(), k.number, r.Field("device_token")})
			time.Sleep(time.Hour)
		}
		for _, d := range devices[:10] {
			d.requestCode(p, "send-otp")
		}
		devices[10].wantLimited(p, "3600", "/auth/send-otp", object{"mobile_number": k.number})
	})
}

func TestAKnownDeviceHasNoMoreSignups(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		k := p.know(client.Number())
		d := p.newDevice()
		for range 30 {
			body := object{"mobile_number": client.Number()}
			if r := d.call("POST", "/auth/signup", body, deviceTokenHeader, k.token); r.Status != http.StatusCreated {
				p.t.Fatalf("a sign-up: response %d %s, want 201", r.Status, r.Body)
			}
		}
		body := object{"mobile_number": client.Number()}
		if r := d.call("POST", "/auth/signup", body, deviceTokenHeader, k.token); r.Status != http.StatusTooManyRequests {
			p.t.Errorf("the 31st sign-up of an address: status %d, want 429", r.Status)
		}
	})
}

func TestAKnownDeviceHasFortyTriesOfCodesADay(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		k := p.know(client.Number())
		for range 40 {
			k.post(p, "/auth/verify-otp", codeBody(k.number, "000000"))
		}
		k.wantLimited(p, "86400", "/auth/verify-otp", codeBody(k.number, "000000"))
	})
}

func TestAKnownDeviceHasTenPasswordsAnHour(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		k := p.know(client.Number())
		k.Want(http.StatusOK, "POST", "/auth/change-password", object{"new_password": "correct horse"})
		for range 10 {
			r := k.post(p, "/auth/login", loginBody(k.number, "a wrong guess"))
			if r.Status != http.StatusUnauthorized {
				t.Fatalf("a wrong password: status %d, want 401", r.Status)
			}
		}
		k.wantLimited(p, "3600", "/auth/login", loginBody(k.number, "correct horse"))
		p.loginWithPassword(k.number, "correct horse")
	})
}

// All known devices of a country share a hard limit, and no other one with strangers.
func TestKnownDevicesOfACountryShareALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t, config(t, "DEVICE_CODES_PER_COUNTRY", "25"), boot.InProcess())
		var devices []knownDevice
		for i := range 26 {
			devices = append(devices, p.know(fmt.Sprintf("+4917%d%07d", 10+i, i)))
		}
		for i := range 30 { // strangers use up the limit of a prefix
			p.newDevice().callStatus("POST", "/auth/send-otp", object{"mobile_number": fmt.Sprintf("+491710%06d", i)})
		}
		for _, k := range devices[:25] {
			k.requestCode(p, "send-otp")
		}
		devices[25].wantLimited(p, "3600", "/auth/send-otp", object{"mobile_number": devices[25].number})
		p.know("+12125550123").requestCode(p, "send-otp")
		p.newDevice().requestCode("send-otp", "+491999000000")
	})
}
