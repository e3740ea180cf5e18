package hostile

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

// call is a request of an operation. The tests start from a valid call and change one part of it.
type call struct {
	op      *operation
	path    string
	token   string
	body    object   // nil for no body
	rawBody []byte   // if not nil, sent instead of body
	headers []string // name, value, name, value
}

// sendCall sends a call from a new address.
func (p *program) sendCall(c call) client.Response {
	p.t.Helper()
	return p.sendCallFrom(newAddress(), c)
}

func (p *program) sendCallFrom(address string, c call) client.Response {
	p.t.Helper()
	var body any
	switch {
	case c.rawBody != nil:
		body = c.rawBody
	case c.body != nil:
		body = c.body
	}
	return send(p.deviceAt(address, c.token), c.op.Method, c.path, body, c.headers...)
}

// request returns the request of a call with another body, for program.do. It has
// no headers other than Authorization.
func (c call) request(t testing.TB, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequest(c.op.Method, c.path, body)
	if err != nil {
		t.Fatalf("create the request: %v", err)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	return r
}

// validCall returns a call of a new user that succeeds.
func (p *program) validCall(o *operation) call {
	p.t.Helper()
	u := p.newUser()
	c := call{op: o, body: o.exampleBody()}
	if o.requiresToken() {
		c.token = u.Token
	}
	if _, exists := c.body["mobile_number"]; exists {
		c.body["mobile_number"] = u.number
	}
	p.prepare(&c, u)
	objectID, messageID := "", ""
	switch {
	case o.Path == "/auth/sessions/{id}":
		objectID = u.sessionID()
	case strings.Contains(o.Path, "{id}"):
		objectID = u.NewRoom("A room")
	}
	if strings.Contains(o.Path, "{mid}") {
		messageID = o.newMessage(u.Device, objectID)
	}
	c.path = o.pathOf(objectID, messageID) + o.requiredQuery()
	return c
}

// newMessage sends a message to a room. It returns the id of the message or of its reply,
// whichever the operation needs.
func (o *operation) newMessage(d client.Device, roomID string) (messageID string) {
	d.Helper()
	if strings.HasSuffix(o.Path, "/cancel") {
		return askAndWait(d, roomID)
	}
	replyID := ask(d, roomID)
	if o.Method == http.MethodPatch { // an edit of the message
		return d.Want(http.StatusOK, "GET", "/chatroom/"+roomID+"/messages/"+replyID, nil).Field("in_reply_to")
	}
	return replyID
}

// prepare creates the state that a call needs to succeed.
func (p *program) prepare(c *call, u user) {
	p.t.Helper()
	switch c.op.Path {
	case "/auth/send-otp", "/auth/signup":
		c.body["mobile_number"] = client.Number()
	case "/auth/change-number":
		c.body["mobile_number"] = client.Number()
	case "/auth/change-number/verify":
		number := client.Number()
		c.body["mobile_number"] = number
		change := object{"mobile_number": number}
		c.body["otp"] = u.Want(http.StatusOK, "POST", "/auth/change-number", change).Field("otp")
	case "/auth/verify-otp":
		number := client.Number()
		c.body["mobile_number"] = number
		c.body["otp"] = p.requestCode("/auth/send-otp", number)
	case "/auth/refresh":
		number := client.Number()
		body := object{"mobile_number": number, "otp": p.requestCode("/auth/send-otp", number)}
		login := p.device("").Want(http.StatusOK, "POST", "/auth/verify-otp", body)
		c.body["refresh_token"] = login.Field("refresh_token")
	case "/auth/login":
		u.Want(http.StatusOK, "POST", "/auth/change-password", object{"new_password": c.body["password"]})
	case "/auth/reset-password":
		c.body["otp"] = p.requestCode("/auth/forgot-password", u.number)
	case "/search":
		ask(u.Device, u.NewRoom("A room"))
	case "/subscribe/cancel", "/subscribe/resume", "/subscribe/portal":
		p.subscribe(u.Device)
	case "/user/me":
		if c.op.Method == http.MethodDelete {
			p.subscribe(u.Device)
		}
	case "/subscribe/webhook", "/webhook/stripe":
		c.rawBody, c.headers = p.signedEvent("cus_nobody")
	}
}

// requestCode requests a code for a number and returns the code.
func (p *program) requestCode(path, number string) string {
	p.t.Helper()
	return p.device("").Want(http.StatusOK, "POST", path, object{"mobile_number": number}).Field("otp")
}

// signedEvent returns the body and the headers of a webhook about a customer.
func (p *program) signedEvent(customerID string) (payload []byte, headers []string) {
	p.t.Helper()
	payload = encodeJSON(p.t, object{
		"id":   "evt_" + client.Number(),
		"type": "invoice.paid",
		"data": object{"object": object{"customer": customerID}},
	})
	return payload, []string{"Stripe-Signature", p.payments.Sign(payload, time.Now())}
}
