package id_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/id"
)

func TestNew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Int64Range(0, 1<<47).Draw(t, "ms")
		random := rapid.SliceOfN(rapid.Byte(), 10, 10).Draw(t, "random")
		a, err := id.New(time.UnixMilli(ms), bytes.NewReader(random))
		if err != nil {
			t.Fatalf("New: %v", err)
		}
		if parsed, ok := id.Parse(string(a)); !ok || parsed != a {
			t.Fatalf("Parse(%q) = %q, %v; want the same id", a, parsed, ok)
		}
		if got := a.Time(); !got.Equal(time.UnixMilli(ms)) {
			t.Fatalf("Time of %s = %v, want %v", a, got, time.UnixMilli(ms))
		}
		b, err := id.New(time.UnixMilli(ms+1), rand.Reader)
		if err != nil || b <= a {
			t.Fatalf("New returned %s (%v) one millisecond after %s, want an id that sorts later", b, err, a)
		}
	})
}

func TestTimeOfOtherTexts(t *testing.T) {
	for _, text := range []id.ID{"", "01890a5d", "zzzzzzzz-ac96-774b-bcce-b302099a8057"} {
		if got := text.Time(); !got.IsZero() {
			t.Errorf("Time of %q = %v, want the zero time", text, got)
		}
	}
}

func TestNewWithoutRandomness(t *testing.T) {
	noEntropy := errors.New("no entropy")
	if got, err := id.New(time.Now(), iotest.ErrReader(noEntropy)); !errors.Is(err, noEntropy) || got != "" {
		t.Errorf("New returned %q and error %v, want the error of the reader", got, err)
	}
}

func TestParseRefusesOtherSpellings(t *testing.T) {
	valid := "0190163d-8694-739b-aea5-966c26f8ad91"
	if _, ok := id.Parse(valid); !ok {
		t.Fatalf("Parse(%q) failed, want success", valid)
	}
	for _, s := range []string{
		"", "1", strings.ToUpper(valid), valid + "0", valid[:35], "{" + valid[1:35] + "}",
		strings.ReplaceAll(valid, "-", "0"),
		"0190163d-8694-439b-aea5-966c26f8ad91", // version 4
		"0190163d-8694-739b-7ea5-966c26f8ad91", // another variant
		"0190163d-8694-739b-:ea5-966c26f8ad91",
		"0190163d-8694-739b-aea5-966c26f8ad9\x00",
		"0190163d-8694-739b-aea5-966c26f8ad9g",
	} {
		if got, ok := id.Parse(s); ok || got != "" {
			t.Errorf("Parse(%q) = %q, %v; want a failure", s, got, ok)
		}
	}
}

func TestFirstIsTheLowestIDOfItsMillisecond(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 5_000_000, time.UTC)
	first := id.First(at)
	before, errBefore := id.New(at.Add(-time.Millisecond), rand.Reader)
	same, errSame := id.New(at, rand.Reader)
	err := errors.Join(errBefore, errSame)
	if err != nil || before >= first || first > same || !first.Time().Equal(at) {
		t.Errorf("First = %s with the time %s, want between %s and %s", first, first.Time(), before, same)
	}
}
