package configs

import (
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/core/otp"
)

func TestSMSAutofillSuffix(t *testing.T) {
	const domain, hash = "SMS_WEBOTP_DOMAIN", "SMS_ANDROID_HASH"
	want := otp.AutofillSuffix{Domain: "app.example.com", Hash: "FA+9qCX9VS/"}
	if got := (environment{domain: want.Domain, hash: want.Hash}).load(t).SMSAutofillSuffix; got != want {
		t.Errorf("SMSAutofillSuffix = %+v, want %+v", got, want)
	}
	for variable, values := range map[string]struct{ valid, invalid []string }{
		domain: {
			valid: []string{"a.example", "xn--bcher-kva.example", "a-1.b.example", "1.example"},
			invalid: []string{
				"canary", "https://canary.example", "canary.example/", "@canary.example", "canary.example:443",
				"Canary.example", "-canary.example", "canary..example", "canary .example", "127.0.0.1",
				strings.Repeat("canary.", 12) + "example",
			},
		},
		hash: {
			valid:   []string{"FA+9qCX9VSu", "00000000000"},
			invalid: []string{"canary", "FA+9qCX9VSu=", "FA-9qCX9VSu", "FA+9qCX9VS", "FA+9qCX9VS "},
		},
	} {
		for _, value := range values.valid {
			environment{variable: value}.wantProblems(t)
		}
		for _, value := range values.invalid {
			environment{variable: value}.wantProblems(t, variable)
		}
	}
}
