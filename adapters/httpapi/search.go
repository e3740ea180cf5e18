package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/text"
)

// FoundMessage is a message that a search has found.
type FoundMessage struct {
	Message
	Snippet string `json:"snippet" doc:"The part of content around the query." example:"…quantum computing in…"`
}

type searchIn struct {
	LimitIn
	Q      string `query:"q" required:"true" minLength:"1" maxLength:"200" doc:"What to find." example:"hello"`
	Cursor string `query:"cursor" doc:"From a Link of another page."`
}

type searchOut struct {
	Link []string `header:"Link" doc:"rel=\"next\" is the next page, absent on the last one."`
	Body []FoundMessage
}

func (a *API) registerSearch() {
	register(a, route{
		method:   http.MethodGet,
		path:     "/search",
		status:   http.StatusOK,
		tag:      tagRooms,
		long:     true,
		refusals: []*fault.Error{errInvalidRequest, errRateLimited, chat.ErrSearchTimeout},
		summary:  "Search messages",
		doc: "Finds the messages of all chatrooms of the user that contain the query, in upper or lower case, the " +
			"newest first. A query without a letter or digit finds nothing. Replies that have failed or are not " +
			"final are not found.",
	}, a.search)
}

// search handles GET /search.
func (a *API) search(ctx context.Context, in *searchIn) (*searchOut, error) {
	q, err := newSearchQuery(userOf(ctx), in)
	if err != nil {
		return nil, err
	}
	found, more, err := a.config.Talk.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &searchOut{Body: make([]FoundMessage, len(found))}
	for i, f := range found {
		out.Body[i] = FoundMessage{Message: newMessage(f.Message), Snippet: f.Snippet}
	}
	if more {
		out.Link = append(out.Link, searchLink(q, in.Q, found[len(found)-1].Message))
	}
	return out, nil
}

// newSearchQuery returns the query for the input. It fails with fault.Invalid when the text or
// the cursor is invalid.
func newSearchQuery(owner id.ID, in *searchIn) (chat.SearchQuery, error) {
	words, err := text.NewQuery(in.Q)
	if err != nil {
		return chat.SearchQuery{}, err
	}
	q := chat.SearchQuery{Owner: owner, Text: words, Limit: in.Limit}
	if in.Cursor != "" {
		before, err := cursorSpec{param: "cursor", kind: searchCursor, listID: owner}.decodeSearch(in.Cursor, words)
		if err != nil {
			return chat.SearchQuery{}, err
		}
		q.Before = &before
	}
	return q, nil
}

// searchLink returns the link to the page after a message. Like pageLink it is only a query.
func searchLink(q chat.SearchQuery, typed string, last chat.Message) string {
	cursor := encodeSearch(q.Owner, q.Text, chat.PositionOf(last))
	return fmt.Sprintf(`<?q=%s&cursor=%s&limit=%d>; rel="next"`, url.QueryEscape(typed), cursor, q.Limit)
}

// encodeSearch returns the cursor of a position in the results of a search.
func encodeSearch(owner id.ID, q text.Query, p chat.SearchPosition) string {
	return encodeCursor(searchCursor, owner,
		hashOf(q), formatCount(p.Created.UnixMicro()), string(p.Room), formatCount(p.Born))
}

// decodeSearch returns the position in a cursor of encodeSearch for the same query.
func (s cursorSpec) decodeSearch(cursor string, q text.Query) (chat.SearchPosition, error) {
	position, err := s.decode(cursor, 4)
	if err != nil {
		return chat.SearchPosition{}, err
	}
	micros, microsOK := parseCount(position[1])
	room, roomOK := id.Parse(position[2])
	born, bornOK := parseCount(position[3])
	if position[0] != hashOf(q) || !microsOK || !roomOK || !bornOK {
		return chat.SearchPosition{}, s.invalid()
	}
	return chat.SearchPosition{Created: time.UnixMicro(micros).UTC(), Room: room, Born: born}, nil
}

// hashOf returns what a cursor contains instead of the query, which may be long.
func hashOf(q text.Query) string {
	sum := sha256.Sum256([]byte(q.Folded()))
	return hex.EncodeToString(sum[:8])
}
