package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
)

// Search finds messages by their text.
type Search interface {
	// Find returns the messages that the query selects, at most q.Limit of them. Every store finds
	// the same messages: text.Query defines what a text contains. Find fails with
	// chat.ErrSearchTimeout when the search takes too long.
	Find(ctx context.Context, q chat.SearchQuery) (chat.SearchPage, error)
}
