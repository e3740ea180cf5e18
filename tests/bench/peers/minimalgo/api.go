package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/golang-jwt/jwt/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"
)

// limit is how many messages a user may send a day: every message is counted, and none is refused.
const limit = 1_000_000_000

// insertMessage counts the message in the user's quota and inserts it, if the room is the user's.
const insertMessage = `
WITH counted AS (
	UPDATE users u SET quota_day = (now() AT TIME ZONE 'utc')::date, daily_message_count =
		CASE WHEN u.quota_day = (now() AT TIME ZONE 'utc')::date THEN u.daily_message_count + 1 ELSE 1 END
	FROM chatrooms c WHERE u.id = $1 AND c.id = $2 AND c.user_id = u.id AND (u.subscription_tier <> 'Basic'
		OR u.quota_day <> (now() AT TIME ZONE 'utc')::date OR u.daily_message_count < $4)
	RETURNING u.id
)
INSERT INTO messages (content, is_from_user, chatroom_id, user_id)
SELECT $3::text, true, $2, counted.id FROM counted RETURNING id`

// api serves the routes.
type api struct {
	db      *pgxpool.Pool
	redis   *redis.Client
	secret  []byte
	waiting waiters
}

func (a *api) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /chatroom/{room}/message", a.send)
	mux.HandleFunc("GET /chatroom/{room}/messages/{prompt}", a.answer)
	return mux
}

// user returns the id of the user of a request. It returns 0 if the token is not valid.
func (a *api) user(r *http.Request) int64 {
	var claims jwt.RegisteredClaims
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	key := func(*jwt.Token) (any, error) { return a.secret, nil }
	if _, err := jwt.ParseWithClaims(token, &claims, key, jwt.WithValidMethods([]string{"HS256"})); err != nil {
		return 0
	}
	return number(claims.Subject)
}

// number returns an id, 0 if the text is none.
func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// send accepts a message.
func (a *api) send(w http.ResponseWriter, r *http.Request) {
	user, room := a.user(r), number(r.PathValue("room"))
	if user == 0 {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var body struct{ Content string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&body); err != nil || body.Content == "" {
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	var prompt int64
	if err := a.db.QueryRow(r.Context(), insertMessage, user, room, body.Content, limit).Scan(&prompt); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	job := []any{"prompt", prompt, "room", room, "user", user, "text", body.Content}
	if err := a.redis.XAdd(r.Context(), &redis.XAddArgs{Stream: stream, Values: job}).Err(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Location", fmt.Sprintf("/chatroom/%d/messages/%d", room, prompt))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = fmt.Fprintf(w, `{"id":%d,"status":"queued"}`, prompt)
}
