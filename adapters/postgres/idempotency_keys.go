package postgres

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
)

const (
	// findKey ignores the key of a deleted room. The subquery keeps the plan from reading all messages.
	findKey = `
		SELECT hash, prompt, at, versions FROM keys WHERE user_id = $1 AND key = $2 AND
			(SELECT r.owner FROM messages m JOIN rooms r ON r.id = m.room WHERE m.id = keys.prompt) IS NOT NULL`

	// insertKey replaces a key that has expired, or whose room is deleted. It changes no row if
	// another key exists.
	insertKey = `
		INSERT INTO keys (user_id, key, hash, prompt, at, versions) VALUES ($1, $2, $4, $5, $6, $7)
		ON CONFLICT ON CONSTRAINT keys_pkey DO UPDATE SET hash = excluded.hash, prompt = excluded.prompt,
			at = excluded.at, content = NULL, versions = excluded.versions
		WHERE keys.at <= $3 OR
			(SELECT r.owner FROM messages m JOIN rooms r ON r.id = m.room WHERE m.id = keys.prompt) IS NULL`
)

var findFirstUse = load[firstUseParams]("first_use.sql")

// keyUse is the use of an idempotency key.
type keyUse struct {
	Hash     []byte
	Prompt   id.ID
	At       time.Time
	Versions sql.Null[int] // the number of versions after a Retry; NULL for an Edit
}

// firstUseParams are the parameters of first_use.sql.
type firstUseParams struct {
	UserID   id.ID     `db:"user_id"`
	Key      string    `db:"key"`
	PromptID id.ID     `db:"prompt_id"`
	Day      time.Time `db:"day"`
}

// withKey runs attempt, which tries to accept a request, and runs it again if it fails with
// errKeyTaken. It returns chat.ErrInFlight if another request with the same key has still not
// ended: instead of errKeyTaken, and instead of an error of isBusy if the other request is one of
// this process.
func withKey[T any](db *DB, ask chat.Ask, attempt func() (T, error)) (T, error) {
	if ask.Key == "" {
		return attempt()
	}
	isFirst := db.keysInFlight.begin(ask)
	if isFirst {
		defer db.keysInFlight.end(ask)
	}
	result, err := attempt()
	if errors.Is(err, errKeyTaken) {
		result, err = attempt()
	}
	if errors.Is(err, errKeyTaken) || isBusy(err) && !isFirst {
		err = chat.ErrInFlight
	}
	return result, err
}

// keysInFlight contains the idempotency keys of the running requests of this process. The zero
// keysInFlight is empty.
type keysInFlight struct{ keys sync.Map }

// userKey is an idempotency key of a user.
type userKey struct {
	user id.ID
	key  string
}

// begin adds the key of a request. It reports false if another request has it.
func (k *keysInFlight) begin(ask chat.Ask) (isFirst bool) {
	_, found := k.keys.LoadOrStore(userKey{ask.User, ask.Key}, nil)
	return !found
}

// end removes the key of the first request that has it.
func (k *keysInFlight) end(ask chat.Ask) { k.keys.Delete(userKey{ask.User, ask.Key}) }

// readFirstUse returns the result of the first use of an idempotency key by a Draft or an
// Edit, without the Limit. promptID is the prompt of the first use. readFirstUse fails with
// chat.ErrNotFound when the prompt does not exist any more.
func readFirstUse(ctx context.Context, q queryer, ask chat.Ask, promptID id.ID) (chat.Accepted, error) {
	var first struct {
		Used  int
		Reply id.ID
		chat.Message
	}
	err := findFirstUse.get(ctx, q, &first, firstUseParams{
		UserID:   ask.User,
		Key:      ask.Key,
		PromptID: promptID,
		Day:      dateOf(quota.DayOf(ask.Now)),
	})
	if err != nil {
		return chat.Accepted{}, wrapNotFound("reading the first use of a key", err, chat.ErrNotFound)
	}
	return chat.Accepted{
		Prompt:   first.Message,
		Reply:    first.Reply,
		Replayed: true,
		Spent:    chat.Spent{Used: first.Used},
	}, nil
}

// readKey returns the first use of the request's idempotency key, or nil if the key is
// unused or expired. It fails with chat.ErrMismatch when the first use was another request.
func readKey(ctx context.Context, q queryer, ask chat.Ask) (*keyUse, error) {
	if ask.Key == "" {
		return nil, nil
	}
	var first keyUse
	err := q.GetContext(ctx, &first, findKey, ask.User, ask.Key)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	case ask.Now.Sub(first.At) >= chat.IdempotencyKeyTTL:
		return nil, nil
	case !bytes.Equal(first.Hash, ask.RequestHash[:]):
		return nil, chat.ErrMismatch
	}
	return &first, nil
}

// useKey stores the use of the request's idempotency key, if it has one. It fails with
// errKeyTaken when another request with the key was accepted after readKey.
func useKey(ctx context.Context, q queryer, ask chat.Ask, use keyUse) error {
	if ask.Key == "" {
		return nil
	}
	result, err := q.ExecContext(ctx, insertKey, ask.User, ask.Key, ask.Now.Add(-chat.IdempotencyKeyTTL),
		ask.RequestHash[:], use.Prompt, ask.Now, use.Versions)
	if err != nil {
		return err
	}
	rows, err := result.RowsAffected()
	if err == nil && rows == 0 {
		err = errKeyTaken
	}
	return err
}
