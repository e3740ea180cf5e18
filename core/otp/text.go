package otp

import (
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/kuvaka-tech/parley/core/phone"
)

// AutofillSuffix describes the last line of a text, from which a phone fills in the code.
// The zero value adds no line.
type AutofillSuffix struct {
	Domain string // the website that the code is for, "" for none
	Hash   string // the 11-character hash of the Android app, "" for none
}

// Text returns the SMS with a code for a number, in the language of the number's country.
// It uses the first wording that fits into one segment, or the last one if none does. The
// language does not depend on the request. Otherwise an attacker could choose a language
// in which the owner cannot read the warning.
func Text(code string, to phone.Number, suffix AutofillSuffix) string {
	var text string
	for _, wording := range wordings[LanguageOf(to)] {
		text = fmt.Sprintf(wording, code, int(CodeTTL.Minutes())) + suffix.line(code)
		if fitsOneSegment(text) {
			break
		}
	}
	return text
}

// line returns the last line of the text with a newline before it, or "". Domain and code
// form an origin-bound code (wicg.github.io/sms-one-time-codes, 3): a browser reads the
// code only from the last line, and ignores everything after the code. Android finds the
// hash of the app anywhere (developers.google.com/identity/sms-retriever/verify), so the
// hash follows the code.
func (s AutofillSuffix) line(code string) string {
	var parts []string
	if s.Domain != "" {
		parts = append(parts, "@"+s.Domain, "#"+code)
	}
	if s.Hash != "" {
		parts = append(parts, s.Hash)
	}
	if parts == nil {
		return ""
	}
	return "\n" + strings.Join(parts, " ")
}

// The GSM 7-bit default alphabet, and its extension, whose characters need an escape and
// so take two septets (3GPP TS 23.038, 6.2.1).
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtended = "\f^{}\\[~]|€"
)

// fitsOneSegment reports whether a text fits into one SMS segment and is billed as one. A
// segment has 140 octets: 160 septets of the GSM alphabet, or 70 code units of UTF-16.
func fitsOneSegment(text string) bool {
	septets := 0
	for _, r := range text {
		switch {
		case strings.ContainsRune(gsmBasic, r):
			septets++
		case strings.ContainsRune(gsmExtended, r):
			septets += 2
		default:
			return len(utf16.Encode([]rune(text))) <= 70
		}
	}
	return septets <= 160
}
