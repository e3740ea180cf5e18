// Package memory is the store, the limiter and the live log of one process: all
// that a database would keep, behind one mutex, gone when the process ends.
package memory

import (
	"context"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
)

// Store holds everything. Its ports are the types below; each method is atomic
// and returns copies.
type Store struct {
	mu sync.Mutex

	users    map[id.ID]*user.User
	numbers  map[phone.Number]id.ID
	codes    map[codeKey]*otp.Challenge
	guesses  map[phone.Number]otp.Guesses
	sessions map[id.ID]session.Session
	rooms    map[id.ID]*room
	replies  map[id.ID]*room // the room of each reply that is not final
	sent     map[sentKey]int
	keys     map[idempotencyKey]keyed
	spend    map[quota.Day]int64
	workers  map[string]time.Time
	records  map[id.ID]subscription.Record
	events   map[string]event
}

type (
	codeKey struct {
		purpose otp.Purpose
		number  phone.Number
	}
	sentKey struct {
		user id.ID
		day  quota.Day
	}
	idempotencyKey struct {
		user id.ID
		key  string
	}
	keyed struct {
		hash   [32]byte
		prompt chat.Message
		reply  id.ID
		at     time.Time
	}
	event struct {
		at      time.Time
		applied bool
	}
	room struct {
		chat.Room
		log     []*chat.Reply // prompts and replies, by their place
		pending []*chat.Reply // the replies that are not final
	}
)

// New returns an empty store.
func New() *Store {
	return &Store{
		users: map[id.ID]*user.User{}, numbers: map[phone.Number]id.ID{},
		codes: map[codeKey]*otp.Challenge{}, guesses: map[phone.Number]otp.Guesses{},
		sessions: map[id.ID]session.Session{},
		rooms:    map[id.ID]*room{}, replies: map[id.ID]*room{},
		sent: map[sentKey]int{}, spend: map[quota.Day]int64{}, keys: map[idempotencyKey]keyed{},
		workers: map[string]time.Time{}, records: map[id.ID]subscription.Record{}, events: map[string]event{},
	}
}

// The ports that the store serves. They share its data.
type (
	Users         struct{ *Store }
	Passwords     struct{ *Store }
	Codes         struct{ *Store }
	Sessions      struct{ *Store }
	Rooms         struct{ *Store }
	Messages      struct{ *Store }
	Usage         struct{ *Store }
	Spend         struct{ *Store }
	Work          struct{ *Store }
	Workers       struct{ *Store }
	Subscriptions struct{ *Store }
	Ledger        struct{ *Store }
	Retention     struct{ *Store }
	Eraser        struct{ *Store }
)

// lock waits for the store unless ctx is over.
func (s *Store) lock(ctx context.Context) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	return s.mu.Unlock, nil
}
