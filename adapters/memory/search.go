package memory

import (
	"context"
	"slices"

	"github.com/kuvaka-tech/parley/core/chat"
)

// Find implements ports.Search. It searches all messages of the user.
func (s Search) Find(ctx context.Context, q chat.SearchQuery) (chat.SearchPage, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return chat.SearchPage{}, err
	}
	defer unlock()
	var found []chat.Message
	for _, r := range s.owners[q.Owner].rooms {
		for _, m := range r.messages {
			if q.Selects(m.Message) {
				found = append(found, m.Message)
			}
		}
	}
	slices.SortFunc(found, chat.NewestFirst)
	return chat.NewSearchPage(found, q.Limit), nil
}
