package httpapi

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/core/fault"
)

func TestHalvesOfSurrogatePairsAreRefused(t *testing.T) {
	for text, valid := range map[string]bool{
		`"\ud83d\ude00"`:       true,
		`"\uD83D\uDE00\ufffd"`: true,
		"\"\ufffd\"":           true,
		`"\\ud800"`:            true,
		`"\\\\ud800"`:          true,
		`"\ud7ff\ue000\n\""`:   true,
		`"ud800"`:              true,
		`"\ud800"`:             false,
		`"\uD800"`:             false,
		`"a\udc00b"`:           false,
		`"\udbff\n\udc00"`:     false,
		`"\ud83d\ud83d\ude00"`: false,
		`"\ude00\ud83d"`:       false,
		`"\ud83d\\ude00"`:      false,
		`"\\\ud800"`:           false,
		`{"a":[1,"\udfff"]}`:   false,
	} {
		err := checkSurrogates("text", []byte(text))
		if valid && err != nil {
			t.Errorf("%s is refused with %v, want it accepted", text, err)
		}
		if !valid && fault.Of(err).Kind != fault.Invalid {
			t.Errorf("%s gives %v, want an invalid field", text, err)
		}
	}
}

// A text is refused exactly if encoding/json replaces a part of it.
func FuzzSurrogates(f *testing.F) {
	for _, text := range []string{`"\ud83d\ude00"`, `"\ud800"`, `"\\ud800"`, `"\ud83d\\ude00"`, `"a\udc00\""`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var decoded string
		if strings.ContainsRune(text, '\ufffd') || json.Unmarshal([]byte(text), &decoded) != nil {
			return
		}
		sent := strings.Count(strings.ToLower(strings.ReplaceAll(text, `\\`, "")), `\ufffd`)
		replaced := strings.Count(decoded, "\ufffd") > sent
		if err := checkSurrogates("text", []byte(text)); (err != nil) != replaced {
			t.Errorf("%q is decoded as %q, the check gives %v", text, decoded, err)
		}
	})
}
