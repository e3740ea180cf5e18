package ports

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/quota"
)

// CodeCounts counts the codes for the numbers of each country, for all processes. The store keeps
// the counts of a day for otp.CountDays.
type CodeCounts interface {
	// Take counts one code for a number of a country on a UTC day. If the day has limit codes
	// already, Take counts nothing and fails with otp.ErrCountryCap. A limit of 0 means no limit.
	// Concurrent calls together take no more than the limit.
	Take(ctx context.Context, day quota.Day, country string, limit int) error
	// GiveBack undoes a Take that has succeeded.
	GiveBack(ctx context.Context, day quota.Day, country string) error
	// Taken returns how many codes each country has on a UTC day. Countries without codes are missing.
	Taken(ctx context.Context, day quota.Day) (map[string]int, error)

	// Add adds to the counts of strangers. A process calls it about once a second with its sums,
	// so that requests do not compete for one row.
	Add(ctx context.Context, counts map[otp.CountKey]otp.CodeCount) error
	// Sum returns the sums that were added to the periods that start at from or later, and before
	// before, for each country. Countries without counts are missing.
	Sum(ctx context.Context, from, before time.Time) (map[string]otp.CodeCount, error)
}
