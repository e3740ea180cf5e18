package plan

import (
	"time"

	"github.com/kuvaka-tech/parley/core/quota"
)

// Terms are the terms of a plan for messages.
type Terms struct {
	Limit     quota.Limit   // messages per UTC day
	HeadStart time.Duration // the priority of the plan: see Rank
}

// Defaults returns the plans of a server whose configuration does not change them. The
// environment variables in configs/variables.go have the same defaults.
//
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
