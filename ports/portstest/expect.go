package portstest

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
)

// patience is how long a suite waits for something that should happen immediately.
const patience = 10 * time.Second

func must(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

// errorOf drops the result of a call and returns its error.
func errorOf[T any](_ T, err error) error { return err }

func wantError(t rapid.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error = %v, want %v", err, want)
	}
}

// wantEqual compares two values. Times are equal if they are the same instant,
// and an empty slice or map equals nil.
func wantEqual(t rapid.TB, what string, got, want any) {
	t.Helper()
	numbers := cmp.Comparer(func(a, b phone.Number) bool { return a == b })
	if diff := cmp.Diff(want, got, numbers, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("wrong value for %s (-want +got):\n%s", what, diff)
	}
}

// wantErrorCounts checks how many of the errors match each key of want. The key
// nil counts the calls that succeeded. Other errors are not allowed.
func wantErrorCounts(t rapid.TB, errs []error, want map[error]int) {
	t.Helper()
	got := map[error]int{}
	for _, err := range errs {
		got[matchError(t, err, want)]++
	}
	for target, n := range want {
		if got[target] != n {
			t.Fatalf("%d calls returned %v, want %d", got[target], target, n)
		}
	}
}

// matchError returns the key of allowed that the error matches.
func matchError(t rapid.TB, err error, allowed map[error]int) error {
	t.Helper()
	for target := range allowed {
		if errors.Is(err, target) {
			return target
		}
	}
	t.Fatalf("error = %v, want one of %v", err, allowed)
	return nil
}

// wantCancelledCallsFail makes each call with a cancelled context. Each must fail
// with an internal error or as unavailable. Any other kind of fault would be a
// statement about the stored data.
func wantCancelledCallsFail(t rapid.TB, calls map[string]func(ctx context.Context) error) {
	t.Helper()
	ctx := cancelledContext()
	for name, call := range calls {
		err := call(ctx)
		if kind := fault.Of(err).Kind; err == nil || kind != fault.Internal && kind != fault.Unavailable {
			t.Errorf("%s with a cancelled context: error = %v, want an internal error or unavailable", name, err)
		}
	}
}

func cancelledContext() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// concurrently calls f n times at the same time and returns the errors by index.
func concurrently(n int, f func(i int) error) []error {
	errs := make([]error, n)
	var calls sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		calls.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	calls.Wait()
	return errs
}

// await returns the next value of the channel. If none comes within patience, it
// reports an error and returns the zero value. Any goroutine may call it.
func await[T any](t rapid.TB, from <-chan T, what string) T {
	t.Helper()
	return receive(t, from, what, t.Errorf)
}

// mustAwait is await for the goroutine of the test: it stops the test if no value comes.
func mustAwait[T any](t rapid.TB, from <-chan T, what string) T {
	t.Helper()
	return receive(t, from, what, t.Fatalf)
}

func receive[T any](t rapid.TB, from <-chan T, what string, report func(format string, args ...any)) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(patience):
		report("%s did not happen within %v", what, patience)
	}
	return v
}

func newID(t rapid.TB) id.ID {
	t.Helper()
	fresh, err := id.New(midday, rand.Reader)
	if err != nil {
		t.Fatalf("create an id: %v", err)
	}
	return fresh
}
