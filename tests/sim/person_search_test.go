package sim

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/tests/client"
)

// search searches for a message that the user has sent.
func (u *person) search() {
	s, ok := u.lastSaid()
	if !ok {
		return
	}
	x, _ := u.w.exchangeOf(id.ID(s.prompt))
	query := strings.ToUpper(x.text)
	a, ok := u.insist(http.MethodGet, "/search?limit=100&q="+url.QueryEscape(query), nil)
	if !ok {
		return
	}
	var found []client.Message
	if err := a.Decode(&found); err != nil || a.Status != http.StatusOK {
		u.w.violate("search: status %d %s", a.Status, a.Body)
		return
	}
	u.w.count("searches")
	u.checkFound(s, x, found)
}

// checkFound: a search finds the prompt with the text, unless the prompt was edited or deleted,
// and only messages with the text.
func (u *person) checkFound(s said, x exchange, found []client.Message) {
	now, _ := u.w.exchangeOf(id.ID(s.prompt))
	isPrompt := func(m client.Message) bool { return m.ID == s.prompt }
	if !slices.ContainsFunc(found, isPrompt) && now.text == x.text && !s.room.gone.Load() {
		u.w.violate("a search for %q does not find its message", x.text)
	}
	for _, m := range found {
		if !strings.Contains(m.Content, x.text) || m.Status != "done" && m.Status != "cancelled" {
			u.w.violate("a search for %q finds %q, which is %s", x.text, m.Content, m.Status)
		}
	}
}
