package subscription

import "time"

// A recheck asks the payments provider for the state of a customer. Normally a webhook
// has reported each change earlier. A recheck repairs the record after a lost webhook.
//
// A live subscription is rechecked every hour. A user without one may still pay on an
// open checkout page, and most likely soon. So the first recheck is 5 minutes after the
// last change, and each further one after twice that time: 10, 20, 40 minutes and so on.
// The rechecks stop when nothing has changed for 3 days. That is after 11 rechecks.
// Stripe retries a webhook for 3 days, too (docs.stripe.com/webhooks).
const (
	recheckLive            = time.Hour
	recheckFirst           = 5 * time.Minute
	recheckWindow          = 3 * 24 * time.Hour
	recheckUnknownCustomer = 24 * time.Hour // for a customer that the provider does not know
)

// Update returns the record with the snapshot s, and with its next recheck. The caller
// must have read the record before it fetched s: then s is newer than r.Snapshot. Their
// FetchedAt cannot be compared, because the clocks of two processes differ.
func (r Record) Update(s Snapshot) Record {
	if s.Differs(r.Snapshot) {
		r.Changed = s.FetchedAt
	}
	r.Snapshot = s
	return r.scheduleRecheck()
}

// CheckoutOpened returns the record, with its next recheck, after a checkout page was
// opened at now.
func (r Record) CheckoutOpened(now time.Time) Record {
	r.Changed = now
	return r.scheduleRecheck()
}

// CustomerUnknown returns the record, with its next recheck, after the provider answered
// at now that it does not know the customer. The cause may be a mistake, for example the
// API key of another account. So the stored snapshot still counts: it entitles the user
// to Pro until proUntil. The customer is rechecked daily until then.
func (r Record) CustomerUnknown(now, proUntil time.Time) Record {
	r.Due = time.Time{}
	if now.Before(proUntil) {
		r.Due = now.Add(recheckUnknownCustomer)
	}
	return r
}

// scheduleRecheck returns the record with the Due that follows from its other fields.
func (r Record) scheduleRecheck() Record {
	last := r.Snapshot.FetchedAt
	unchanged := last.Sub(r.Changed)
	if unchanged < 0 { // a checkout page was opened after the last fetch
		last = r.Changed
		unchanged = 0
	}
	switch {
	case r.Snapshot.Live():
		r.Due = last.Add(recheckLive)
	case unchanged < recheckWindow:
		r.Due = last.Add(max(recheckFirst, unchanged)) // twice the time since the last change
	default:
		r.Due = time.Time{}
	}
	return r
}
