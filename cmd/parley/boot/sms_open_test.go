package boot

import (
	"errors"
	"testing"

	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

// All variables that a company lacks are told, rather than what its adapter makes of that.
func TestWhatACompanyNeeds(t *testing.T) {
	set := map[string]string{"SMS_SENDERS": "acme", "ACME_FROM": "Parley", "ACME_API_KEY": "k"}
	all := map[string]smsCompany{"acme": func(c *configs.Company) (ports.SMS, error) {
		return nil, errors.New(c.Need("API_KEY") + c.Need("API_SECRET") + c.Need("FROM") + c.Need("BRAND") + c.Get("REGION"))
	}}
	for _, want := range []string{
		"ACME_API_SECRET: must be set for acme to send texts\nACME_BRAND: must be set for acme to send texts", "opening acme: ksParleyb",
	} {
		c, err := configs.Load(func(name string) string { return set[name] })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := openSMS(all, c.SMSSenders[0]); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
		set["ACME_API_SECRET"], set["ACME_BRAND"] = "s", "b"
	}
}
