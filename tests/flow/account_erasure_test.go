package flow

import (
	"context"
	"errors"
	"net/http"
	"path"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// eraseAccount erases the account of the device.
func (d device) eraseAccount() {
	d.Helper()
	if r := d.Want(http.StatusNoContent, "DELETE", "/user/me", nil); len(r.Body) != 0 {
		d.Errorf("body of a 204 = %q, want none", r.Body)
	}
}

// checkLoggedOut checks that the token of the device is refused.
func (d device) checkLoggedOut() {
	d.Helper()
	for _, call := range [][2]string{
		{"GET", "/user/me"}, {"DELETE", "/user/me"}, {"GET", "/chatroom"}, {"POST", "/chatroom"},
		{"GET", "/subscribe/status"}, {"POST", "/subscribe/pro"},
	} {
		d.wantError(http.StatusUnauthorized, "invalid_token", call[0], call[1], nil)
	}
}

func TestErasureEndsAllSessionsAndLeavesOtherUsers(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		d, n := p.newAccount("correct horse")
		second := p.loginWithPassword(n, "correct horse")
		other := p.newDevice().Login(client.Number())
		otherReply := other.Send(other.NewRoom("other"), "hello")
		before := other.Wait(otherReply)
		d.Wait(d.Send(d.NewRoom("r"), "hello", idempotencyKey, "k"))
		second.eraseAccount()
		d.checkLoggedOut()
		second.checkLoggedOut()
		p.checkWrongPassword(n, "correct horse")
		if after := other.Wait(otherReply); string(after.Body) != string(before.Body) {
			t.Errorf("reply of another user after the erasure = %s, want %s", after.Body, before.Body)
		}
		other.checkMessageCount(1)
		p.checkNoErrorLogs()
	})
}

// The number of an erased account gets a new account. The rate limits of its codes and the
// quota of the day are not reset.
func TestTheNumberOfAnErasedAccountGetsANewAccount(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		d, n := p.newAccount("correct horse")
		d.Want(http.StatusOK, "PATCH", "/user/me", object{"name": "Ada"})
		before := d.Want(http.StatusOK, "GET", "/user/me", nil)
		room := d.NewRoom("r")
		reply := d.Send(room, "hello", idempotencyKey, "k")
		d.Wait(reply)
		d.eraseAccount()
		p.newDevice().wantError(http.StatusTooManyRequests, "rate_limited",
			"POST", "/auth/send-otp", object{"mobile_number": n})
		time.Sleep(time.Minute)
		next := p.newDevice().Login(n)
		me := next.Want(http.StatusOK, "GET", "/user/me", nil)
		checkFields(t, me, map[string]string{"name": ""})
		for _, field := range []string{"id", "created_at"} {
			if me.Field(field) == before.Field(field) {
				t.Errorf("%s of the new account = %s, as in the erased account", field, me.Field(field))
			}
		}
		next.checkMessageCount(1)
		if list, r := next.listRooms("/chatroom"); len(list) != 0 {
			t.Errorf("rooms of the new account = %s, want none", r.Body)
		}
		for _, at := range []string{"/chatroom/" + room, path.Dir(reply), reply} {
			next.Want(http.StatusNotFound, "GET", at, nil)
		}
		next.Want(http.StatusOK, "POST", "/auth/change-password", object{"new_password": "without the old one"})
		next.checkAnswer(next.Send(next.NewRoom("new"), "hello", idempotencyKey, "k"), "You said: hello")
		next.checkMessageCount(2)
		d.checkLoggedOut()
	})
}

// Requests that are in flight during an erasure succeed or are refused. None fails with
// an internal error, and none stores data of the erased account.
func TestErasureDuringOtherRequests(t *testing.T) {
	p := start(t, config(t, "BASIC_DAILY_LIMIT", "1000"), boot.InProcess())
	for range 20 {
		d := p.newDevice().Login(client.Number())
		message := "/chatroom/" + d.NewRoom("r") + "/message"
		check := func(method, at string, body any, statuses ...int) {
			r, err := d.Call(method, at, body)
			if err != nil || !slices.Contains(statuses, r.Status) {
				t.Errorf("%s %s: status %d, error %v; want one of %v: %s", method, at, r.Status, err, statuses, r.Body)
			}
		}
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				switch {
				case i == 20:
					check("DELETE", "/user/me", nil, http.StatusNoContent)
				case i%2 == 0:
					check("POST", message, object{"content": "late"},
						http.StatusAccepted, http.StatusUnauthorized, http.StatusNotFound)
				default:
					check("POST", "/chatroom", object{"name": "late"}, http.StatusCreated, http.StatusUnauthorized)
				}
			})
		}
		all.Wait()
		d.checkLoggedOut()
	}
	p.checkNoErrorLogs()
}

// eraseBeforeAdd is ports.Rooms that erases the owner of a room before it adds the room.
type eraseBeforeAdd struct {
	ports.Rooms
	eraser ports.Eraser
}

func (r eraseBeforeAdd) Add(ctx context.Context, room chat.Room) error {
	return errors.Join(r.eraser.Erase(ctx, room.Owner, ports.KeepCounts{}), r.Rooms.Add(ctx, room))
}

func TestARoomIsNotAddedWhenItsOwnerWasErased(t *testing.T) {
	store := memory.New()
	_, d := startLoggedIn(t, config(t), boot.Use(store), boot.Wrap(func(r ports.Rooms) ports.Rooms {
		return eraseBeforeAdd{Rooms: r, eraser: memory.Eraser{Store: store}}
	}))
	d.wantError(http.StatusUnauthorized, "invalid_token", "POST", "/chatroom", object{"name": "late"})
}

// failingEraser is ports.Eraser that always fails.
type failingEraser struct{}

func (failingEraser) Erase(context.Context, id.ID, ports.KeepCounts) error { return errStoreDown }

func TestAFailedErasureKeepsTheAccount(t *testing.T) {
	p, d := startLoggedIn(t, config(t), boot.Wrap(func(ports.Eraser) ports.Eraser { return failingEraser{} }))
	d.wantError(http.StatusInternalServerError, "internal", "DELETE", "/user/me", nil)
	d.Want(http.StatusOK, "GET", "/user/me", nil)
	p.checkLogged("level=ERROR", "code=internal", `err="erasing the account: the store is down"`)
}
