package otp

import (
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/kuvaka-tech/parley/core/phone"
)

// Ending is what lets a phone find the code in a text by itself; its zero value is none.
type Ending struct {
	Domain string // of the site that the code is for
	Hash   string // 11 characters that name the Android app
}

// Text brings a code to a number, in the language of the number's country. It
// is the first wording that leaves it in one segment, or the last there is. The words must not be the choice of whoever asks: they could ask in a
// language that the owner cannot read, and the warning would be lost.
func Text(code string, to phone.Number, e Ending) string {
	var text string
	for _, wording := range wordings[LanguageOf(to)] {
		text = fmt.Sprintf(wording, code, int(Life.Minutes())) + e.line(code)
		if isOneSegment(text) {
			break
		}
	}
	return text
}

// line is an origin-bound code (wicg.github.io/sms-one-time-codes, 3), which has
// the last line to itself: what follows the code there is ignored. The Android
// app's hash may be anywhere (developers.google.com/identity/sms-retriever/verify),
// so that it comes last.
func (e Ending) line(code string) string {
	var parts []string
	if e.Domain != "" {
		parts = append(parts, "@"+e.Domain, "#"+code)
	}
	if e.Hash != "" {
		parts = append(parts, e.Hash)
	}
	if parts == nil {
		return ""
	}
	return "\n" + strings.Join(parts, " ")
}

// The default alphabet of GSM, and what takes an escape before it (3GPP TS 23.038, 6.2.1).
const (
	gsm      = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmTwice = "\f^{}\\[~]|€"
)

// isOneSegment says whether a text is sent, and paid for, as one message: 140
// octets, which hold 160 characters of GSM's alphabet, or else 70 of UTF-16.
func isOneSegment(text string) bool {
	septets := 0
	for _, r := range text {
		switch {
		case strings.ContainsRune(gsm, r):
			septets++
		case strings.ContainsRune(gsmTwice, r):
			septets += 2
		default:
			return len(utf16.Encode([]rune(text))) <= 70
		}
	}
	return septets <= 160
}
