package hostile

import (
	"bytes"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

// call is a request of an operation that can be sent as it is or spoiled.
type call struct {
	op      *operation
	path    string
	token   string
	body    object // nil for none
	raw     []byte // instead of body
	headers []string
}

// answer makes a call from an address of its own.
func (p *program) answer(c call) client.Answer {
	p.t.Helper()
	return p.from(peer(), c)
}

func (p *program) from(addr string, c call) client.Answer {
	p.t.Helper()
	if c.raw == nil && c.body != nil {
		c.raw = encode(p.t, c.body)
	}
	if c.raw == nil {
		return p.raw(addr, p.request(c.op.Method, c.path, c.token, nil, c.headers...))
	}
	headers := append([]string{"Content-Type", "application/json"}, c.headers...)
	return p.raw(addr, p.request(c.op.Method, c.path, c.token, bytes.NewReader(c.raw), headers...))
}

// honest is a call that succeeds, by somebody new.
func (p *program) honest(d *document, o *operation) call {
	p.t.Helper()
	who := p.person()
	c := call{op: o, body: d.sample(o)}
	if o.secured() {
		c.token = who.token
	}
	if _, asked := c.body["mobile_number"]; asked {
		c.body["mobile_number"] = who.number
	}
	p.prepare(&c, who)
	room, message := "", ""
	if strings.Contains(o.Path, "{id}") {
		room = p.room(who.token)
	}
	if strings.Contains(o.Path, "{mid}") {
		message = path.Base(p.ask(who.token, room))
	}
	c.path = o.fill(room, message)
	return c
}

// prepare does what must have happened before a call.
func (p *program) prepare(c *call, who person) {
	p.t.Helper()
	switch c.op.Path {
	case "/auth/send-otp", "/auth/signup":
		c.body["mobile_number"] = number()
	case "/auth/verify-otp":
		n := number()
		c.body["mobile_number"] = n
		c.body["otp"] = p.want(http.StatusOK, "POST", "/auth/send-otp", "", object{"mobile_number": n}).Get("otp")
	case "/auth/login":
		p.want(http.StatusOK, "POST", "/auth/change-password", who.token, object{"new_password": c.body["password"]})
	case "/auth/reset-password":
		c.body["otp"] = p.want(http.StatusOK, "POST", "/auth/forgot-password", "", object{"mobile_number": who.number}).Get("otp")
	case "/subscribe/cancel", "/subscribe/resume", "/subscribe/portal":
		p.subscribe(who.token)
	case "/user/me":
		if c.op.Method == http.MethodDelete {
			p.subscribe(who.token)
		}
	case "/subscribe/webhook", "/webhook/stripe":
		c.raw, c.headers = p.event("cus_nobody")
	}
}

// event is a signed webhook about a customer, and its headers.
func (p *program) event(customer string) (payload []byte, headers []string) {
	payload = encode(p.t, object{"id": "evt_" + number(), "type": "invoice.paid", "data": object{"object": object{"customer": customer}}})
	return payload, []string{"Stripe-Signature", p.company.Sign(payload, time.Now())}
}

func (p *program) room(token string) string {
	p.t.Helper()
	return p.want(http.StatusCreated, "POST", "/chatroom", token, object{"name": "A room"}).Get("id")
}

// ask sends a message, waits for its answer and returns the reply's path.
func (p *program) ask(token, room string, headers ...string) string {
	p.t.Helper()
	at := p.want(http.StatusAccepted, "POST", "/chatroom/"+room+"/message", token, object{"content": "Hello"}, headers...).Header.Get("Location")
	p.want(http.StatusOK, "GET", at+"?wait=30", token, nil)
	return at
}

// subscribe buys Pro and returns once the program knows of it.
func (p *program) subscribe(token string) {
	p.t.Helper()
	url := p.want(http.StatusCreated, "POST", "/subscribe/pro", token, nil).Get("url")
	if _, err := p.company.Pay(path.Base(url)); err != nil {
		p.t.Fatal(err)
	}
	p.want(http.StatusConflict, "POST", "/subscribe/pro", token, nil) // has the state fetched
}
