//go:build linux

package fault

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// Users end their sessions on one process, while Redis restarts again and again. The other process
// refuses their tokens within a second, and 20 concurrent refreshes on both have one successor.
func TestEndedSessionsAreRefusedEverywhere(t *testing.T) {
	a := startTwoAPIs(t)
	stop := a.restartRedis()
	defer stop()
	var waits []time.Duration
	for range times(100, 10) {
		waits = append(waits, a.waitForTheEnd())
		a.checkConcurrentRefreshes()
	}
	slices.Sort(waits)
	slowest := waits[len(waits)-1]
	if slowest > time.Second {
		t.Errorf("the other process has accepted an ended session for %s, want at most a second", slowest)
	}
	t.Logf("%d sessions ended: the other process refused them after %s at most, half of them after %s",
		len(waits), slowest.Round(time.Millisecond), waits[len(waits)/2].Round(time.Millisecond))
}

// restartRedis kills Redis and starts it again until stop is called.
func (a *twoAPIs) restartRedis() (stop func()) {
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-done:
				return
			case <-time.After(700 * time.Millisecond):
			}
			a.redis.Kill()
			time.Sleep(300 * time.Millisecond)
			a.redis.Start()
		}
	}()
	return func() {
		close(done)
		<-stopped
	}
}

// there returns a client of the other process with the token of a device.
func (a *twoAPIs) there(token string) client.Device {
	return client.Device{Client: client.At(a.processes[1].URL()).As(token), TB: a.T}
}

// waitForTheEnd logs a new user in and out on one process. It returns how long the other process has
// accepted the token after that.
func (a *twoAPIs) waitForTheEnd() time.Duration {
	a.Helper()
	here := rig.Person(a, a.processes[0].URL())
	there := a.there(here.Token)
	for range 3 { // so that the session is in the cache of the other process
		there.Want(http.StatusOK, "GET", "/user/me", nil)
	}
	here.Want(http.StatusNoContent, "POST", "/auth/logout", nil)
	ended := time.Now()
	for time.Since(ended) < 10*time.Second {
		r, err := there.Call("GET", "/user/me", nil)
		if err != nil {
			a.Fatalf("a request with the token of an ended session: %v", err)
		}
		if r.Status == http.StatusUnauthorized {
			return time.Since(ended)
		}
		time.Sleep(5 * time.Millisecond)
	}
	a.Fatal("the other process accepts a session that has ended 10 s ago")
	return 0
}

// checkConcurrentRefreshes uses a refresh token 20 times concurrently on both processes.
func (a *twoAPIs) checkConcurrentRefreshes() {
	a.Helper()
	token := rig.RefreshToken(a, a.processes[0].URL())
	successors := make(chan string, 20)
	for i := range cap(successors) {
		go func() {
			c := client.At(a.processes[i%2].URL())
			r, err := c.Call("POST", "/auth/refresh", map[string]string{"refresh_token": token})
			if err != nil {
				successors <- err.Error()
				return
			}
			successors <- r.Field("refresh_token")
		}()
	}
	first := <-successors
	for range cap(successors) - 1 {
		if next := <-successors; next != first || next == "" {
			a.Errorf("20 concurrent refreshes have the successors %q and %q, want one", first, next)
			return
		}
	}
}
