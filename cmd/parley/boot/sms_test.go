package boot_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
)

const hookSecret = "whsec_Y2FuYXJ5LWtleS1vZi0zMi1ieXRlcy1ub3QtcmVhbCE="

func TestUnknownCountryIsAnError(t *testing.T) {
	_, err := boot.New(load(t, map[string]string{
		"SMS_HOOK_URL":    "https://sms.example",
		"SMS_HOOK_SECRET": hookSecret,
		"SMS_COUNTRIES":   "US,UK",
	}), quiet)
	if err == nil || !strings.Contains(err.Error(), "SMS_COUNTRIES: must be ISO 3166 regions") {
		t.Errorf("New with the country UK failed with %v, want an error about SMS_COUNTRIES", err)
	}
}

// The configured senders are used, in the order of SMS_SENDERS.
func TestSMSSenders(t *testing.T) {
	hook := map[string]string{"SMS_HOOK_URL": "https://sms.example", "SMS_HOOK_SECRET": hookSecret}
	twilio := map[string]string{
		"TWILIO_ACCOUNT_SID": "AC0123456789abcdef0123456789abcdef",
		"TWILIO_AUTH_TOKEN":  "abc",
		"TWILIO_FROM":        "Parley",
	}
	for name, c := range map[string]struct {
		variables []map[string]string
		want      string
	}{
		"nothing set": {want: "outbox"},
		"no sender": {
			variables: []map[string]string{{
				"SMS_TEST_NUMBERS":  "+15550100001:123456:2000-01-01",
				"SMS_WEBOTP_DOMAIN": "app.example.com",
			}},
			want: "outbox",
		},
		"hook":          {variables: []map[string]string{hook, {"SMS_COUNTRIES": "US,IN"}}, want: "hook"},
		"twilio":        {variables: []map[string]string{twilio}, want: "twilio"},
		"default order": {variables: []map[string]string{twilio, hook}, want: "twilio, then hook"},
		"other order": {
			variables: []map[string]string{twilio, hook, {"SMS_SENDERS": "hook,twilio"}},
			want:      "hook, then twilio",
		},
		"one of both": {
			variables: []map[string]string{twilio, hook, {"SMS_SENDERS": "twilio"}},
			want:      "twilio",
		},
	} {
		merged := map[string]string{}
		for _, v := range c.variables {
			maps.Copy(merged, v)
		}
		app, err := boot.New(load(t, merged), quiet)
		if err != nil {
			t.Errorf("%s: New failed with %v", name, err)
			continue
		}
		sms := findAdapter(t, app, "sms")
		if sms.Name != c.want || sms.StandIn != (c.want == "outbox") {
			t.Errorf("%s: sms = %+v, want the adapter %s", name, sms, c.want)
		}
	}
}

func findAdapter(t *testing.T, app *boot.App, port string) boot.Adapter {
	t.Helper()
	for _, a := range app.Adapters() {
		if a.Port == port {
			return a
		}
	}
	t.Fatalf("no port %s in %+v", port, app.Adapters())
	return boot.Adapter{}
}
