package hostile

import (
	"bytes"
	"maps"
	"net/http"
	"strings"
	"testing"
)

// spoiled is a body with one thing wrong, and the refusal it must get.
type spoiled struct {
	name   string
	body   []byte
	status int
	code   string
}

func malformed(name string, body string) spoiled {
	return spoiled{name, []byte(body), http.StatusBadRequest, "malformed_body"}
}

func broken(name string, body []byte) spoiled {
	return spoiled{name, body, http.StatusUnprocessableEntity, "invalid_request"}
}

// spoil breaks a whole body in every way that does not depend on its fields.
func spoil(whole string) []spoiled {
	cut := whole[:len(whole)-1]
	large := whole + strings.Repeat(" ", 1<<20+1-len(whole))
	return []spoiled{
		malformed("empty", ""), malformed("blanks", " \n\t"), malformed("truncated", cut), malformed("canary", canary),
		malformed("half a string", `{"`+canary), malformed("trailing garbage", whole+canary), malformed("two bodies", whole+whole),
		malformed("trailing comma", cut+",}"), malformed("comment", whole+"// "+canary), malformed("byte order mark", "\ufeff"+whole),
		malformed("single quotes", "{'"+canary+"':'"+canary+"'}"), malformed("NaN", cut+`,"x":NaN}`), malformed("raw NUL", cut+",\"x\":\"\x00\"}"),
		malformed("not UTF-8", cut+",\"x\":\""+canary+"\xff\"}"), malformed("overlong UTF-8", cut+",\"x\":\"\xc0\x80\"}"),
		malformed("a surrogate's bytes", cut+",\"x\":\"\xed\xa0\x80\"}"), malformed("UTF-16", "\xff\xfe{\x00}\x00"),
		malformed("deep arrays", strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)),
		malformed("deep objects", strings.Repeat(`{"a":`, 100_000)+"1"+strings.Repeat("}", 100_000)),
		malformed("deep and cut", cut+`,"x":`+strings.Repeat("[", 100_000)),
		broken("null", []byte("null")), broken("array", []byte("[]")), broken("array of it", []byte("["+whole+"]")),
		broken("string", []byte(`"`+canary+`"`)), broken("number", []byte("1")), broken("number out of range", []byte("1e999")),
		broken("field out of range", []byte(cut+`,"unexpected":-1e999}`)), broken("true", []byte("true")), broken("no fields", []byte("{}")),
		broken("unknown field", []byte(cut+`,"unexpected":"`+canary+`"}`)), broken("unknown null", []byte(cut+`,"unexpected":null}`)),
		broken("prototype", []byte(cut+`,"__proto__":{"a":"`+canary+`"}}`)), broken("empty name", []byte(cut+`,"":"`+canary+`"}`)),
		{"1 MiB and 1", []byte(large), http.StatusRequestEntityTooLarge, "body_too_large"},
		{"2 MiB of junk", bytes.Repeat([]byte(canary), 2<<20/len(canary)), http.StatusRequestEntityTooLarge, "body_too_large"},
	}
}

// optional says whether the body may be left out, as a whole and in each field; then that is not spoiled.
func (d *document) optional(o *operation) bool {
	return !o.RequestBody.Required && len(d.body(o).Required) == 0
}

// spoilField breaks one field in every way that its type forbids.
func spoilField(t *testing.T, whole object, s *schema, field string) []spoiled {
	with := func(name string, value any) spoiled {
		body := maps.Clone(whole)
		body[field] = value
		return broken(field+" "+name, encode(t, body))
	}
	renamed := func(name string) spoiled {
		body := maps.Clone(whole)
		body[name] = body[field]
		delete(body, field)
		return broken("renamed "+name, encode(t, body))
	}
	all := []spoiled{
		with("null", nil), with("number", 1), with("large number", 1e300), with("true", true), with("array", []string{canary}),
		with("empty array", []string{}), with("object", object{"value": canary}), renamed(strings.ToUpper(field)), renamed(strings.ToUpper(field[:1]) + field[1:]),
		renamed(field + "\u0000"), renamed(" " + field), renamed(strings.ReplaceAll(field, "s", "\u017f") + "\u017f"), // ſ folds to s
	}
	for _, required := range s.Required {
		if required == field {
			body := maps.Clone(whole)
			delete(body, field)
			all = append(all, broken("without "+field, encode(t, body)))
		}
	}
	for name, value := range badTexts[field] {
		all = append(all, with(name, value))
	}
	return all
}

// badTexts are strings that break a field's rule. A password that is only
// compared with one that is set has no rules.
var badTexts = map[string]map[string]string{
	"name": {"empty": "", "blanks": " \t\n\u00a0\u2003", "101": strings.Repeat("é", 101), "NUL": canary + "\x00", "long": strings.Repeat(canary, 5000)},
	"content": {"empty": "", "blanks": " \t\n\u00a0\u2003", "8001": strings.Repeat("é", 8001), "NUL": canary + "\x00",
		"long": strings.Repeat(canary, 50_000)},
	"mobile_number": {"empty": "", "blanks": "   ", "word": canary, "no plus": "1234567890", "short": "+1234567", "long": "+1234567890123456",
		"zero": "+0123456789", "two": "+1234567890,+1234567891", "NUL": "+1234567890\x00", "wide digits": "+１２３４５６７８９０", "arabic digits": "+١٢٣٤٥٦٧٨٩٠",
		"very long": "+" + strings.Repeat("1", 8001), "many blanks": "+1234567890" + strings.Repeat(" ", 100)},
	"otp": {"empty": "", "blanks": "      ", "5": "12345", "7": "1234567", "word": canary, "letters": "12345a", "NUL": "12345\x00",
		"line end": "123456\n", "wide digits": "１２３４５６", "sign": "+12345", "long": strings.Repeat("1", 8001)},
	"success_url": badPages, "cancel_url": badPages, "return_url": badPages,
	"new_password": {"empty": "", "7": "1234567", "blanks": "   ", "129": strings.Repeat("é", 129), "NUL": canary + "\x00", "long": strings.Repeat(canary, 1000)},
}

// badPages lead to where nobody is to be sent.
var badPages = map[string]string{"empty": "", "blanks": " ", "word": canary, "another's": "https://evil.example/" + canary, "no page": "javascript://subscription/%0a" + canary, "up": "myapp://subscription/../" + canary,
	"beside": "myapp://subscriptions", "NUL": "myapp://subscription/\x00", "a user": "myapp://" + canary + "@subscription", "long": "myapp://subscription/" + strings.Repeat("a", 2048)}

func TestSpoiledBodies(t *testing.T) {
	p := start(t)
	d := parse(t, p.OpenAPI())
	for _, o := range d.operations() {
		s := d.body(o)
		if s == nil {
			continue
		}
		c := p.honest(d, o)
		bodies := spoil(string(encode(t, c.body)))
		for _, field := range s.fields() {
			bodies = append(bodies, spoilField(t, c.body, s, field)...)
		}
		for _, b := range bodies {
			if c.raw = b.body; d.optional(o) && (b.name == "empty" || b.name == "no fields") {
				if a := p.answer(c); a.Status != o.success() {
					t.Errorf("%s %s: %d %s", o, b.name, a.Status, a.Body)
				}
				continue
			}
			refused(t, o.String()+" "+b.name, p.answer(c), b.status, b.code)
		}
		if c.raw = nil; o.Path != "/auth/change-password" {
			if a := p.answer(c); a.Status != o.success() {
				t.Errorf("%s: the same call unspoiled: %d %s", o, a.Status, a.Body)
			}
		}
	}
	p.silentLog()
}

// Right at the limits bodies are taken.
func TestBodiesAtTheLimits(t *testing.T) {
	p := start(t)
	who := p.person()
	room := p.room(who.token)
	name := "  " + strings.Repeat("é", 100) + "\n"
	if got := p.want(http.StatusCreated, "POST", "/chatroom", who.token, object{"name": name}).Get("name"); got != strings.TrimSpace(name) {
		t.Errorf("name %q", got)
	}
	content := " " + strings.Repeat("😀", 7998) + " "
	if got := p.want(http.StatusAccepted, "POST", "/chatroom/"+room+"/message", who.token, object{"content": content}).Get("content"); got != content {
		t.Errorf("content of %d bytes, want %d", len(got), len(content))
	}
	p.want(http.StatusOK, "POST", "/auth/change-password", who.token, object{"new_password": strings.Repeat("😀", 128)})
	whole := `{"name":"x"}`
	p.want(http.StatusCreated, "POST", "/chatroom", who.token, []byte(whole+strings.Repeat(" ", 1<<20-len(whole))))
	p.want(http.StatusCreated, "POST", "/chatroom", who.token, []byte(`{"name":1,"name":"the last wins"}`))
}

// A surrogate that stands alone is no character: JSON can spell it, UTF-8 cannot.
func TestLoneSurrogatesBecomeReplacementCharacters(t *testing.T) {
	p := start(t)
	who := p.person()
	room := p.room(who.token)
	if got := p.want(http.StatusCreated, "POST", "/chatroom", who.token, []byte(`{"name":"a\ud800b"}`)).Get("name"); got != "a\ufffdb" {
		t.Errorf("name %q", got)
	}
	if got := p.want(http.StatusAccepted, "POST", "/chatroom/"+room+"/message", who.token, []byte(`{"content":"\udc00"}`)).Get("content"); got != "\ufffd" {
		t.Errorf("content %q", got)
	}
	refused(t, "number", p.send("POST", "/auth/send-otp", "", []byte(`{"mobile_number":"+1234567890\ud800"}`)), http.StatusUnprocessableEntity, "invalid_request")
	refused(t, "code", p.send("POST", "/auth/verify-otp", "", []byte(`{"mobile_number":"+1234567890","otp":"12345\ud800"}`)), http.StatusUnprocessableEntity, "invalid_request")
}

func TestMediaTypes(t *testing.T) {
	p := start(t)
	d := parse(t, p.OpenAPI())
	bad := [][]string{nil, {""}, {"text/plain"}, {"text/" + canary}, {"application/problem+json"}, {"application/x-www-form-urlencoded"}, {"multipart/form-data; boundary=x"},
		{"application/json; charset=utf-16"}, {"application/json; charset=" + canary}, {"application/json; charset="}, {"application/jsonx"}, {"application/json, text/plain"},
		{"application/json", "application/json"}, {"application/json", "text/plain"}, {"application/*"}, {"*/*"}, {"application/json; charset=utf-8; charset=utf-16"}, {";"}, {"application/json\xff"}}
	good := []string{"application/json", "Application/JSON", "application/json; charset=utf-8", `application/json;charset="UTF-8"`, " application/json "}
	for _, o := range d.operations() {
		if d.body(o) == nil {
			continue
		}
		c := p.honest(d, o)
		send := func(body string, types ...string) (string, *http.Request) {
			r := p.request(o.Method, c.path, c.token, strings.NewReader(body))
			r.Header["Content-Type"] = types
			return o.String() + " " + strings.Join(types, " and "), r
		}
		for _, types := range bad {
			if d.optional(o) {
				c = p.honest(d, o) // of another person, with a minute's budget of their own
			}
			for _, body := range []string{string(encode(t, c.body)), canary, ""} {
				what, r := send(body, types...)
				if d.optional(o) && body == "" {
					if a := p.raw(peer(), r); a.Status != o.success() {
						t.Errorf("%s without a body: %d %s", what, a.Status, a.Body)
					}
					continue
				}
				refused(t, what, p.raw(peer(), r), http.StatusUnsupportedMediaType, "unsupported_media_type")
			}
		}
		for _, media := range good {
			what, r := send(`{"unexpected":1}`, media)
			refused(t, what, p.raw(peer(), r), http.StatusUnprocessableEntity, "invalid_request")
		}
	}
	p.silentLog()
}

// Routes that take no body do not look at one.
func TestBodiesThatNobodyAskedForAreIgnored(t *testing.T) {
	p := start(t)
	d := parse(t, p.OpenAPI())
	for _, o := range d.operations() {
		if o.RequestBody != nil {
			continue
		}
		for _, junk := range []string{canary, "", strings.Repeat("[", 3<<20)} {
			c := p.honest(d, o)
			r := p.request(o.Method, c.path, c.token, strings.NewReader(junk), "Content-Type", "text/"+canary)
			if a := p.raw(peer(), r); a.Status != o.success() {
				t.Errorf("%s with a body of %d bytes: %d %s", o, len(junk), a.Status, a.Body)
			}
		}
	}
}
