package portstest

import "testing"

// requirement is one sentence of a contract and the test that proves it.
type requirement[T any] struct {
	sentence string
	test     func(t T)
}

// runSuite runs each requirement as a subtest with a new fixture.
func runSuite[T any](t *testing.T, newFixture func(t *testing.T) T, suite []requirement[T]) {
	for _, r := range suite {
		t.Run(r.sentence, func(t *testing.T) { r.test(newFixture(t)) })
	}
}
