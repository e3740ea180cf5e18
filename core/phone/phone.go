// Package phone knows the numbers that people log in with.
package phone

import (
	"log/slog"
	"strings"

	"github.com/kuvaka-tech/parley/core/fault"
)

// Number is a phone number in E.164 (ITU-T E.164: "+", then 8 to 15 digits,
// the first not 0). The zero Number is no number.
type Number struct{ e164 string }

// ErrInvalid refuses what cannot be a phone number.
var ErrInvalid = fault.Breaks("mobile_number", "must be E.164: + and 8 to 15 digits")

// Parse reads a number as people write it: spaces, dashes and brackets are taken out.
func Parse(s string) (Number, error) {
	if len(s) > 64 {
		return Number{}, ErrInvalid
	}
	s = strings.Map(forgive, s)
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

func forgive(r rune) rune {
	if strings.ContainsRune(" -()", r) {
		return -1
	}
	return r
}

// String is the number in E.164.
func (n Number) String() string { return n.e164 }

// Prefix is "+" and the first 7 digits: the block that SMS pumping works through.
func (n Number) Prefix() string { return n.e164[:min(8, len(n.e164))] }

// Masked hides all but the first three and last two digits, for logs.
func (n Number) Masked() string {
	if n.e164 == "" {
		return ""
	}
	return n.e164[:4] + strings.Repeat("*", len(n.e164)-6) + n.e164[len(n.e164)-2:]
}

// LogValue keeps whole numbers out of logs.
func (n Number) LogValue() slog.Value { return slog.StringValue(n.Masked()) }
