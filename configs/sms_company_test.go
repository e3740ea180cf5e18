package configs

import (
	"slices"
	"strings"
	"testing"
)

// A company that nothing here has heard of is configured by its name.
func TestACompanyOfAnyName(t *testing.T) {
	c := load(t, "SMS_SENDERS", "acme2", "ACME2_FROM", "Parley", "ACME2_BASE_URL", "http://127.0.0.1:9", "SMS_COUNTRIES", "US")
	if !slices.Equal(senders(c), []string{"acme2"}) || !c.SendsSMS() {
		t.Fatalf("%+v", c)
	}
	acme := c.SMSSenders[0]
	if acme.Need("FROM") != "Parley" || acme.BaseURL != "http://127.0.0.1:9" || acme.Get("REGION") != "" || acme.Missing() != nil {
		t.Errorf("%+v", acme)
	}
	acme.Need("API_KEY")
	acme.Need("API_SECRET")
	if err := acme.Missing(); err == nil || strings.Count(err.Error(), "\n") != 1 || !strings.HasPrefix(err.Error(), "ACME2_API_KEY: must be set") || !strings.Contains(err.Error(), "\nACME2_API_SECRET: must") {
		t.Errorf("missing: %v", err)
	}
	if got := named("SMS_SENDERS", "acme,other", "ACME_BASE_URL", "canary", "OTHER_BASE_URL", "ftp://x"); !slices.Equal(got, []string{"ACME_BASE_URL", "OTHER_BASE_URL"}) {
		t.Errorf("problems with %v", got)
	}
}

// To production it is as good as others, and no more may listen in.
func TestProductionTakesACompanyOfAnyName(t *testing.T) {
	for base, want := range map[string]bool{"": false, "https://acme.example": false, "http://localhost:9": false, "http://acme.example": true} {
		got := named("APP_ENV", "production", "SMS_SENDERS", "acme", "ACME_BASE_URL", base)
		if slices.Contains(got, "ACME_BASE_URL") != want || slices.Contains(got, noSender) {
			t.Errorf("%s: problems with %v", base, got)
		}
	}
}
