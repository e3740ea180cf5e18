package flow

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/tests/client"
)

// countMessages returns how many messages a room has.
func (d device) countMessages(room string) int {
	d.Helper()
	var all []struct{}
	if err := d.Want(http.StatusOK, "GET", "/chatroom/"+room+"/messages", nil).Decode(&all); err != nil {
		d.Fatalf("decoding the messages: %v", err)
	}
	return len(all)
}

func TestMessagesAreDeletedAfterTheirRetention(t *testing.T) {
	for days, want := range map[string]int{"2": 2, "0": 4} {
		synctest.Test(t, func(t *testing.T) {
			c := config(t, "MESSAGE_RETENTION_DAYS", days, "ACCESS_TOKEN_EXPIRE_MINUTES", "10000")
			p := start(t, c, boot.InProcess())
			d := p.newDevice().Login(client.Number())
			room := d.NewRoom("r")
			d.Wait(d.Send(room, "old"))
			time.Sleep(47 * time.Hour)
			d.Wait(d.Send(room, "new"))
			if n := d.countMessages(room); n != 4 {
				t.Errorf("the room has %d messages before the retention of %s days ends, want 4", n, days)
			}
			time.Sleep(2 * time.Hour)
			if n := d.countMessages(room); n != want {
				t.Errorf("the room has %d messages after 2 days with a retention of %s days, want %d", n, days, want)
			}
			d.Wait(d.Send(room, "last"))
		})
	}
}
