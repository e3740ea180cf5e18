// Package postgres implements the storage ports on PostgreSQL 15 or later.
//
// A change that must be atomic is one SQL statement. The exceptions are transactions of several
// statements: Codes, accepting messages, finishing replies, MessageChanges, and the deletion of
// rooms and accounts. Long statements are in the directory sql, with their parameters and lock
// order.
//
// All statements that wait for locks lock rows in the same order, so that they cannot deadlock:
// user, turn, room, message, count, idempotency key; the user before devices and sessions; and
// guesses before codes. The turn of a user also protects the user's rows in heads. A batch of
// messages or replies locks turns first, but it waits for no lock. A statement that changes a room
// or its messages locks the room's row first. Only renewing a lease does not lock the room, because
// it changes no revision. Feed relies on this order, too.
package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/kuvaka-tech/parley/adapters/internal/batch"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
)

// DB is a store in one database. The types below implement the ports on it.
type DB struct {
	pool *pool // runs all statements except those of the other pools
	// messagePool runs the statements on messages, and roomPool those on rooms alone. They are shares
	// of pool. So logins, for example, get connections while a table of the chat is locked.
	messagePool, roomPool *share
	// leasePool runs claims, batches of renewals, and heartbeats. These statements have
	// their own connections, because a lease could expire while its renewal waits for one.
	leasePool    *pool
	renewals     *batch.Batcher[renewal, bool]
	accepts      *batch.Batcher[chat.Draft, *acceptRow]
	finishes     *batch.Batcher[finish, *ports.Finished]
	turnClasses  turnClasses
	roomScan     repairScan
	turnScan     repairScan
	repairs      repairTimes
	searches     chan struct{} // has an element for each running search
	locks        *lockQueue
	keysInFlight keysInFlight
}

// Each type implements one port. All of them use the same DB.
type (
	// Users implements ports.Users.
	Users struct{ *DB }
	// Passwords implements ports.Passwords.
	Passwords struct{ *DB }
	// Codes implements ports.Codes.
	Codes struct{ *DB }
	// CodeCounts implements ports.CodeCounts.
	CodeCounts struct{ *DB }
	// Sessions implements ports.Sessions.
	Sessions struct{ *DB }
	// Devices implements ports.Devices.
	Devices struct{ *DB }
	// Rooms implements ports.Rooms.
	Rooms struct{ *DB }
	// Messages implements ports.Messages.
	Messages struct{ *DB }
	// MessageChanges implements ports.MessageChanges.
	MessageChanges struct{ *DB }
	// Conversations implements ports.Conversations.
	Conversations struct{ *DB }
	// Feed implements ports.Feed.
	Feed struct{ *DB }
	// Search implements ports.Search.
	Search struct{ *DB }
	// MessageCounts implements ports.MessageCounts.
	MessageCounts struct{ *DB }
	// TokenSpend implements ports.TokenSpend.
	TokenSpend struct{ *DB }
	// ReplyQueue implements ports.ReplyQueue.
	ReplyQueue struct{ *DB }
	// Workers implements ports.Workers.
	Workers struct{ *DB }
	// Subscriptions implements ports.Subscriptions.
	Subscriptions struct{ *DB }
	// WebhookLedger implements ports.WebhookLedger.
	WebhookLedger struct{ *DB }
	// Retention implements ports.Retention.
	Retention struct{ *DB }
	// Eraser implements ports.Eraser.
	Eraser struct{ *DB }
	// Erasures implements ports.Erasures.
	Erasures struct{ *DB }
	// CustomerDeletions implements ports.CustomerDeletions.
	CustomerDeletions struct{ *DB }
	// AccountRecords implements ports.AccountRecords.
	AccountRecords struct{ *DB }
)

// Open connects to the database of a postgres:// URL. The URL may set
// pool_max_conns and any parameter of the server. Open fails when the URL is
// invalid and when the database does not answer. The error never contains the
// password. The caller must close the DB.
func Open(ctx context.Context, rawURL string) (*DB, error) {
	config, err := parseURL(rawURL)
	if err != nil {
		return nil, err
	}
	db := &DB{
		searches: make(chan struct{}, maxSearches),
		locks:    newLockQueue(config.MaxConns / 4),
		roomScan: repairScan{find: findBrokenRooms, limit: roomsPerRepair},
		turnScan: repairScan{find: findBrokenTurns, limit: turnsPerRepair},
	}
	db.renewals = batch.New(maxRenewals, db.renewBatch)
	db.accepts = batch.New(maxAccepts, db.acceptBatch).AllowSlow(maxSlowBatches)
	db.finishes = batch.New(maxFinishes, db.finishBatch).AllowSlow(maxSlowBatches)
	if err := db.connect(ctx, config); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// connect creates the pools and fails when the database does not answer.
func (db *DB) connect(ctx context.Context, config *pgxpool.Config) (err error) {
	if db.pool, err = newPool(ctx, config, statementTimeout); err != nil {
		return err
	}
	if db.leasePool, err = newPool(ctx, leaseConfig(config), leaseStatementTimeout); err != nil {
		return err
	}
	db.messagePool = newShare(db.pool, config.MaxConns)
	db.roomPool = newShare(db.pool, config.MaxConns)
	return db.Ping(ctx)
}

// Ping fails when the database does not answer.
func (db *DB) Ping(ctx context.Context) error {
	return wrap("pinging the database", db.pool.PingContext(ctx))
}

// Close waits for the running statements and closes all connections.
func (db *DB) Close() error {
	if err := errors.Join(db.pool.Close(), db.leasePool.Close()); err != nil {
		return fmt.Errorf("closing the database: %w", err)
	}
	return nil
}
