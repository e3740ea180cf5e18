// Package plan describes the plans that users can have: their price and their terms.
package plan

import "time"

// Tier is the name of a plan as clients see it.
type Tier string

// The tiers.
const (
	Basic Tier = "Basic"
	Pro   Tier = "Pro"
)

// Plan is the price and the terms of a tier.
type Plan struct {
	Tier     Tier
	Name     string // shown on the checkout page
	Cents    int64  // price per month in the smallest unit of Currency, 0 if free
	Currency string // ISO 4217 in lower case, as Stripe writes it
	Terms    Terms
}

// Plans are the two plans.
type Plans struct {
	Basic, Pro Plan
	Grace      time.Duration // how long Pro continues while a renewal is unpaid
}

// For returns the plan that applies at now to a user who is entitled to Pro until proUntil.
func (p Plans) For(proUntil, now time.Time) Plan {
	if now.Before(proUntil) {
		return p.Pro
	}
	return p.Basic
}
