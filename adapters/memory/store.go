// Package memory implements the ports of the store, ports.Limiter and ports.Live in the
// memory of one process. All data is lost when the process ends.
package memory

import (
	"context"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// Store has the data of all ports of the store. One mutex protects it, so every method of a
// port is atomic, like a transaction. The methods return copies of the data.
type Store struct {
	mu sync.Mutex

	users          map[id.ID]*user.User
	userIDByNumber map[phone.Number]id.ID
	signups        map[phone.Number]user.Signup
	codes          map[otp.Slot]*otp.Challenge
	guesses        map[phone.Number]otp.Guesses
	codesTaken     map[countryDay]int
	codeCounts     map[otp.CountKey]otp.CodeCount
	sessions       map[id.ID]session.Session
	endedSessions  map[id.ID]time.Time // when a session was ended
	devices        map[session.DeviceID]device
	rooms          map[id.ID]*room
	owners         map[id.ID]ownerRooms  // the users who have added a room
	position       int64                 // incremented by each change of a room or message
	unfinished     map[id.ID]*room       // the room of each reply that is not final, by the reply's id
	turns          map[id.ID]*reply.Turn // of the users who have sent a message
	messageCounts  map[countKey]quota.Count
	keptCounts     map[keptKey]quota.Count // of numbers whose accounts were erased or have other numbers
	idempotency    map[idempotencyKey]acceptedAsk
	tokenSpend     map[quota.Day]int64
	workers        map[string]ports.Heartbeat // the last one of each worker
	subscriptions  map[id.ID]subscription.Record
	webhookEvents  map[string]webhookEvent

	customerDeletions map[string]customerDeletion // by customer
	erasures          map[id.ID]time.Time         // of erased accounts
}

// device is a device on which a user has logged in.
type device struct {
	user    id.ID
	session id.ID // the last one that was opened on it
	expires time.Time
}

type countKey struct {
	user id.ID
	day  quota.Day
}

type idempotencyKey struct {
	user id.ID
	key  string
}

type webhookEvent struct {
	updated time.Time // when the event was received or, later, applied
	applied bool
}

// New returns an empty store.
func New() *Store {
	return &Store{
		users:          map[id.ID]*user.User{},
		userIDByNumber: map[phone.Number]id.ID{},
		signups:        map[phone.Number]user.Signup{},
		codes:          map[otp.Slot]*otp.Challenge{},
		guesses:        map[phone.Number]otp.Guesses{},
		codesTaken:     map[countryDay]int{},
		codeCounts:     map[otp.CountKey]otp.CodeCount{},
		sessions:       map[id.ID]session.Session{},
		endedSessions:  map[id.ID]time.Time{},
		devices:        map[session.DeviceID]device{},
		rooms:          map[id.ID]*room{},
		owners:         map[id.ID]ownerRooms{},
		unfinished:     map[id.ID]*room{},
		turns:          map[id.ID]*reply.Turn{},
		messageCounts:  map[countKey]quota.Count{},
		keptCounts:     map[keptKey]quota.Count{},
		idempotency:    map[idempotencyKey]acceptedAsk{},
		tokenSpend:     map[quota.Day]int64{},
		workers:        map[string]ports.Heartbeat{},
		subscriptions:  map[id.ID]subscription.Record{},
		webhookEvents:  map[string]webhookEvent{},

		customerDeletions: map[string]customerDeletion{},
		erasures:          map[id.ID]time.Time{},
	}
}

// Each of the following types implements a port of the store. Values with the same Store
// share its data.

// Users implements ports.Users.
type Users struct{ *Store }

// Passwords implements ports.Passwords.
type Passwords struct{ *Store }

// Codes implements ports.Codes.
type Codes struct{ *Store }

// CodeCounts implements ports.CodeCounts.
type CodeCounts struct{ *Store }

// Sessions implements ports.Sessions.
type Sessions struct{ *Store }

// Devices implements ports.Devices.
type Devices struct{ *Store }

// Rooms implements ports.Rooms.
type Rooms struct{ *Store }

// Messages implements ports.Messages.
type Messages struct{ *Store }

// MessageChanges implements ports.MessageChanges.
type MessageChanges struct{ *Store }

// Conversations implements ports.Conversations.
type Conversations struct{ *Store }

// MessageCounts implements ports.MessageCounts.
type MessageCounts struct{ *Store }

// TokenSpend implements ports.TokenSpend.
type TokenSpend struct{ *Store }

// ReplyQueue implements ports.ReplyQueue.
type ReplyQueue struct{ *Store }

// Feed implements ports.Feed.
type Feed struct{ *Store }

// Search implements ports.Search.
type Search struct{ *Store }

// Workers implements ports.Workers.
type Workers struct{ *Store }

// Subscriptions implements ports.Subscriptions.
type Subscriptions struct{ *Store }

// WebhookLedger implements ports.WebhookLedger.
type WebhookLedger struct{ *Store }

// Retention implements ports.Retention.
type Retention struct{ *Store }

// Eraser implements ports.Eraser.
type Eraser struct{ *Store }

// CustomerDeletions implements ports.CustomerDeletions.
type CustomerDeletions struct{ *Store }

// Erasures implements ports.Erasures.
type Erasures struct{ *Store }

// AccountRecords implements ports.AccountRecords.
type AccountRecords struct{ *Store }

// lock locks the store and returns the function that unlocks it. It fails with ctx's error
// when ctx is done.
func (s *Store) lock(ctx context.Context) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	return s.mu.Unlock, nil
}
