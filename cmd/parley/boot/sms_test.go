package boot_test

import (
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
)

const hookSecret = "whsec_Y2FuYXJ5LWtleS1vZi0zMi1ieXRlcy1ub3QtcmVhbCE="

func TestCountriesThatAreNoneAreAClearError(t *testing.T) {
	_, err := boot.New(load(t, map[string]string{"SMS_HOOK_URL": "https://sms.example", "SMS_HOOK_SECRET": hookSecret, "SMS_COUNTRIES": "US,UK"}), quiet)
	if err == nil || !strings.Contains(err.Error(), "SMS_COUNTRIES: must be ISO 3166 regions") {
		t.Errorf("a region that is none: %v", err)
	}
}
