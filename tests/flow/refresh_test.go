package flow

import (
	"net/http"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

// tokens are what a login or a refresh returns.
type tokens struct{ access, refresh string }

func tokensOf(r client.Response) tokens {
	return tokens{access: r.Field("access_token"), refresh: r.Field("refresh_token")}
}

// logIn logs in with a new code, and returns the tokens.
func (p *program) logIn(number string) tokens {
	p.t.Helper()
	d := p.newDevice()
	code := codeBody(number, d.requestCode("send-otp", number))
	r := d.Want(http.StatusOK, "POST", "/auth/verify-otp", code)
	checkFields(p.t, r, map[string]string{"expires_in": "86400"})
	var body struct {
		RefreshExpiresIn int `json:"refresh_expires_in"`
	}
	if err := r.Decode(&body); err != nil || body.RefreshExpiresIn != 30*24*3600 {
		p.t.Errorf("refresh_expires_in of a login = %d, %v, want 30 days", body.RefreshExpiresIn, err)
	}
	return tokensOf(r)
}

// refresh exchanges a refresh token from a new device.
func (p *program) refresh(token string) tokens {
	p.t.Helper()
	r := p.newDevice().Want(http.StatusOK, "POST", "/auth/refresh", object{"refresh_token": token})
	checkFields(p.t, r, map[string]string{"token_type": "bearer"})
	return tokensOf(r)
}

// checkNotRefreshed checks that a refresh token is refused.
func (p *program) checkNotRefreshed(token string) {
	p.t.Helper()
	p.newDevice().wantError(http.StatusUnauthorized, "invalid_token", "POST", "/auth/refresh",
		object{"refresh_token": token})
}

// checkAccess checks whether an access token is valid.
func (p *program) checkAccess(name, token string, want bool) {
	p.t.Helper()
	p.newDevice().As(token).checkLoggedIn(name, want)
}

func TestARefreshTokenHasOneSuccessor(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		first := p.logIn(client.Number())
		second := p.refresh(first.refresh)
		if second.refresh == first.refresh {
			t.Error("a refresh returned the same refresh token, want another one")
		}
		time.Sleep(time.Hour)
		if again := p.refresh(first.refresh); again != second {
			t.Errorf("a repeated refresh returned %+v, want the same tokens %+v", again, second)
		}
		third := p.refresh(second.refresh)
		time.Sleep(9 * time.Second)
		if again := p.refresh(second.refresh); again != third {
			t.Errorf("a repeated refresh returned %+v, want the same tokens %+v", again, third)
		}
		for _, access := range []string{first.access, second.access, third.access} {
			p.checkAccess("an access token of the session", access, true)
		}
	})
}

func TestAReplayedRefreshTokenEndsTheSession(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		n := client.Number()
		stolen := p.logIn(n)
		second := p.refresh(stolen.refresh)
		third := p.refresh(second.refresh)
		time.Sleep(time.Minute)
		other := p.logIn(n)
		p.checkNotRefreshed(stolen.refresh)
		p.checkNotRefreshed(third.refresh)
		p.checkAccess("an access token of the ended session", third.access, false)
		p.checkAccess("an access token of another session", other.access, true)
		p.refresh(other.refresh)
	})
}

func TestASessionLivesForThirtyDaysAfterItsLastUse(t *testing.T) {
	clock, withClock := withAdjustableClock()
	inBubble(t, func(_ *testing.T, p *program) {
		days := func(n time.Duration) { clock.set(clock.Now().Add(n * 24 * time.Hour)) }
		session := p.logIn(client.Number())
		for range 3 {
			days(29)
			p.checkAccess("an expired access token", session.access, false)
			session = p.refresh(session.refresh)
		}
		days(30)
		p.checkNotRefreshed(session.refresh)
	}, withClock)
}

func TestOtherTextsAreNoRefreshTokens(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		session := p.logIn(client.Number())
		for _, token := range []string{
			session.access, "x", "..", session.refresh + "A", session.refresh[1:], "\x00", session.refresh + " ",
		} {
			p.checkNotRefreshed(token)
		}
		p.newDevice().wantError(http.StatusUnprocessableEntity, "invalid_request", "POST", "/auth/refresh",
			object{"refresh_token": ""})
		p.checkAccess("a refresh token", session.refresh, false)
		p.refresh(session.refresh)
	})
}

func TestASessionIsRefreshedTenTimesInTenSeconds(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		session := p.logIn(client.Number())
		for range 10 {
			session = p.refresh(session.refresh)
		}
		p.newDevice().wantRateLimited("10", "/auth/refresh", object{"refresh_token": session.refresh})
		time.Sleep(10 * time.Second)
		p.refresh(session.refresh)
	})
}
