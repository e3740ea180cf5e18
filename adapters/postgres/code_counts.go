package postgres

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/quota"
)

const (
	takeCode = `
		INSERT INTO country_codes (day, country, taken) VALUES ($1, $2, 1)
		ON CONFLICT ON CONSTRAINT country_codes_pkey DO UPDATE SET taken = country_codes.taken + 1
		WHERE country_codes.taken < $3 OR $3 = 0`

	giveBackCode = `UPDATE country_codes SET taken = taken - 1 WHERE day = $1 AND country = $2`

	takenCodes = `SELECT country, taken FROM country_codes WHERE day = $1`

	// addCodeCounts changes the rows in the order of their keys, so that concurrent statements do
	// not deadlock.
	addCodeCounts = `
		INSERT INTO code_counts (period, country, issued, verified, wrong)
		SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
			AS added (period, country, issued, verified, wrong)
		ORDER BY period, country
		ON CONFLICT ON CONSTRAINT code_counts_pkey DO UPDATE SET
			issued = code_counts.issued + excluded.issued,
			verified = code_counts.verified + excluded.verified,
			wrong = code_counts.wrong + excluded.wrong`

	sumCodeCounts = `
		SELECT country, sum(issued)::bigint AS issued, sum(verified)::bigint AS verified, sum(wrong)::bigint AS wrong
		FROM code_counts WHERE period >= $1 AND period < $2 GROUP BY country`
)

// Take implements ports.CodeCounts. The lock on the row of the country serializes concurrent calls.
func (s CodeCounts) Take(ctx context.Context, day quota.Day, country string, limit int) error {
	err := changeRow(ctx, s.pool, takeCode, dateOf(day), country, limit)
	return wrapNotFound("counting a code", err, otp.ErrCountryCap)
}

// GiveBack implements ports.CodeCounts.
func (s CodeCounts) GiveBack(ctx context.Context, day quota.Day, country string) error {
	_, err := s.pool.ExecContext(ctx, giveBackCode, dateOf(day), country)
	return wrap("giving a code back", err)
}

// Taken implements ports.CodeCounts.
func (s CodeCounts) Taken(ctx context.Context, day quota.Day) (map[string]int, error) {
	var rows []struct {
		Country string
		Taken   int
	}
	if err := s.pool.SelectContext(ctx, &rows, takenCodes, dateOf(day)); err != nil {
		return nil, wrap("reading the codes of countries", err)
	}
	taken := map[string]int{}
	for _, row := range rows {
		taken[row.Country] = row.Taken
	}
	return taken, nil
}

// Add implements ports.CodeCounts.
func (s CodeCounts) Add(ctx context.Context, counts map[otp.CountKey]otp.CodeCount) error {
	var (
		periods                 []time.Time
		countries               []string
		issued, verified, wrong []int64
	)
	for key, count := range counts {
		periods = append(periods, key.Period)
		countries = append(countries, key.Country)
		issued = append(issued, int64(count.Issued))
		verified = append(verified, int64(count.Verified))
		wrong = append(wrong, int64(count.Wrong))
	}
	_, err := s.pool.ExecContext(ctx, addCodeCounts, periods, countries, issued, verified, wrong)
	return wrap("counting codes", err)
}

// Sum implements ports.CodeCounts.
func (s CodeCounts) Sum(ctx context.Context, from, before time.Time) (map[string]otp.CodeCount, error) {
	var rows []struct {
		Country string
		otp.CodeCount
	}
	if err := s.pool.SelectContext(ctx, &rows, sumCodeCounts, from, before); err != nil {
		return nil, wrap("adding up the codes of countries", err)
	}
	sums := map[string]otp.CodeCount{}
	for _, row := range rows {
		sums[row.Country] = row.CodeCount
	}
	return sums, nil
}
