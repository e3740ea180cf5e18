package configs

import "errors"

// Company is one that texts are sent by, by its name in SMS_SENDERS. Its variables
// begin with that: acme's FROM is ACME_FROM, and its BASE_URL is checked already.
type Company struct {
	Name    string
	BaseURL string // "" for the company's own
	getenv  func(string) string
	missing []error
}

// Get is one of the company's variables, "" where it is not set.
func (c *Company) Get(what string) string { return c.getenv(variable(c.Name, what)) }

// Need is a variable that must be set; Missing tells of all that are not.
func (c *Company) Need(what string) string {
	value := c.Get(what)
	if value == "" {
		c.missing = append(c.missing, errors.New(variable(c.Name, what)+": must be set for "+c.Name+" to send texts"))
	}
	return value
}

// Missing fails, one a line, with the variables that were needed and are not set.
func (c *Company) Missing() error { return errors.Join(c.missing...) }
