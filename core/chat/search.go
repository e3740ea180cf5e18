package chat

import (
	"cmp"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/text"
)

// SearchQuery selects messages of all rooms of a user by their text, the newest first.
type SearchQuery struct {
	Owner  id.ID
	Text   text.Query
	Before *SearchPosition // selects the messages after this one in the order of the results; nil for all
	Limit  int             // the maximum number of messages
}

// Selects reports whether a message of the user is a result of the query, without its Limit.
// Fallback texts and unfinished replies are not.
func (q SearchQuery) Selects(m Message) bool {
	isAfter := q.Before == nil || q.Before.compare(PositionOf(m)) < 0
	return isAfter && m.inConversation() && q.Text.IsIn(m.Content)
}

// SearchPage is the result of a SearchQuery. PageBytes limits it.
type SearchPage struct {
	Messages []Message // sorted by NewestFirst
	More     bool      // whether the query would select more messages without its Limit and PageBytes
}

// NewSearchPage returns the first page of the sorted results of a search, with at most limit of them.
func NewSearchPage(found []Message, limit int) SearchPage {
	n := min(limit, Fitting(lengths(found, Message.contentBytes)))
	return SearchPage{Messages: found[:n], More: n < len(found)}
}

// SearchPosition is the position of a message in the results of a search. Messages that were
// created at the same time are sorted by their room, and then by Born.
type SearchPosition struct {
	Created time.Time
	Room    id.ID
	Born    int64
}

// PositionOf returns the position of a message.
func PositionOf(m Message) SearchPosition {
	return SearchPosition{Created: m.Created, Room: m.Room, Born: m.Born}
}

// NewestFirst compares two messages by their positions in the results of a search.
func NewestFirst(a, b Message) int { return PositionOf(a).compare(PositionOf(b)) }

// compare returns a negative number if p comes before q in the results.
func (p SearchPosition) compare(q SearchPosition) int {
	return cmp.Or(q.Created.Compare(p.Created), cmp.Compare(q.Room, p.Room), cmp.Compare(q.Born, p.Born))
}

// Found is a message that a search has found, with the part of its text around the query.
type Found struct {
	Message
	Snippet string
}

// ErrSearchTimeout means that the store could not search all messages of the user in time.
var ErrSearchTimeout = fault.New(fault.Unavailable, "overloaded",
	"The search took too long. Try again in a few seconds.").After(5 * time.Second)
