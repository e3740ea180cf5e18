package subscription

import "time"

const (
	firstDeletionRetry = 10 * time.Second
	maxDeletionRetry   = time.Hour
)

// CustomerDeletion is the task to delete a customer of an erased account at the payments provider.
type CustomerDeletion struct {
	Customer string
	Attempts int   // that have failed
	Version  int64 // changes when the customer is added again
}

// Failed returns the task after an attempt has failed at now, and when the next one is due: 10 s
// later, then 20, 40, 80 s and so on, up to an hour. The attempts never end, because the
// provider would charge the customer.
func (d CustomerDeletion) Failed(now time.Time) (failed CustomerDeletion, due time.Time) {
	pause := maxDeletionRetry
	if d.Attempts < 10 {
		pause = min(firstDeletionRetry<<d.Attempts, maxDeletionRetry)
	}
	d.Attempts++
	return d, now.Add(pause)
}
