package phone_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/phone"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		"+1234567890":         "+1234567890",
		"+49 (170) 123-45-67": "+491701234567",
		"+12345678":           "+12345678",
		"+123456789012345":    "+123456789012345",
	} {
		if n, err := phone.Parse(in); err != nil || n.String() != want {
			t.Errorf("Parse(%q) = %q, %v; want %q", in, n, err, want)
		}
	}
	for _, s := range []string{
		"", "+", "1234567890", "+1234567", "+1234567890123456", "+0234567890", "+12345x7890", "++1234567890",
		"+1234567890+", "+١٢٣٤٥٦٧٨٩", "+1234567890\x00", "+1.234.567.890", "+123456789" + strings.Repeat(" ", 60),
	} {
		if n, err := phone.Parse(s); !errors.Is(err, phone.ErrInvalid) || n != (phone.Number{}) {
			t.Errorf("Parse(%q) = %q, %v; want ErrInvalid", s, n, err)
		}
	}
}

// Separators do not change the number, and the parsed number parses to itself.
func TestParseIgnoresSeparators(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.StringMatching(`\+[1-9][0-9]{7,14}`).Draw(t, "plain")
		separators := rapid.SampledFrom([]string{"", "", " ", "-", "(", ")"})
		var b strings.Builder
		for _, r := range plain {
			b.WriteRune(r)
			b.WriteString(separators.Draw(t, "separator"))
		}
		n, err := phone.Parse(b.String())
		if err != nil || n.String() != plain {
			t.Fatalf("Parse(%q) = %q, %v; want %q", b.String(), n, err, plain)
		}
		if again, err := phone.Parse(n.String()); err != nil || again != n {
			t.Fatalf("Parse(%q) = %q, %v; want the same number", n, again, err)
		}
	})
}

func TestMaskedAndPrefix(t *testing.T) {
	n, err := phone.Parse("+14155550123")
	if err != nil {
		t.Fatalf("parse the number: %v", err)
	}
	if got := n.LogValue().String(); got != "+141******23" {
		t.Errorf("the logged number is %s, want +141******23", got)
	}
	if got := n.Prefix(); got != "+1415555" {
		t.Errorf("Prefix() = %s, want +1415555", got)
	}
	empty := phone.Number{}
	if empty.Masked() != "" || empty.Prefix() != "" {
		t.Errorf("the empty number is masked as %q with the prefix %q, want both empty", empty.Masked(), empty.Prefix())
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"+1234567890", "+1 (234) 567-890", "", "+٣", "\xff+12345678"} {
		f.Add(s)
	}
	e164 := regexp.MustCompile(`^\+[1-9][0-9]{7,14}$`)
	f.Fuzz(func(t *testing.T, s string) {
		n, err := phone.Parse(s)
		if (err == nil) != e164.MatchString(n.String()) {
			t.Errorf("Parse(%q) = %q, %v; want an E.164 number or an error", s, n, err)
		}
	})
}
