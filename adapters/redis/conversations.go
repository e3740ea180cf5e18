package redis

import (
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// Conversations is a ports.Conversations that announces changes of rooms, because a title is
// one.
type Conversations struct {
	ports.Conversations
	versions *RoomVersions
}

// NewConversations returns a Conversations over another one.
func NewConversations(conversations ports.Conversations, versions *RoomVersions) *Conversations {
	return &Conversations{conversations, versions}
}

// SetTitle implements ports.Conversations.
func (c *Conversations) SetTitle(ctx context.Context, owner, roomID id.ID, title string) (chat.Room, error) {
	room, err := c.Conversations.SetTitle(ctx, owner, roomID, title)
	c.versions.afterWrite(ctx, owner, err)
	return room, err
}
