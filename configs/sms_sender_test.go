package configs

import (
	"slices"
	"testing"
)

// senderNames returns the names of the senders, in order.
func senderNames(c Config) []string {
	var names []string
	for _, s := range c.SMSSenders {
		names = append(names, s.Name)
	}
	return names
}

func TestAnSMSSenderReadsTheVariablesOfItsName(t *testing.T) {
	c := environment{
		"SMS_SENDERS":    "acme2",
		"ACME2_FROM":     "Parley",
		"ACME2_BASE_URL": "http://127.0.0.1:9",
		"SMS_COUNTRIES":  "US",
	}.load(t)
	if !slices.Equal(senderNames(c), []string{"acme2"}) || !c.SendsSMS() {
		t.Fatalf("the senders are %q and SendsSMS() = %v, want acme2 only", senderNames(c), c.SendsSMS())
	}
	acme := c.SMSSenders[0]
	if got := acme.Require("FROM"); got != "Parley" {
		t.Errorf(`Require("FROM") = %q, want the value of ACME2_FROM`, got)
	}
	if got := acme.Get("REGION"); got != "" {
		t.Errorf(`Get("REGION") = %q, want "" because ACME2_REGION is not set`, got)
	}
	if acme.BaseURL != "http://127.0.0.1:9" {
		t.Errorf("BaseURL = %q, want the value of ACME2_BASE_URL", acme.BaseURL)
	}
	if err := acme.Missing(); err != nil {
		t.Errorf("Missing() = %v, want nil because all required settings are set", err)
	}
}

func TestMissingReportsEachRequiredSetting(t *testing.T) {
	acme := environment{"SMS_SENDERS": "acme2"}.load(t).SMSSenders[0]
	acme.Require("API_SECRET")
	acme.Require("API_KEY")
	got := linesOf(acme.Missing())
	want := []string{
		"ACME2_API_KEY: must be set for the SMS sender acme2",
		"ACME2_API_SECRET: must be set for the SMS sender acme2",
	}
	if !slices.Equal(got, want) {
		t.Errorf("Missing() reports %q, want %q", got, want)
	}
}

func TestBaseURLsOfSMSSenders(t *testing.T) {
	environment{
		"SMS_SENDERS":    "acme,other",
		"ACME_BASE_URL":  "canary",
		"OTHER_BASE_URL": "ftp://x",
	}.wantProblems(t, "ACME_BASE_URL", "OTHER_BASE_URL")
}

func TestSMSSendersKeepTheirOrder(t *testing.T) {
	both := hookEnv.with(twilioEnv)
	for list, want := range map[string][]string{
		"":             {"twilio", "hook"},
		"hook,twilio":  {"hook", "twilio"},
		"hook, twilio": {"hook", "twilio"},
		"hook":         {"hook"},
		"twilio":       {"twilio"},
		"acme,hook":    {"acme", "hook"},
	} {
		if got := senderNames(both.with(environment{"SMS_SENDERS": list}).load(t)); !slices.Equal(got, want) {
			t.Errorf("with SMS_SENDERS=%q, the senders are %q, want %q", list, got, want)
		}
	}
	for _, list := range []string{"Twilio", "canary-1", "twilio,twilio", "twilio,", ",", "twilio;hook"} {
		both.with(environment{"SMS_SENDERS": list}).wantProblems(t, "SMS_SENDERS")
	}
	environment{"SMS_SENDERS": "hook"}.wantProblems(t, "SMS_HOOK_SECRET", "SMS_HOOK_URL")
}

func TestProductionTakesAnySMSSenderOverHTTPS(t *testing.T) {
	for base, want := range map[string][]string{
		"":                     nil,
		"https://acme.example": nil,
		"http://localhost:9":   nil,
		"http://acme.example":  {"ACME_BASE_URL"},
	} {
		set := productionEnv.with(environment{"SMS_SENDERS": "acme", "ACME_BASE_URL": base})
		set.wantProblems(t, append(want, productionLacksWithSMS...)...)
	}
}
