package portstest

import (
	"fmt"
	"strings"
	"testing"
)

// wantNoSecrets checks that neither the error nor an error that it wraps contains a
// secret, also if the secret is written like a phone number with separators.
func wantNoSecrets(t *testing.T, err error, secrets ...string) {
	t.Helper()
	for _, e := range errorTree(err) {
		text := fmt.Sprintf("%v %+v", e, e)
		for _, secret := range secrets {
			if strings.Contains(text, secret) || strings.Contains(withoutSeparators.Replace(text), secret) {
				t.Errorf("an error of type %T contains the secret %q", e, secret)
			}
		}
	}
}

// withoutSeparators removes the characters that group the digits of a phone number.
var withoutSeparators = strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "")

// errorTree returns the error and all errors that it wraps.
func errorTree(err error) (all []error) {
	switch e := err.(type) {
	case nil:
		return nil
	case interface{ Unwrap() error }:
		all = errorTree(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			all = append(all, errorTree(inner)...)
		}
	}
	return append(all, err)
}
