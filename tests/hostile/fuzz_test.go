package hostile

import (
	"net/http"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

// checkNoServerError checks that a response is a success, a redirect or a complete 4xx error.
func checkNoServerError(t *testing.T, name string, r client.Response) {
	t.Helper()
	if r.Status >= http.StatusInternalServerError || r.Status < http.StatusOK {
		t.Fatalf("%s: status %d, want 200 to 499: %s", name, r.Status, r.Body)
	}
	if r.Status >= http.StatusBadRequest {
		wantProblem(t, name, r, r.Status, r.Field("code"))
	}
}

// FuzzBody sends arbitrary bodies and media types to every operation with a body.
func FuzzBody(f *testing.F) {
	p := start(f)
	var calls []call
	for _, o := range p.operations() {
		if o.RequestBody == nil || o.Path == "/auth/change-password" { // a new password would end the session
			continue
		}
		c := p.validCall(o)
		body := c.rawBody
		if body == nil {
			body = encodeJSON(f, c.body)
		}
		f.Add(uint8(len(calls)), body, "application/json")
		calls = append(calls, c)
	}
	for _, b := range invalidBodies(`{"name":"A room"}`) {
		if len(b.content) < 10_000 {
			f.Add(uint8(0), b.content, "application/json")
		}
	}
	f.Fuzz(func(t *testing.T, index uint8, body []byte, contentType string) {
		c := calls[int(index)%len(calls)]
		d := client.Device{Client: client.In(p, newAddress()).As(c.token), TB: t}
		headers := append([]string{"Content-Type", contentType}, c.headers...)
		checkNoServerError(t, c.op.String(), send(d, c.op.Method, c.path, body, headers...))
	})
}

// FuzzQuery sends GET requests with arbitrary queries and values of the headers that the
// program reads, each with the fuzzed and with a valid token.
func FuzzQuery(f *testing.F) {
	p := start(f)
	u := p.newCursorOwner()
	paths := []string{
		"/chatroom", u.messagesPath(), u.messagesPath() + "/" + u.replyID, "/user/me", "/events", u.eventsPath(),
		"/search",
	}
	f.Add(uint8(0), "limit=1&cursor="+u.nextRooms, "Bearer "+u.Token, "id", "192.0.2.1", "")
	f.Add(uint8(1), "before="+u.beforeMessages, "bearer  "+u.Token, "", "2001:db8::1, junk", "")
	f.Add(uint8(1), "after="+u.afterMessages, "Bearer "+u.Token, "\xff", ",", "")
	f.Add(uint8(2), "wait=0", "", "a b", "::ffff:192.0.2.1%eth0", "")
	f.Add(uint8(4), "after="+u.afterEvents, "", "", "", u.afterEvents)
	f.Add(uint8(6), "q=Hello&limit=1&cursor="+u.nextFound, "", "", "", "")
	f.Add(uint8(5), "after=x", "", "", "", u.afterMessages)
	f.Fuzz(func(t *testing.T, index uint8, query, authorization, requestID, forwardedFor, eventID string) {
		r, err := http.NewRequest("GET", paths[int(index)%len(paths)], nil)
		if err != nil {
			t.Fatalf("create the request: %v", err)
		}
		r.URL.RawQuery = query
		r.Header.Set("X-Request-Id", requestID)
		r.Header.Set("X-Forwarded-For", forwardedFor)
		r.Header.Set(lastEventID, eventID)
		for _, value := range []string{authorization, "Bearer " + u.Token} {
			r.Header.Set("Authorization", value)
			stream, err := client.In(p, newAddress()).OpenRequest(r)
			checkNoServerError(t, "GET "+query, complete(t, stream, err))
		}
	})
}

// FuzzPath sends requests with arbitrary methods and paths as one user, and checks that
// they do not change the data of another user.
func FuzzPath(f *testing.F) {
	p := start(f)
	owner := p.newRoomOwner()
	before := owner.visibleData(f)
	otherToken := p.newUser().Token
	for _, path := range []string{
		"chatroom/" + owner.roomID,
		"chatroom/" + owner.roomID + "/messages/" + owner.replyID,
		"chatroom/" + owner.roomID + "/messages/" + owner.replyID + "/cancel",
		"chatroom/" + owner.roomID + "/events",
		"chatroom//messages",
		"%2e%2e/%00%ff",
		"openapi.json",
		"healthz",
	} {
		for _, method := range []string{"GET", "DELETE", "FOO"} {
			f.Add(method, path)
		}
	}
	f.Fuzz(func(t *testing.T, method, path string) {
		if strings.HasPrefix(path, "pretend") || strings.HasPrefix(path, "docs") {
			return // pages for browsers, whose errors have another form
		}
		stream, err := client.In(p, newAddress()).As(otherToken).Open(t.Context(), method, "/"+path, nil)
		if err != nil {
			return // not a valid method or URL
		}
		checkNoServerError(t, method+" "+path, complete(t, stream, nil))
		owner.checkUnchanged(t, method+" "+path, before)
	})
}
