package talk

import (
	"context"
	"fmt"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// changesPerPage is the maximum number of changed messages that a follower reads in one query.
const changesPerPage = 100

// roomView is what a follower knows of a room. Its methods return the updates that follow
// from changes in the store and from events of the live log.
type roomView struct {
	service *Service
	owner   id.ID
	room    id.ID
	cursor  chat.Cursor
	open    id.ID        // a reply of which the follower knows that it is not final, or ""
	refused chat.Attempt // an attempt whose deltas come late: its reply is not open
}

// changes calls yield with the updates of all messages that changed after the cursor. It
// stops when yield returns false, and reports whether all updates were yielded. It fails
// with chat.ErrNotFound when the room was deleted.
func (v *roomView) changes(ctx context.Context, yield func(Update) bool) (all bool, err error) {
	for more := true; more; {
		page, err := v.service.config.Messages.Page(ctx, chat.Query{
			Owner: v.owner,
			Room:  v.room,
			After: &v.cursor.Rev,
			Limit: changesPerPage,
		})
		if err != nil {
			return false, fmt.Errorf("reading the changes of a room: %w", err)
		}
		for _, m := range page.Messages {
			for _, u := range v.messageUpdates(ctx, m) {
				if !yield(u) {
					return false, nil
				}
			}
		}
		v.cursor = v.cursor.AfterChanges(chat.Page{Rev: page.Rev, More: page.More})
		more = page.More
	}
	return true, nil
}

// messageUpdates returns the updates for a changed message.
func (v *roomView) messageUpdates(ctx context.Context, m chat.Message) []Update {
	switch {
	case m.FromUser || m.Status == chat.Queued:
		if !m.FromUser {
			v.queue(m)
		}
		v.cursor = v.cursor.AfterMessage(m)
		return []Update{{Kind: MessageChanged, Message: m, Cursor: v.cursor}}
	case m.Status == chat.Running:
		v.open = m.ID
		v.cursor = v.cursor.AfterMessage(m)
		return v.claimUpdates(ctx, m)
	}
	updates := v.lastTexts(ctx, m)
	if v.open == m.ID {
		v.open = ""
	}
	v.cursor = v.cursor.AfterMessage(m)
	return append(updates, Update{Kind: ReplyEnded, Message: m, Cursor: v.cursor})
}

// queue notes that a reply is queued. If it is queued again, its last attempt has ended, and
// deltas of it that are still on their way must not be yielded.
func (v *roomView) queue(m chat.Message) {
	v.open = m.ID
	if v.cursor.Reply == m.ID && v.cursor.Fence > 0 {
		v.refused = v.cursor.Attempt()
	}
}
