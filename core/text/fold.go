package text

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Fold returns s without differences of case. Two texts that differ only in case have the same
// folded text. Each code point becomes the lower case of its upper case:
//
//   - final sigma: σ, ς and Σ become σ
//   - Turkish: i, I, İ and ı become i, so that a search works in every language
//   - German: ß and ẞ become ß. They do not become "ss", because Fold keeps the number of
//     code points
//
// Fold does not remove accents. Folding a folded text changes nothing.
func Fold(s string) string { return strings.Map(foldRune, s) }

func foldRune(r rune) rune {
	switch {
	case 'A' <= r && r <= 'Z':
		return r + 'a' - 'A'
	case r < utf8.RuneSelf:
		return r
	}
	return unicode.ToLower(unicode.ToUpper(r))
}

// Variants returns the code points that Fold folds to the same code point as r, in ascending
// order. They include r.
func Variants(r rune) []rune {
	if all := casedVariants()[foldRune(r)]; all != nil {
		return all
	}
	return []rune{r}
}

// casedVariants returns the variants of each folded code point that has several.
var casedVariants = sync.OnceValue(func() map[rune][]rune {
	variants := map[rune][]rune{}
	for _, cased := range unicode.CaseRanges {
		for r := rune(cased.Lo); r <= rune(cased.Hi); r++ {
			if folded := foldRune(r); folded != r {
				variants[folded] = append(variants[folded], r)
			}
		}
	}
	for folded, others := range variants {
		variants[folded] = slices.Sorted(slices.Values(append(others, folded)))
	}
	return variants
})
