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
		t.Fatalf("Hash: %v", err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || len(hash) != 31+22+1+43 {
		t.Errorf("Hash = %q, want the current cost, a salt of 16 bytes and a tag of 32", hash)
	}
}

// The test measures memory, because durations vary on a busy machine.
func TestMatchWithoutHashCostsTheSame(t *testing.T) {
	h := New(rand.Reader, 1)
	hash, err := h.Hash(t.Context(), "password")
	if err != nil {
		t.Fatalf("Hash: %v", err)
	}
	const want = memory << 10 // bytes of one derivation
	for name, known := range map[string]string{"no hash": "", "a hash": hash} {
		bytes := allocatedBytes(func() { h.Match(t.Context(), known, "wrong") })
		if bytes < want || bytes > 2*want {
			t.Errorf("Match with %s allocated %d bytes, want about %d", name, bytes, want)
		}
	}
}

func allocatedBytes(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestHashWithoutRandomness(t *testing.T) {
	errEntropy := errors.New("no entropy")
	got, err := New(iotest.ErrReader(errEntropy), 1).Hash(t.Context(), "password")
	if !errors.Is(err, errEntropy) || got != "" {
		t.Errorf("Hash = %q, %v, want the error of the random source", got, err)
	}
}

func TestConcurrencyLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(rand.Reader, 2)
		h.semaphore <- struct{}{}
		h.semaphore <- struct{}{}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := h.Match(ctx, "", "password")
			done <- err
		}()
		synctest.Wait()
		if len(done) != 0 {
			t.Fatal("a third Match returned, want it to wait while two are in progress")
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Match failed with %v after its context ended, want context.Canceled", err)
		}
		<-h.semaphore
		if _, err := h.Match(t.Context(), "", "password"); err != nil {
			t.Errorf("Match with a free slot: %v", err)
		}
		if len(h.semaphore) != 1 {
			t.Errorf("%d slots are in use after Match, want only the one that the test holds", len(h.semaphore))
		}
	})
}
