package httpapi

import (
	"errors"
	"strings"
	"testing"
)

func TestJSONStream(t *testing.T) {
	var got strings.Builder
	s := &jsonStream{write: func(part []byte) error { got.Write(part); return nil }}
	s.open('{')
	s.member("a", 1)
	s.name("list")
	s.open('[')
	for _, text := range []string{"x", "y"} {
		s.open('{')
		s.members(Code{OTP: text})
		s.member("more", true)
		s.close('}')
	}
	s.close(']')
	s.name("none")
	s.open('[')
	s.close(']')
	s.member("complete", true)
	s.close('}')
	s.flush()
	const want = `{"a":1,"list":[{"otp":"x","more":true},{"otp":"y","more":true}],"none":[],"complete":true}`
	if got.String() != want || s.err != nil {
		t.Errorf("the stream is %s with error %v, want %s", got.String(), s.err, want)
	}
}

func TestAJSONStreamWritesInPartsUntilAnError(t *testing.T) {
	broken := errors.New("broken")
	parts := 0
	s := &jsonStream{write: func(part []byte) error {
		if len(part) > 2*maxJSONPart {
			t.Errorf("a part has %d bytes, want at most %d", len(part), 2*maxJSONPart)
		}
		parts++
		return broken
	}}
	s.open('[')
	for range 100 {
		s.value(strings.Repeat("x", maxJSONPart/2))
	}
	if parts != 1 || s.err != broken {
		t.Errorf("%d parts were written and the error is %v, want 1 and that of the first part", parts, s.err)
	}
}
