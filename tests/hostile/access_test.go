package hostile

import (
	"encoding/json"
	"net/http"
	"path"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Every operation works for whom it is for, and answers in the shape it is documented in.
func TestEveryOperationAsItsOwner(t *testing.T) {
	p := start(t)
	d := parse(t, p.OpenAPI())
	for _, o := range d.operations() {
		a := p.answer(p.honest(d, o))
		if a.Status != o.success() {
			t.Errorf("%s: %d %s, want %d", o, a.Status, a.Body, o.success())
			continue
		}
		if what := d.differs(o, a.Status, a.Body); what != "" {
			t.Errorf("%s: %s in %s", o, what, a.Body)
		}
	}
}

// differs tells what of a success body is not as documented, "" for nothing.
func (d *document) differs(o *operation, status int, body []byte) string {
	if status == http.StatusNoContent {
		return strings.TrimSpace(string(body))
	}
	s := d.resolve(o.Responses[strconv.Itoa(status)].Content["application/json"].Schema)
	if s.Items == nil {
		return s.differs(body)
	}
	var all []json.RawMessage
	if json.Unmarshal(body, &all) != nil {
		return "no array"
	}
	for _, one := range all {
		if what := d.resolve(s.Items).differs(one); what != "" {
			return what
		}
	}
	return ""
}

func (s *schema) differs(body []byte) string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return "no object"
	}
	for name := range fields {
		if s.Properties[name] == nil {
			return "undocumented " + name
		}
	}
	for _, name := range s.Required {
		if _, has := fields[name]; !has {
			return "missing " + name
		}
	}
	return ""
}

// victim is somebody with all that can be had.
type victim struct {
	person
	room, message string
}

func (p *program) victim() victim {
	p.t.Helper()
	v := victim{person: p.person()}
	v.room = p.room(v.token)
	v.message = path.Base(p.ask(v.token, v.room))
	return v
}

// everything is all that the victim can see.
func (p *program) everything(v victim) string {
	p.t.Helper()
	var all []string
	for _, at := range []string{"/user/me", "/chatroom", "/chatroom/" + v.room, "/chatroom/" + v.room + "/messages", "/chatroom/" + v.room + "/messages/" + v.message, "/subscribe/status"} {
		all = append(all, string(p.want(http.StatusOK, "GET", at, v.token, nil).Body))
	}
	return strings.Join(all, "\n")
}

func TestNobodyGetsAnything(t *testing.T) {
	p := start(t)
	d := parse(t, p.OpenAPI())
	v := p.victim()
	before := p.everything(v)
	for name, token := range p.badTokens(v) {
		code := "invalid_token"
		if token == "" {
			code = "not_authenticated"
		}
		for _, o := range d.operations() {
			if o.secured() {
				refused(t, name+": "+o.String(), p.answer(call{op: o, path: o.fill(v.room, v.message), token: token, body: d.sample(o)}), http.StatusUnauthorized, code)
				refused(t, name+" with junk: "+o.String(), p.answer(call{op: o, path: o.fill("1", "1") + "?limit=0", token: token, raw: []byte(canary)}), http.StatusUnauthorized, code)
			}
		}
	}
	if after := p.everything(v); after != before {
		t.Errorf("changed from\n%s\nto\n%s", before, after)
	}
}

// badTokens are tokens that are worth nothing, by name.
func (p *program) badTokens(v victim) map[string]string {
	p.t.Helper()
	parts := strings.Split(v.token, ".")
	other := strings.Split(p.person().token, ".")
	return map[string]string{
		"anonymous":           "",
		"junk":                canary,
		"header changed":      flip(parts[0]) + "." + parts[1] + "." + parts[2],
		"claims changed":      parts[0] + "." + flip(parts[1]) + "." + parts[2],
		"signature changed":   parts[0] + "." + parts[1] + "." + flip(parts[2]),
		"signature cut":       parts[0] + "." + parts[1] + ".",
		"algorithm none":      "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + parts[1] + ".",
		"signature of others": parts[0] + "." + parts[1] + "." + other[2],
		"session ended":       p.endedToken(),
		"of another program":  start(p.t).person().token,
	}
}

// flip changes one character in the middle.
func flip(s string) string {
	b := []byte(s)
	i := len(b) / 2
	if b[i]++; b[i] == 'Z'+1 || b[i] == 'z'+1 || b[i] == '9'+1 || b[i] < '0' {
		b[i] = 'A'
	}
	return string(b)
}

// endedToken is of a session that a change of the password has ended.
func (p *program) endedToken() string {
	p.t.Helper()
	who := p.person()
	p.want(http.StatusOK, "POST", "/auth/change-password", who.token, object{"new_password": "a password"})
	again := p.want(http.StatusOK, "POST", "/auth/login", "", object{"mobile_number": who.number, "password": "a password"}).Get("access_token")
	p.want(http.StatusOK, "POST", "/auth/change-password", again, object{"old_password": "a password", "new_password": "another password"})
	return who.token
}

func TestExpiredTokensGetNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t)
		d := parse(t, p.OpenAPI())
		v := p.victim()
		time.Sleep(59 * time.Minute)
		before := p.everything(v)
		time.Sleep(time.Minute)
		for _, o := range d.operations() {
			if o.secured() {
				refused(t, o.String(), p.answer(call{op: o, path: o.fill(v.room, v.message), token: v.token, body: d.sample(o)}), http.StatusUnauthorized, "invalid_token")
			}
		}
		v.token = p.login(v.number)
		if after := p.everything(v); after != before {
			t.Errorf("changed from\n%s\nto\n%s", before, after)
		}
	})
}

// Others get the same 404 for what is somebody's as for what never was.
func TestOthersFindNothing(t *testing.T) {
	p := start(t)
	d := parse(t, p.OpenAPI())
	v, other := p.victim(), p.victim()
	before := p.everything(v)
	for _, o := range d.operations() {
		if !strings.Contains(o.Path, "{id}") {
			continue
		}
		paths := []string{o.fill(v.room, v.message), o.fill(v.room, other.message)}
		if strings.Contains(o.Path, "{mid}") {
			paths = append(paths, o.fill(other.room, v.message))
		}
		for _, at := range paths {
			refused(t, o.Method+" "+at, p.answer(call{op: o, path: at, token: other.token, body: d.sample(o)}), http.StatusNotFound, "not_found")
		}
	}
	if after := p.everything(v); after != before {
		t.Errorf("changed from\n%s\nto\n%s", before, after)
	}
}
