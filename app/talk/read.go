package talk

import (
	"context"
	"fmt"
	"slices"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// PageQuery selects a page of a room. Without Before and After it selects the newest
// messages. At most one of Before and After is set.
type PageQuery struct {
	Owner  id.ID
	Room   string       // the id as the client sent it
	Before *int64       // selects the newest messages that were added before this revision
	After  *chat.Cursor // selects what was added or changed since: messages, and the text of a running reply
	Limit  int          // the maximum number of messages
}

// Page is a page of a room. A running reply has the text written so far.
type Page struct {
	Messages []chat.Message // sorted as in chat.Page
	More     bool           // whether the query would select more messages without its Limit
	Cursor   chat.Cursor    // what a client knows that has read this page and those before; not with PageQuery.Before
}

// Page returns a page of a room. It fails with chat.ErrNotFound, or with
// chat.ErrPositionUnknown when the room has not reached the revision of q.After.
func (s *Service) Page(ctx context.Context, q PageQuery) (Page, error) {
	roomID, err := parseID(q.Room)
	if err != nil {
		return Page{}, err
	}
	query := chat.Query{
		Owner:  q.Owner,
		Room:   roomID,
		Before: q.Before,
		Limit:  q.Limit,
	}
	if q.After != nil {
		query.After = &q.After.Rev
	}
	page, err := s.config.Messages.Page(ctx, query)
	if err != nil {
		return Page{}, fmt.Errorf("reading messages: %w", err)
	}
	if q.After != nil && q.After.Rev > page.Rev { // the store was restored from a backup
		return Page{}, chat.ErrPositionUnknown
	}
	out := Page{Messages: page.Messages, More: page.More, Cursor: chat.AfterNewest(page)}
	if q.After != nil {
		out.Cursor = q.After.AfterChanges(page)
	}
	if err := s.addText(ctx, q.Owner, roomID, &out); err != nil {
		return Page{}, err
	}
	return out, nil
}

// addText adds the text so far to the running reply of the page. If the cursor knows of a
// running reply that is not in the page, and the reply has more text by now, addText adds
// the reply to the end of the last page.
func (s *Service) addText(ctx context.Context, owner, roomID id.ID, p *Page) error {
	isRunning := func(m chat.Message) bool { return m.Status == chat.Running }
	i := slices.IndexFunc(p.Messages, isRunning)
	if i < 0 && (p.More || p.Cursor.Reply == "") {
		return nil
	}
	text, _ := s.config.LiveReader.Read(ctx, roomID) // without a text while the live log is unavailable
	if i >= 0 {
		if m := &p.Messages[i]; m.ID == text.Reply && !text.Ended {
			m.Content = text.Text()
			p.Cursor = p.Cursor.WithText(text)
		}
		return nil
	}
	if text.Reply != p.Cursor.Reply || text.Ended || p.Cursor == p.Cursor.WithText(text) {
		return nil
	}
	m, err := s.config.Messages.Get(ctx, owner, roomID, text.Reply)
	if err != nil {
		return fmt.Errorf("reading the running reply: %w", err)
	}
	if isRunning(m) {
		m.Content = text.Text()
		p.Messages = append(p.Messages, m)
		p.Cursor = p.Cursor.WithText(text)
	}
	return nil
}

// MessageRef identifies a message in a request.
type MessageRef struct {
	Owner   id.ID  // the user of the request, who must own the room
	Room    string // the id as the client sent it
	Message string // the id as the client sent it
}

// parse returns the ids of the room and of the message. It fails with chat.ErrNotFound.
func (r MessageRef) parse() (roomID, messageID id.ID, err error) {
	roomID, err = parseID(r.Room)
	if err != nil {
		return "", "", err
	}
	messageID, err = parseID(r.Message)
	return roomID, messageID, err
}

// Message returns a message in its current state. It fails with chat.ErrNotFound.
func (s *Service) Message(ctx context.Context, ref MessageRef) (chat.Message, error) {
	expired, cancel := context.WithCancel(ctx)
	cancel()
	return s.Await(ctx, expired, ref)
}

// addLiveText sets the content of a running reply to the text so far, or to "" while the
// live log is unavailable. It does not change other messages.
func (s *Service) addLiveText(ctx context.Context, m *chat.Message) {
	if m.Status != chat.Running {
		return
	}
	text, err := s.config.LiveReader.Read(ctx, m.Room)
	if err == nil && text.Reply == m.ID && !text.Ended {
		m.Content = text.Text()
	}
}
