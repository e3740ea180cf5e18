package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// selectAnswer finds the first answer after the prompt: only one message of a room is in flight.
const selectAnswer = `SELECT content FROM messages
WHERE chatroom_id = $1 AND id > $2 AND user_id = $3 AND NOT is_from_user ORDER BY id LIMIT 1`

// waiters are the requests that wait for an answer, by the id of its prompt.
type waiters struct {
	mu      sync.Mutex
	waiting map[string]map[chan struct{}]bool
}

// add returns a channel that is closed when the prompt is announced. remove ends the waiting.
func (w *waiters) add(prompt string) (announced chan struct{}, remove func()) {
	announced = make(chan struct{})
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waiting == nil {
		w.waiting = map[string]map[chan struct{}]bool{}
	}
	if w.waiting[prompt] == nil {
		w.waiting[prompt] = map[chan struct{}]bool{}
	}
	w.waiting[prompt][announced] = true
	return announced, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.waiting[prompt], announced)
		if len(w.waiting[prompt]) == 0 {
			delete(w.waiting, prompt)
		}
	}
}

// announce wakes the requests that wait for the answer to a prompt.
func (w *waiters) announce(prompt string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for announced := range w.waiting[prompt] {
		close(announced)
	}
	delete(w.waiting, prompt)
}

// subscribe receives the announcements of the worker from now on.
func (a *api) subscribe(ctx context.Context) error {
	subscription := a.redis.Subscribe(ctx, channel)
	if _, err := subscription.Receive(ctx); err != nil {
		return fmt.Errorf("subscribing to the answers: %w", err)
	}
	go func() {
		for m := range subscription.Channel() {
			a.waiting.announce(m.Payload)
		}
	}()
	return nil
}

// answer writes the answer to a prompt. It waits for the answer as many seconds as ?wait= says.
func (a *api) answer(w http.ResponseWriter, r *http.Request) {
	user := a.user(r)
	if user == 0 {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	announced, remove := a.waiting.add(r.PathValue("prompt"))
	defer remove()
	text, err := a.find(r, user)
	if errors.Is(err, pgx.ErrNoRows) {
		select {
		case <-announced:
		case <-time.After(time.Duration(number(r.FormValue("wait"))) * time.Second):
		case <-r.Context().Done():
		}
		text, err = a.find(r, user)
	}
	status := "done"
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		status = "queued"
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"status": status, "content": text})
}

// find returns the answer to the prompt of a request. It fails with pgx.ErrNoRows if there is none.
func (a *api) find(r *http.Request, user int64) (text string, err error) {
	room, prompt := number(r.PathValue("room")), number(r.PathValue("prompt"))
	err = a.db.QueryRow(r.Context(), selectAnswer, room, prompt, user).Scan(&text)
	return text, err
}
