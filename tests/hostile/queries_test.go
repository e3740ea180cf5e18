package hostile

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

// badValues are queries of a parameter that break its rule, escaped.
var badValues = map[string][]string{
	"limit": {"0", "101", "-1", "x", "", "1.5", "1e1", "0x10", "1,2", "99999999999999999999", "-99999999999999999999", "%00", "%ff", "%20", "null", "1%00", canary, "%zz", "1;2"},
	"wait":  {"-1", "31", "x", "", "1.5", "99999999999999999999", "%00", "1s", canary, "%zz"},
	"cursor": {"", canary, "%00", "%ff", "0", "=", "%zz", strings.Repeat("A", 10_000), cursor(""), cursor("r"), cursor("r|"), cursor("r||"), cursor("|||"),
		cursor("r|" + canary + "|1|2")},
	"before": {"", canary, "%00", "%ff", "0", "-1", "%zz", strings.Repeat("A", 10_000), cursor("b||1")},
	"after":  {"", canary, "%00", "%ff", "0", "-1", "%zz", strings.Repeat("A", 10_000), cursor("a||1")},
}

func cursor(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func TestSpoiledQueries(t *testing.T) {
	p := start(t)
	d := parse(t, p.OpenAPI())
	for _, o := range d.operations() {
		c := p.honest(d, o)
		path := c.path
		for _, param := range o.Parameters {
			if param.In != "query" {
				continue
			}
			if len(badValues[param.Name]) == 0 {
				t.Errorf("%s: no bad values for %s", o, param.Name)
			}
			for _, value := range badValues[param.Name] {
				c.path = path + "?" + param.Name + "=" + value
				refused(t, o.Method+" "+c.path[:min(200, len(c.path))], p.answer(c), http.StatusUnprocessableEntity, "invalid_request")
			}
			c.path = path + "?" + param.Name
			refused(t, o.Method+" "+c.path, p.answer(c), http.StatusUnprocessableEntity, "invalid_request")
		}
	}
	p.silentLog()
}

// Operations without parameters do not look at a query.
func TestQueriesThatNobodyAskedForAreIgnored(t *testing.T) {
	p := start(t)
	d := parse(t, p.OpenAPI())
	for _, o := range d.operations() {
		c := p.honest(d, o)
		c.path += "?utm_source=" + canary
		if a := p.answer(c); a.Status != o.success() {
			t.Errorf("%s: %d %s", o, a.Status, a.Body)
		}
	}
	p.silentLog()
}

// reader is somebody whose lists have several pages.
type reader struct {
	victim
	rooms, before, after string // cursors
}

func (p *program) reader() reader {
	p.t.Helper()
	r := reader{victim: p.victim()}
	p.room(r.token)
	r.rooms = param(p.get(r.token, "/chatroom?limit=1"), "next", "cursor")
	page := p.get(r.token, "/chatroom/"+r.room+"/messages?limit=1")
	r.before, r.after = param(page, "prev", "before"), param(page, "next", "after")
	if r.rooms == "" || r.before == "" || r.after == "" {
		p.t.Fatalf("cursors %+v", r)
	}
	return r
}

func (p *program) get(token, path string) client.Answer {
	p.t.Helper()
	return p.want(http.StatusOK, "GET", path, token, nil)
}

// param is a parameter of a link.
func param(a client.Answer, rel, name string) string {
	u, err := url.Parse(a.Link(rel))
	if err != nil {
		return ""
	}
	return u.Query().Get(name)
}

// variants are other spellings of a cursor.
func variants(c string) []string {
	raw, _ := base64.RawURLEncoding.DecodeString(c)
	all := []string{c + "=", c + "==", "%20" + c, c + "%0A", c[:4] + "%0A" + c[4:], c + "%00", c + "A", c + c, c + "." + c, strings.ToUpper(c), url.QueryEscape(base64.StdEncoding.EncodeToString(append(raw, 0xff))),
		cursor(string(raw) + "|"), cursor(string(raw) + "\x00"), cursor(string(raw) + "\n"), cursor(" " + string(raw)), cursor(strings.ToUpper(string(raw))),
		cursor(strings.ReplaceAll(string(raw), "|", "|+")), cursor(strings.ReplaceAll(string(raw), "|", "|0")), cursor(strings.ReplaceAll(string(raw), "|", "|-"))}
	for i := 1; i < len(c); i += 3 {
		all = append(all, c[:i])
	}
	return all
}

// A cursor is of one list, one owner and one kind, in one spelling.
func TestCursorsOfOthers(t *testing.T) {
	p := start(t)
	a, b := p.reader(), p.reader()
	messages := "/chatroom/" + a.room + "/messages"
	p.get(a.token, "/chatroom?cursor="+a.rooms)
	p.get(a.token, messages+"?before="+a.before)
	p.get(a.token, messages+"?after="+a.after)
	refuse := func(path string) {
		t.Helper()
		refused(t, path, p.send("GET", path, a.token, nil), http.StatusUnprocessableEntity, "invalid_request")
	}
	for _, c := range append([]string{b.rooms, a.before, a.after}, variants(a.rooms)...) {
		refuse("/chatroom?cursor=" + c)
	}
	for _, c := range append([]string{b.before, a.after, a.rooms}, variants(a.before)...) {
		refuse(messages + "?before=" + c)
	}
	for _, c := range append([]string{b.after, a.before, a.rooms}, variants(a.after)...) {
		refuse(messages + "?after=" + c)
	}
	refuse(messages + "?before=" + a.before + "&after=" + a.after)
	refused(t, "own cursor in a room of others", p.send("GET", "/chatroom/"+b.room+"/messages?after="+b.after, a.token, nil), http.StatusNotFound, "not_found")
}
