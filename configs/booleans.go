package configs

import "strings"

// booleans are the values of a boolean variable, in lower case. They are those of the Python
// program that Parley replaces.
var booleans = map[string]bool{
	"true": true, "1": true, "yes": true, "on": true, "t": true, "y": true,
	"false": false, "0": false, "no": false, "off": false, "f": false, "n": false,
}

// boolean returns the value of a boolean variable, or unset if it is not set. For a value
// that is no boolean, it adds a problem and also returns unset.
func (l *loader) boolean(variable, value string, unset bool) bool {
	parsed, ok := booleans[strings.ToLower(value)]
	if ok {
		return parsed
	}
	l.check(value == "", variable, "must be true or false")
	return unset
}
