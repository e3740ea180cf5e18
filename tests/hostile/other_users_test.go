package hostile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/tests/client"
)

func TestOtherUsersGet404AndChangeNothing(t *testing.T) {
	p := start(t)
	owner, other := p.newRoomOwner(), p.newRoomOwner()
	before := owner.visibleData(t)
	for _, o := range p.operations() {
		if !strings.Contains(o.Path, "{id}") {
			continue
		}
		paths := []string{
			o.pathOf(owner.roomID, owner.replyID),
			o.pathOf(owner.roomID, other.replyID),
		}
		if strings.Contains(o.Path, "{mid}") {
			paths = append(paths, o.pathOf(other.roomID, owner.replyID))
		}
		for _, path := range paths {
			c := call{op: o, path: path, token: other.Token, body: o.exampleBody()}
			wantNotFound(t, o.Method+" "+path, p.sendCall(c))
		}
	}
	owner.checkUnchanged(t, "requests of another user", before)
}

// missingID is a valid id that does not exist.
const missingID = "01907e6c-5b1a-7c3e-9f00-2b7a4c1d5e6f"

// inaccessibleIDs returns ids, escaped for a path, that must get a 404, by name:
// another user's id, and invalid spellings of the user's own id.
func inaccessibleIDs(foreignID, ownID string) map[string]string {
	return map[string]string{
		"missing":          missingID,
		"foreign":          foreignID,
		"number":           "1",
		"zero":             "0",
		"upper case":       strings.ToUpper(ownID),
		"braces":           "%7B" + ownID + "%7D",
		"no dashes":        strings.ReplaceAll(ownID, "-", ""),
		"version 4":        "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
		"nil UUID":         "00000000-0000-0000-0000-000000000000",
		"parent folder":    "..%2f",
		"parent folders":   "..%2f..%2f" + ownID,
		"dot":              "%2e",
		"NUL":              "%00",
		"NUL after it":     ownID + "%00",
		"not UTF-8":        "%ff",
		"space before it":  "%20" + ownID,
		"newline after it": ownID + "%0A",
		"escaped percent":  "%2500",
		"SQL":              "'%20OR%20'1'='1",
		"very long":        strings.Repeat("0", 5000),
		"fullwidth digit":  "%EF%BC%91",
		"path parameter":   ownID + ";a=b",
		"injected header":  ownID + "%0d%0aX-Injected:%201",
		"the word null":    "null",
	}
}

// The response must not reveal why an id does not work, for example that it exists.
func TestAllInaccessibleIDsOfAnOperationGetTheSame404(t *testing.T) {
	p := start(t)
	owner, other := p.newRoomOwner(), p.newRoomOwner()
	for _, o := range p.operations() {
		var first string
		check := func(name, path string) {
			t.Helper()
			r := p.sendCall(call{op: o, path: path, token: other.Token, body: o.exampleBody()})
			wantNotFound(t, o.String()+": "+name, r)
			got := withoutRequestID(t, r)
			if first == "" {
				first = got
			}
			if got != first {
				t.Errorf("%s: %s: the response differs from the first one:\n%s", o, name, cmp.Diff(first, got))
			}
		}
		if strings.Contains(o.Path, "{id}") {
			for name, roomID := range inaccessibleIDs(owner.roomID, other.roomID) {
				check("room id: "+name, o.pathOf(roomID, other.replyID))
			}
		}
		if strings.Contains(o.Path, "{id}/") {
			check("room id: empty", o.pathOf("", other.replyID))
		}
		if strings.Contains(o.Path, "{mid}") {
			for name, messageID := range inaccessibleIDs(owner.replyID, other.replyID) {
				check("message id: "+name, o.pathOf(other.roomID, messageID))
			}
		}
	}
}

// withoutRequestID returns the headers and the body of a response, without the id of its request.
func withoutRequestID(t testing.TB, r client.Response) string {
	t.Helper()
	const name = "X-Request-Id"
	headers := r.Header.Clone()
	requestID := headers.Get(name)
	headers.Del(name)
	var b strings.Builder
	if err := headers.Write(&b); err != nil {
		t.Fatalf("write the headers: %v", err)
	}
	return b.String() + strings.ReplaceAll(string(r.Body), requestID, "")
}
