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
			t.Fatal(err)
		}
		if p, ok := id.Parse(string(a)); !ok || p != a {
			t.Fatalf("%s is not recognised", a)
		}
		b, err := id.New(time.UnixMilli(ms+1), rand.Reader)
		if err != nil || b <= a {
			t.Fatalf("a later id %s must sort after %s (%v)", b, a, err)
		}
	})
}

func TestNewWithoutRandomness(t *testing.T) {
	broken := errors.New("no entropy")
	if got, err := id.New(time.Now(), iotest.ErrReader(broken)); !errors.Is(err, broken) || got != "" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestParseRefuses(t *testing.T) {
	good := "0190163d-8694-739b-aea5-966c26f8ad91"
	if _, ok := id.Parse(good); !ok {
		t.Fatal("the example itself must pass")
	}
	for _, bad := range []string{"", "1", strings.ToUpper(good), good + "0", good[:35],
		"{" + good[1:35] + "}", strings.ReplaceAll(good, "-", "0"), "0190163d-8694-439b-aea5-966c26f8ad91",
		"0190163d-8694-739b-7ea5-966c26f8ad91", "0190163d-8694-739b-:ea5-966c26f8ad91", "0190163d-8694-739b-aea5-966c26f8ad9\x00", "0190163d-8694-739b-aea5-966c26f8ad9g"} {
		if got, ok := id.Parse(bad); ok || got != "" {
			t.Errorf("Parse(%q) = %q, %v", bad, got, ok)
		}
	}
}
