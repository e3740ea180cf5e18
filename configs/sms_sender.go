package configs

import "errors"

// SMSSender is a provider that sends SMS. Its variables start with its name: acme in
// SMS_SENDERS has ACME_BASE_URL, ACME_FROM and so on.
type SMSSender struct {
	Name    string
	BaseURL string // checked; "" for the provider's public API
	getenv  func(string) string
	missing []error
}

// Get returns a setting, or "" if it is not set: Get("FROM") reads ACME_FROM.
func (s *SMSSender) Get(setting string) string { return s.getenv(variableName(s.Name, setting)) }

// Require returns a setting that must be set. If it is not, Missing reports it.
func (s *SMSSender) Require(setting string) string {
	value := s.Get(setting)
	if value == "" {
		s.missing = append(s.missing,
			problem(variableName(s.Name, setting), "must be set for the SMS sender "+s.Name))
	}
	return value
}

// Missing returns an error with one line for each required setting that is not set.
func (s *SMSSender) Missing() error { return errors.Join(s.missing...) }
