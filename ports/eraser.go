package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
)

// Eraser deletes accounts.
type Eraser interface {
	// Erase deletes the account and everything that belongs to it: sessions, rooms with their
	// messages, idempotency keys, running replies, the message counts, the subscription
	// record, the codes and guesses of the number, and the codes that the user has requested for
	// other numbers. Later calls of the ports behave as if the user, the rooms and the replies
	// had never existed. So the number can sign up again.
	// Erase takes the same time for any number of messages. The store may keep them until
	// Retention.RemoveDeleted removes them.
	//
	// In the same transaction, Erase adds the account to Erasures, and its customer to
	// CustomerDeletions. It keeps the counts that keep selects, for MessageCounts.Restore. They
	// replace the counts that an earlier account with the number has left.
	//
	// Erase fails with user.ErrNotFound. If it fails, the account exists, and at most some of
	// its oldest rooms are deleted.
	Erase(ctx context.Context, userID id.ID, keep KeepCounts) error
}
