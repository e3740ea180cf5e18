package configs

import "strings"

// maxDistance is the largest edit distance between similar names.
const maxDistance = 2

// mostSimilar returns the first of the names with the smallest edit distance to name. Upper and
// lower case and underscores do not count. It returns "" if the distance is more than maxDistance.
func mostSimilar(name string, names []string) (similar string) {
	smallest := maxDistance + 1
	for _, other := range names {
		d := editDistance(lettersOf(name), lettersOf(other))
		if d < smallest {
			similar = other
			smallest = d
		}
	}
	return similar
}

// lettersOf returns the name in upper case and without separators.
func lettersOf(name string) string {
	return strings.NewReplacer("_", "", ".", "").Replace(strings.ToUpper(name))
}

// editDistance returns how many bytes must be inserted, deleted or replaced to turn a into b
// (the Levenshtein distance).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1) // the distances of a[:i] to all b[:j]
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			above := row[j+1]
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			row[j+1] = min(replaced, above+1, row[j]+1)
			diagonal = above
		}
	}
	return row[len(b)]
}
