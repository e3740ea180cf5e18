package flow

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

// foundMessage is a result of a search.
type foundMessage struct {
	client.Message
	Snippet string `json:"snippet"`
}

// searchPath returns the path of a search with more parameters, "" for none.
func searchPath(query, more string) string { return "/search?q=" + url.QueryEscape(query) + more }

// search requests the first page of the results of a search.
func (d device) search(query string) []foundMessage {
	d.Helper()
	found, _ := listPage[foundMessage](d, searchPath(query, ""))
	return found
}

// checkFound checks the texts that a search finds, the newest first.
func (d device) checkFound(query string, want ...string) {
	d.Helper()
	var got []string
	for _, m := range d.search(query) {
		got = append(got, m.Content)
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		d.Errorf("%q finds %q, want %q", query, got, want)
	}
}

func TestASearchFindsTheMessagesOfAllRoomsOfTheUser(t *testing.T) {
	p := start(t, config(t))
	d, other := p.tcpDevice().Login(client.Number()), p.tcpDevice().Login(client.Number())
	first, second := d.NewRoom("first"), d.NewRoom("second")
	d.Wait(d.Send(first, "Do OWLS sleep?"))
	reply := d.Wait(d.Send(second, "What do owls eat?\nMice?"))
	other.Wait(other.Send(other.NewRoom("foreign"), "My owls"))
	d.checkFound("owls", "You said: What do owls eat?\nMice?", "What do owls eat?\nMice?",
		"You said: Do OWLS sleep?", "Do OWLS sleep?")
	d.checkFound("do owls s", "You said: Do OWLS sleep?", "Do OWLS sleep?")
	d.checkFound("my")
	found := d.search("MICE")
	if want := "You said: What do owls eat? Mice?"; found[0].Snippet != want || found[0].ID != reply.Field("id") {
		t.Errorf("the first result is %+v, want the reply with the snippet %q", found[0], want)
	}
	shown, _ := d.listMessages(messagesOf(second))
	if found[0].Message != shown[1] || found[1].Message != shown[0] {
		t.Errorf("the results are %+v, want the messages as their room shows them: %+v", found, shown)
	}
	d.Want(http.StatusNoContent, "DELETE", "/chatroom/"+second, nil)
	d.checkFound("mice")
	other.checkFound("owls", "You said: My owls", "My owls")
}

func TestASearchKnowsEveryLanguage(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	room := d.NewRoom("languages")
	for _, text := range []string{"今天天气很好，我们去公园。", "สวัสดีครับ", "İstanbul GROẞE Ὀδυσσεύς ЁЖИК", "100% _ \\ .*"} {
		d.Wait(d.Send(room, text))
	}
	for query, want := range map[string]string{
		"天气": "今天天气很好，我们去公园。", "สดี": "สวัสดีครับ", "istanbul große ὈΔΥΣΣΕΎΣ ёжик": "İstanbul GROẞE Ὀδυσσεύς ЁЖИК",
		"100%": "100% _ \\ .*",
	} {
		d.checkFound(query, "You said: "+want, want)
	}
	for _, query := range []string{"1%0", "_", "%", "?!", "  ", "🦉", ".*"} {
		found, r := listPage[foundMessage](d, searchPath(query, ""))
		if len(found) > 0 || strings.TrimSpace(string(r.Body)) != "[]" || r.Link("next") != "" {
			t.Errorf("%q finds %s, want []", query, r.Body)
		}
	}
}

func TestASnippetIsAPartOfALongText(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	words := strings.Repeat("hedgehog ", 200)
	d.Wait(d.Send(d.NewRoom("r"), words+"Owl "+words))
	for _, m := range d.search("owl") {
		n := len([]rune(m.Snippet))
		isAroundWord := strings.Contains(m.Snippet, " Owl hedgehog ") && strings.HasPrefix(m.Snippet, "…hedgehog ")
		if n < 140 || n > 162 || !isAroundWord {
			t.Errorf("the snippet has %d characters, want about 160 around the word, between words: %q", n, m.Snippet)
		}
	}
}

func TestNextLinksLeadThroughAllResultsOnce(t *testing.T) {
	d := start(t, config(t, "BASIC_DAILY_LIMIT", "1000", "ECHO_LATENCY", "0s")).tcpDevice().Login(client.Number())
	rooms := []string{d.NewRoom("a"), d.NewRoom("b")}
	for i := range 6 {
		d.sendAndWait(rooms[i%2], 1)
	}
	for _, limit := range []int{1, 5, 12, 100} {
		seen := map[string]bool{}
		pages := 0
		for path := searchPath("Message 0 ", fmt.Sprint("&limit=", limit)); path != ""; pages++ {
			found, r := listPage[foundMessage](d, path)
			for _, m := range found {
				seen[m.ID] = true
			}
			path = r.Link("next")
			if path != "" && (len(found) != limit || !strings.HasPrefix(path, "/search?q=Message+0+&cursor=")) {
				t.Fatalf("limit %d: a page of %d results has the next link %q, want a full page and the same query",
					limit, len(found), path)
			}
		}
		if wantPages := (12 + limit - 1) / limit; len(seen) != 12 || pages != wantPages {
			t.Errorf("limit %d: %d results on %d pages, want 12 on %d", limit, len(seen), pages, wantPages)
		}
	}
}

func TestACursorOfASearchBelongsToItsUserAndQuery(t *testing.T) {
	p := start(t, config(t))
	d, other := p.tcpDevice().Login(client.Number()), p.tcpDevice().Login(client.Number())
	for _, u := range []device{d, other} {
		u.Wait(u.Send(u.NewRoom("r"), "owls"))
	}
	_, r := listPage[foundMessage](d, searchPath("owls", "&limit=1"))
	link, err := url.Parse(r.Link("next"))
	if err != nil || link.Query().Get("cursor") == "" {
		t.Fatalf("the first of two results has the next link %q", r.Link("next"))
	}
	cursor := "&cursor=" + link.Query().Get("cursor")
	d.Want(http.StatusOK, "GET", searchPath(" OWLS ", cursor), nil)
	d.wantInvalidCursor(searchPath("owl", cursor))
	other.wantInvalidCursor(searchPath("owls", cursor))
	d.wantInvalidCursor("/chatroom?" + cursor[1:])
	for _, c := range []string{"x", "!", cursor[9:], link.Query().Get("cursor") + "A"} {
		d.wantInvalidCursor(searchPath("owls", "&cursor="+c))
	}
}

func TestInvalidSearchesAreRefused(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	for _, path := range []string{
		"/search", "/search?q=", "/search?q=%ff",
		searchPath(strings.Repeat("語", 201), ""), searchPath("canary\x00", ""),
	} {
		r := d.wantInvalidRequest("GET", path, nil)
		if !namesField(t, r, "q") || strings.Contains(string(r.Body), "canary") {
			t.Errorf("%.60s: the error must name the field q and must not contain the value: %s", path, r.Body)
		}
	}
	for _, more := range []string{"&limit=0", "&limit=101", "&limit=x"} {
		d.wantInvalidRequest("GET", searchPath("owls", more), nil)
	}
	d.Want(http.StatusOK, "GET", searchPath(strings.Repeat("語", 200), "&limit=100"), nil)
	d.As("").wantError(http.StatusUnauthorized, "not_authenticated", "GET", searchPath("owls", ""), nil)
}

func TestAUserCanSearchThirtyTimesAMinute(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		d, other := p.newDevice().Login(client.Number()), p.newDevice().Login(client.Number())
		for range 30 {
			d.checkFound("owls")
			d.checkFound("?") // does not count
		}
		r := d.wantError(http.StatusTooManyRequests, "rate_limited", "GET", searchPath("owls", ""), nil)
		if got := r.Header.Get("Retry-After"); got != "60" {
			t.Errorf("Retry-After = %q, want 60", got)
		}
		other.checkFound("owls")
		time.Sleep(time.Minute)
		d.checkFound("owls")
	})
}
