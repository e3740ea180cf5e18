package boot

import (
	"errors"
	"fmt"

	"github.com/kuvaka-tech/parley/adapters/region"
	"github.com/kuvaka-tech/parley/configs"
)

// Check fails with every name in the configuration that no adapter goes by, one
// a line. It takes what Load returns beside an error, too, and opens nothing.
func Check(c configs.Config) error {
	var problems []error
	for _, m := range c.Models {
		_, err := named(models, m.Name, "LLM_PROVIDERS")
		problems = append(problems, err)
	}
	for _, s := range c.SMSSenders {
		_, err := named(smsCompanies(c, nil, nil), s.Name, "SMS_SENDERS")
		problems = append(problems, err)
	}
	if _, err := region.New(c.SMSCountries); err != nil {
		problems = append(problems, fmt.Errorf("SMS_COUNTRIES: %w", err))
	}
	return errors.Join(problems...)
}
