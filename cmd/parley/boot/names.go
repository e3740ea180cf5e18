package boot

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kuvaka-tech/parley/adapters/region"
	"github.com/kuvaka-tech/parley/configs"
)

// Check checks the names of LLM providers, SMS senders and countries. Its error has one
// line for each name that no adapter knows. It opens no connection. It also accepts the
// incomplete configuration that configs.Load returns with an error.
func Check(c configs.Config) error {
	var problems []error
	for _, p := range c.LLMProviders {
		_, err := lookup(llmProviders, p.Name, "LLM_PROVIDERS")
		problems = append(problems, err)
	}
	for _, s := range c.SMSSenders {
		_, err := lookup(smsSenders(c, nil, nil), s.Name, "SMS_SENDERS")
		problems = append(problems, err)
	}
	if _, err := region.New(c.SMSCountries); err != nil {
		problems = append(problems, fmt.Errorf("SMS_COUNTRIES: %w", err))
	}
	return errors.Join(problems...)
}

// lookup returns the value of a name from known. variable contains the name. The error
// for an unknown name lists the known ones.
func lookup[T any](known map[string]T, name, variable string) (T, error) {
	value, ok := known[name]
	if !ok {
		names := strings.Join(slices.Sorted(maps.Keys(known)), ", ")
		return value, fmt.Errorf("%s: unknown name %s, known are: %s", variable, name, names)
	}
	return value, nil
}

// joinNames returns the names of adapters in the order of failover: "twilio, then hook".
func joinNames[T any](all []T, name func(T) string) string {
	var names []string
	for _, one := range all {
		names = append(names, name(one))
	}
	return strings.Join(names, ", then ")
}
