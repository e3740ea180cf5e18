package configs

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"testing"
)

// written is a secret as Standard Webhooks' are, of that many bytes.
func written(length int) string {
	return "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("k"), length))
}

// senders are their names, in order.
func senders(c Config) (names []string) {
	for _, s := range c.SMSSenders {
		names = append(names, s.Name)
	}
	return names
}

func TestTheSMSHookIsRead(t *testing.T) {
	c := load(t, "SMS_HOOK_URL", "https://sms.example/send?to=x", "SMS_HOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "SMS_COUNTRIES", "US, in")
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	if c.SMSHookURL != "https://sms.example/send?to=x" || !bytes.Equal(c.SMSHookKey, key) || !slices.Equal(c.SMSCountries, []string{"US", "IN"}) || !slices.Equal(senders(c), []string{"hook"}) || !c.SendsSMS() {
		t.Errorf("%+v", c)
	}
	if load(t).SendsSMS() {
		t.Error("without a hook SMS is sent")
	}
}

func TestTheSMSHookIsWholeOrNone(t *testing.T) {
	const url, secret, countries = "SMS_HOOK_URL", "SMS_HOOK_SECRET", "SMS_COUNTRIES"
	good := written(32)
	for _, c := range []struct {
		set  []string
		want []string // the variables that have problems
	}{
		{[]string{url, "https://sms.example", secret, good}, nil},
		{[]string{url, "http://sms.example", secret, good}, nil}, // in development
		{[]string{url, "https://sms.example"}, []string{secret}},
		{[]string{secret, good}, []string{url}},
		{[]string{countries, "US"}, []string{noSender}},
		{[]string{url, "canary", secret, good}, []string{url}},
		{[]string{url, "ftp://canary", secret, good}, []string{url}},
		{[]string{url, "https://", secret, good}, []string{url}},
		{[]string{url, "https://sms.example", secret, written(23)}, []string{secret}},
		{[]string{url, "https://sms.example", secret, written(24)}, nil},
		{[]string{url, "https://sms.example", secret, written(64)}, nil},
		{[]string{url, "https://sms.example", secret, written(65)}, []string{secret}},
		{[]string{url, "https://sms.example", secret, strings.TrimPrefix(good, "whsec_")}, []string{secret}},
		{[]string{url, "https://sms.example", secret, "whsec_"}, []string{secret}},
		{[]string{url, "https://sms.example", secret, "whsec_canary, canary, canary, canary, canary"}, []string{secret}},
		{[]string{url, "https://sms.example", secret, good, countries, "US,USA"}, []string{countries}},
		{[]string{url, "https://sms.example", secret, good, countries, "US,,IN"}, []string{countries}},
		{[]string{url, "https://sms.example", secret, good, "SMS_SENDERS", "twilio"}, []string{"TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM"}},
		{[]string{url, "canary", secret, "canary", countries, "canary"}, []string{countries, secret, url}},
	} {
		if got := named(c.set...); !slices.Equal(got, c.want) {
			t.Errorf("%v: problems with %v, want %v", c.set, got, c.want)
		}
		if all := strings.Join(problems(c.set...), "\n"); strings.Contains(all, "canary") || strings.Contains(all, good) {
			t.Errorf("%v: a problem tells the value: %s", c.set, all)
		}
	}
}

// Codes must not go over lines that others can listen to.
func TestProductionTakesAnSMSHook(t *testing.T) {
	standIns := slices.DeleteFunc(slices.Clone(standIns), func(name string) bool { return strings.HasPrefix(name, "SMS") })
	for url, want := range map[string][]string{
		"https://sms.example": nil, "http://localhost:9": nil, "http://127.0.0.1:9": nil, "http://[::1]:9": nil,
		"http://sms.example": {"SMS_HOOK_URL"}, "http://10.0.0.1": {"SMS_HOOK_URL"}, "http://localhost.example": {"SMS_HOOK_URL"},
	} {
		got := named("APP_ENV", "production", "GEMINI_API_KEY", "key", "FRONTEND_URL", "https://app.example", "SECRET_KEY", strongKey, "SMS_HOOK_URL", url, "SMS_HOOK_SECRET", written(32))
		want = append(want, standIns...)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: problems with %v, want %v", url, got, want)
		}
	}
}
