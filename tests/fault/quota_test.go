//go:build linux

package fault

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

// A Basic user sends 200 messages concurrently through two processes. Exactly as many as the
// daily quota allows are accepted, in every run.
func TestQuotaIsExactAcrossProcesses(t *testing.T) {
	a := startTwoAPIs(t)
	for range times(20, 3) {
		a.checkQuota()
	}
	if !t.Failed() {
		t.Logf("%d runs of 200 concurrent sends: %d accepted in each", times(20, 3), dailyLimit)
	}
}

// checkQuota sends 200 messages of a new user concurrently, and fails the test unless dailyLimit
// of them are accepted and the others are refused.
func (a *twoAPIs) checkQuota() {
	a.Helper()
	r := a.newUsersRoom()
	accepted, refused := 0, 0
	for _, res := range a.send(r, 200, func(i int) string { return fmt.Sprint("message ", i) }) {
		switch {
		case res.Status == http.StatusAccepted:
			accepted++
		case isQuotaExhausted(res):
			refused++
		default:
			a.Errorf("send: status %d, body %s; want 202, or 429 quota_exhausted with Retry-After",
				res.Status, res.Body)
		}
	}
	if accepted != dailyLimit || refused != 200-dailyLimit {
		a.Errorf("%d messages accepted and %d refused, want %d and %d", accepted, refused, dailyLimit, 200-dailyLimit)
	}
	a.checkStored(r, dailyLimit)
}

// isQuotaExhausted reports whether a response refuses a message because of the daily quota.
func isQuotaExhausted(r client.Response) bool {
	return r.Status == http.StatusTooManyRequests && r.Field("code") == "quota_exhausted" &&
		r.Header.Get("Retry-After") != ""
}
