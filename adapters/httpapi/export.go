package httpapi

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/kuvaka-tech/parley/app/export"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/session"
)

// exportBytes is about the memory of an export that waits for its client: a page of texts.
const exportBytes = 512 << 10

// exportOut is the response of an export, which Body writes.
type exportOut struct {
	Disposition string `header:"Content-Disposition" example:"attachment"`
	Body        func(huma.Context)
}

func (a *API) registerExport() {
	const path = "/user/me/export"
	register(a, route{
		method:   http.MethodGet,
		path:     path,
		status:   http.StatusOK,
		tag:      tagUser,
		recent:   true,
		refusals: []*fault.Error{errRateLimited},
		summary:  "Export everything that is kept about the user",
		doc: "Needs a login within the last 15 minutes. A user can start 5 exports an hour. The response is " +
			"streamed and may be long. It is complete if its last member is `complete`. What changes " +
			"during the export is in it as it was before or after the change. Passwords, codes and tokens are " +
			"not in it: they are stored as hashes, or not at all.",
	}, a.exportMe)
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[exportView](), true, "Export")
	response := a.huma.OpenAPI().Paths[path].Get.Responses[strconv.Itoa(http.StatusOK)]
	response.Content = map[string]*huma.MediaType{"application/json": {Schema: schema}}
}

// exportMe handles GET /user/me/export.
func (a *API) exportMe(ctx context.Context, _ *empty) (*exportOut, error) {
	e, err := a.config.Export.Begin(ctx, userOf(ctx))
	if err != nil {
		return nil, err
	}
	return &exportOut{
		Disposition: `attachment; filename="parley-export.json"`,
		Body:        func(hctx huma.Context) { a.writeExport(hctx, e) },
	}, nil
}

// writeExport writes an export in parts. If it cannot continue, it closes the connection without
// the end of the response. A HEAD request gets only the headers.
func (a *API) writeExport(hctx huma.Context, e *export.Export) {
	r, w := humachi.Unwrap(hctx)
	ctx := hctx.Context()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return
	}
	slow := &slowResponse{owner: userOf(ctx), bytes: exportBytes, rc: http.NewResponseController(w)}
	a.slow.add(slow)
	defer a.slow.remove(slow)
	s := &jsonStream{write: func(part []byte) error {
		if err := a.config.Login.CheckSession(ctx, accessOf(ctx)); err != nil {
			return err
		}
		if err := slow.write(w, part); err != nil {
			return endOf(err)
		}
		return slow.rc.Flush()
	}}
	writeExportTo(ctx, s, e)
	if s.err != nil {
		abortExport(ctx, s.err)
	}
}

// abortExport logs why an export has ended, and closes the connection without the end of the
// response. So a client or proxy does not take the response for a complete one.
func abortExport(ctx context.Context, err error) {
	logEntryOf(ctx).aborted = true
	if errors.Is(err, errClientGone) || errors.Is(err, errClientSlow) || errors.Is(err, session.ErrBadToken) {
		addToLog(ctx, "ended", err.Error())
		return
	}
	addWarning(ctx, "export_err", err)
}

// writeExportTo writes the members of exportView.
func writeExportTo(ctx context.Context, s *jsonStream, e *export.Export) {
	s.open('{')
	s.member("exported_at", e.Began)
	s.member("account", newExportedAccount(e.User))
	s.member("subscription", newExportedSubscription(e.Subscription))
	writeList(s, "sessions", e.Sessions(ctx), newExportedSession)
	writeList(s, "devices", e.Devices(ctx), newExportedDevice)
	writeCounts(ctx, s, e)
	writeRooms(ctx, s, e)
	if s.err == nil {
		s.member("complete", true)
		s.close('}')
		s.flush()
	}
}

// writeList writes a member with an array of entries.
func writeList[T, V any](s *jsonStream, name string, list iter.Seq2[T, error], view func(T) V) {
	s.name(name)
	s.open('[')
	for entry, err := range list {
		s.fail(err)
		if s.err != nil {
			return
		}
		s.value(view(entry))
	}
	s.close(']')
}

func writeCounts(ctx context.Context, s *jsonStream, e *export.Export) {
	counts, err := e.Counts(ctx)
	s.fail(err)
	views := []exportedCount{}
	for _, c := range counts {
		views = append(views, newExportedCount(c))
	}
	s.member("daily_counts", views)
}

// writeRooms writes the rooms, each with its messages.
func writeRooms(ctx context.Context, s *jsonStream, e *export.Export) {
	s.name("chatrooms")
	s.open('[')
	for r, err := range e.Rooms(ctx) {
		s.fail(err)
		if s.err != nil {
			return
		}
		s.open('{')
		s.members(newRoomMembers(r))
		writeList(s, "messages", e.Messages(ctx, r), newExportedMessage)
		s.close('}')
	}
	s.close(']')
}
