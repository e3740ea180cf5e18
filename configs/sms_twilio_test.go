package configs

import (
	"slices"
	"strings"
	"testing"
)

const (
	accountSID = "AC0123456789abcdef0123456789abcdef"
	serviceSID = "MG0123456789abcdef0123456789abcdef"
)

var twilioEnv = environment{
	"TWILIO_ACCOUNT_SID": accountSID,
	"TWILIO_AUTH_TOKEN":  "0123456789abcdef",
	"TWILIO_FROM":        "+15005550006",
}

func TestTwilio(t *testing.T) {
	c := twilioEnv.with(environment{"TWILIO_API_BASE": "http://127.0.0.1:9", "SMS_COUNTRIES": "US"}).load(t)
	if !slices.Equal(senderNames(c), []string{"twilio"}) || !c.SendsSMS() {
		t.Fatalf("the senders are %q and SendsSMS() = %v, want twilio only", senderNames(c), c.SendsSMS())
	}
	if !slices.Equal(c.SMSCountries, []string{"US"}) {
		t.Errorf("SMSCountries = %q, want US", c.SMSCountries)
	}
	sender := c.SMSSenders[0]
	for _, setting := range []string{"ACCOUNT_SID", "AUTH_TOKEN", "FROM"} {
		if got, want := sender.Get(setting), twilioEnv["TWILIO_"+setting]; got != want {
			t.Errorf("Get(%q) = %q, want %q", setting, got, want)
		}
	}
	if sender.BaseURL != "http://127.0.0.1:9" {
		t.Errorf("BaseURL = %q, want the value of TWILIO_API_BASE", sender.BaseURL)
	}
}

func TestTwilioIsCompleteOrAbsent(t *testing.T) {
	const account, token, from, base = "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM", "TWILIO_API_BASE"
	for _, c := range []struct {
		set  environment
		want []string
	}{
		{environment{account: accountSID}, []string{token, from}},
		{environment{token: "abc"}, []string{account, from}},
		{environment{from: "Parley"}, []string{account, token}},
		{environment{base: "https://twilio.example"}, []string{account, token, from}},
		{twilioEnv.with(environment{account: "canary"}), []string{account}},
		{twilioEnv.with(environment{account: strings.ToUpper(accountSID)}), []string{account}},
		{twilioEnv.with(environment{token: "canary-token"}), []string{token}},
		{twilioEnv.with(environment{base: "canary"}), []string{base}},
		{twilioEnv.with(environment{base: "ftp://canary"}), []string{base}},
	} {
		c.set.wantProblems(t, c.want...)
	}
}

func TestTwilioFrom(t *testing.T) {
	for _, valid := range []string{
		"+15005550006", serviceSID, "Parley", "MGM", "My Shop-1_&", "12345", "A", "4 You",
	} {
		twilioEnv.with(environment{"TWILIO_FROM": valid}).wantProblems(t)
	}
	for _, invalid := range []string{
		"+1 500 5550006", "MG0123456789", "Parley & Sons", "", "123456789", "Pärley", "a@b", "+1", "+",
	} {
		twilioEnv.with(environment{"TWILIO_FROM": invalid}).wantProblems(t, "TWILIO_FROM")
	}
}

func TestProductionTakesTwilioOverHTTPS(t *testing.T) {
	for base, want := range map[string][]string{
		"":                       nil,
		"https://twilio.example": nil,
		"http://127.0.0.1:9":     nil,
		"http://twilio.example":  {"TWILIO_API_BASE"},
		"http://10.0.0.1":        {"TWILIO_API_BASE"},
	} {
		set := productionEnv.with(twilioEnv).with(environment{"TWILIO_API_BASE": base})
		set.wantProblems(t, append(want, productionLacksWithSMS...)...)
	}
}
