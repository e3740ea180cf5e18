package talk

import (
	"context"
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// Search returns a page of the messages of all rooms of a user that contain the query, the newest
// first. more reports whether further messages follow. A query without a word finds
// nothing. Search fails with fault.ErrRateLimited or chat.ErrSearchTimeout.
func (s *Service) Search(ctx context.Context, q chat.SearchQuery) (found []chat.Found, more bool, err error) {
	if !q.Text.HasWord() {
		return nil, false, nil
	}
	if err := s.config.Limiter.Take(ctx, s.config.Clock.Now(), searchLimit(q.Owner)); err != nil {
		return nil, false, fmt.Errorf("rate-limiting the user: %w", err)
	}
	page, err := s.config.Search.Find(ctx, q)
	if err != nil {
		return nil, false, fmt.Errorf("searching messages: %w", err)
	}
	for _, m := range page.Messages {
		found = append(found, chat.Found{Message: m, Snippet: q.Text.Snippet(m.Content)})
	}
	return found, page.More, nil
}

// searchLimit limits the searches of a user. Each reads all messages of the user.
func searchLimit(userID id.ID) ports.RateLimit {
	return ports.RateLimit{Key: "search:" + string(userID), Limit: 30, Window: time.Minute}
}
