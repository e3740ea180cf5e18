package otp

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/kuvaka-tech/parley/core/phone"
)

var endings = map[string]Ending{
	"none":   {},
	"site":   {Domain: "app.example.com"},
	"app":    {Hash: "FA+9qCX9VSu"},
	"both":   {Domain: "app.example.com", Hash: "FA+9qCX9VSu"},
	"longer": {Domain: "login.app.example.org", Hash: "FA+9qCX9VSu"},
}

func number(t *testing.T, s string) phone.Number {
	t.Helper()
	n, err := phone.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// one is a number of each language.
func one(t *testing.T, language Language) phone.Number {
	t.Helper()
	if language == "en" {
		return number(t, "+12125550123")
	}
	return number(t, "+"+spoken[language][0]+"555012345")
}

// Whatever a text ends with, it is one segment, which is as much as Android's
// retriever reads, and it says the code first.
func TestTextsAreOneSegment(t *testing.T) {
	for language := range wordings {
		for name, e := range endings {
			text := Text("012345", one(t, language), e)
			if !isOneSegment(text) {
				t.Errorf("%s, %s: %d characters: %s", language, name, utf8.RuneCountInString(text), text)
			}
			if !strings.HasPrefix(text, "012345 ") || !strings.Contains(text, "Parley") || strings.Contains(text, "%") {
				t.Errorf("%s, %s: %s", language, name, text)
			}
		}
	}
}

// With nothing to end with, every language says how long the code works and warns.
func TestTextsAreWhole(t *testing.T) {
	for language, all := range wordings {
		text := Text("012345", one(t, language), Ending{})
		if !strings.Contains(text, "10") || strings.Count(text, ".")+strings.Count(text, "।") != 3 {
			t.Errorf("%s: %s", language, text)
		}
		long := strings.Repeat("a", 50) // ASCII, which leaves less room where the alphabet is not GSM's
		if len(all) != 2 || !strings.Contains(all[0], "%[2]d") || len(all[1]) >= len(all[0]) && (isOneSegment(all[0]+long) || !isOneSegment(all[1]+long)) {
			t.Errorf("%s: the second wording does not take less than the first: %q", language, all)
		}
	}
}

func TestTextsEndAsPhonesWantThem(t *testing.T) {
	german, hindi := one(t, "de"), one(t, "hi")
	for want, got := range map[string]string{
		"012345 ist Ihr Parley-Code. Er gilt 10 Minuten. Geben Sie ihn niemandem.":                                    Text("012345", german, Ending{}),
		"012345 ist Ihr Parley-Code. Er gilt 10 Minuten. Geben Sie ihn niemandem.\n@a.example #012345":                Text("012345", german, Ending{Domain: "a.example"}),
		"012345 ist Ihr Parley-Code. Er gilt 10 Minuten. Geben Sie ihn niemandem.\nFA+9qCX9VSu":                       Text("012345", german, Ending{Hash: "FA+9qCX9VSu"}),
		"012345 ist Ihr Parley-Code. Er gilt 10 Minuten. Geben Sie ihn niemandem.\n@a.example #012345 FA+9qCX9VSu":    Text("012345", german, Ending{"a.example", "FA+9qCX9VSu"}),
		"012345 es tu clave de Parley. Vale 10 minutos. No la compartas.\n@login.app.example.org #012345 FA+9qCX9VSu": Text("012345", one(t, "es"), endings["longer"]),
		"012345 आपका Parley कोड है।\n@app.example.com #012345 FA+9qCX9VSu":                                            Text("012345", hindi, endings["both"]), // or it were two segments
		"012345 आपका Parley कोड है।\n@" + strings.Repeat("a", 60) + ".example #012345":                                Text("012345", hindi, Ending{Domain: strings.Repeat("a", 60) + ".example"}),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A browser finds the code in the last line (content/browser/sms/sms_parser.cc in Chromium).
func TestBrowsersFindTheCode(t *testing.T) {
	line := regexp.MustCompile(`(?:^|\s)@([a-zA-Z0-9.-]+) #([^#\s]+)(?: @([a-zA-Z0-9.-]+))?`)
	for language := range wordings {
		for _, name := range []string{"site", "both"} {
			text := Text("012345", one(t, language), endings[name])
			got := line.FindStringSubmatch(text[strings.LastIndex(text, "\n")+1:])
			if len(got) != 4 || got[1] != "app.example.com" || got[2] != "012345" || got[3] != "" {
				t.Errorf("%s, %s: %q in %q", language, name, got, text)
			}
		}
	}
}

func TestLanguages(t *testing.T) {
	for n, want := range map[string]Language{
		"+12125550123": "en", "+447400123456": "en", "+4915112345678": "de", "+436601234567": "de", "+41781234567": "de", "+423660123456": "de",
		"+420601123456": "en", "+34612345678": "es", "+5215512345678": "es", "+50212345678": "es", "+33612345678": "fr", "+22112345678": "fr",
		"+919876543210": "hi", "+9613123456": "en", "+6281234567890": "id", "+393123456789": "it", "+37812345678": "it", "+5511912345678": "pt",
		"+351912345678": "pt", "+35712345678": "en", "+7912345678": "en", "+21612345678": "en",
	} {
		if got := LanguageOf(number(t, n)); got != want {
			t.Errorf("%s: %s, want %s", n, got, want)
		}
	}
	if got := LanguageOf(phone.Number{}); got != "en" {
		t.Errorf("no number: %s", got)
	}
}

// Country codes are prefix-free (ITU-T E.164, annex to the Operational Bulletin),
// and each stands once.
func TestCountriesStandOnce(t *testing.T) {
	count := 0
	for language, codes := range spoken {
		if wordings[language] == nil {
			t.Errorf("%s has no wordings", language)
		}
		for _, code := range codes {
			count++
			for other := range languages {
				if other != code && strings.HasPrefix(other, code) {
					t.Errorf("%s begins as %s does", other, code)
				}
			}
		}
	}
	if count != len(languages) {
		t.Errorf("%d codes of %d countries", count, len(languages))
	}
}

func TestSegments(t *testing.T) {
	for text, want := range map[string]bool{
		strings.Repeat("a", 160): true, strings.Repeat("a", 161): false,
		strings.Repeat("€", 80): true, strings.Repeat("€", 80) + "a": false, strings.Repeat("[", 79) + "aa": true,
		strings.Repeat("ó", 70): true, strings.Repeat("ó", 71): false, strings.Repeat("a", 70) + "ó": false,
		strings.Repeat("😀", 35): true, strings.Repeat("😀", 35) + "a": false, "": true,
	} {
		if got := isOneSegment(text); got != want {
			t.Errorf("%q…, %d characters: %v", string([]rune(text + " ")[0]), utf8.RuneCountInString(text), got)
		}
	}
	if n := utf8.RuneCountInString(gsm); n != 127 { // 128 less the escape
		t.Errorf("the alphabet has %d characters", n)
	}
}
