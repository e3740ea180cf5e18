// Package portstest holds the contract of each port as tests. Every adapter
// runs the suites of the ports it serves; nothing but tests imports it.
package portstest

import (
	"context"
	"testing"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/ports"
)

// Stores are the ports that share one store's data.
type Stores struct {
	Users         ports.Users
	Passwords     ports.Passwords
	Codes         ports.Codes
	Sessions      ports.Sessions
	Rooms         ports.Rooms
	Messages      ports.Messages
	Usage         ports.Usage
	Spend         ports.Spend
	Work          ports.Work
	Workers       ports.Workers
	Subscriptions ports.Subscriptions
	Ledger        ports.Ledger
	Retention     ports.Retention
	Eraser        ports.Eraser
}

// Storage is the contract of a whole store. Each call of open returns an empty one.
func Storage(t *testing.T, open func(t *testing.T) Stores) {
	t.Run("Users", func(t *testing.T) { Users(t, open) })
	t.Run("Passwords", func(t *testing.T) { Passwords(t, open) })
	t.Run("Codes", func(t *testing.T) { Codes(t, open) })
	t.Run("Sessions", func(t *testing.T) { Sessions(t, open) })
	t.Run("Rooms", func(t *testing.T) { Rooms(t, open) })
	t.Run("Messages", func(t *testing.T) { Messages(t, open) })
	t.Run("Usage", func(t *testing.T) { Usage(t, open) })
	t.Run("Spend", func(t *testing.T) { Spend(t, open) })
	t.Run("Work", func(t *testing.T) { Work(t, open) })
	t.Run("Workers", func(t *testing.T) { Workers(t, open) })
	t.Run("Subscriptions", func(t *testing.T) { Subscriptions(t, open) })
	t.Run("Ledger", func(t *testing.T) { Ledger(t, open) })
	t.Run("Retention", func(t *testing.T) { Retention(t, open) })
	t.Run("Eraser", func(t *testing.T) { Eraser(t, open) })
}

// sentence is one of a contract's, and what proves it.
type sentence[W any] struct {
	name string
	run  func(w W)
}

// prove runs every sentence on a world of its own.
func prove[W any](t *testing.T, world func(t *testing.T) W, all []sentence[W]) {
	for _, one := range all {
		t.Run(one.name, func(t *testing.T) { one.run(world(t)) })
	}
}

func proveStore(t *testing.T, open func(t *testing.T) Stores, all []sentence[*world]) {
	prove(t, func(t *testing.T) *world { return &world{t, open(t), t.Context()} }, all)
}

// world is one test's store and what the test needs to fill it and to look into it.
type world struct {
	rapid.TB
	Stores
	ctx context.Context
}
