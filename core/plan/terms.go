package plan

import (
	"time"

	"github.com/kuvaka-tech/parley/core/quota"
)

// Terms are the terms of a plan for messages.
type Terms struct {
	Limit quota.Limit // messages per UTC day
	// HeadStart is the priority of the plan. A reply's rank in the queue is the time of
	// acceptance minus the head start. So a Pro message with a head start of 30 s passes
	// the Basic messages that arrived in the 30 s before it, and none that has waited
	// longer. Basic never starves (ADR 0003).
	HeadStart time.Duration
}

// Defaults returns the plans of a server whose configuration does not change them.
// Basic is free and has 5 messages per UTC day. Pro costs $9.99 per month, has no limit,
// a head start of 30 s, and a week of grace.
func Defaults() Plans {
	return Plans{
		Basic: Plan{
			Tier:  Basic,
			Name:  "Parley Basic",
			Terms: Terms{Limit: 5},
		},
		Pro: Plan{
			Tier:     Pro,
			Name:     "Parley Pro",
			Cents:    999,
			Currency: "usd",
			Terms:    Terms{Limit: quota.Unlimited, HeadStart: 30 * time.Second},
		},
		Grace: 7 * 24 * time.Hour,
	}
}
