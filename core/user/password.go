package user

import (
	"strings"
	"unicode/utf8"
)

// CheckPassword fails with ErrInvalidPassword unless a new password has 8 to 128 code
// points and no NUL. NIST SP 800-63B, 5.1.1.2 advises against rules for its characters.
func CheckPassword(s string) error {
	if n := utf8.RuneCountInString(s); n < 8 || n > 128 || strings.ContainsRune(s, 0) {
		return ErrInvalidPassword
	}
	return nil
}
