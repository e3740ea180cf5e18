package configs

import (
	"regexp"
	"slices"
	"strings"
)

var isProviderName = regexp.MustCompile(`^[a-z][a-z0-9]*$`).MatchString

// providerNames returns the names in a list variable, LLM_PROVIDERS or SMS_SENDERS.
// It returns nil when a name is malformed or occurs twice.
func (l *loader) providerNames(variable string, values []string) []string {
	var names []string
	for _, s := range values {
		name := strings.TrimSpace(s)
		if !isProviderName(name) || slices.Contains(names, name) {
			l.fail(variable, "must be different names of lower-case letters and digits, separated by commas")
			return nil
		}
		names = append(names, name)
	}
	return names
}

// variableName returns the name of the variable that holds a setting of a provider:
// variableName("acme", "API_KEY") is ACME_API_KEY. Because of this rule, a new provider
// needs no change in this package.
func variableName(provider, setting string) string { return strings.ToUpper(provider) + "_" + setting }

// legacyBaseURLVariables holds, by provider, the variable that is read when the variable
// of the provider's BASE_URL is not set. Its name is older than the rule of variableName.
var legacyBaseURLVariables = map[string]string{
	"gemini": "GOOGLE_GEMINI_BASE_URL",
	"twilio": "TWILIO_API_BASE",
}

// baseURLVariable returns the name of the variable that holds the provider's base URL.
func (l *loader) baseURLVariable(provider string) string {
	variable := variableName(provider, "BASE_URL")
	legacy := legacyBaseURLVariables[provider]
	if legacy == "" || l.getenv(variable) != "" {
		return variable
	}
	return legacy
}

// baseURL returns the provider's base URL, or "" if it is not set.
func (l *loader) baseURL(provider string) string {
	variable := l.baseURLVariable(provider)
	base := l.getenv(variable)
	l.check(base == "" || isHTTPURL(base), variable, "must be an http or https URL")
	return base
}
