package hostile

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

func TestInvalidTokensGet401AndChangeNothing(t *testing.T) {
	p := start(t)
	owner := p.newRoomOwner()
	before := owner.visibleData(t)
	for name, token := range p.invalidTokens(owner) {
		code := "invalid_token"
		if token == "" {
			code = "not_authenticated"
		}
		for _, o := range p.operations() {
			if !o.requiresToken() {
				continue
			}
			request := o.String() + " with " + name
			wantProblem(t, request, p.sendOwnersCall(o, owner, token), http.StatusUnauthorized, code)
			invalid := call{op: o, path: o.pathOf("1", "1") + "?limit=0", token: token, rawBody: []byte(canary)}
			wantProblem(t, request+" and invalid input", p.sendCall(invalid), http.StatusUnauthorized, code)
		}
	}
	owner.checkUnchanged(t, "requests with invalid tokens", before)
}

// sendOwnersCall sends a call for the data of the owner, with any token.
func (p *program) sendOwnersCall(o *operation, owner roomOwner, token string) client.Response {
	p.t.Helper()
	return p.sendCall(call{op: o, path: o.pathOf(owner.roomID, owner.replyID), token: token, body: o.exampleBody()})
}

// invalidTokens returns tokens that must not be accepted, by name. Most are a changed
// token of the owner.
func (p *program) invalidTokens(owner roomOwner) map[string]string {
	p.t.Helper()
	own := strings.Split(owner.Token, ".")
	header, claims, signature := own[0], own[1], own[2]
	otherSignature := strings.Split(p.newUser().Token, ".")[2]
	return map[string]string{
		"no token":               "",
		"not a JWT":              canary,
		"changed header":         changeMiddle(header) + "." + claims + "." + signature,
		"changed claims":         header + "." + changeMiddle(claims) + "." + signature,
		"changed signature":      header + "." + claims + "." + changeMiddle(signature),
		"empty signature":        header + "." + claims + ".",
		"algorithm none":         "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + claims + ".",
		"other user's signature": header + "." + claims + "." + otherSignature,
		"ended session":          p.tokenOfEndedSession(),
		"other program's token":  start(p.t).newUser().Token,
	}
}

// changeMiddle replaces the character in the middle of a base64url text.
func changeMiddle(s string) string {
	middle := len(s) / 2
	replacement := "A"
	if s[middle] == 'A' {
		replacement = "B"
	}
	return s[:middle] + replacement + s[middle+1:]
}

// tokenOfEndedSession returns a token whose session was ended by a change of the
// password in another session.
func (p *program) tokenOfEndedSession() string {
	p.t.Helper()
	u := p.newUser()
	u.Want(http.StatusOK, "POST", "/auth/change-password", object{"new_password": "a password"})
	login := object{"mobile_number": u.number, "password": "a password"}
	otherToken := p.device("").Want(http.StatusOK, "POST", "/auth/login", login).Field("access_token")
	change := object{"old_password": "a password", "new_password": "another password"}
	p.device(otherToken).Want(http.StatusOK, "POST", "/auth/change-password", change)
	return u.Token
}

func TestExpiredTokensGet401AndChangeNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t)
		owner := p.newRoomOwner()
		time.Sleep(59 * time.Minute) // tokens expire after 60 minutes
		before := owner.visibleData(t)
		time.Sleep(time.Minute)
		for _, o := range p.operations() {
			if o.requiresToken() {
				r := p.sendOwnersCall(o, owner, owner.Token)
				wantProblem(t, o.String()+" with an expired token", r, http.StatusUnauthorized, "invalid_token")
			}
		}
		owner.Device = p.device("").Login(owner.number)
		owner.checkUnchanged(t, "requests with an expired token", before)
	})
}
