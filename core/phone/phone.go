// Package phone parses phone numbers.
package phone

import (
	"log/slog"
	"strings"

	"github.com/kuvaka-tech/parley/core/fault"
)

// Number is a phone number in the format of ITU-T E.164: "+", then 8 to 15 digits, the
// first of them not 0. The zero Number is no number.
type Number struct{ e164 string }

// ErrInvalid means that the input is not a phone number.
var ErrInvalid = fault.InvalidField("mobile_number", "must be E.164: + and 8 to 15 digits")

// Parse parses a number in E.164. It ignores spaces, dashes and parentheses. It fails with ErrInvalid.
func Parse(s string) (Number, error) {
	if len(s) > 64 {
		return Number{}, ErrInvalid
	}
	s = strings.Map(dropSeparator, s)
	if len(s) < 9 || len(s) > 16 || s[0] != '+' || s[1] == '0' {
		return Number{}, ErrInvalid
	}
	for _, c := range []byte(s[1:]) {
		if c < '0' || c > '9' {
			return Number{}, ErrInvalid
		}
	}
	return Number{s}, nil
}

// dropSeparator is for strings.Map, which drops a rune when the result is -1.
func dropSeparator(r rune) rune {
	if strings.ContainsRune(" -()", r) {
		return -1
	}
	return r
}

// String returns the number in E.164, "" for the zero Number.
func (n Number) String() string { return n.e164 }

// Prefix returns "+" and the first 7 digits. It identifies a block of numbers. SMS
// pumping, a fraud, requests codes for many numbers of one block.
func (n Number) Prefix() string { return n.e164[:min(8, len(n.e164))] }

// Masked returns the number for logs: all but the first three and last two digits are
// replaced by asterisks.
func (n Number) Masked() string {
	if n.e164 == "" {
		return ""
	}
	return n.e164[:4] + strings.Repeat("*", len(n.e164)-6) + n.e164[len(n.e164)-2:]
}

// LogValue implements slog.LogValuer. It returns the masked number, so that no log
// contains a full one.
func (n Number) LogValue() slog.Value { return slog.StringValue(n.Masked()) }
