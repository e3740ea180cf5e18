package otp_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/session"
)

// attempt returns a code of ada that a network enters.
func attempt(network string, macs otp.MACs) otp.Attempt {
	return otp.Attempt{Slot: otp.Slot{Purpose: otp.Login, Number: ada}, Network: network, MACs: macs}
}

// guess enters a wrong code at a challenge of ada.
func guess(c *otp.Challenge, g otp.Guesses, network string, now time.Time) (otp.Guesses, error) {
	g, _, err := otp.Try(c, g, attempt(network, otp.MACs{{}}), now)
	return g, err
}

// guessed returns the guesses after wrong codes of these networks, each at its own code.
func guessed(t rapid.TB, networks ...string) (g otp.Guesses) {
	t.Helper()
	for _, network := range networks {
		c, _ := newChallenge(t)
		g, _ = guess(&c, g, network, noon)
	}
	return g
}

func TestANetworkWaitsAfterItsWrongCodes(t *testing.T) {
	g := guessed(t, "a", "a", "b", "b")
	for network, wait := range map[string]time.Duration{"a": 0, "b": 0, "c": 0} {
		wantWait(t, g, network, wait)
	}
	g = guessed(t, "a", "a", "b", "b", "b")
	for network, wait := range map[string]time.Duration{"a": 30 * time.Minute, "b": 30 * time.Minute, "c": 0} {
		wantWait(t, g, network, wait)
	}
}

// wantWait checks how long a network must wait at noon until a code of it is compared.
func wantWait(t *testing.T, g otp.Guesses, network string, want time.Duration) {
	t.Helper()
	c, _ := newChallenge(t)
	after, err := guess(&c, g, network, noon)
	if want == 0 {
		if !errors.Is(err, otp.ErrBadCode) || after.Wrong != g.Wrong+1 {
			t.Errorf("network %s: error %v and %d guesses, want ErrBadCode and one more guess",
				network, err, after.Wrong)
		}
		return
	}
	if !errors.Is(err, fault.ErrRateLimited) || fault.Of(err).RetryAfter != want || after != g || c.Attempts > 0 {
		t.Errorf("network %s: error %v, guesses %v, %d attempts; want to wait %s and no change",
			network, err, after, c.Attempts, want)
	}
	c.Expires = noon.Add(2 * want)
	if _, err := guess(&c, g, network, noon.Add(want)); !errors.Is(err, otp.ErrBadCode) {
		t.Errorf("network %s after %s: error %v, want ErrBadCode", network, want, err)
	}
}

// Strangers with five networks cannot use up the attempts of two codes in a row, in whatever
// order they guess. So the next code opens for the owner, who has another network.
func TestFiveNetworksCannotUseUpTwoCodesInARow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var g otp.Guesses
		now, dead := noon, 0
		for range 30 {
			c, code := newChallenge(t)
			c.Expires = now.Add(otp.CodeTTL)
			for range rapid.IntRange(0, 12).Draw(t, "guesses") {
				at := now.Add(time.Duration(rapid.Int64Range(0, int64(otp.CodeTTL)-1).Draw(t, "at")))
				g, _ = guess(&c, g, fmt.Sprint(rapid.IntRange(1, 5).Draw(t, "network")), at)
			}
			now = now.Add(otp.CodeTTL - 1)
			owner := c
			_, _, err := otp.Try(&owner, g, attempt("owner", macOf(code)), now)
			if err == nil {
				dead = 0
				continue
			}
			dead++
			if dead > 1 {
				t.Fatalf("the owner could not enter two codes in a row, the last time because of: %v", err)
			}
		}
	})
}

func TestGuessesAreForgottenAfterADay(t *testing.T) {
	g := guessed(t, "a", "a", "a", "a", "a")
	c, _ := newChallenge(t)
	later := noon.Add(otp.GuessesTTL)
	c.Expires = later.Add(time.Minute)
	if !g.Expired(later) || g.Expired(later.Add(-1)) {
		t.Errorf("the guesses have not expired after exactly a day, want them to")
	}
	if g, _ = guess(&c, g, "a", later); g.Wrong != 1 {
		t.Errorf("%d guesses are counted after a day without one, want 1", g.Wrong)
	}
}

// Only the device can try its code, so its guesses do not count for the number.
func TestTheCodeOfADeviceHasNoDelay(t *testing.T) {
	g := guessed(t, "a", "a", "a", "a", "a")
	c, code := newChallenge(t)
	c.Device = session.DeviceID("d")
	a := attempt("a", otp.MACs{{}})
	a.Device = c.Device
	after, _, err := otp.Try(&c, g, a, noon)
	if !errors.Is(err, otp.ErrBadCode) || after != g {
		t.Errorf("a wrong code of a device: error %v, guesses %v; want ErrBadCode and no change", err, after)
	}
	a.MACs = macOf(code)
	if _, _, err := otp.Try(&c, g, a, noon); err != nil {
		t.Errorf("the right code of a device: error %v, want success", err)
	}
}

// A number cannot collect networks without limit.
func TestTheLast64NetworksAreRemembered(t *testing.T) {
	var networks []string
	for n := range 70 {
		networks = append(networks, fmt.Sprint(n))
	}
	g := guessed(t, networks...)
	if len(g.Networks) != 64*8 {
		t.Errorf("the networks take %d bytes, want 64 times 8", len(g.Networks))
	}
	wantWait(t, g, "5", 0)
	wantWait(t, g, "6", 30*time.Minute)
}

// Only codes that were compared are guesses. A verified code counts in the period of its issue.
func TestTrySaysWhichCodeWasCompared(t *testing.T) {
	c, code := newChallenge(t)
	want := otp.Tried{Compared: true, Issued: c.Expires.Add(-otp.CodeTTL)}
	for range otp.MaxAttempts - 1 {
		if _, tried, _ := otp.Try(&c, otp.Guesses{}, attempt("a", otp.MACs{{}}), noon); tried != want {
			t.Fatalf("a wrong code that was compared: %+v, want %+v", tried, want)
		}
	}
	if _, tried, err := otp.Try(&c, otp.Guesses{}, attempt("a", macOf(code)), noon); tried != want || err != nil {
		t.Fatalf("the right code: %+v and error %v, want %+v and success", tried, err, want)
	}
	for name, challenge := range map[string]*otp.Challenge{"no code": nil, "a used code": &c} {
		if _, tried, _ := otp.Try(challenge, otp.Guesses{}, attempt("a", macOf(code)), noon); tried != (otp.Tried{}) {
			t.Errorf("a try of %s: %+v, want nothing compared", name, tried)
		}
	}
	blocked := guessed(t, "a", "a", "a", "a", "a")
	fresh, _ := newChallenge(t)
	if _, tried, _ := otp.Try(&fresh, blocked, attempt("a", otp.MACs{{}}), noon); tried != (otp.Tried{}) {
		t.Errorf("a try that must wait: %+v, want nothing compared", tried)
	}
}
