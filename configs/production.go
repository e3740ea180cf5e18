package configs

import (
	"errors"
	"fmt"
	"strings"
)

// examples are keys that have been printed somewhere.
var examples = []string{"your_super_secret_key_here_replace_in_production", "change-me-to-at-least-32-random-bytes", "changeme", "secret"}

const minKey = 32 // bytes; RFC 7518, 3.2: at least the size of the hash

// minKinds is how many different characters a random key has at the least: of
// 64 hexadecimal digits one in 10^12 has fewer.
const minKinds = 10

// fitForProduction refuses stand-ins and weak secrets, all at once.
func (v variables) fitForProduction() error {
	problems := []error{
		v.smsInProduction(),
		v.stripeInProduction(),
	}
	if v.DatabaseURL == "" {
		problems = append(problems, errors.New("DATABASE_URL: production needs a database; the memory store forgets everything"))
	}
	if models, err := v.models(); err == nil && len(models) == 0 {
		problems = append(problems, errors.New(noModel+": production needs a real model; the stand-in only echoes"))
	}
	if v.FrontendURL == "" {
		problems = append(problems, errors.New("FRONTEND_URL: production needs the frontend's origin"))
	}
	problems = append(problems, strong("SECRET_KEY", v.SecretKey))
	if v.SecretKeyPrevious != "" {
		problems = append(problems, strong("SECRET_KEY_PREVIOUS", v.SecretKeyPrevious))
	}
	return errors.Join(problems...)
}

func strong(name, key string) error {
	if len(key) < minKey {
		return fmt.Errorf("%s: must have at least %d bytes in production", name, minKey)
	}
	for _, e := range examples {
		if strings.EqualFold(key, e) {
			return fmt.Errorf("%s: is a known example", name)
		}
	}
	kinds := map[rune]bool{}
	for _, r := range key {
		kinds[r] = true
	}
	if len(kinds) < minKinds {
		return fmt.Errorf("%s: must have at least %d different characters in production", name, minKinds)
	}
	return nil
}
