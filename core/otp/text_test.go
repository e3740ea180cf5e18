package otp

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/kuvaka-tech/parley/core/phone"
)

var suffixes = map[string]AutofillSuffix{
	"none":            {},
	"website":         {Domain: "app.example.com"},
	"app":             {Hash: "FA+9qCX9VSu"},
	"both":            {Domain: "app.example.com", Hash: "FA+9qCX9VSu"},
	"a longer domain": {Domain: "login.app.example.org", Hash: "FA+9qCX9VSu"},
}

func mustParse(t *testing.T, s string) phone.Number {
	t.Helper()
	n, err := phone.Parse(s)
	if err != nil {
		t.Fatalf("parse the number %s: %v", s, err)
	}
	return n
}

// numberOf returns a number of a country with this language.
func numberOf(t *testing.T, language Language) phone.Number {
	t.Helper()
	if language == "en" {
		return mustParse(t, "+12125550123")
	}
	return mustParse(t, "+"+countryCodes[language][0]+"555012345")
}

// With every suffix, a text starts with the code and is one segment. Android's SMS
// Retriever does not read more than that.
func TestTextsFitIntoOneSegment(t *testing.T) {
	for language := range wordings {
		for name, suffix := range suffixes {
			text := Text("012345", numberOf(t, language), suffix)
			if !fitsOneSegment(text) {
				t.Errorf("%s, suffix %s: %q has %d characters, want one segment",
					language, name, text, utf8.RuneCountInString(text))
			}
			if !strings.HasPrefix(text, "012345 ") || !strings.Contains(text, "Parley") || strings.Contains(text, "%") {
				t.Errorf("%s, suffix %s: %q, want the code first, then the name of the app", language, name, text)
			}
		}
	}
}

// Without a suffix, every language says how long the code is valid, and has the warning.
func TestTextsAreComplete(t *testing.T) {
	for language, all := range wordings {
		text := Text("012345", numberOf(t, language), AutofillSuffix{})
		if !strings.Contains(text, "10") || strings.Count(text, ".")+strings.Count(text, "।") != 3 {
			t.Errorf("%s: %q, want three sentences and the validity of 10 minutes", language, text)
		}
		if len(all) != 2 || !strings.Contains(all[0], "%[2]d") || !takesLessRoom(all[1], all[0]) {
			t.Errorf("%s: the wordings are %q, want a second one that takes less room", language, all)
		}
	}
}

// takesLessRoom reports whether a has fewer bytes than b, or uses only the GSM
// alphabet where b does not, so that more of a suffix fits into one segment.
func takesLessRoom(a, b string) bool {
	suffix := strings.Repeat("a", 50)
	return len(a) < len(b) || fitsOneSegment(a+suffix) && !fitsOneSegment(b+suffix)
}

func TestTextsEndWithTheSuffix(t *testing.T) {
	const german = "012345 ist Ihr Parley-Code. Er gilt 10 Minuten. Geben Sie ihn niemandem."
	longDomain := strings.Repeat("a", 60) + ".example"
	for _, c := range []struct {
		language Language
		suffix   AutofillSuffix
		want     string
	}{
		{"de", AutofillSuffix{}, german},
		{"de", AutofillSuffix{Domain: "a.example"}, german + "\n@a.example #012345"},
		{"de", AutofillSuffix{Hash: "FA+9qCX9VSu"}, german + "\nFA+9qCX9VSu"},
		{"de", AutofillSuffix{"a.example", "FA+9qCX9VSu"}, german + "\n@a.example #012345 FA+9qCX9VSu"},
		{
			"es", suffixes["a longer domain"], "012345 es tu clave de Parley. Vale 10 minutos. No la compartas." +
				"\n@login.app.example.org #012345 FA+9qCX9VSu",
		},
		// The first wording would need two segments.
		{"hi", suffixes["both"], "012345 आपका Parley कोड है।\n@app.example.com #012345 FA+9qCX9VSu"},
		{"hi", AutofillSuffix{Domain: longDomain}, "012345 आपका Parley कोड है।\n@" + longDomain + " #012345"},
	} {
		if got := Text("012345", numberOf(t, c.language), c.suffix); got != c.want {
			t.Errorf("%s, suffix %+v: %q, want %q", c.language, c.suffix, got, c.want)
		}
	}
}

// A browser finds the code in the last line (content/browser/sms/sms_parser.cc in Chromium).
func TestBrowsersFindTheCode(t *testing.T) {
	originBoundCode := regexp.MustCompile(`(?:^|\s)@([a-zA-Z0-9.-]+) #([^#\s]+)(?: @([a-zA-Z0-9.-]+))?`)
	for language := range wordings {
		for _, name := range []string{"website", "both"} {
			text := Text("012345", numberOf(t, language), suffixes[name])
			got := originBoundCode.FindStringSubmatch(text[strings.LastIndex(text, "\n")+1:])
			if len(got) != 4 || got[1] != "app.example.com" || got[2] != "012345" || got[3] != "" {
				t.Errorf("%s, suffix %s: a browser finds %q in %q, want the domain and the code",
					language, name, got, text)
			}
		}
	}
}

func TestLanguageOf(t *testing.T) {
	for want, numbers := range map[Language][]string{
		"de": {"+4915112345678", "+436601234567", "+41781234567", "+423660123456"},
		"en": {
			"+12125550123", "+447400123456", "+420601123456", "+9613123456", "+35712345678", "+7912345678",
			"+21612345678",
		},
		"es": {"+34612345678", "+5215512345678", "+50212345678"},
		"fr": {"+33612345678", "+22112345678"},
		"hi": {"+919876543210"},
		"id": {"+6281234567890"},
		"it": {"+393123456789", "+37812345678"},
		"pt": {"+5511912345678", "+351912345678"},
	} {
		for _, n := range numbers {
			if got := LanguageOf(mustParse(t, n)); got != want {
				t.Errorf("LanguageOf(%s) = %s, want %s", n, got, want)
			}
		}
	}
	if got := LanguageOf(phone.Number{}); got != "en" {
		t.Errorf("LanguageOf the empty number = %s, want en", got)
	}
}

// No country code is a prefix of another (ITU-T E.164, annex to the Operational
// Bulletin), and none is listed twice.
func TestCountryCodesAreUnique(t *testing.T) {
	count := 0
	for language, codes := range countryCodes {
		if wordings[language] == nil {
			t.Errorf("the language %s has no wordings", language)
		}
		for _, code := range codes {
			count++
			for other := range languageByCountryCode {
				if other != code && strings.HasPrefix(other, code) {
					t.Errorf("the country code %s is a prefix of %s", code, other)
				}
			}
		}
	}
	if count != len(languageByCountryCode) {
		t.Errorf("%d country codes are listed, but only %d different ones", count, len(languageByCountryCode))
	}
}

func TestIsOneSegment(t *testing.T) {
	for text, want := range map[string]bool{
		"":                             true,
		strings.Repeat("a", 160):       true,
		strings.Repeat("a", 161):       false,
		strings.Repeat("€", 80):        true,
		strings.Repeat("€", 80) + "a":  false,
		strings.Repeat("[", 79) + "aa": true,
		strings.Repeat("ó", 70):        true,
		strings.Repeat("ó", 71):        false,
		strings.Repeat("a", 70) + "ó":  false,
		strings.Repeat("😀", 35):        true,
		strings.Repeat("😀", 35) + "a":  false,
	} {
		if got := fitsOneSegment(text); got != want {
			t.Errorf("fitsOneSegment of %d characters starting with %.1q = %v, want %v",
				utf8.RuneCountInString(text), text, got, want)
		}
	}
	if n := utf8.RuneCountInString(gsmBasic); n != 127 { // 128 without the escape character
		t.Errorf("the GSM alphabet has %d characters, want 127", n)
	}
}
