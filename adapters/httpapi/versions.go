package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
)

type versionsIn struct {
	MessageRefIn
	LimitIn
	FormatIn
	Cursor string `query:"cursor" doc:"From a Link of another page."`
}

// Version is an earlier text of a message.
type Version struct {
	Content   messageText `json:"content"`
	Status    replyStatus `json:"status"`
	CreatedAt time.Time   `json:"created_at" doc:"When this text was asked for." example:"2026-01-05T09:30:00Z"`

	ContentHTML *safeHTML `json:"content_html,omitempty" nullable:"false" doc:"Of a finished reply, with format=html."`
}

type versionsOut struct {
	Link []string `header:"Link" doc:"rel=\"next\" is the next page, absent on the last one."`
	Body []Version
}

func (a *API) registerVersions() {
	register(a, route{
		method:   http.MethodGet,
		path:     "/chatroom/{id}/messages/{mid}/versions",
		status:   http.StatusOK,
		tag:      tagRooms,
		long:     true,
		refusals: []*fault.Error{chat.ErrNotFound, errInvalidRequest},
		summary:  "List the earlier texts of a message",
		doc:      "The oldest comes first. A message has earlier texts after a retry or an edit. " + formatDoc,
	}, a.listVersions)
}

// listVersions handles GET /chatroom/{id}/messages/{mid}/versions.
func (a *API) listVersions(ctx context.Context, in *versionsIn) (*versionsOut, error) {
	q, err := newVersionQuery(ctx, in)
	if err != nil {
		return nil, err
	}
	page, err := a.config.Talk.Versions(ctx, q)
	if err != nil {
		return nil, err
	}
	rendered, err := a.versionsHTML(ctx, in, page.Versions)
	if err != nil {
		return nil, err
	}
	out := &versionsOut{Body: make([]Version, len(page.Versions)), Link: versionLinks(q, page)}
	for i, v := range page.Versions {
		out.Body[i] = Version{
			Content:     messageText(v.Content),
			Status:      replyStatus(v.Status),
			CreatedAt:   v.Created,
			ContentHTML: rendered[i],
		}
	}
	return out, nil
}

// newVersionQuery returns the query for the input. It fails with fault.Invalid when the cursor
// is invalid.
func newVersionQuery(ctx context.Context, in *versionsIn) (talk.VersionQuery, error) {
	q := talk.VersionQuery{MessageRef: in.ref(ctx), Limit: in.Limit}
	if in.Cursor == "" {
		return q, nil
	}
	spec := cursorSpec{param: "cursor", kind: versionsCursor, listID: id.ID(in.MessageID)}
	counts, err := spec.decodeCounts(in.Cursor, 1)
	if err != nil {
		return q, err
	}
	q.After = counts[0]
	return q, nil
}

// versionLinks returns the link to the next page while there is one. Its cursor has the number of
// versions on the pages up to this one.
func versionLinks(q talk.VersionQuery, page chat.VersionPage) []string {
	if !page.More {
		return nil
	}
	after := q.After + int64(len(page.Versions))
	cursor := encodeCursor(versionsCursor, id.ID(q.Message), formatCount(after))
	return []string{pageLink("cursor", cursor, q.Limit, "next")}
}

// versionsHTML returns the HTML of the versions of a reply. All are nil for a message of the
// user. It fails with chat.ErrNotFound.
func (a *API) versionsHTML(ctx context.Context, in *versionsIn, versions []chat.Version) ([]*safeHTML, error) {
	messages := make([]chat.Message, len(versions))
	if in.Format == "" {
		return in.listHTML(messages), nil
	}
	m, err := a.config.Talk.Message(ctx, in.ref(ctx))
	if err != nil {
		return nil, err
	}
	for i, v := range versions {
		messages[i] = chat.Message{FromUser: m.FromUser, Status: v.Status, Content: v.Content}
	}
	return in.listHTML(messages), nil
}
