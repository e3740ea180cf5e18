package portstest

import (
	"fmt"
	"strings"

	"github.com/kuvaka-tech/parley/core/chat"
)

// Four followers reconnect after every 1, 2, 3 or 4 events.
func (t *liveTest) followReconnects() {
	deltas := newDeltas(200)
	t.wantNoErrors(concurrently(5, func(i int) error {
		if i == 0 {
			return t.appendOneByOne(deltas)
		}
		return t.readInSteps(strings.Join(deltas, ""), i)
	}))
}

func (t *liveTest) followCrowdedRoom() {
	deltas := newDeltas(20)
	t.wantNoErrors(concurrently(201, func(i int) error {
		if i == 0 {
			return t.appendOneByOne(deltas)
		}
		return t.readInSteps(strings.Join(deltas, ""), len(deltas)+1)
	}))
}

func (t *liveTest) followManyRooms() {
	const n = 200
	rooms := make([]*liveTest, n)
	for i := range rooms {
		rooms[i] = t.withNewRoom().withNewReply()
	}
	t.wantNoErrors(concurrently(2*n, func(i int) error {
		room := rooms[i/2]
		deltas := newDeltas(5)
		deltas = append(deltas, fmt.Sprint("room ", i/2))
		if i%2 == 0 {
			return room.appendOneByOne(deltas)
		}
		return room.readInSteps(strings.Join(deltas, ""), len(deltas)+1)
	}))
}

func (t *liveTest) wantNoErrors(errs []error) {
	t.Helper()
	for _, err := range errs {
		must(t, err)
	}
}

func (t *liveTest) appendOneByOne(deltas []string) error {
	for i := range deltas {
		if err := t.Append(t.ctx, t.newPiece(1, i, deltas[i])); err != nil {
			return err
		}
	}
	return nil
}

// readInSteps reads the text and reconnects with its cursor after every n events.
func (t *liveTest) readInSteps(want string, n int) error {
	text, cursor := "", chat.Cursor{}
	for text != want {
		events := 0
		for e, err := range t.Follow(t.ctx, t.room, cursor) {
			if err != nil {
				return err
			}
			text, cursor = text+e.Text, e.At
			events++
			if events == n || text == want {
				break
			}
		}
		if events == 0 || !strings.HasPrefix(want, text) {
			return fmt.Errorf("the text at %+v is %q, want the beginning of the appended text", cursor, text)
		}
	}
	return nil
}
