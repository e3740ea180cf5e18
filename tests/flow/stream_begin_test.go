package flow

import (
	"context"
	"net/http"
	"testing"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// failingFeed is a ports.Feed that always fails.
type failingFeed struct{}

func (failingFeed) Read(context.Context, id.ID) (f chat.Feed, err error) {
	return f, ports.ErrUnavailable
}

func (failingFeed) Changes(context.Context, id.ID, chat.FeedPosition) (c chat.FeedChanges, err error) {
	return c, ports.ErrUnavailable
}

func TestAStreamThatCannotBeginIsRefused(t *testing.T) {
	failing := boot.Wrap(func(ports.Feed) ports.Feed { return failingFeed{} })
	d := start(t, config(t), failing).tcpDevice().Login(client.Number())
	for _, path := range []string{eventsOf(d.NewRoom("r")), allRooms} {
		r := d.wantError(http.StatusServiceUnavailable, "unavailable", "GET", path, nil)
		checkProblem(t, r)
	}
}

// A client may change a room as soon as it has the headers of the response.
func TestAStreamBeginsBeforeItsHeaders(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	for range 5 {
		s, err := d.Open(t.Context(), "GET", allRooms, nil)
		if err != nil {
			t.Fatalf("open a stream: %v", err)
		}
		w := &client.Watcher{
			Stream: s,
			View:   client.NewView(),
			Path:   allRooms,
			TB:     t,
		}
		room := d.NewRoom("r")
		path := d.Send(room, "hello")
		w.UntilView(isFinal(path))
		d.checkView(w.View, d.promptOf(path))
		w.Close()
	}
}
