package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
)

// MessageCounts has the daily message counts. Messages.Accept, MessageChanges and
// ReplyQueue.Finish change them.
type MessageCounts interface {
	// Count returns how many messages of the user were accepted on the day, without the refunded ones.
	Count(ctx context.Context, userID id.ID, day quota.Day) (int, error)
	// Restore gives a user the counts that an earlier account with the same number has left
	// (Eraser.Erase, Users.ChangeNumber), of the days from k.FirstDay on. It does not change a
	// count that the user already has. It does nothing if no counts were kept or the user does not exist.
	Restore(ctx context.Context, userID id.ID, k KeepCounts) error
}

// KeepCounts selects the message counts of an account that stay with its number after the account
// is erased or changes its number: those of the day of the request, and of later days, because
// the clocks of processes differ. Retention deletes them after their day.
type KeepCounts struct {
	Number   quota.NumberMAC
	FirstDay quota.Day
}
