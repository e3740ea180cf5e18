package reply

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
)

// Restart queues a final reply again at now, because its user has asked again or has edited
// the prompt. The caller must have taken a quota unit of the day of now. rank is as in
// plan.Terms. Restart returns the old text as a version, and false if there was none. It
// fails with ErrNotRetryable unless the reply is final.
func (r *Reply) Restart(now, rank time.Time) (v chat.Version, ok bool, err error) {
	if !r.Status.Final() {
		return chat.Version{}, false, ErrNotRetryable
	}
	v, ok = r.TakeVersion()
	restarted := Reply{
		Message:   r.Message,
		User:      r.User,
		Due:       now,
		Rank:      rank,
		Fence:     r.Fence,
		Day:       quota.DayOf(now),
		HoldsUnit: true,
	}
	restarted.Status = chat.Queued
	restarted.Content = ""
	restarted.Error = ""
	restarted.Revised = now
	*r = restarted
	return v, ok, nil
}
