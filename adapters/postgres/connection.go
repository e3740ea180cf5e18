package postgres

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// maxConnections limits DB.pool, unless the URL sets pool_max_conns. A few
	// connections are enough, because statements take milliseconds. Together with
	// maxLeaseConnections, five processes open at most 95 connections. A server allows
	// 100 by default.
	maxConnections = 16
	// maxLeaseConnections limits DB.leasePool. A worker runs at most two claims concurrently.
	maxLeaseConnections = 3
	// connectTimeout is the default and the maximum for the parameter connect_timeout of the URL.
	connectTimeout = 5 * time.Second
)

// settings are the server parameters of every connection. The URL can override
// them. Quoted names are chapters of postgresql.org/docs/15.
//
//   - lock_timeout: how long a statement waits for a lock before it fails with
//     ports.ErrUnavailable, or with chat.ErrInFlight if another request of this process
//     with the same idempotency key is running. It is short, because the statement
//     occupies a connection while it waits (ADR 35).
//   - random_page_cost: the cost of reading a page from a disk without seek time
//     ("Planner Cost Constants"). With the default of 4, the planner reads and sorts all
//     messages of a long room to find the newest ones.
//   - plan_cache_mode: a connection plans each statement only once ("Query
//     Planning"), because planning a statement takes as long as executing it.
//   - enable_seqscan, enable_hashjoin, enable_mergejoin: the planner must use indexes
//     even while tables are empty. Otherwise it chooses plans that read whole tables,
//     or whole indexes for a join, and the connection keeps these plans when the
//     tables grow (ADR 0009, TestPlansForEmptyTablesStayGood).
//   - jit: off, because of enable_seqscan. The planner overestimates the cost of a
//     table without a suitable index, such as workers. The server would then spend half
//     a second compiling the statement ("JIT Configuration").
var settings = map[string]string{
	"application_name":                    "parley",
	"lock_timeout":                        lockTimeout.String(),
	"statement_timeout":                   "15s",
	"idle_in_transaction_session_timeout": "15s",
	"random_page_cost":                    "1.1",
	"plan_cache_mode":                     "force_generic_plan",
	"enable_seqscan":                      "off",
	"jit":                                 "off",
	"enable_hashjoin":                     "off",
	"enable_mergejoin":                    "off",
	"timezone":                            "UTC",
}

// errURL means that the URL is invalid. It does not quote the URL: if the URL cannot
// be parsed, it is unknown which part of it is the password.
var errURL = errors.New("invalid database URL, want postgres://user:password@host:port/name?option=value")

// parseURL returns the configuration of DB.pool: the parameters of the URL, and the
// defaults in settings for parameters that the URL does not set. It fails with errURL.
func parseURL(rawURL string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(rawURL)
	if err != nil {
		return nil, errURL
	}
	if !strings.Contains(rawURL, "pool_max_conns") {
		config.MaxConns = maxConnections
	}
	config.AfterConnect = scanTimesAsUTC
	config.PingTimeout = pingTimeout
	if t := config.ConnConfig.ConnectTimeout; t == 0 || t > connectTimeout { // 0 means no limit
		config.ConnConfig.ConnectTimeout = connectTimeout
	}
	for name, value := range settings {
		if _, set := config.ConnConfig.RuntimeParams[name]; !set {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	return config, nil
}

// leaseConfig returns the configuration of DB.leasePool, given that of DB.pool.
func leaseConfig(config *pgxpool.Config) *pgxpool.Config {
	lease := config.Copy()
	lease.MaxConns = maxLeaseConnections
	lease.MinConns = 0
	lease.MinIdleConns = 0
	return lease
}

// scanTimesAsUTC makes the driver return times in UTC instead of the local time zone of the process.
func scanTimesAsUTC(_ context.Context, conn *pgx.Conn) error {
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name:  "timestamptz",
		OID:   pgtype.TimestamptzOID,
		Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}
