package boot

import (
	"errors"
	"testing"

	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

// The error lists all missing variables of a sender. It contains the adapter's error
// only if no variable is missing.
func TestOpenSenderErrors(t *testing.T) {
	variables := map[string]string{"SMS_SENDERS": "acme", "ACME_FROM": "Parley", "ACME_API_KEY": "k"}
	known := map[string]newSender{"acme": func(s *configs.SMSSender) (ports.SMS, error) {
		required := s.Require("API_KEY") + s.Require("API_SECRET") + s.Require("FROM") + s.Require("BRAND")
		return nil, errors.New(required + s.Get("REGION"))
	}}
	check := func(want string) {
		t.Helper()
		c, err := configs.Load(func(name string) string { return variables[name] })
		if err != nil {
			t.Fatalf("loading the configuration: %v", err)
		}
		if _, err := openSender(known, c.SMSSenders[0]); err == nil || err.Error() != want {
			t.Errorf("openSender failed with %v, want %s", err, want)
		}
	}
	check("ACME_API_SECRET: must be set for the SMS sender acme\nACME_BRAND: must be set for the SMS sender acme")
	variables["ACME_API_SECRET"] = "s"
	variables["ACME_BRAND"] = "b"
	check("opening the SMS sender acme: ksParleyb")
}
