package configs

import (
	"slices"
	"strings"
)

// UnknownVariable is a variable of a .env file that the configuration does not have.
type UnknownVariable struct {
	Name    string
	Similar string // a variable of the configuration with a similar name; "" if there is none
}

// UnknownVariables returns the names that are not variables of the configuration, sorted.
func UnknownVariables(names []string, getenv func(string) string) []UnknownVariable {
	known, senders := knownVariables(getenv)
	isKnown := func(name string) bool {
		hasPrefix := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
		return slices.Contains(known, name) || slices.ContainsFunc(senders, hasPrefix) || isLibraryVariable(name)
	}
	var unknown []UnknownVariable
	for _, name := range slices.Sorted(slices.Values(names)) {
		if !isKnown(name) {
			unknown = append(unknown, UnknownVariable{Name: name, Similar: mostSimilar(name, known)})
		}
	}
	return unknown
}

// knownVariables returns the variables that Load reads, sorted. It calls Load twice. With getenv,
// Load also reads the variables of the providers in LLM_PROVIDERS. Without any variable, it reads
// those of the built-in providers. senders are the prefixes of the SMS senders that are not built
// in, because only package boot knows their variables.
func knownVariables(getenv func(string) string) (known, senders []string) {
	recordUnset := func(name string) string { known = append(known, name); return "" }
	_, _ = Load(recordUnset)
	c, _ := Load(func(name string) string { // the caller reports the problems
		known = append(known, name)
		return getenv(name)
	})
	for _, s := range c.SMSSenders {
		if s.Name != "twilio" && s.Name != "hook" {
			senders = append(senders, variableName(s.Name, ""))
		}
	}
	slices.Sort(known)
	return slices.Compact(known), senders
}

// libraryVariables are read by Go's HTTP client and TLS.
var libraryVariables = []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"}

// isLibraryVariable reports whether a library of Parley reads the variable. The Postgres driver
// reads variables such as PGPASSWORD.
func isLibraryVariable(name string) bool {
	return slices.Contains(libraryVariables, strings.ToUpper(name)) || strings.HasPrefix(name, "PG")
}
