package configs

import (
	"errors"
	"regexp"
	"slices"
	"strings"
)

// Companies are configured by their names: what begins with ACME_ is acme's.

var isName = regexp.MustCompile(`^[a-z][a-z0-9]*$`).MatchString

// names checks the list of names that a variable holds.
func names(list string, values []string) ([]string, error) {
	var all []string
	for _, s := range values {
		s = strings.TrimSpace(s)
		if !isName(s) || slices.Contains(all, s) {
			return nil, errors.New(list + ": must be names of lower-case letters and digits, each once, separated by commas")
		}
		all = append(all, s)
	}
	return all, nil
}

// variable is the name of one of a company's variables.
func variable(name, what string) string { return strings.ToUpper(name) + "_" + what }

// older are base URLs' names that came before the rule.
var older = map[string]string{"gemini": "GOOGLE_GEMINI_BASE_URL", "twilio": "TWILIO_API_BASE"}

// baseVariable is the name of the variable that a company's base URL is in.
func (v variables) baseVariable(name string) string {
	if ruled := variable(name, "BASE_URL"); older[name] == "" || v.getenv(ruled) != "" {
		return ruled
	}
	return older[name]
}

// baseURL is where a company's API is, "" for its own address.
func (v variables) baseURL(name string) (string, error) {
	in := v.baseVariable(name)
	base := v.getenv(in)
	if base != "" && !isHTTP(base) {
		return base, errors.New(in + ": must be an http or https URL")
	}
	return base, nil
}

func orElse(list []string, otherwise ...string) []string {
	if len(list) > 0 {
		return list
	}
	return otherwise
}
