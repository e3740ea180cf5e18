// Package postgres is the store that outlives the program: every port of
// storage on PostgreSQL 15 or later.
//
// What must hold together is one statement. Statements lock in one order, so
// that none waits for another in a circle: user, room, message, count, key.
// Whoever changes a room or what is in it holds the lock on the room's row, but
// for a claim's lease and for whether a claim passed a reply over, which only claims look at.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"
)

// DB is a pool of connections to one database. Its ports are the types below.
type DB struct {
	pools    []*pgxpool.Pool
	sql      *bounded
	vital    *bounded // for claims and what keeps them, whose leases run and must not wait for other work
	seen     seen
	renewals renewals
}

// The ports that the database serves. They share its data.
type (
	Users         struct{ *DB }
	Passwords     struct{ *DB }
	Codes         struct{ *DB }
	Sessions      struct{ *DB }
	Rooms         struct{ *DB }
	Messages      struct{ *DB }
	Usage         struct{ *DB }
	Spend         struct{ *DB }
	Work          struct{ *DB }
	Workers       struct{ *DB }
	Subscriptions struct{ *DB }
	Ledger        struct{ *DB }
	Retention     struct{ *DB }
	Eraser        struct{ *DB }
)

// maxConns is of one process, and so is maxVital, of which a worker's claims take two: a handful of
// processes share the 100 connections that a server allows unless told otherwise. Statements take milliseconds.
const maxConns, maxVital = 16, 3

// connectWithin bounds how long one attempt to connect may take.
const connectWithin = 5 * time.Second

// settings are what a connection asks of the server unless the URL says
// otherwise (postgresql.org/docs/15, "Server Configuration"). The lock
// timeout is the time after which a request under a key that another one holds
// is chat.ErrInFlight; nothing else waits for a lock nearly as long. The cost of a
// page is that of disks that do not seek (ibid., "Planner Cost Constants"): at the
// default of 4 the planner reads and sorts a long room to find its newest messages.
// A statement is planned once on a connection, and for indexes whatever it finds:
// planning takes as long as running, and a plan made for empty tables, which
// reads them whole, or whole indexes to join them, would stay when they grow
// (ibid., "Query Planning"; TestPlansThatStay).
// Without its scans a table with no index, such as the workers', seems so dear that the
// server compiles the statement for half a second (ibid., "JIT Configuration").
var settings = map[string]string{
	"application_name":                    "parley",
	"lock_timeout":                        "5s",
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

// Open connects to the database that a postgres:// URL names. The caller closes
// it. The URL may set pool_max_conns and whatever the server knows. It fails
// when the URL is none or the database cannot be reached, and never shows the password.
func Open(ctx context.Context, url string) (*DB, error) {
	config, err := read(url)
	if err != nil {
		return nil, err
	}
	db := &DB{}
	vital := config.Copy()
	vital.MaxConns, vital.MinConns, vital.MinIdleConns = maxVital, 0, 0
	if db.sql, err = db.connect(ctx, config, workWithin); err == nil {
		db.vital, err = db.connect(ctx, vital, vitalWithin)
	}
	if err == nil {
		err = db.Ping(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// connect makes a pool, which the database closes.
func (db *DB) connect(ctx context.Context, config *pgxpool.Config, within time.Duration) (*bounded, error) {
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, failed("making a pool of database connections", err)
	}
	db.pools = append(db.pools, pool)
	return &bounded{sqlx.NewDb(stdlib.OpenDBFromPool(pool), "pgx"), within}, nil
}

// errURL says no more: where such a text cannot be parsed, nobody can say which part of it is the password.
var errURL = errors.New("the database URL cannot be read: it must be postgres://user:password@host:port/name?option=value")

// read is the URL's configuration, with ours for what it leaves open.
func read(url string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errURL
	}
	if !strings.Contains(url, "pool_max_conns") {
		config.MaxConns = maxConns
	}
	config.AfterConnect = readUTC
	config.PingTimeout = pingWithin
	config.ConnConfig.ConnectTimeout = min(config.ConnConfig.ConnectTimeout, connectWithin)
	for name, value := range settings {
		if _, told := config.ConnConfig.RuntimeParams[name]; !told {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	return config, nil
}

// readUTC makes times read in UTC, whatever zone the program runs in.
func readUTC(_ context.Context, conn *pgx.Conn) error {
	conn.TypeMap().RegisterType(&pgtype.Type{Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC}})
	return nil
}

// Close waits for the statements that run, and ends all connections.
func (db *DB) Close() error {
	var errs []error
	for _, opened := range []*bounded{db.sql, db.vital} {
		if opened != nil {
			errs = append(errs, opened.Close())
		}
	}
	for _, pool := range db.pools {
		pool.Close()
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("closing the database: %w", err)
	}
	return nil
}

// Ping fails unless the database answers.
func (db *DB) Ping(ctx context.Context) error {
	return failed("asking whether the database is there", db.sql.PingContext(ctx))
}
