package text_test

import (
	"slices"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/kuvaka-tech/parley/core/text"
)

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"":                "",
		"Hello, WORLD 7!": "hello, world 7!",
		"ΟΔΥΣΣΕΎΣ σοφός":  "οδυσσεύσ σοφόσ",
		"İIıi":            "iiii",
		"STRAẞE Straße":   "straße straße",
		"Ǆǅǆ":             "ǆǆǆ",
		"\u212A\u212B":    "kå",
		"ſ":               "s",
		"ЁЖИК":            "ёжик",
		"Ა":               "ა",
		"今天 สวัสดี 👩‍🚀":   "今天 สวัสดี 👩‍🚀",
		"É E\u0301":       "é e\u0301",
	} {
		if got := text.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

// folded returns the folded form of a code point.
func folded(t *testing.T, r rune) rune {
	t.Helper()
	s := text.Fold(string(r))
	if utf8.RuneCountInString(s) != 1 {
		t.Fatalf("Fold(%q) = %q, want one code point", r, s)
	}
	f, _ := utf8.DecodeRuneInString(s)
	return f
}

func TestEveryCodePointIsFoldedLikeItsVariantsAndOnlyOnce(t *testing.T) {
	byFolded := map[rune][]rune{}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		f := folded(t, r)
		byFolded[f] = append(byFolded[f], r)
		if again := folded(t, f); again != f {
			t.Errorf("%U is folded to %U, and that to %U, want no further change", r, f, again)
		}
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			if folded(t, other) != f {
				t.Errorf("%U and %U differ only in case, but are folded to %U and %U", r, other, f, folded(t, other))
			}
		}
	}
	for f, want := range byFolded {
		if got := text.Variants(f); !slices.Equal(got, want) {
			t.Errorf("Variants(%U) = %U, want %U", f, got, want)
		}
	}
}
