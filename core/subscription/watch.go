package subscription

import "time"

// When the company is asked again where no webhook comes: every hour about a
// subscription that lives. Of one who does not subscribe, something may come of a
// page to pay at, soon if at all: they are asked about after 5 minutes, then each
// time after twice as long, and, 11 times over, no more once nothing has come for
// 3 days, as long as Stripe sends its webhooks (docs.stripe.com/webhooks).
const (
	lookLive = time.Hour
	lookSoon = 5 * time.Minute
	lookLast = 3 * 24 * time.Hour
	lookLost = 24 * time.Hour
)

// News says whether s tells something else than o, whenever they were asked for.
func (s Snapshot) News(o Snapshot) bool { return s.compare(o) != 0 }

// Heard is the record once the company has said s, when asked after all that the
// record knows. By which clock does not matter: those of two processes differ.
func (r Record) Heard(s Snapshot) Record {
	if s.News(r.Snapshot) {
		r.Changed = s.At
	}
	r.Snapshot = s
	return r.watched()
}

// Opened is the record once a page to pay at is asked for, at now.
func (r Record) Opened(now time.Time) Record {
	r.Changed = now
	return r.watched()
}

// Lost is the record once the company, at now, knows no such customer. That may
// be a mistake, as with another account's key: it is asked again daily for as
// long as the user is Pro by what it said, until proUntil, and then no more.
func (r Record) Lost(now, proUntil time.Time) Record {
	r.Due = time.Time{}
	if now.Before(proUntil) {
		r.Due = now.Add(lookLost)
	}
	return r
}

func (r Record) watched() Record {
	asked, unchanged := r.Snapshot.At, r.Snapshot.At.Sub(r.Changed)
	if unchanged < 0 {
		asked, unchanged = r.Changed, 0
	}
	switch {
	case r.Snapshot.Live():
		r.Due = asked.Add(lookLive)
	case unchanged < lookLast:
		r.Due = asked.Add(max(lookSoon, unchanged))
	default:
		r.Due = time.Time{}
	}
	return r
}
