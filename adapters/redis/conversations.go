package redis

import (
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// Conversations is a ports.Conversations that invalidates cached room lists, because a title
// changes them.
type Conversations struct {
	ports.Conversations
	cache *RoomListCache
}

// NewConversations returns a Conversations over another one. cache must be the cache of
// NewRooms.
func NewConversations(conversations ports.Conversations, cache *RoomListCache) *Conversations {
	return &Conversations{conversations, cache}
}

// SetTitle implements ports.Conversations.
func (c *Conversations) SetTitle(ctx context.Context, owner, roomID id.ID, title string) (chat.Room, error) {
	room, err := c.Conversations.SetTitle(ctx, owner, roomID, title)
	c.cache.afterWrite(ctx, owner, err)
	return room, err
}
