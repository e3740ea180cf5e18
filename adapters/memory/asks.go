package memory

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
)

// ask is a request for an answer of the model, with what the store knows about its user.
type ask struct {
	chat.Ask
	room  *room
	terms plan.Terms
	spent chat.Spent
}

// newAsk fails with chat.ErrNotFound unless the room belongs to the user.
func (s *Store) newAsk(a chat.Ask) (*ask, error) {
	u, r := s.users[a.User], s.rooms[a.Room]
	if u == nil || r == nil || r.Owner != a.User {
		return nil, chat.ErrNotFound
	}
	terms := a.Basic
	if u.IsPro(a.Now) {
		terms = a.Pro
	}
	spent := chat.Spent{Used: s.messageCounts[today(a)].Used, Limit: terms.Limit}
	return &ask{
		Ask:   a,
		room:  r,
		terms: terms,
		spent: spent,
	}, nil
}

// today returns the key of the count from which the request takes a unit.
func today(a chat.Ask) countKey { return countKey{user: a.User, day: quota.DayOf(a.Now)} }

// takeUnit takes a unit of the day's quota. It fails with reply.ErrBacklog,
// quota.ErrOverloaded or quota.ErrExhausted.
func (s *Store) takeUnit(a *ask) error {
	switch {
	case a.IsBacklogFull(s.countQueued(a.User)):
		return reply.ErrBacklog
	case a.Overloaded:
		return quota.ErrOverloaded
	case !a.terms.Limit.Allows(a.spent.Used):
		return quota.ErrExhausted
	}
	a.spent.Used++
	s.changeCount(today(a.Ask), func(day *quota.Count) { day.Used++ })
	return nil
}

// countQueued returns how many replies of a user are queued, also those that wait for a retry.
func (s *Store) countQueued(userID id.ID) int {
	n := 0
	for _, r := range s.owners[userID].rooms {
		for _, job := range r.unfinished {
			if job.Status == chat.Queued {
				n++
			}
		}
	}
	return n
}

// acceptedAsk is the result of a request that was accepted under an idempotency key.
type acceptedAsk struct {
	requestHash   [32]byte
	prompt, reply chat.Message // the prompt is empty after a retry
	accepted      time.Time
}

// firstUse returns the first request with the idempotency key of a, and false if the key is
// empty, unused or expired. It fails with chat.ErrMismatch when that was another request.
func (s *Store) firstUse(a *ask) (first acceptedAsk, found bool, err error) {
	first, found = s.idempotency[idempotencyKey{user: a.User, key: a.Key}]
	switch {
	case a.Key == "" || !found || !a.Now.Before(first.accepted.Add(chat.IdempotencyKeyTTL)):
		return acceptedAsk{}, false, nil
	case first.requestHash != a.RequestHash || first.reply.Room != a.Room:
		return acceptedAsk{}, false, chat.ErrMismatch
	}
	return first, true, nil
}

// storeKey stores the result of an accepted request under its idempotency key, if it has one.
func (s *Store) storeKey(a *ask, prompt, job chat.Message) {
	if a.Key == "" {
		return
	}
	s.idempotency[idempotencyKey{user: a.User, key: a.Key}] = acceptedAsk{
		requestHash: a.RequestHash,
		prompt:      prompt,
		reply:       job,
		accepted:    a.Now,
	}
}

// replay returns the result of the first request to a caller that repeats it.
func (first acceptedAsk) replay(spent chat.Spent) chat.Accepted {
	return chat.Accepted{
		Prompt:   first.prompt,
		Reply:    first.reply.ID,
		Replayed: true,
		Spent:    spent,
	}
}
