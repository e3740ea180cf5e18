package flow

import (
	"net/http"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

// enterWrongCodes enters five wrong codes at each of n numbers, every code from another network.
func (p *program) enterWrongCodes(n int) {
	p.t.Helper()
	for range n {
		number := client.Number()
		p.tryWrongCodes(5, number, p.newDevice().requestCode("send-otp", number))
	}
}

// checkSecondTry checks whether a network may try a second code, at another number, at once.
func (p *program) checkSecondTry(want int) {
	p.t.Helper()
	d, first, second := p.newDevice(), client.Number(), client.Number()
	code := d.requestCode("send-otp", second)
	d.wantInvalidCode(first, "000000")
	if status, _ := d.tryCode("verify-otp", second, code); status != want {
		p.t.Errorf("the second try of a network within a minute: status %d, want %d", status, want)
	}
}

func TestManyWrongCodesSlowStrangersDown(t *testing.T) {
	guarded(t, func(t *testing.T, first, second *program) {
		k := first.know(germanNumber(0))
		first.enterWrongCodes(20)
		second.enterWrongCodes(20)
		time.Sleep(2 * time.Second)
		first.checkSecondTry(http.StatusOK) // 200 wrong codes are not excessive
		first.enterWrongCodes(1)
		time.Sleep(2 * time.Second)
		first.checkSecondTry(http.StatusTooManyRequests)
		second.checkSecondTry(http.StatusOK) // has not read the counts since
		time.Sleep(2 * time.Second)
		second.checkSecondTry(http.StatusTooManyRequests)

		for range 3 { // a known device does not wait
			k.post(first, "/auth/verify-otp", codeBody(k.number, "000000"))
		}
		login := k.post(first, "/auth/verify-otp", codeBody(k.number, k.requestCode(first, "send-otp")))
		checkFields(t, login, map[string]string{"token_type": "bearer"})

		d, n := first.newDevice(), client.Number()
		code := d.requestCode("send-otp", n)
		d.wantInvalidCode(n, wrongCode(code))
		d.wantRateLimited("60", "/auth/verify-otp", codeBody(n, code))
		time.Sleep(time.Minute)
		d.loginWithCode(n, code)
		sleepUntil(midnight(1)) // the wrong codes have also closed their country, until midnight
		first.checkSecondTry(http.StatusOK)
	})
}

func TestInRecordModeWrongCodesSlowNobodyDown(t *testing.T) {
	guarded(t, func(t *testing.T, p, _ *program) {
		p.enterWrongCodes(41)
		time.Sleep(2 * time.Second)
		p.checkSecondTry(http.StatusOK)
		time.Sleep(time.Hour)
		for text, want := range map[string]int{"too many wrong codes": 1, "wrong codes are not excessive any more": 1} {
			if n := p.countLines(text); n != want {
				t.Errorf("%d lines of the log contain %q, want %d", n, text, want)
			}
		}
	}, "SMS_GUARD", "record")
}
