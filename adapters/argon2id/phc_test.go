package argon2id

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
)

// reference is from test.c of the reference implementation (github.com/P-H-C/phc-winner-argon2).
const reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"

func TestReferenceVector(t *testing.T) {
	h := New(rand.Reader, 1)
	if ok, err := h.Match(t.Context(), reference, "password"); !ok || err != nil {
		t.Errorf("Match = %v, %v for the password of the reference hash, want true", ok, err)
	}
	if ok, err := h.Match(t.Context(), reference, "Password"); ok || err != nil {
		t.Errorf("Match = %v, %v for another password, want false", ok, err)
	}
}

func TestDecodeFails(t *testing.T) {
	const salt, tag = "c29tZXNhbHQ", "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	for name, bad := range map[string]string{
		"another variant": strings.Replace(reference, "argon2id", "argon2i", 1),
		"another version": strings.Replace(reference, "v=19", "v=16", 1),
		"no version":      strings.Replace(reference, "v=19$", "", 1),
		"4 GiB":           strings.Replace(reference, "m=65536", "m=4194304", 1),
		"just too much":   strings.Replace(reference, "m=65536", "m=262145", 1),
		"too little":      strings.Replace(reference, "m=65536", "m=7", 1),
		"a negative cost": strings.Replace(reference, "m=65536", "m=-65536", 1),
		"an overflow":     strings.Replace(reference, "m=65536", "m=4295032832", 1),
		"leading zeros":   strings.Replace(reference, "m=65536", "m=065536", 1),
		"hexadecimal":     strings.Replace(reference, "m=65536", "m=0x10000", 1),
		"no passes":       strings.Replace(reference, "t=2", "t=0", 1),
		"many passes":     strings.Replace(reference, "t=2", "t=4294967295", 1),
		"no threads":      strings.Replace(reference, "p=1", "p=0", 1),
		"many threads":    strings.Replace(reference, "p=1", "p=255", 1),
		"a key id":        strings.Replace(reference, "p=1", "p=1,keyid=Hj5+dsK0", 1),
		"another order":   strings.Replace(reference, "m=65536,t=2", "t=2,m=65536", 1),
		"a short salt":    strings.Replace(reference, salt, "c29tZQ", 1),
		"no salt":         strings.Replace(reference, salt, "", 1),
		"a padded salt":   strings.Replace(reference, salt, salt+"=", 1),
		"a split salt":    strings.Replace(reference, salt, "c29t\nZXNhbHQ", 1),
		"set spare bits":  strings.Replace(reference, salt, "c29tZXNhbHR", 1),
		"base64url":       strings.Replace(reference, "2GRPPc", "2GRP_c", 1),
		"no tag":          strings.Replace(reference, tag, "", 1),
		"a short tag":     strings.Replace(reference, tag, tag[:12], 1),
		"a long tag":      strings.Replace(reference, tag, strings.Repeat("A", 88), 1),
	} {
		if d, err := decode(bad); !errors.Is(err, ErrFormat) || d.withinLimits() {
			t.Errorf("%s: decode = %+v, %v, want ErrFormat", name, d, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(reference)
	f.Add("$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=4294967295,t=4294967295,p=255$$")
	f.Fuzz(func(t *testing.T, hash string) {
		d, err := decode(hash)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Errorf("decode failed with %v, want ErrFormat", err)
			}
			return
		}
		if d.String() != hash || d.memory > 1<<18 || d.passes > 10 || d.threads > 16 || d.threads < 1 {
			t.Errorf("decode(%q) = %+v, want only digests within the limits that String writes the same", hash, d)
		}
	})
}
