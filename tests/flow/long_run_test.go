package flow

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
)

// TestTwoDaysOfSlowReplies runs the sweeps, heartbeats and purges of two days. Every six
// hours a reply takes longer than its first lease.
func TestTwoDaysOfSlowReplies(t *testing.T) {
	began := time.Now()
	synctest.Test(t, func(t *testing.T) {
		const latency = 25 * time.Second
		echo := fake.NewEcho(fake.EchoOptions{Latency: latency})
		p, d := startLoggedIn(t, config(t, "ACCESS_TOKEN_EXPIRE_MINUTES", "10000"), boot.Use(echo))
		room := d.NewRoom("r")
		for i := range 8 {
			time.Sleep(6*time.Hour - latency)
			sent := time.Now()
			if r := d.Wait(d.Send(room, fmt.Sprint("message ", i))); r.Field("status") != "done" {
				t.Errorf("reply after %d hours = %s, want it done", 6*(i+1), r.Body)
			}
			checkElapsed(t, sent, latency, latency)
		}
		d.Want(http.StatusOK, "GET", "/readyz", nil)
		checkCalls(t, echo, 8)
		p.checkNoErrorLogs()
	})
	t.Logf("48 simulated hours took %v", time.Since(began))
}
