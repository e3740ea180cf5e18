// Package talk is the use case of conversations: it manages rooms, accepts messages, and
// reads them. Package answer writes the replies in the background.
package talk

import (
	"io"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/ports"
)

// Config is what a Service needs.
type Config struct {
	Rooms          ports.Rooms
	Messages       ports.Messages
	MessageChanges ports.MessageChanges
	Feed           ports.Feed
	Search         ports.Search
	Live           ports.Live
	LiveReader     ports.LiveReader
	Wakeups        ports.Wakeups
	Users          ports.Users         // tells the plan of a user during an overload
	Budget         *TokenBudgetMonitor // refuses messages when the day's tokens are used up
	Load           *LoadMonitor        // refuses messages that would wait too long
	MaxQueued      int                 // how many queued replies a user may have; 0 for any number
	Limiter        ports.Limiter       // limits the searches of a user
	Clock          ports.Clock
	Random         io.Reader
	Plans          plan.Plans
}

// Service is the use case. Its methods fail with chat.ErrNotFound when a room or message
// does not exist or belongs to another user. They take the ids of rooms and messages as
// strings, as the client sent them.
type Service struct{ config Config }

// New returns a Service.
func New(c Config) *Service { return &Service{config: c} }

// parseID parses the id of a room or message. It fails with chat.ErrNotFound when the id is
// malformed, because no room or message can have that id.
func parseID(s string) (id.ID, error) {
	if parsed, ok := id.Parse(s); ok {
		return parsed, nil
	}
	return "", chat.ErrNotFound
}
