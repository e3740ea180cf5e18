package otp_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"regexp"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
)

var (
	key    = otp.NewKey([]byte("a secret of the server, 32 bytes long"))
	ada, _ = phone.Parse("+1234567890")
	bob, _ = phone.Parse("+1234567891")
	noon   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

func fresh(t rapid.TB, now time.Time) (otp.Challenge, string) {
	t.Helper()
	c, err := otp.NewChallenge(key, otp.Login, ada, now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return c, key.Code(c.Purpose, c.Number, c.Nonce)
}

func TestCodesAreBound(t *testing.T) {
	six := regexp.MustCompile(`^[0-9]{6}$`)
	rapid.Check(t, func(t *rapid.T) {
		c, code := fresh(t, noon)
		if !six.MatchString(code) || otp.CheckShape(code) != nil {
			t.Fatalf("a code is 6 digits, not %q", code)
		}
		for _, mac := range []otp.MAC{
			key.MAC(otp.Reset, ada, code), key.MAC(otp.Login, bob, code), otp.NewKey([]byte("another")).MAC(otp.Login, ada, code), {},
		} {
			other := c
			if err := other.Try(otp.MACs{mac}, noon); !errors.Is(err, otp.ErrBadCode) {
				t.Fatalf("a code for something else opened: %v", err)
			}
		}
		if err := c.Try(otp.MACs{key.MAC(otp.Login, ada, code)}, noon); err != nil {
			t.Fatal(err)
		}
	})
}

// However the tries fall, a challenge opens at most once, only to its code, only
// within its life, and only among its first five tries.
func TestChallengeOpensOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, code := fresh(t, noon)
		right, wrong := key.MAC(otp.Login, ada, code), key.MAC(otp.Login, ada, "not it")
		opened, evaluated := 0, 0
		for range rapid.IntRange(1, 12).Draw(t, "tries") {
			now := noon.Add(time.Duration(rapid.Int64Range(0, int64(otp.Life)+2).Draw(t, "at")))
			mac, isRight := wrong, rapid.Bool().Draw(t, "right")
			if isRight {
				mac = right
			}
			open := isRight && opened == 0 && evaluated < otp.MaxAttempts && now.Before(c.Expires)
			if err := c.Try(otp.MACs{mac}, now); (err == nil) != open {
				t.Fatalf("right=%v evaluated=%d opened=%d at +%s: %v", isRight, evaluated, opened, now.Sub(noon), err)
			}
			if now.Before(c.Expires) && opened == 0 && evaluated < otp.MaxAttempts {
				evaluated++
			}
			if open {
				opened++
			}
		}
		if c.Attempts != evaluated {
			t.Fatalf("%d attempts counted, %d made", c.Attempts, evaluated)
		}
	})
}

func TestLivesToItsLastMicrosecond(t *testing.T) {
	c, code := fresh(t, noon)
	mac := key.MAC(otp.Login, ada, code)
	late := c
	if late.Try(otp.MACs{mac}, noon.Add(otp.Life)) == nil || late.Lives(noon.Add(otp.Life)) {
		t.Error("a code is over at the end of its life")
	}
	if err := c.Try(otp.MACs{mac}, noon.Add(otp.Life-time.Microsecond)); err != nil || c.Lives(noon) {
		t.Errorf("its last microsecond opens and uses it: %v", err)
	}
}

func TestDeadButAlive(t *testing.T) {
	c, _ := fresh(t, noon)
	for range otp.MaxAttempts {
		if c.Dead() {
			t.Fatal("dead too early")
		}
		_ = c.Try(otp.MACs{{}}, noon)
	}
	if !c.Dead() || !c.Lives(noon) {
		t.Error("after five misses it is dead for the rest of its life, and asking finds it")
	}
}

func TestNewChallengeWithoutRandomness(t *testing.T) {
	broken := errors.New("no entropy")
	if _, err := otp.NewChallenge(key, otp.Login, ada, noon, iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Error(err)
	}
}

func TestCheckShape(t *testing.T) {
	for _, bad := range []string{"", "12345", "1234567", "12345a", "１２３４５６", "-12345", "12345\n"} {
		if !errors.Is(otp.CheckShape(bad), otp.ErrShape) {
			t.Errorf("%q passed", bad)
		}
	}
}

// Codes are spread evenly enough that no leading digit is worth guessing.
func TestCodesSpread(t *testing.T) {
	var first [10]int
	for i := range 10_000 {
		nonce := [16]byte(bytes.Repeat([]byte{byte(i), byte(i >> 8)}, 8))
		first[key.Code(otp.Login, ada, nonce)[0]-'0']++
	}
	for digit, n := range first {
		if n < 850 || n > 1150 {
			t.Errorf("digit %d leads %d of 10000 codes", digit, n)
		}
	}
}

func TestGuesses(t *testing.T) {
	var g otp.Guesses
	now := noon
	for miss, want := range map[int]time.Duration{5: 0, 6: time.Second, 7: 2 * time.Second, 10: 16 * time.Second, 17: 2048 * time.Second, 18: time.Hour, 80: time.Hour} {
		g = otp.Guesses{}
		for range miss {
			g = g.Miss(now)
		}
		if got := max(0, g.Until.Sub(now)); got != want {
			t.Errorf("miss %d costs %s, want %s", miss, got, want)
		}
		err := g.Check(now)
		if (err != nil) != (want > 0) || want > 0 && fault.Of(err).RetryAfter != want {
			t.Errorf("miss %d: %v", miss, err)
		}
		if g.Check(g.Until) != nil {
			t.Error("the wait is over at its end: it never locks")
		}
	}
	if g := g.Miss(g.Last.Add(25 * time.Hour)); g.Wrong != 1 {
		t.Errorf("a quiet day forgets: %d", g.Wrong)
	}
}
