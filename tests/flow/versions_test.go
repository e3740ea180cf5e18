package flow

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// versionJSON is an earlier text of a message in a response.
type versionJSON struct {
	Content   string `json:"content"`
	Status    string `json:"status"`
	CreatedAt string `json:"created_at"`
}

// checkVersions checks the earlier texts of a message, oldest first.
func (d device) checkVersions(messagePath string, want ...versionJSON) {
	d.Helper()
	got, _ := listPage[versionJSON](d, messagePath+"/versions")
	if diff := cmp.Diff(append([]versionJSON{}, want...), got); diff != "" {
		d.Errorf("versions of %s (-want +got):\n%s", messagePath, diff)
	}
}

// editedMessage is a message that has earlier texts.
type editedMessage struct {
	device
	room, path string
	versions   []versionJSON
}

// newEditedMessage sends a message with the first text, and edits it. The texts become its versions.
func newEditedMessage(t *testing.T, texts ...string) editedMessage {
	t.Helper()
	d, room := startForManyMessages(t)
	reply := d.Send(room, texts[0])
	m := editedMessage{device: d, room: room, path: d.promptOf(reply)}
	d.Wait(reply)
	for _, text := range append(texts[1:], "the present text") {
		d.edit(m.path, text)
		d.Wait(reply)
	}
	for _, text := range texts {
		m.versions = append(m.versions, versionJSON{Content: text, Status: "done"})
	}
	return m
}

// versionsByPages returns the pages, without times. It checks that they have all versions in order.
func (m editedMessage) versionsByPages(limit int) (pages [][]versionJSON) {
	m.Helper()
	for next := fmt.Sprint(m.path, "/versions?limit=", limit); next != ""; {
		page, r := listPage[versionJSON](m.device, next)
		next = r.Link("next")
		for i := range page {
			page[i].CreatedAt = ""
		}
		pages = append(pages, page)
	}
	if diff := cmp.Diff(m.versions, slices.Concat(pages...)); diff != "" {
		m.Errorf("the pages with limit %d have other versions (-want +got):\n%s", limit, diff)
	}
	return pages
}

func TestNextLinksLeadThroughAllVersionsOnce(t *testing.T) {
	m := newEditedMessage(t, "a", "b", "c", "d", "e", "f", "g")
	for limit, want := range map[int][]int{1: {1, 1, 1, 1, 1, 1, 1}, 3: {3, 3, 1}, 7: {7}, 100: {7}} {
		var lengths []int
		for _, page := range m.versionsByPages(limit) {
			lengths = append(lengths, len(page))
		}
		if !slices.Equal(lengths, want) {
			t.Errorf("limit %d: the pages have %v versions, want %v", limit, lengths, want)
		}
	}
	all, r := listPage[versionJSON](m.device, m.path+"/versions")
	if len(all) != 7 || r.Link("next") != "" {
		t.Errorf("%d versions without a limit and the next link %q, want all 7 and no link", len(all), r.Link("next"))
	}
	for _, query := range []string{"limit=0", "limit=101", "limit=x", "cursor=", "cursor=x"} {
		m.wantInvalidRequest("GET", m.path+"/versions?"+query, nil)
	}
}

// A text of 8000 characters can have 32,000 bytes. So 8 texts fit on a page of 256 KiB.
func TestAPageOfVersionsHas256KiBOfText(t *testing.T) {
	m := newEditedMessage(t, slices.Repeat([]string{strings.Repeat("🦉", 8000)}, 9)...)
	pages := m.versionsByPages(50)
	if len(pages) != 2 || len(pages[0]) != 8 {
		t.Errorf("%d pages, the first with %d versions; want 2, the first with 8", len(pages), len(pages[0]))
	}
}

func TestACursorOfVersionsBelongsToItsMessage(t *testing.T) {
	m := newEditedMessage(t, "a", "b")
	_, r := listPage[versionJSON](m.device, m.path+"/versions?limit=1")
	cursor := "?cursor=" + cursorOf(r.Link("next"))
	m.Want(http.StatusOK, "GET", m.path+"/versions"+cursor, nil)
	reply := m.newestMessages(m.room)[1].ID
	m.wantInvalidCursor(messagesOf(m.room) + "/" + reply + "/versions" + cursor)
	m.wantInvalidCursor("/chatroom" + cursor)
	_, r = m.listMessages(messagesOf(m.room) + "?limit=1")
	m.wantInvalidCursor(m.path + "/versions?cursor=" + cursorOf(r.Link("prev")))
}

// An empty text is no version.
func TestACancelledReplyWithoutTextLeavesNoVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t, "ECHO_LATENCY", "1s"))
		synctest.Wait() // until the worker receives cancel signals
		path := d.Send(d.NewRoom("r"), "hello")
		d.cancel(path)
		checkFields(t, d.Wait(path), map[string]string{"status": "cancelled", "content": ""})
		checkFields(t, d.retry(path), map[string]string{"versions": ""})
		d.checkAnswer(path, "You said: hello")
		d.checkVersions(path)
		d.checkMessageCount(1)
	})
}

func TestTheTextOfACancelledReplyStaysAsAVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t), withLLM(modelFunc(fiveWords.answer)))
		path := d.Send(d.NewRoom("r"), "hello")
		time.Sleep(1500 * time.Millisecond)
		d.cancel(path)
		d.Wait(path)
		d.retry(path)
		d.checkAnswer(path, fiveWords.text())
		d.checkVersions(path, versionJSON{"word-0\n", "cancelled", second(0)})
		d.checkMessageCount(2)
	})
}
