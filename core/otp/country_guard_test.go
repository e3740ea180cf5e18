package otp_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/otp"
)

func TestACountryIsClosedAboveItsLimit(t *testing.T) {
	for _, c := range []struct {
		expired, best int
		closed        bool
	}{
		{expired: 0, best: 0, closed: false},
		{expired: 20, best: 0, closed: false},
		{expired: 21, best: 0, closed: true},
		{expired: 21, best: 104, closed: true}, // 20 % are 20.8 codes
		{expired: 21, best: 105, closed: false},
		{expired: 22, best: 105, closed: true},
		{expired: 2000, best: 10_000, closed: false},
		{expired: 2001, best: 10_000, closed: true},
	} {
		day := otp.CountryDay{Expired: c.expired, BestVerified: c.best}
		if day.Closed() != c.closed {
			t.Errorf("with %d expired codes and %d verified ones on the best day, Closed = %v, want %v",
				c.expired, c.best, day.Closed(), c.closed)
		}
	}
}

// A country is closed exactly if more than 20 codes and more than a fifth of the best day have expired.
func TestTheLimitIsTwentyCodesOrAFifthOfTheBestDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := otp.CountryDay{
			Expired:      rapid.IntRange(0, 3000).Draw(t, "expired"),
			BestVerified: rapid.IntRange(0, 10_000).Draw(t, "best"),
		}
		if want := day.Expired > 20 && 5*day.Expired > day.BestVerified; day.Closed() != want {
			t.Fatalf("Closed = %v, want %v", day.Closed(), want)
		}
		more := otp.CountryDay{Expired: day.Expired, BestVerified: day.BestVerified + 1}
		if more.Closed() && !day.Closed() {
			t.Fatal("one more verified code closes the country, want it to be open")
		}
	})
}

// No code that is still valid counts as expired, and each code does 21 minutes after its issue at the latest.
func TestValidCodesDoNotCountAsExpired(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		issued := noon.Add(time.Duration(rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, "issued")))
		later := time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "later"))
		now := issued.Add(later)
		counts := otp.PeriodOf(issued).Before(otp.ExpiredBefore(now))
		if counts && later < otp.CodeTTL {
			t.Fatalf("a code counts as expired after %v, want at least %v", later, otp.CodeTTL)
		}
		if latest := otp.CodeTTL + otp.CountPeriod + time.Minute; !counts && later >= latest {
			t.Fatalf("a code does not count as expired after %v, want it to after %v", later, latest)
		}
	})
}

func TestAPeriodBelongsToOneUTCDay(t *testing.T) {
	zone := time.FixedZone("", 5*3600+45*60)
	for at, want := range map[time.Time]time.Time{
		time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC):           time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 3, 1, 0, 9, 59, 999, time.UTC):        time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 3, 1, 23, 59, 59, 0, time.UTC):        time.Date(2026, 3, 1, 23, 50, 0, 0, time.UTC),
		time.Date(2026, 3, 1, 5, 44, 59, 0, zone):             time.Date(2026, 2, 28, 23, 50, 0, 0, time.UTC),
		time.Date(2026, 3, 1, 12, 10, 0, 0, time.UTC):         time.Date(2026, 3, 1, 12, 10, 0, 0, time.UTC),
		time.Date(2026, 3, 1, 12, 10, 0, 0, time.UTC).Add(-1): time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
	} {
		if got := otp.PeriodOf(at); got != want {
			t.Errorf("the period of %v = %v, want %v", at, got, want)
		}
	}
}

func TestStrangersCannotUseUpAllCodesOfACountry(t *testing.T) {
	for dailyCap, want := range map[int]int{0: 0, 1: 1, 4: 4, 5: 4, 10: 8, 5000: 4000} {
		if got := otp.StrangersShare(dailyCap); got != want {
			t.Errorf("strangers get %d of %d codes, want %d", got, dailyCap, want)
		}
	}
}

func TestARefusalLastsUntilTheEndOfTheUTCDay(t *testing.T) {
	now := time.Date(2026, 3, 1, 21, 30, 0, 0, time.UTC)
	for _, refusal := range []*fault.Error{otp.ErrCountryClosed, otp.ErrCountryCap} {
		got := otp.UntilTomorrow(refusal, now)
		if !errors.Is(got, fault.ErrRateLimited) || got.RetryAfter != 150*time.Minute {
			t.Errorf("the refusal is %v with RetryAfter %v, want ErrRateLimited and 2h30m", got, got.RetryAfter)
		}
		for _, part := range []string{"password", "2026-03-02T00:00:00Z", "2 hours and 30 minutes"} {
			if !strings.Contains(got.Message, part) {
				t.Errorf("the message is %q, want %q in it", got.Message, part)
			}
		}
		if refusal.RetryAfter != 0 {
			t.Errorf("RetryAfter of the sentinel = %v, want it unchanged", refusal.RetryAfter)
		}
	}
}

func TestWrongCodesAreExcessiveAboveTenTimesTheVerifiedOnes(t *testing.T) {
	for _, c := range []struct {
		lastHour, best int
		excessive      bool
	}{
		{lastHour: 200, best: 0, excessive: false},
		{lastHour: 201, best: 0, excessive: true},
		{lastHour: 201, best: 480, excessive: true}, // 20 verified codes an hour
		{lastHour: 1000, best: 2400, excessive: false},
		{lastHour: 1001, best: 2400, excessive: true},
	} {
		w := otp.WrongCodes{LastHour: c.lastHour, BestVerified: c.best}
		if w.Excessive() != c.excessive {
			t.Errorf("with %d wrong codes and %d verified ones on the best day, Excessive = %v, want %v",
				c.lastHour, c.best, w.Excessive(), c.excessive)
		}
	}
}
