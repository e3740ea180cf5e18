//go:build linux

package bench

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

const timingTries = 2000

// An attacker measures the time of responses for numbers with and without an account, in turn.
// For each route the test prints the AUC: the probability that a response for a known number took
// longer than one for an unknown number. 0.5 reveals nothing. The test fails at a distance of more
// than 0.05. SMS go to a hook on the same machine, which has no other load.
//
//	go test ./tests/bench -v -rounds 1 -run TestTiming
func TestTiming(t *testing.T) {
	for name, databases := range map[string]bool{"memory": false, "Postgres and Redis": true} {
		t.Run(name, func(t *testing.T) {
			a := newAttacker(t, databases)
			a.checkAUC("/auth/signup", timingTries, map[string]string{"name": "Eve"})
			a.checkAUC("/auth/forgot-password", timingTries, nil)
			time.Sleep(time.Minute) // until every number may request a login code again
			a.checkAUC("/auth/send-otp", timingTries, nil)
			a.checkAUC("/auth/login", timingTries/4, map[string]string{"password": "a wrong guess"})
		})
	}
}

// attacker knows which of its numbers have an account: the even ones.
type attacker struct {
	*stack
	url   string
	codes sync.Map // the last code by number
	sent  int      // requests, each from another address
}

func newAttacker(t *testing.T, databases bool) *attacker {
	t.Helper()
	a := &attacker{stack: newMemoryStack(t)}
	hook := httptest.NewServer(http.HandlerFunc(a.receiveSMS))
	t.Cleanup(hook.Close)
	role := "serve"
	if databases {
		a.addDatabases()
		role = "api"
	}
	p := a.start(role, "SMS_HOOK_URL="+hook.URL, "SMS_HOOK_SECRET=whsec_Y2FuYXJ5LWtleS1vZi0zMi1ieXRlcy1ub3QtcmVhbCE=")
	a.url = p.URL()
	for i := 0; i < timingTries; i += 2 {
		a.logIn(timedNumber(i))
	}
	if databases {
		a.postgres.Exec("parley", "DELETE FROM codes") // as retention does
		a.postgres.Exec("parley", "DELETE FROM guesses")
		a.postgres.Exec("parley", "VACUUM ANALYZE")
	}
	return a
}

// timedNumber returns the i-th number. Numbers that follow each other have other prefixes.
func timedNumber(i int) string { return fmt.Sprintf("+1%03d%03d%04d", 201+i%700, 201+i/700, i) }

func (a *attacker) receiveSMS(_ http.ResponseWriter, r *http.Request) {
	var event struct{ Data struct{ To, Text string } }
	if err := json.NewDecoder(r.Body).Decode(&event); err != nil {
		a.Errorf("decode a text message: %v", err)
	}
	a.codes.Store(event.Data.To, regexp.MustCompile(`[0-9]{6}`).FindString(event.Data.Text))
}

// logIn opens the account of a number.
func (a *attacker) logIn(number string) {
	a.Helper()
	a.post("/auth/send-otp", map[string]string{"mobile_number": number})
	for range 1000 {
		if code, ok := a.codes.Load(number); ok {
			a.post("/auth/verify-otp", map[string]string{"mobile_number": number, "otp": code.(string)})
			return
		}
		time.Sleep(time.Millisecond)
	}
	a.Fatalf("the number %s has received no code", number)
}

// post sends a request from a new address, and returns the time until the response.
func (a *attacker) post(path string, body map[string]string) time.Duration {
	a.Helper()
	a.sent++
	address := fmt.Sprintf("10.%d.%d.%d", a.sent>>16&255, a.sent>>8&255, a.sent&255)
	began := time.Now()
	r, err := client.At(a.url).Call("POST", path, body, "X-Forwarded-For", address)
	took := time.Since(began)
	if err != nil || r.Status >= 300 && r.Status != http.StatusUnauthorized {
		a.Fatalf("POST %s: status %d, body %s, error %v", path, r.Status, r.Body, err)
	}
	return took
}

// checkAUC measures a route with each number once, in pairs of a known and an unknown number.
func (a *attacker) checkAUC(path string, tries int, fields map[string]string) {
	a.Helper()
	times := [2][]time.Duration{} // of known and of unknown numbers
	for i := 0; i < tries; i += 2 {
		order := []int{0, 1}
		rand.Shuffle(2, func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, which := range order {
			body := map[string]string{"mobile_number": timedNumber(i + which)}
			for name, value := range fields {
				body[name] = value
			}
			times[which] = append(times[which], a.post(path, body))
		}
	}
	auc := aucOf(times[0], times[1])
	a.Logf("%s: AUC %.3f after %d tries; median %s for known and %s for unknown numbers",
		path, auc, tries, quantile(times[0], .5), quantile(times[1], .5))
	if math.Abs(auc-0.5) > 0.05 {
		a.Errorf("the time of %s tells known from unknown numbers: AUC %.3f, want 0.45 to 0.55", path, auc)
	}
}

// aucOf returns the share of pairs of which the first duration is longer (Mann-Whitney U). An
// equal pair counts half.
func aucOf(first, second []time.Duration) float64 {
	sorted := slices.SortedFunc(slices.Values(second), cmp.Compare[time.Duration])
	var wins float64
	for _, d := range first {
		below, equal := slices.BinarySearch(sorted, d)
		wins += float64(below)
		for ; equal && below < len(sorted) && sorted[below] == d; below++ {
			wins += 0.5
		}
	}
	return wins / float64(len(first)*len(second))
}

func TestAUC(t *testing.T) {
	for _, c := range []struct {
		first, second []time.Duration
		want          float64
	}{
		{[]time.Duration{1, 2}, []time.Duration{3, 4}, 0},
		{[]time.Duration{3, 4}, []time.Duration{1, 2}, 1},
		{[]time.Duration{1, 2, 2}, []time.Duration{2, 1, 2}, 0.5},
		{[]time.Duration{1, 4}, []time.Duration{2, 3}, 0.5},
	} {
		if got := aucOf(c.first, c.second); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("AUC of %v and %v = %v, want %v", c.first, c.second, got, c.want)
		}
	}
}
