package lockout

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/app/login"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
)

const (
	strangers  = 20
	allCodes   = 1_000_000 // six digits
	wantedRisk = 1.0 / 10_000
	// likelyPasswords is an assumption about the password of an account: that it is one of
	// this many equally likely ones.
	likelyPasswords = 10_000_000
	// passwordsADay is the limit of an account, over all strangers.
	passwordsADay = 24 * 10
)

// riskOf returns the probability that at least one of some guesses is right.
func riskOf(guesses float64) float64 { return -math.Expm1(guesses * math.Log1p(-1.0/allCodes)) }

// calculatedGuesses returns the most codes that strangers can guess in a day at any of n
// accounts. A code allows otp.MaxAttempts guesses. Strangers get CodesPerDay codes of a number,
// and each address gets PerAddress codes an hour.
func calculatedGuesses(n, addresses int) float64 {
	codes := n * login.ProductionLimits.CodesPerDay
	if addresses > 0 {
		codes = min(codes, addresses*24*login.ProductionLimits.PerAddress)
	}
	return float64(codes * otp.MaxAttempts)
}

// simulatedGuesses returns the wrong codes of strangers that are compared in a day at n accounts.
func simulatedGuesses(t testing.TB, n int) int {
	t.Helper()
	w := newWorld(t, uint64(n))
	var targets []phone.Number
	for i := range n {
		targets = append(targets, number(100*i)) // separate prefixes, which is the worst case
	}
	w.attack(strangers, targets...)
	w.pass(24 * time.Hour)
	return w.codes
}

func TestTheRiskOfAnAccountInADayIsBelowOneInTenThousand(t *testing.T) {
	calculated := riskOf(calculatedGuesses(1, 0))
	withPassword := calculated + float64(passwordsADay)/likelyPasswords
	simulated := riskOf(float64(simulatedGuesses(t, 1)))
	t.Logf("risk of a given account in a day: %.1e by codes from any number of addresses, %.1e with a password "+
		"of %d that are equally likely; by simulation, %d addresses: %.1e by codes",
		calculated, withPassword, likelyPasswords, strangers, simulated)
	if withPassword >= wantedRisk {
		t.Errorf("the calculated risk is %.1e, want less than %.1e", withPassword, wantedRisk)
	}
	if simulated > calculated {
		t.Errorf("the simulated risk %.1e is above the calculated one, %.1e", simulated, calculated)
	}
}

// The simulation counts guesses. This one counts logins: strangers with new addresses for each
// guess try codes that are drawn from 1,000 instead of 1,000,000, so that they succeed often.
func TestTheRiskGrowsWithTheGuesses(t *testing.T) {
	const drawn, days = 1000, 4000
	random := rand.New(rand.NewPCG(1, 0))
	draw := func() otp.MAC { return otp.MAC{0: byte(random.IntN(drawn / 4)), 1: byte(random.IntN(4))} }
	opened := 0
	for range days {
		var g otp.Guesses
		for range login.ProductionLimits.CodesPerDay {
			c := otp.Challenge{MAC: draw(), Expires: begin.Add(time.Minute)}
			for range otp.MaxAttempts {
				a := otp.Attempt{Network: string(rune(random.IntN(math.MaxInt16))), MACs: otp.MACs{draw()}}
				g, _, _ = otp.Try(&c, g, a, begin)
			}
			if c.Used {
				opened++
			}
		}
	}
	want := days * calculatedGuesses(1, 0) / drawn
	t.Logf("%d codes opened in %d days with codes of %d, %.0f expected", opened, days, drawn, want)
	if deviation := math.Abs(float64(opened) - want); deviation > 5*math.Sqrt(want) {
		t.Errorf("%d codes opened, want %.0f by calculation, within 5 standard deviations", opened, want)
	}
}
