package export

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	recordsPerPage  = 100
	roomsPerPage    = 20 // the texts of a room have up to 17 KB
	messagesPerPage = 100
)

// Room is a room with the summary of its oldest messages.
type Room struct {
	chat.Room
	Summary string // "" for none
}

// Message is a message with its earlier texts.
type Message struct {
	chat.Message
	Earlier []chat.Version // the oldest first
}

// Sessions returns the sessions of the user. An error is the last element.
func (e *Export) Sessions(ctx context.Context) iter.Seq2[session.Session, error] {
	idOf := func(s session.Session) id.ID { return s.ID }
	return pages("sessions", idOf, func(after id.ID) ([]session.Session, error) {
		return e.config.Records.Sessions(ctx, e.User.ID, after, recordsPerPage)
	})
}

// Devices returns the devices of the user. An error is the last element.
func (e *Export) Devices(ctx context.Context) iter.Seq2[ports.DeviceRecord, error] {
	idOf := func(d ports.DeviceRecord) session.DeviceID { return d.ID }
	return pages("devices", idOf, func(after session.DeviceID) ([]ports.DeviceRecord, error) {
		return e.config.Records.Devices(ctx, e.User.ID, after, recordsPerPage)
	})
}

// Counts returns the message counts of the user.
func (e *Export) Counts(ctx context.Context) ([]ports.CountRecord, error) {
	counts, err := e.config.Records.Counts(ctx, e.User.ID)
	if err != nil {
		return nil, fmt.Errorf("reading the counts: %w", err)
	}
	return counts, nil
}

// Rooms returns the rooms of the user. It leaves out a room that is deleted
// during the export. An error is the last element.
func (e *Export) Rooms(ctx context.Context) iter.Seq2[Room, error] {
	idOf := func(r chat.Room) id.ID { return r.ID }
	all := pages("rooms", idOf, func(after id.ID) ([]chat.Room, error) {
		return e.config.Records.Rooms(ctx, e.User.ID, after, roomsPerPage)
	})
	return func(yield func(Room, error) bool) {
		for r, err := range all {
			var summary string
			if err == nil {
				summary, err = e.summary(ctx, r)
			}
			if errors.Is(err, chat.ErrNotFound) {
				continue
			}
			if !yield(Room{Room: r, Summary: summary}, err) {
				return
			}
		}
	}
}

// summary returns the summary of a room. It fails with chat.ErrNotFound when the room was deleted.
func (e *Export) summary(ctx context.Context, r chat.Room) (string, error) {
	h, err := e.config.Conversations.History(ctx, chat.HistoryQuery{Owner: r.Owner, Room: r.ID, Limit: 1})
	if err != nil {
		return "", fmt.Errorf("reading the summary: %w", err)
	}
	return h.Summary.Text, nil
}

// Messages returns the messages of a room, the newest first. It ends when the room is deleted. An
// error is the last element.
func (e *Export) Messages(ctx context.Context, r Room) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		q := chat.Query{Owner: r.Owner, Room: r.ID, Limit: messagesPerPage}
		for more := true; more; {
			page, err := e.config.Messages.Page(ctx, q)
			if errors.Is(err, chat.ErrNotFound) {
				return
			}
			if err != nil {
				yield(Message{}, fmt.Errorf("reading messages: %w", err))
				return
			}
			if !e.yieldNewestFirst(ctx, page, yield) {
				return
			}
			more = page.More && len(page.Messages) > 0
			if more {
				q.Before = &page.Messages[0].Born
			}
		}
	}
}

// yieldNewestFirst yields the messages of a page with their earlier texts. It returns false when no
// more are wanted.
func (e *Export) yieldNewestFirst(ctx context.Context, page chat.Page, yield func(Message, error) bool) bool {
	for i := range page.Messages {
		m := page.Messages[len(page.Messages)-1-i]
		earlier, err := e.earlier(ctx, m)
		if !yield(Message{Message: m, Earlier: earlier}, err) || err != nil {
			return false
		}
	}
	return true
}

// earlier returns the earlier texts of a message.
func (e *Export) earlier(ctx context.Context, m chat.Message) (all []chat.Version, err error) {
	q := chat.VersionQuery{Owner: e.User.ID, Room: m.Room, Message: m.ID, Limit: messagesPerPage}
	for more := m.Versions > 0; more; {
		page, err := e.config.MessageChanges.Versions(ctx, q)
		if errors.Is(err, chat.ErrNotFound) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading the earlier texts: %w", err)
		}
		all = append(all, page.Versions...)
		q.After += int64(len(page.Versions))
		more = page.More && len(page.Versions) > 0
	}
	return all, nil
}

// pages returns the entries of all pages. page returns the page after an id, and an empty one at
// the end. An error is the last element.
func pages[T any, ID ~string](what string, idOf func(T) ID, page func(after ID) ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var after ID
		for {
			entries, err := page(after)
			if err != nil {
				var none T
				yield(none, fmt.Errorf("reading %s: %w", what, err))
				return
			}
			for _, entry := range entries {
				if !yield(entry, nil) {
					return
				}
			}
			if len(entries) == 0 {
				return
			}
			after = idOf(entries[len(entries)-1])
		}
	}
}
