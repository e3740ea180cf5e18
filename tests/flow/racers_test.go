package flow

import (
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

// racers is the number of users who each send two concurrent requests.
const racers = 100

// racer is a user with one message and its reply. Two requests about them are sent concurrently.
type racer struct {
	device
	room, reply, prompt string
	first, second       client.Response
}

// newRacers returns users with one message each. Their devices use sockets.
func (p *program) newRacers() []*racer {
	p.t.Helper()
	var all []*racer
	for range racers {
		d := p.newDevice().Login(client.Number())
		r := &racer{device: p.tcpDevice().As(d.Token)}
		r.room = r.NewRoom("r")
		r.reply = r.Send(r.room, "hello")
		r.prompt = r.promptOf(r.reply)
		all = append(all, r)
	}
	return all
}

// raceRequest sends one of the requests of a racer.
type raceRequest func(r *racer) (client.Response, error)

// race sends both requests of each racer, all concurrently.
func race(t *testing.T, all []*racer, first, second raceRequest) {
	t.Helper()
	begin := make(chan struct{})
	var running sync.WaitGroup
	send := func(r *racer, to raceRequest, into *client.Response) {
		running.Go(func() {
			<-begin
			response, err := to(r)
			if err != nil {
				t.Errorf("a request failed: %v", err)
			}
			*into = response
		})
	}
	for _, r := range all {
		send(r, first, &r.first)
		send(r, second, &r.second)
	}
	close(begin)
	running.Wait()
}

// accepted returns how many of the two requests were accepted. It fails the test when a
// response is neither 202 nor a conflict with one of the codes.
func (r *racer) accepted(codes ...string) (n int) {
	r.Helper()
	for _, response := range []client.Response{r.first, r.second} {
		switch {
		case response.Status == http.StatusAccepted:
			n++
		case response.Status != http.StatusConflict || !slices.Contains(codes, response.Field("code")):
			r.Errorf("response %d %s, want 202, or 409 with a code of %v", response.Status, response.Body, codes)
		}
	}
	return n
}

func cancelReply(r *racer) (client.Response, error) { return r.Call("POST", r.reply+"/cancel", nil) }

func retryReply(r *racer) (client.Response, error) { return r.Call("POST", r.reply+"/retry", nil) }

func editPrompt(r *racer) (client.Response, error) {
	return r.Call("PATCH", r.prompt, object{"content": "edited"})
}

func sendAnother(r *racer) (client.Response, error) {
	return r.Call("POST", "/chatroom/"+r.room+"/message", object{"content": "another"})
}

// checkUnits checks that the messages of a racer count for the quota, except one if the reply
// was cancelled without a text.
func (r *racer) checkUnits(asked int, reply client.Response) {
	r.Helper()
	if reply.Field("status") == "cancelled" && reply.Field("content") == "" {
		asked--
	}
	r.checkMessageCount(asked)
}
