package flow

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/tests/client"
)

const asHTML = "?format=html"

// htmlJSON is the text of a message in a response, nil for a missing field.
type htmlJSON struct {
	Content     string  `json:"content"`
	ContentHTML *string `json:"content_html"`
}

// checkHTML checks the HTML of each text of a list, in the order of the list.
func (d device) checkHTML(path string, want ...string) {
	d.Helper()
	items, _ := listPage[htmlJSON](d, path)
	if len(items) != len(want) {
		d.Fatalf("%s has %d texts, want %d", path, len(items), len(want))
	}
	for i, item := range items {
		got := "none"
		if item.ContentHTML != nil {
			got = *item.ContentHTML
		}
		if got != want[i] {
			d.Errorf("%s: HTML of %q = %q, want %q", path, item.Content, got, want[i])
		}
	}
}

// answering returns an option that makes the model give these answers.
func answering(answers ...fake.EchoAnswer) boot.Option {
	return boot.Use(fake.NewEcho(fake.EchoOptions{
		Script: func(_ chat.Prompt, call int) fake.EchoAnswer { return answers[call-1] },
	}))
}

func TestAFinishedReplyIsShownAsHTMLOnRequest(t *testing.T) {
	model := answering(fake.EchoAnswer{Text: "*one*"}, fake.EchoAnswer{Text: "<b>two</b>"}, fake.EchoAnswer{Text: "3"})
	d := start(t, config(t), model).tcpDevice().Login(client.Number())
	room := d.NewRoom("r")
	path := d.Send(room, "*hello*")
	d.Wait(path)
	d.checkHTML(messagesOf(room), "none", "none")
	d.checkHTML(messagesOf(room)+asHTML, "none", "<p><em>one</em></p>\n")
	checkFields(t, d.Want(http.StatusOK, "GET", path+asHTML, nil), map[string]string{
		"content":      "*one*",
		"content_html": "<p><em>one</em></p>\n",
	})
	d.retry(path)
	d.Wait(path)
	d.checkHTML(messagesOf(room)+asHTML, "none", "<p>&lt;b&gt;two&lt;/b&gt;</p>\n")
	d.edit(d.promptOf(path), "*other*")
	d.Wait(path)
	d.checkHTML(path+"/versions"+asHTML, "<p><em>one</em></p>\n", "<p>&lt;b&gt;two&lt;/b&gt;</p>\n")
	d.checkHTML(path+"/versions", "none", "none")
	d.checkHTML(d.promptOf(path)+"/versions"+asHTML, "none")
	for _, list := range []string{messagesOf(room), path, path + "/versions"} {
		d.wantInvalidRequest("GET", list+"?format=markdown", nil)
		d.wantInvalidRequest("GET", list+"?format=", nil)
	}
}

func TestOnlyFinishedRepliesHaveHTML(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		blocked := &reply.Failure{Code: reply.CodeBlocked}
		_, d := startLoggedIn(t, config(t), answering(
			fake.EchoAnswer{Text: "*half*", Hang: true},
			fake.EchoAnswer{Hang: true},
			fake.EchoAnswer{Text: "*half*", Failure: blocked},
		))
		room := d.NewRoom("r")
		path := d.Send(room, "one")
		synctest.Wait()
		d.checkHTML(messagesOf(room)+asHTML, "none", "none")
		d.cancel(path)
		checkFields(t, d.Wait(path), map[string]string{"status": "cancelled", "content": "*half*"})
		second := d.Send(room, "two")
		synctest.Wait()
		d.cancel(second)
		d.Wait(second)
		d.Wait(d.Send(room, "three"))
		d.checkHTML(messagesOf(room)+asHTML, "none", "<p><em>half</em></p>\n", "none", "", "none", "none")
	})
}

func TestEventsHaveNoHTML(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	path := "/chatroom/" + d.NewRoom("r") + "/message" + asHTML
	r := d.Want(http.StatusOK, "POST", path, object{"content": "*hello*"}, accept, eventStream)
	if events := string(r.Body); strings.Contains(events, "content_html") || !strings.Contains(events, "event: done") {
		t.Errorf("events %q, want the end of the reply without content_html", events)
	}
}
