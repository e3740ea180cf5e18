package text_test

import (
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/text"
)

func TestName(t *testing.T) {
	long := strings.Repeat("é", 100)
	for in, want := range map[string]string{
		"Ada": "Ada", "  Ada L. ": "Ada L.", long: long, "日本": "日本", "👩‍🚀": "👩‍🚀", "नमस्ते": "नमस्ते",
	} {
		if got, err := text.Name(in); err != nil || got != want {
			t.Errorf("Name(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, s := range []string{
		"", " \t\n", long + "é", "a\x00b", "\u2003", "a\xffb", "\u200b", "\u2800\u3164", "\ufeff\u00ad",
		"a\u202eb", "a\nb", "\x1b[2J", "a\u2066",
	} {
		if got, err := text.Name(s); fault.Of(err).Kind != fault.Invalid || got != "" {
			t.Errorf("Name(%q) = %q, %v; want an invalid field", s, got, err)
		}
	}
}

func TestContent(t *testing.T) {
	for _, s := range []string{
		"x", " kept as sent ", strings.Repeat("語", 8000), "line\nline", "\u202eabc", "!", "👍",
		"\ue000", "\uf8ff", "\U000f0000", "\U0010fffd", "\ufffd",
	} {
		if err := text.Content(s); err != nil {
			t.Errorf("Content(%.20q): error %v, want success", s, err)
		}
	}
	for _, s := range []string{
		"", " \n\t", strings.Repeat("x", 8001), "a\x00", "\xc3\x28", "\u200b\u200d", "\u2800", "\x1b",
	} {
		if err := text.Content(s); fault.Of(err).Kind != fault.Invalid {
			t.Errorf("Content(%.20q): error %v, want an invalid field", s, err)
		}
	}
}

func TestSystemPrompt(t *testing.T) {
	long := strings.Repeat("語", 4000)
	for in, want := range map[string]string{
		" Answer\nbriefly. ": " Answer\nbriefly. ", long: long, "": "", " \t\n\u2003": "", "\u200b\u2800": "",
	} {
		if got, err := text.SystemPrompt(in); err != nil || got != want {
			t.Errorf("SystemPrompt(%.20q) = %.20q, %v; want %.20q", in, got, err, want)
		}
	}
	for _, s := range []string{long + "x", strings.Repeat(" ", 4001), "a\x00", "\x00", "a\xffb"} {
		if got, err := text.SystemPrompt(s); fault.Of(err).Kind != fault.Invalid || got != "" {
			t.Errorf("SystemPrompt(%.20q) = %.20q, %v; want an invalid field", s, got, err)
		}
	}
}

func TestKey(t *testing.T) {
	for key, valid := range map[string]bool{
		"a": true, strings.Repeat("é", 255): true,
		"": false, strings.Repeat("k", 256): false, "\xff": false, "a\x00": false,
	} {
		if err := text.Key(key); (err == nil) != valid {
			t.Errorf("Key(%.20q): error %v, want valid = %v", key, err, valid)
		}
	}
}
