package argon2id

import (
	"context"
	"crypto/rand"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func TestHasher(t *testing.T) {
	portstest.Hasher(t, func(*testing.T) ports.Hasher { return New(rand.Reader, 2) })
}

func TestHashCost(t *testing.T) {
	hash, err := New(rand.Reader, 1).Hash(t.Context(), "password")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || len(hash) != 31+22+1+43 {
		t.Errorf("got %s", hash)
	}
}

// Timings lie on a busy machine; the 19 MiB that a derivation takes do not.
func TestMatchAgainstNothingCostsAsMuch(t *testing.T) {
	h := New(rand.Reader, 1)
	hash, err := h.Hash(t.Context(), "password")
	if err != nil {
		t.Fatal(err)
	}
	for name, against := range map[string]string{"nothing": "", "a hash": hash} {
		if took := allocated(func() { h.Match(t.Context(), against, "wrong") }); took < memory<<10 || took > 2*memory<<10 {
			t.Errorf("matching against %s took %d bytes", name, took)
		}
	}
}

func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestHashWithoutRandomness(t *testing.T) {
	broken := errors.New("no entropy")
	if got, err := New(iotest.ErrReader(broken), 1).Hash(t.Context(), "password"); !errors.Is(err, broken) || got != "" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestWaitingForATurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(rand.Reader, 2)
		h.slots <- struct{}{}
		h.slots <- struct{}{}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := h.Match(ctx, "", "password")
			done <- err
		}()
		synctest.Wait()
		if len(done) != 0 {
			t.Fatal("a third hash did not wait for its turn")
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("giving up failed with %v", err)
		}
		<-h.slots
		if _, err := h.Match(t.Context(), "", "password"); err != nil {
			t.Errorf("a free turn was not given: %v", err)
		}
		if len(h.slots) != 1 {
			t.Errorf("%d turns are taken, want the one still held", len(h.slots))
		}
	})
}
