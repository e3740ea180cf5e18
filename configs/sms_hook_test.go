package configs

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"testing"
)

// webhookSecret returns a secret of the Standard Webhooks format with a key of that many bytes.
func webhookSecret(length int) string {
	return "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("k"), length))
}

var hookEnv = environment{"SMS_HOOK_URL": "https://sms.example", "SMS_HOOK_SECRET": webhookSecret(32)}

func TestSMSHook(t *testing.T) {
	const secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	key, err := base64.StdEncoding.DecodeString(secret)
	if err != nil {
		t.Fatalf("decoding the secret of the test: %v", err)
	}
	c := environment{
		"SMS_HOOK_URL":    "https://sms.example/send?to=x",
		"SMS_HOOK_SECRET": "whsec_" + secret,
		"SMS_COUNTRIES":   "US, in",
	}.load(t)
	if c.SMSHookURL != "https://sms.example/send?to=x" || !bytes.Equal(c.SMSHookKey, key) {
		t.Errorf("the hook is %q with the key %x, want the URL and the key %x", c.SMSHookURL, c.SMSHookKey, key)
	}
	if !slices.Equal(c.SMSCountries, []string{"US", "IN"}) {
		t.Errorf("SMSCountries = %q, want US and IN", c.SMSCountries)
	}
	if !slices.Equal(senderNames(c), []string{"hook"}) || !c.SendsSMS() {
		t.Errorf("the senders are %q and SendsSMS() = %v, want hook only", senderNames(c), c.SendsSMS())
	}
	if (environment{}).load(t).SendsSMS() {
		t.Error("SendsSMS() = true without a sender, want false")
	}
}

func TestSMSHookIsCompleteOrAbsent(t *testing.T) {
	const address, secret, countries = "SMS_HOOK_URL", "SMS_HOOK_SECRET", "SMS_COUNTRIES"
	for _, c := range []struct {
		set  environment
		want []string
	}{
		{hookEnv, nil},
		{hookEnv.without(secret), []string{secret}},
		{hookEnv.without(address), []string{address}},
		{hookEnv.with(environment{address: "http://sms.example"}), nil}, // in development
		{hookEnv.with(environment{address: "canary"}), []string{address}},
		{hookEnv.with(environment{address: "ftp://canary"}), []string{address}},
		{hookEnv.with(environment{address: "https://"}), []string{address}},
		{hookEnv.with(environment{secret: webhookSecret(23)}), []string{secret}},
		{hookEnv.with(environment{secret: webhookSecret(24)}), nil},
		{hookEnv.with(environment{secret: webhookSecret(64)}), nil},
		{hookEnv.with(environment{secret: webhookSecret(65)}), []string{secret}},
		{hookEnv.with(environment{secret: strings.TrimPrefix(webhookSecret(32), "whsec_")}), []string{secret}},
		{hookEnv.with(environment{secret: "whsec_"}), []string{secret}},
		{hookEnv.with(environment{secret: "whsec_canary, canary, canary, canary, canary"}), []string{secret}},
		{hookEnv.with(environment{countries: "US,USA"}), []string{countries}},
		{hookEnv.with(environment{countries: "US,,IN"}), []string{countries}},
		{environment{countries: "US"}, []string{anySMSSender}},
		{
			environment{address: "canary", secret: "canary", countries: "canary"},
			[]string{address, secret, countries},
		},
		{
			hookEnv.with(environment{"SMS_SENDERS": "twilio"}),
			[]string{"TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM"},
		},
	} {
		c.set.wantProblems(t, c.want...)
		if all := strings.Join(c.set.problems(), "\n"); strings.Contains(all, webhookSecret(32)) {
			t.Errorf("a problem contains the secret:\n%s", all)
		}
	}
}

func TestProductionTakesAnSMSHookOverHTTPS(t *testing.T) {
	for address, want := range map[string][]string{
		"https://sms.example":      nil,
		"http://localhost:9":       nil,
		"http://127.0.0.1:9":       nil,
		"http://[::1]:9":           nil,
		"http://sms.example":       {"SMS_HOOK_URL"},
		"http://10.0.0.1":          {"SMS_HOOK_URL"},
		"http://localhost.example": {"SMS_HOOK_URL"},
	} {
		set := productionEnv.with(hookEnv).with(environment{"SMS_HOOK_URL": address})
		set.wantProblems(t, append(want, productionLacksWithSMS...)...)
	}
}
