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

// Texts are sent by what is configured, in the order that is asked for.
func TestWhatTextsAreSentBy(t *testing.T) {
	const account = "AC0123456789abcdef0123456789abcdef"
	hook := map[string]string{"SMS_HOOK_URL": "https://sms.example", "SMS_HOOK_SECRET": hookSecret}
	company := map[string]string{"TWILIO_ACCOUNT_SID": account, "TWILIO_AUTH_TOKEN": "abc", "TWILIO_FROM": "Parley"}
	for want, env := range map[string][]map[string]string{
		"outbox":            {},
		"outbox ":           {{"SMS_TEST_NUMBERS": "+15550100001:123456:2000-01-01", "SMS_WEBOTP_DOMAIN": "app.example.com"}},
		"hook":              {hook},
		"twilio":            {company},
		"twilio, then hook": {company, hook},
		"hook, then twilio": {company, hook, {"SMS_SENDERS": "hook,twilio"}},
		"twilio ":           {company, hook, {"SMS_SENDERS": "twilio"}},
	} {
		set := map[string]string{}
		for _, variables := range env {
			for name, value := range variables {
				set[name] = value
			}
		}
		app, err := boot.New(load(t, set), quiet)
		if err != nil {
			t.Errorf("%s: %v", want, err)
			continue
		}
		for _, p := range app.Parts() {
			if p.Port == "sms" && (p.Adapter != strings.TrimSpace(want) || p.StandIn != strings.HasPrefix(want, "outbox")) {
				t.Errorf("%+v, want %s", p, want)
			}
		}
	}
}
