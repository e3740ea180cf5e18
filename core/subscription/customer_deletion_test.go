package subscription_test

import (
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
)

func TestCustomerDeletionIsRetriedWithLongerAndLongerPauses(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	d := subscription.CustomerDeletion{Customer: "cus_1", Version: 7}
	for n, want := range []time.Duration{10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600} {
		failed, due := d.Failed(now)
		if pause := due.Sub(now); pause != want*time.Second {
			t.Errorf("pause after failure %d = %s, want %s", n+1, pause, want*time.Second)
		}
		if failed.Attempts != n+1 || failed.Customer != "cus_1" || failed.Version != 7 {
			t.Errorf("task after failure %d = %+v, want one more attempt and nothing else changed", n+1, failed)
		}
		d = failed
	}
}
