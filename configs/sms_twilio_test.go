package configs

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	accountSID = "AC0123456789abcdef0123456789abcdef"
	serviceSID = "MG0123456789abcdef0123456789abcdef"
)

var (
	twilioSet = []string{"TWILIO_ACCOUNT_SID", accountSID, "TWILIO_AUTH_TOKEN", "0123456789abcdef", "TWILIO_FROM", "+15005550006"}
	hookSet   = []string{"SMS_HOOK_URL", "https://sms.example", "SMS_HOOK_SECRET", written(32)}
)

func TestTwilioIsRead(t *testing.T) {
	c := load(t, append(twilioSet, "TWILIO_API_BASE", "http://127.0.0.1:9", "SMS_COUNTRIES", "US")...)
	if !slices.Equal(senders(c), []string{"twilio"}) || !slices.Equal(c.SMSCountries, []string{"US"}) || !c.SendsSMS() {
		t.Fatalf("%+v", c)
	}
	company := c.SMSSenders[0]
	if company.Get("ACCOUNT_SID") != accountSID || company.Get("AUTH_TOKEN") != "0123456789abcdef" || company.Get("FROM") != "+15005550006" || company.BaseURL != "http://127.0.0.1:9" {
		t.Errorf("%+v", company)
	}
}

func TestTwilioIsWholeOrNone(t *testing.T) {
	const account, token, from, base = "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM", "TWILIO_API_BASE"
	for _, c := range []struct {
		set  []string
		want []string // the variables that have problems
	}{
		{[]string{account, accountSID}, []string{token, from}},
		{[]string{token, "abc"}, []string{account, from}},
		{[]string{from, "Parley"}, []string{account, token}},
		{[]string{base, "https://twilio.example"}, []string{account, token, from}},
		{append([]string{account, "canary"}, twilioSet[2:]...), []string{account}},
		{append([]string{account, strings.ToUpper(accountSID)}, twilioSet[2:]...), []string{account}},
		{append([]string{token, "canary-token"}, twilioSet...), []string{token}},
		{append([]string{base, "canary"}, twilioSet...), []string{base}},
		{append([]string{base, "ftp://canary"}, twilioSet...), []string{base}},
	} {
		got := named(c.set...)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%v: problems with %v, want %v", c.set, got, c.want)
		}
		if all := strings.Join(problems(c.set...), "\n"); strings.Contains(all, "canary") {
			t.Errorf("a problem tells the value: %s", all)
		}
	}
}

func TestWhoTextsMayBeFrom(t *testing.T) {
	for from, fine := range map[string]bool{
		"+15005550006": true, serviceSID: true, "Parley": true, "MGM": true, "My Shop-1_&": true, "12345": true, "A": true, "4 You": true,
		"+1 500 5550006": false, "MG0123456789": false, "Parley & Sons": false, "": false, "123456789": false, "Pärley": false, "a@b": false, "+1": false, "+": false,
	} {
		got := named(append([]string{"TWILIO_FROM", from}, twilioSet[:4]...)...)
		if fine != (got == nil) || !fine && !slices.Equal(got, []string{"TWILIO_FROM"}) {
			t.Errorf("%q: problems with %v", from, got)
		}
	}
}

func TestTheOrderOfSenders(t *testing.T) {
	both := append(slices.Clone(hookSet), twilioSet...)
	for order, want := range map[string][]string{"": {"twilio", "hook"}, "hook,twilio": {"hook", "twilio"}, "hook, twilio": {"hook", "twilio"}, "hook": {"hook"}, "twilio": {"twilio"}, "acme,hook": {"acme", "hook"}} {
		if diff := cmp.Diff(want, senders(load(t, append([]string{"SMS_SENDERS", order}, both...)...))); diff != "" {
			t.Errorf("SMS_SENDERS=%s (-want +got)\n%s", order, diff)
		}
	}
	for _, bad := range []string{"Canary", "canary-1", "twilio,twilio", "twilio,", ",", "twilio;hook", "Twilio"} {
		if got := problems(append([]string{"SMS_SENDERS", bad}, both...)...); len(got) != 1 || !strings.HasPrefix(got[0], "SMS_SENDERS:") || strings.Contains(strings.ToLower(got[0]), "canary") {
			t.Errorf("SMS_SENDERS=%s: %v", bad, got)
		}
	}
	if got := named("SMS_SENDERS", "hook"); !slices.Equal(got, []string{"SMS_HOOK_URL"}) {
		t.Errorf("named and not configured: problems with %v", got)
	}
}

// Twilio is a real sender, as long as codes do not go to it in the clear.
func TestProductionTakesTwilio(t *testing.T) {
	standIns := slices.DeleteFunc(slices.Clone(standIns), func(name string) bool { return strings.HasPrefix(name, "SMS") })
	for base, want := range map[string][]string{
		"": nil, "https://twilio.example": nil, "http://127.0.0.1:9": nil, "http://twilio.example": {"TWILIO_API_BASE"}, "http://10.0.0.1": {"TWILIO_API_BASE"},
	} {
		got := named(append([]string{"APP_ENV", "production", "GEMINI_API_KEY", "key", "FRONTEND_URL", "https://app.example", "SECRET_KEY", strongKey, "TWILIO_API_BASE", base}, twilioSet...)...)
		want = append(want, standIns...)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: problems with %v, want %v", base, got, want)
		}
	}
}
