//go:build linux

package fault

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

// A message sent 50 times concurrently through two processes with one idempotency key is stored
// once, and all responses are equal. Of two different bodies with one key only one is stored.
func TestIdempotencyKeysWorkAcrossProcesses(t *testing.T) {
	a := startTwoAPIs(t)
	runs := times(20, 5)
	equal, refused := 0, 0
	for range runs {
		equal += a.checkOneBody()
		refused += a.checkTwoBodies()
	}
	t.Logf("%d runs of 50 concurrent sends with one key: %d equal responses; "+
		"%d runs of two bodies, sent 26 times each: %d refused", runs, equal, runs, refused)
}

// checkOneBody sends one body 50 times and then another one. It returns how many responses were
// equal to the first one.
func (a *twoAPIs) checkOneBody() (equal int) {
	a.Helper()
	r := a.newUsersRoom()
	responses := a.send(r, 50, func(int) string { return "once" }, "Idempotency-Key", "key")
	first := responses[0]
	for _, res := range responses {
		location := res.Header.Get("Location")
		if res.Status != http.StatusAccepted || !bytes.Equal(res.Body, first.Body) ||
			location != first.Header.Get("Location") {
			a.Errorf("response with one key: status %d, location %s, body %s; want 202, %s, %s",
				res.Status, location, res.Body, first.Header.Get("Location"), first.Body)
			continue
		}
		equal++
	}
	a.checkStored(r, 1)
	for _, res := range a.send(r, 2, func(int) string { return "other" }, "Idempotency-Key", "key") {
		if !isKeyMismatch(res) {
			a.Errorf("another body with the key: status %d, body %s; want 422 idempotency_mismatch",
				res.Status, res.Body)
		}
	}
	a.checkStored(r, 1)
	return equal
}

// checkTwoBodies sends two bodies with one key, each 26 times, half of them through each
// process. It returns how many were refused.
func (a *twoAPIs) checkTwoBodies() (refused int) {
	a.Helper()
	r := a.newUsersRoom()
	body := func(i int) int { return i / 2 % 2 } // send uses the lowest bit of i to choose the process
	var accepted, mismatched [2]int
	for i, res := range a.send(r, 52, func(i int) string { return fmt.Sprint(body(i)) }, "Idempotency-Key", "key") {
		switch {
		case res.Status == http.StatusAccepted:
			accepted[body(i)]++
		case isKeyMismatch(res):
			mismatched[body(i)]++
		default:
			a.Errorf("two bodies with one key: status %d, body %s; want 202 or 422 idempotency_mismatch",
				res.Status, res.Body)
		}
	}
	firstWins := accepted == [2]int{26, 0} && mismatched == [2]int{0, 26}
	secondWins := accepted == [2]int{0, 26} && mismatched == [2]int{26, 0}
	if !firstWins && !secondWins {
		a.Errorf("two bodies with one key: accepted %v, idempotency_mismatch %v; want one body accepted 26 times "+
			"and the other one refused 26 times", accepted, mismatched)
	}
	a.checkStored(r, 1)
	return mismatched[0] + mismatched[1]
}

// isKeyMismatch reports whether a response refuses another body under a used idempotency key.
func isKeyMismatch(r client.Response) bool {
	return r.Status == http.StatusUnprocessableEntity && r.Field("code") == "idempotency_mismatch"
}
