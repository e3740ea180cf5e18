package lockout

import (
	"slices"
	"testing"
	"time"
)

// 20 strangers attack one number for 100 hours. In each hour, at a random time, the owner logs
// in on a known device, with a code and with the password.
func TestStrangersDoNotLockOutTheOwnerOfAKnownDevice(t *testing.T) {
	w := newWorld(t, 1)
	o := w.newOwner(number(0))
	w.attack(20, o.number)
	hours := times(100, 10)
	byCode, byPassword := 0, 0
	for range hours {
		at := time.Duration(w.random.IntN(3500)) * time.Second
		w.pass(at)
		if o.loginWithCode(o.token) {
			byCode++
		}
		if o.loginWithPassword(o.token) {
			byPassword++
		}
		w.pass(time.Hour - at - typingTime)
	}
	t.Logf("first tries that succeeded on a known device in %d hours: %d with a code, %d with the password; "+
		"strangers: %d wrong codes and %d passwords compared", hours, byCode, byPassword, w.codes, w.passwords)
	if byCode != hours || byPassword != hours {
		t.Errorf("%d logins with a code and %d with the password succeeded at the first try, want %d",
			byCode, byPassword, hours)
	}
}

// newPhones lets owners log in on a new phone at random times of the first 12 hours of an attack.
// It returns how many passwords were accepted at the first try, and the sorted times until a
// code was accepted.
func newPhones(t *testing.T, strangers, owners int) (byPassword int, untilCode []time.Duration) {
	t.Helper()
	for i := range owners {
		w := newWorld(t, uint64(i))
		o := w.newOwner(number(0))
		w.attack(strangers, o.number)
		w.pass(time.Duration(w.random.IntN(12*3600)) * time.Second)
		if o.loginWithPassword("") {
			byPassword++
		}
		untilCode = append(untilCode, o.loginOnNewPhone(time.Hour))
	}
	slices.Sort(untilCode)
	t.Logf("%d strangers, %d owners on new phones: %d passwords accepted at the first try; a code after %s (median), "+
		"%s (90 %%), %s (longest)",
		strangers, owners, byPassword, untilCode[owners/2], untilCode[owners*9/10], untilCode[owners-1])
	return byPassword, untilCode
}

func TestFiveStrangersDoNotLockOutTheOwnerOnANewPhone(t *testing.T) {
	owners := times(100, 10)
	byPassword, untilCode := newPhones(t, 5, owners)
	if byPassword != owners {
		t.Errorf("%d of %d passwords were accepted at the first try, want all", byPassword, owners)
	}
	if longest := untilCode[owners-1]; longest > 10*time.Minute {
		t.Errorf("the longest time until a code was accepted is %s, want at most 10 minutes", longest)
	}
}

// The decision record says what 20 strangers can prevent on a new phone. On a known device, they
// can prevent nothing.
func TestTwentyStrangersAndANewPhone(t *testing.T) {
	needsWhole(t)
	const owners = 30
	byPassword, untilCode := newPhones(t, 20, owners)
	if byPassword < owners/2 {
		t.Errorf("%d of %d passwords were accepted at the first try, want at least half", byPassword, owners)
	}
	if untilCode[owners-1] < time.Hour {
		t.Error("all owners got a code in an hour: the decision record claims less")
	}
}
