package portstest

import (
	"context"
	"testing"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/ports"
)

// Stores are the ports that share the data of one store. Suites use other ports to
// set up their data: most need Users, Rooms, Messages and ReplyQueue.
type Stores struct {
	Users             ports.Users
	Passwords         ports.Passwords
	Codes             ports.Codes
	CodeCounts        ports.CodeCounts
	Sessions          ports.Sessions
	Devices           ports.Devices
	Rooms             ports.Rooms
	Messages          ports.Messages
	MessageChanges    ports.MessageChanges
	Conversations     ports.Conversations
	MessageCounts     ports.MessageCounts
	TokenSpend        ports.TokenSpend
	ReplyQueue        ports.ReplyQueue
	Feed              ports.Feed
	Search            ports.Search
	Workers           ports.Workers
	Subscriptions     ports.Subscriptions
	WebhookLedger     ports.WebhookLedger
	Retention         ports.Retention
	Eraser            ports.Eraser
	Erasures          ports.Erasures
	CustomerDeletions ports.CustomerDeletions
	AccountRecords    ports.AccountRecords
}

// Storage is the contract of a store with all its ports. Each call of open must return an empty store.
func Storage(t *testing.T, open func(t *testing.T) Stores) {
	t.Run("Users", func(t *testing.T) { Users(t, open) })
	t.Run("Passwords", func(t *testing.T) { Passwords(t, open) })
	t.Run("Codes", func(t *testing.T) { Codes(t, open) })
	t.Run("CodeCounts", func(t *testing.T) { CodeCounts(t, open) })
	t.Run("Sessions", func(t *testing.T) { Sessions(t, open) })
	t.Run("Devices", func(t *testing.T) { Devices(t, open) })
	t.Run("Rooms", func(t *testing.T) { Rooms(t, open) })
	t.Run("Messages", func(t *testing.T) { Messages(t, open) })
	t.Run("MessageChanges", func(t *testing.T) { MessageChanges(t, open) })
	t.Run("Conversations", func(t *testing.T) { Conversations(t, open) })
	t.Run("MessageCounts", func(t *testing.T) { MessageCounts(t, open) })
	t.Run("TokenSpend", func(t *testing.T) { TokenSpend(t, open) })
	t.Run("ReplyQueue", func(t *testing.T) { ReplyQueue(t, open) })
	t.Run("Feed", func(t *testing.T) { Feed(t, open) })
	t.Run("Search", func(t *testing.T) { Search(t, open) })
	t.Run("Workers", func(t *testing.T) { Workers(t, open) })
	t.Run("Subscriptions", func(t *testing.T) { Subscriptions(t, open) })
	t.Run("WebhookLedger", func(t *testing.T) { WebhookLedger(t, open) })
	t.Run("Retention", func(t *testing.T) { Retention(t, open) })
	t.Run("Eraser", func(t *testing.T) { Eraser(t, open) })
	t.Run("Erasures", func(t *testing.T) { Erasures(t, open) })
	t.Run("CustomerDeletions", func(t *testing.T) { CustomerDeletions(t, open) })
	t.Run("AccountRecords", func(t *testing.T) { AccountRecords(t, open) })
}

// runStoreSuite runs each requirement on a new, empty store.
func runStoreSuite(t *testing.T, open func(t *testing.T) Stores, suite []requirement[*storeTest]) {
	runSuite(t, func(t *testing.T) *storeTest { return newStoreTest(t, open(t)) }, suite)
}

// storeTest is a test of a store. Its methods add data to the store and check what
// the store contains.
type storeTest struct {
	rapid.TB
	Stores
	ctx context.Context
}

func newStoreTest(t *testing.T, s Stores) *storeTest {
	return &storeTest{TB: t, Stores: s, ctx: t.Context()}
}
