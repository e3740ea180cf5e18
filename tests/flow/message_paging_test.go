package flow

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

// startForManyMessages starts a program that answers without delay and accepts more
// than 5 messages a day. It returns a device and an empty room.
func startForManyMessages(t *testing.T) (d device, room string) {
	t.Helper()
	d = start(t, config(t, "BASIC_DAILY_LIMIT", "1000", "ECHO_LATENCY", "0s")).tcpDevice().Login(client.Number())
	return d, d.NewRoom("r")
}

// sendAndWait sends n messages to a room, and waits until all are answered.
func (d device) sendAndWait(room string, n int) {
	d.Helper()
	var last string
	for i := range n {
		last = d.Send(room, fmt.Sprint("message ", i))
	}
	d.Wait(last)
}

// Messages that are sent while a client reads older pages do not change those pages.
func TestPrevLinksLeadThroughAllMessages(t *testing.T) {
	d, room := startForManyMessages(t)
	d.sendAndWait(room, 125)
	all, r := d.listMessages("/chatroom/" + room + "/messages")
	if len(all) != 50 || all[0].Content != "message 100" || all[49].Content != "You said: message 124" {
		t.Fatalf("the newest page has %d messages, from %q to %q; want 50, from message 100 to its last reply",
			len(all), all[0].Content, all[len(all)-1].Content)
	}
	for path := r.Link("prev"); path != ""; {
		older, r := d.listMessages(path)
		if r.Link("next")+r.Link("monitor") != "" || len(older) == 0 {
			t.Fatalf("a page of %d older messages has the links %q, want messages and only a prev link",
				len(older), r.Header.Values("Link"))
		}
		all = append(older, all...)
		path = r.Link("prev")
		if path != "" {
			d.Send(room, "sent while paging")
		}
	}
	checkSentAndAnsweredInOrder(t, all[:250])
	d.checkLimits(room, len(all))
}

// checkSentAndAnsweredInOrder checks that the messages are those of sendAndWait,
// each once and followed by its reply.
func checkSentAndAnsweredInOrder(t *testing.T, all []client.Message) {
	t.Helper()
	seen := map[string]bool{}
	for i, m := range all {
		isReply := i%2 == 1
		want := fmt.Sprint("message ", i/2)
		if isReply {
			want = "You said: " + want
		}
		if m.Content != want || seen[m.ID] || m.IsFromUser == isReply || isReply && m.InReplyTo != all[i-1].ID {
			t.Fatalf("message %d = %+v, want %q, once and directly after the message that it answers", i, m, want)
		}
		seen[m.ID] = true
	}
}

// checkLimits checks the limit parameter on a room with n messages.
func (d device) checkLimits(room string, n int) {
	d.Helper()
	path := "/chatroom/" + room + "/messages"
	for _, limit := range []int{1, 100} {
		if page, _ := d.listMessages(fmt.Sprintf("%s?limit=%d", path, limit)); len(page) != min(limit, n) {
			d.Errorf("a page with limit %d has %d messages, want %d", limit, len(page), min(limit, n))
		}
	}
	for _, query := range []string{"limit=0", "limit=101", "limit=x"} {
		d.wantInvalidRequest("GET", path+"?"+query, nil)
	}
}

// Generic clients follow next links until a page has none.
func TestNextLinksLeadThroughAllChangesAndEnd(t *testing.T) {
	d, room := startForManyMessages(t)
	_, r := d.listMessages("/chatroom/" + room + "/messages?limit=7")
	if r.Link("next") != "" {
		t.Errorf("the newest page has the links %q, want no next link", r.Header.Values("Link"))
	}
	monitor := r.Link("monitor")
	d.sendAndWait(room, 125)
	var changes []client.Message
	for next := monitor; next != ""; {
		page, r := d.listMessages(next)
		changes, next, monitor = append(changes, page...), r.Link("next"), r.Link("monitor")
		if r.Link("prev") != "" || next != "" && next != monitor || (next != "") != (len(page) == 7) {
			t.Fatalf("a page of %d changes has the links %q, want monitor, and the same as next if it has 7 changes",
				len(page), r.Header.Values("Link"))
		}
	}
	ids := map[string]bool{}
	for _, m := range changes {
		ids[m.ID] = true
	}
	// Nothing changed while the pages were read, so each message is returned once.
	if len(changes) != 250 || len(ids) != 250 {
		t.Fatalf("the pages have %d changes of %d messages, want 250 of 250", len(changes), len(ids))
	}
	page, r := d.listMessages(monitor)
	if len(page) != 0 || r.Link("next") != "" || r.Link("monitor") != monitor {
		t.Errorf("a page without changes = %s with the links %q, want it empty with the same monitor link",
			r.Body, r.Header.Values("Link"))
	}
	d.Want(http.StatusNoContent, "DELETE", "/chatroom/"+room, nil)
	d.Want(http.StatusNotFound, "GET", monitor, nil)
}

func TestTheCursorsBeforeAndAfterCannotBeCombined(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	room := d.NewRoom("r")
	d.Wait(d.Send(room, "hello"))
	_, r := d.listMessages("/chatroom/" + room + "/messages?limit=1")
	_, before, _ := strings.Cut(r.Link("prev"), "?")
	d.wantInvalidRequest("GET", r.Link("monitor")+"&"+before, nil)
}
