package flow

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// With a real sender a code goes to its phone and nowhere else.
func TestCodesGoToThePhone(t *testing.T) {
	phones := newPhones()
	server := httptest.NewServer(phones)
	t.Cleanup(server.Close)
	p := start(t, hooked(t, server.URL))
	d, n, c := p.device(), number(), &canaries{}
	secret := func(route string) string {
		a := d.want(http.StatusOK, "POST", "/auth/"+route, object{"mobile_number": n})
		code := c.add(phones.code(t, n))
		if a.Get("otp") != "" || c.in(string(a.Body)) != "" {
			t.Errorf("%s tells the code: %s", route, a.Body)
		}
		return code
	}
	token := d.want(http.StatusOK, "POST", "/auth/verify-otp", try(n, secret("send-otp"))).Get("access_token")
	device{d.As(token), t}.want(http.StatusOK, "GET", "/user/me", nil)
	d.want(http.StatusOK, "POST", "/auth/reset-password", object{"mobile_number": n, "otp": secret("forgot-password"), "new_password": "correct horse battery"})
	if p.outbox.Count() != 0 {
		t.Error("the stand-in got a text as well")
	}
	p.stop()
	c.add(hookSecret)
	c.add(n)
	if found := c.in(p.log.String()); found != "" {
		t.Errorf("the log holds %q:\n%s", found, p.log)
	}
	p.logged(`msg="sms handed over"`, "mobile_number="+masked(n))
}

// A number that cannot be reached, or not with our money, is refused alike
// wherever a text would follow, and takes nothing from any number's budget.
func TestUnreachableNumbersAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		phones := newPhones()
		p := texting(t, phones, "SMS_COUNTRIES", "US, in")
		for n, rule := range map[string]string{
			"+121255501":     "must be a possible number",
			"+99999999999":   "must be a possible number",
			"+447400123456":  "must be of a country we serve",
			"+14165550123":   "must be of a country we serve",
			"+88213123456":   "must be of a country we serve",
			"+091-987654321": "must be E.164: + and 8 to 15 digits",
		} {
			d := p.anywhere()
			for range 7 {
				for _, route := range []string{"send-otp", "forgot-password", "signup"} {
					a := d.refused(http.StatusUnprocessableEntity, "invalid_request", "POST", "/auth/"+route, object{"mobile_number": n})
					var problem struct{ Errors []map[string]string }
					if err := a.Into(&problem); err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff([]map[string]string{{"field": "mobile_number", "rule": rule}}, problem.Errors); diff != "" {
						t.Errorf("%s %s (-want +got)\n%s", route, n, diff)
					}
				}
			}
		}
		d := p.anywhere()
		for range 25 { // of the prefix that has 20 an hour
			d.refused(http.StatusUnprocessableEntity, "invalid_request", "POST", "/auth/send-otp", object{"mobile_number": "+1212555012345"})
		}
		for _, n := range []string{"+12125550123", "+919876543210"} {
			d.want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": n})
			d.want(http.StatusOK, "POST", "/auth/verify-otp", try(n, phones.code(t, n)))
		}
		if n := phones.asked.Load(); n != 2 {
			t.Errorf("%d texts left", n)
		}
	})
}

// While the hook is away nobody waits for it, the answers tell known numbers from
// unknown ones no more than ever, and the code comes later.
func TestTheHookIsOffTheRequestsPath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		phones := newPhones()
		p := texting(t, phones)
		d, known, unknown := p.anywhere(), number(), number()
		d.want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": known})
		d.want(http.StatusOK, "POST", "/auth/verify-otp", try(known, phones.code(t, known)))
		phones.down.Store(true)
		began := time.Now()
		answers := map[string]bool{}
		for _, n := range []string{known, unknown} {
			answers[string(d.want(http.StatusOK, "POST", "/auth/forgot-password", object{"mobile_number": n}).Body)] = true
		}
		if took(t, began, 0, 0); len(answers) != 1 {
			t.Errorf("the answers differ: %v", answers)
		}
		time.Sleep(30 * time.Second) // 4 tries
		phones.down.Store(false)
		d.want(http.StatusOK, "POST", "/auth/reset-password", object{"mobile_number": known, "otp": phones.code(t, known), "new_password": "correct horse battery"})
		took(t, began, 40*time.Second, 40*time.Second)
		if n := phones.asked.Load(); n != 6 {
			t.Errorf("%d requests for two texts and four failures", n)
		}
	})
}

// A program that stops hands over the texts it has, also to a hook that comes back just in time.
func TestStoppingHandsOverTexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		phones, n := newPhones(), number()
		p := texting(t, phones)
		phones.down.Store(true)
		p.anywhere().want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": n})
		time.AfterFunc(10*time.Second, func() { phones.down.Store(false) })
		p.stop()
		if code := phones.code(t, n); len(code) != 6 {
			t.Errorf("the code is %q", code)
		}
	})
}

// A hook that stays away costs the texts, and leaves a second to the parts that stop after it.
func TestStoppingWithoutTheHook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		phones, n := newPhones(), number()
		p := texting(t, phones)
		phones.down.Store(true)
		p.anywhere().want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": n})
		ctx, cancel := context.WithTimeout(context.Background(), 25*time.Second)
		defer cancel()
		began := time.Now()
		if err := p.Stop(ctx); err == nil || !strings.Contains(err.Error(), "texts given up: 1") {
			t.Errorf("stopped with %v", err)
		}
		took(t, began, 24*time.Second, 24*time.Second)
	})
}
