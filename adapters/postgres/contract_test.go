package postgres_test

import (
	"testing"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// Each sentence of the contract has a schema of its own, so that they run in parallel.
func TestStorage(t *testing.T) {
	portstest.Storage(t, func(t *testing.T) portstest.Stores { return stores(newSchema(t).open()) })
}

func stores(db *postgres.DB) portstest.Stores {
	return portstest.Stores{
		Users: postgres.Users{DB: db}, Passwords: postgres.Passwords{DB: db}, Codes: postgres.Codes{DB: db}, Sessions: postgres.Sessions{DB: db},
		Rooms: postgres.Rooms{DB: db}, Messages: postgres.Messages{DB: db}, Usage: postgres.Usage{DB: db}, Spend: postgres.Spend{DB: db},
		Work: postgres.Work{DB: db}, Workers: postgres.Workers{DB: db},
		Subscriptions: postgres.Subscriptions{DB: db}, Ledger: postgres.Ledger{DB: db}, Retention: postgres.Retention{DB: db}, Eraser: postgres.Eraser{DB: db},
	}
}
