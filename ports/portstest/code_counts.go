package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/quota"
)

// CodeCounts is the contract of ports.CodeCounts.
func CodeCounts(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"Take counts up to the limit of a country and day", (*storeTest).takeUpToLimit},
		{"a limit of 0 is no limit", (*storeTest).takeWithoutLimit},
		{"of 40 concurrent Takes with a limit of 25 exactly 25 succeed", (*storeTest).takeRace},
		{"GiveBack undoes a Take", (*storeTest).giveBackCode},
		{"Sum adds up the periods from one time until before another", (*storeTest).sumPeriods},
		{"Sum separates countries", (*storeTest).sumCountries},
		{"40 concurrent Adds for the same countries are all counted", (*storeTest).addRace},
		{"Add of nothing changes nothing", (*storeTest).addNothing},
		{"Purge keeps the counts of 15 days and deletes older ones", (*storeTest).purgeCodeCounts},
		{"every method fails if the context is cancelled, and changes nothing", (*storeTest).codeCountsCancelled},
	})
}

// period is the start of the period of midday.
var period = otp.PeriodOf(midday)

func (t *storeTest) takeCode(day quota.Day, country string, limit int) error {
	return t.CodeCounts.Take(t.ctx, day, country, limit)
}

func (t *storeTest) wantTaken(day quota.Day, want map[string]int) {
	t.Helper()
	got, err := t.CodeCounts.Taken(t.ctx, day)
	must(t, err)
	wantEqual(t, "the codes of the day", got, want)
}

func (t *storeTest) addCounts(at time.Time, country string, c otp.CodeCount) {
	t.Helper()
	key := otp.CountKey{Period: otp.PeriodOf(at), Country: country}
	must(t, t.CodeCounts.Add(t.ctx, map[otp.CountKey]otp.CodeCount{key: c}))
}

func (t *storeTest) wantSum(from, before time.Time, want map[string]otp.CodeCount) {
	t.Helper()
	got, err := t.CodeCounts.Sum(t.ctx, from, before)
	must(t, err)
	wantEqual(t, "the sums", got, want)
}

func (t *storeTest) takeUpToLimit() {
	for range 3 {
		must(t, t.takeCode(today, "DE", 3))
	}
	for range 2 {
		wantError(t, t.takeCode(today, "DE", 3), otp.ErrCountryCap)
	}
	must(t, t.takeCode(today, "IN", 3))
	must(t, t.takeCode(today+1, "DE", 3))
	t.wantTaken(today, map[string]int{"DE": 3, "IN": 1})
	must(t, t.takeCode(today, "DE", 4)) // a known device has a higher limit than a stranger
	wantError(t, t.takeCode(today, "DE", 3), otp.ErrCountryCap)
	t.wantTaken(today, map[string]int{"DE": 4, "IN": 1})
	t.wantTaken(today-1, map[string]int{})
}

func (t *storeTest) takeWithoutLimit() {
	for range 5 {
		must(t, t.takeCode(today, "DE", 0))
	}
	t.wantTaken(today, map[string]int{"DE": 5})
}

func (t *storeTest) takeRace() {
	errs := concurrently(40, func(int) error { return t.takeCode(today, "DE", 25) })
	wantErrorCounts(t, errs, map[error]int{nil: 25, otp.ErrCountryCap: 15})
	t.wantTaken(today, map[string]int{"DE": 25})
}

func (t *storeTest) giveBackCode() {
	must(t, t.takeCode(today, "DE", 1))
	must(t, t.CodeCounts.GiveBack(t.ctx, today, "DE"))
	t.wantTaken(today, map[string]int{"DE": 0})
	must(t, t.takeCode(today, "DE", 1))
	wantError(t, t.takeCode(today, "DE", 1), otp.ErrCountryCap)
}

func (t *storeTest) sumPeriods() {
	second := period.Add(otp.CountPeriod)
	t.addCounts(period, "DE", otp.CodeCount{Issued: 5})
	t.addCounts(second.Add(-time.Microsecond), "DE", otp.CodeCount{Issued: 1, Verified: 2, Wrong: 3})
	t.addCounts(second, "DE", otp.CodeCount{Verified: 10})
	t.wantSum(period, second, map[string]otp.CodeCount{"DE": {Issued: 6, Verified: 2, Wrong: 3}})
	t.wantSum(second, second.Add(time.Microsecond), map[string]otp.CodeCount{"DE": {Verified: 10}})
	all := map[string]otp.CodeCount{"DE": {Issued: 6, Verified: 12, Wrong: 3}}
	t.wantSum(period.Add(-24*time.Hour), period.Add(24*time.Hour), all)
	t.wantSum(second.Add(time.Microsecond), second.Add(24*time.Hour), map[string]otp.CodeCount{})
}

func (t *storeTest) sumCountries() {
	must(t, t.CodeCounts.Add(t.ctx, map[otp.CountKey]otp.CodeCount{
		{Period: period, Country: "DE"}:                      {Issued: 1},
		{Period: period, Country: "001"}:                     {Wrong: 2},
		{Period: period.Add(otp.CountPeriod), Country: "DE"}: {Verified: 3},
	}))
	want := map[string]otp.CodeCount{"DE": {Issued: 1, Verified: 3}, "001": {Wrong: 2}}
	t.wantSum(period, period.Add(time.Hour), want)
}

// Each call changes all countries, and they must not wait for each other in a circle.
func (t *storeTest) addRace() {
	countries := []string{"DE", "IN", "US", "GB", "FR"}
	errs := concurrently(40, func(i int) error {
		counts := map[otp.CountKey]otp.CodeCount{}
		for n, country := range countries {
			counts[otp.CountKey{Period: period, Country: country}] = otp.CodeCount{Issued: i, Wrong: n}
		}
		return t.CodeCounts.Add(t.ctx, counts)
	})
	wantErrorCounts(t, errs, map[error]int{nil: 40})
	want := map[string]otp.CodeCount{}
	for n, country := range countries {
		want[country] = otp.CodeCount{Issued: 40 * 39 / 2, Wrong: 40 * n}
	}
	t.wantSum(period, period.Add(time.Hour), want)
}

func (t *storeTest) addNothing() {
	must(t, t.CodeCounts.Add(t.ctx, nil))
	t.wantSum(period, period.Add(time.Hour), map[string]otp.CodeCount{})
}

func (t *storeTest) purgeCodeCounts() {
	must(t, t.takeCode(today, "DE", 0))
	t.addCounts(period, "DE", otp.CodeCount{Issued: 1})
	last := period.AddDate(0, 0, otp.CountDays)
	t.purge(last)
	t.wantTaken(today, map[string]int{"DE": 1})
	t.wantSum(period, last, map[string]otp.CodeCount{"DE": {Issued: 1}})
	t.purge(last.AddDate(0, 0, 1))
	t.wantTaken(today, map[string]int{})
	t.wantSum(period, last, map[string]otp.CodeCount{})
}

func (t *storeTest) codeCountsCancelled() {
	must(t, t.takeCode(today, "DE", 0))
	key := otp.CountKey{Period: period, Country: "DE"}
	counts := map[otp.CountKey]otp.CodeCount{key: {Issued: 1}}
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"Take":     func(ctx context.Context) error { return t.CodeCounts.Take(ctx, today, "DE", 0) },
		"GiveBack": func(ctx context.Context) error { return t.CodeCounts.GiveBack(ctx, today, "DE") },
		"Taken":    func(ctx context.Context) error { return errorOf(t.CodeCounts.Taken(ctx, today)) },
		"Add":      func(ctx context.Context) error { return t.CodeCounts.Add(ctx, counts) },
		"Sum":      func(ctx context.Context) error { return errorOf(t.CodeCounts.Sum(ctx, period, period)) },
	})
	t.wantTaken(today, map[string]int{"DE": 1})
	t.wantSum(period, period.Add(time.Hour), map[string]otp.CodeCount{})
}
