package flow

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

const exportPath = "/user/me/export"

// exported is the response of an export.
type exported struct {
	Account struct {
		ID           string `json:"id"`
		MobileNumber string `json:"mobile_number"`
		HasPassword  bool   `json:"has_password"`
	}
	Subscription struct{ Status string }
	Sessions     []struct{ Device string }
	Devices      []struct {
		LastLoginAt time.Time `json:"last_login_at"`
	}
	DailyCounts []struct{ Messages int } `json:"daily_counts"`
	Chatrooms   []exportedRoom
	Complete    bool
}

type exportedRoom struct {
	ID           string
	SystemPrompt string `json:"system_prompt"`
	Messages     []exportedMessage
}

type exportedMessage struct {
	Content    string
	IsFromUser bool `json:"is_from_user"`
	Status     string
	Versions   []struct{ Content string }
}

// export returns the export of the device's user, which must be complete.
func (d device) export() (e exported, response client.Response) {
	d.Helper()
	response = d.Want(http.StatusOK, "GET", exportPath, nil)
	if err := response.Decode(&e); err != nil {
		d.Fatalf("decoding the export: %v", err)
	}
	if !e.Complete || !strings.HasSuffix(string(response.Body), `,"complete":true}`) {
		d.Fatalf("the export is not complete: %s", response.Body)
	}
	return e, response
}

func TestAnExportHasEverythingAboutTheUser(t *testing.T) {
	p := start(t, config(t, "RATE_LIMITS", "", "BASIC_DAILY_LIMIT", "1000"))
	number := client.Number()
	p.tcpDevice().Login(number)
	d := p.loginAgain(number)
	const password = "correct horse"
	d.Want(http.StatusOK, "POST", "/auth/change-password", object{"new_password": password})
	d = p.loginAgain(number)
	full, empty, deleted := d.NewRoom("full"), d.NewRoom("empty"), d.NewRoom("deleted")
	d.Want(http.StatusOK, "PATCH", "/chatroom/"+full, object{"system_prompt": "Be an owl."})
	const sent = 120 // more than a page
	for range sent {
		d.Wait(d.Send(full, "Who are you? 🦉"))
	}
	last := d.Send(full, "first text")
	d.Wait(last)
	d.edit(d.promptOf(last), "second text")
	d.Wait(last)
	d.Want(http.StatusNoContent, "DELETE", "/chatroom/"+deleted, nil)
	p.tcpDevice().Login(client.Number()).NewRoom("foreign")

	e, r := d.export()
	if e.Account.ID != string(d.userID()) || e.Account.MobileNumber != number || !e.Account.HasPassword {
		t.Errorf("the account is %+v, want that of %s with a password", e.Account, number)
	}
	if len(e.Sessions) < 2 || len(e.Devices) < 2 || time.Since(e.Devices[0].LastLoginAt) > time.Hour {
		t.Errorf("the sessions are %+v and the devices %+v, want two of each", e.Sessions, e.Devices)
	}
	if e.Subscription.Status != "none" || len(e.DailyCounts) == 0 {
		t.Errorf("the subscription is %+v and the counts %+v, want none and today's", e.Subscription, e.DailyCounts)
	}
	rooms := map[string]exportedRoom{}
	for _, r := range e.Chatrooms {
		rooms[r.ID] = r
	}
	if len(rooms) != 2 || len(rooms[empty].Messages) != 0 {
		t.Fatalf("the export has %d rooms, want the full and the empty one", len(rooms))
	}
	rooms[full].check(t, 2*sent+2)
	for _, secret := range []string{d.Token, password, "$", "hash"} {
		if strings.Contains(string(r.Body), secret) {
			t.Errorf("the export contains %q, want no secrets", secret)
		}
	}
	if got := r.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type = %q, want application/json", got)
	}
}

// check checks a room of n messages, the last of which was edited.
func (r exportedRoom) check(t *testing.T, n int) {
	t.Helper()
	if len(r.Messages) != n || r.SystemPrompt != "Be an owl." {
		t.Fatalf("the room has %d messages and the settings %q, want %d", len(r.Messages), r.SystemPrompt, n)
	}
	prompt := r.Messages[1]
	if prompt.Content != "second text" || !prompt.IsFromUser || len(prompt.Versions) != 1 ||
		prompt.Versions[0].Content != "first text" {
		t.Errorf("the last message is %+v, want the edited text and the first one as a version", prompt)
	}
	if first := r.Messages[n-1]; first.Content != "Who are you? 🦉" || first.Status != "done" {
		t.Errorf("the first message is %+v, want the one that was sent first", first)
	}
}

// brokenMessages fails to read the second page of a room.
type brokenMessages struct{ ports.Messages }

// Page implements ports.Messages.
func (m brokenMessages) Page(ctx context.Context, q chat.Query) (chat.Page, error) {
	if q.Before != nil {
		return chat.Page{}, errors.New("the store has failed")
	}
	page, err := m.Messages.Page(ctx, q)
	page.More = true
	return page, err
}

func TestABrokenExportIsNotComplete(t *testing.T) {
	breakStore := boot.Wrap(func(m ports.Messages) ports.Messages { return brokenMessages{m} })
	p := start(t, config(t), breakStore)
	d := p.tcpDevice().Login(client.Number())
	d.Wait(d.Send(d.NewRoom("r"), "hello"))
	r, err := d.Call("GET", exportPath, nil)
	if err == nil || strings.Contains(string(r.Body), "complete") {
		t.Errorf("the response is %s with error %v, want an error of the connection", r.Body, err)
	}
	if !strings.Contains(p.Log.String(), "export_err") {
		t.Errorf("the log does not say why the export ended:\n%s", p.Log)
	}
}

func TestAUserStartsFiveExportsAnHour(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		number := client.Number()
		d := p.newDevice().Login(number)
		for range 5 {
			d.export()
		}
		d.wantError(http.StatusTooManyRequests, "rate_limited", "GET", exportPath, nil)
		time.Sleep(session.RecentLogin)
		d.wantError(http.StatusForbidden, "recent_login_required", "GET", exportPath, nil)
		time.Sleep(time.Hour)
		p.newDevice().Login(number).export()
	})
}
