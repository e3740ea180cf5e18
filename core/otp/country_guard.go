package otp

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/quota"
)

// This file has the rules against SMS pumping. In this fraud, somebody requests codes for
// numbers that earn money with each SMS. Such codes are rarely entered.

const (
	// CountPeriod is the length of the periods in which the codes of a country are counted. All
	// codes of a period have expired one CodeTTL after its end.
	CountPeriod = 10 * time.Minute
	// BestOfDays is how many days before today may be the best one for CountryDay.
	BestOfDays = 14
	// CountDays is how many days the counts of a day are kept.
	CountDays = BestOfDays + 1

	// addDelay is a generous bound for the time after which the counts of a process are stored.
	addDelay = time.Minute

	minUnverified     = 20 // codes of a country and day that may expire in any case
	unverifiedPercent = 20 // of the codes that were verified on the best day
)

// CountKey identifies the codes that are counted together.
type CountKey struct {
	Period  time.Time // PeriodOf the time at which they were issued, or of a wrong code
	Country string    // of the number
}

// CodeCount counts codes of strangers for numbers of one country.
type CodeCount struct {
	// Issued are new codes. A repeated SMS with the same code does not count. A code for a reset
	// counts also if the number has no account, so that the counts do not reveal accounts.
	Issued   int
	Verified int // codes of Issued that were entered
	Wrong    int // wrong codes that were compared
}

// Plus returns the sums of the counts.
func (c CodeCount) Plus(other CodeCount) CodeCount {
	return CodeCount{
		Issued:   c.Issued + other.Issued,
		Verified: c.Verified + other.Verified,
		Wrong:    c.Wrong + other.Wrong,
	}
}

// PeriodOf returns the start of the period in which something at a time counts. A verified code
// counts in the period in which it was issued. A period belongs to one UTC day.
func PeriodOf(at time.Time) time.Time { return at.UTC().Truncate(CountPeriod) }

// ExpiredBefore returns the end of the periods whose codes have all expired at now, and whose
// counts are all stored.
func ExpiredBefore(now time.Time) time.Time { return PeriodOf(now.Add(-CodeTTL - addDelay)) }

// CountryDay is what decides whether strangers get codes for the numbers of a country.
type CountryDay struct {
	Expired      int // codes of the UTC day that have expired without being verified
	BestVerified int // codes that were verified on the best of today and the BestOfDays before
}

// Limit returns how many codes of the day may expire without being verified.
func (d CountryDay) Limit() int { return max(minUnverified, d.BestVerified*unverifiedPercent/100) }

// Closed reports whether strangers get no codes for numbers of the country until the UTC day ends.
func (d CountryDay) Closed() bool { return d.Expired > d.Limit() }

// StrangersShare returns how many of the codes of a country and day strangers may use. The others
// are kept for known devices, so that strangers cannot use up all codes.
func StrangersShare(dailyCap int) int { return dailyCap - dailyCap/5 }

var (
	// ErrCountryClosed means that strangers get no codes for a number of this country on this UTC day.
	ErrCountryClosed = fault.New(fault.ErrRateLimited.Kind, fault.ErrRateLimited.Code,
		"Too many codes for numbers of this country were not used today. "+
			"Log in with your password, or on a device that has logged in before.")
	// ErrCountryCap means that the codes of a country and UTC day are used up.
	ErrCountryCap = fault.New(fault.ErrRateLimited.Kind, fault.ErrRateLimited.Code,
		"The codes of today for numbers of this country are used up. "+
			"Log in with your password, or use a device on which you are still logged in.")
)

// UntilTomorrow returns ErrCountryClosed or ErrCountryCap with the time until the UTC day of now
// ends, which its message also names.
func UntilTomorrow(err *fault.Error, now time.Time) *fault.Error {
	end := quota.DayOf(now).End()
	until := err.After(end.Sub(now))
	until.Message += " The next codes are available at midnight UTC (" + end.Format(time.RFC3339) + "), in " +
		fault.WaitText(until.RetryAfter) + "."
	return until
}
