package postgres_test

import (
	"testing"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// Each case of the contract gets its own schema, so that the cases run in parallel.
func TestStorage(t *testing.T) {
	portstest.Storage(t, func(t *testing.T) portstest.Stores { return stores(newSchema(t).open()) })
}

func stores(db *postgres.DB) portstest.Stores {
	return portstest.Stores{
		Users:             postgres.Users{DB: db},
		Passwords:         postgres.Passwords{DB: db},
		Codes:             postgres.Codes{DB: db},
		CodeCounts:        postgres.CodeCounts{DB: db},
		Sessions:          postgres.Sessions{DB: db},
		Devices:           postgres.Devices{DB: db},
		Rooms:             postgres.Rooms{DB: db},
		Messages:          postgres.Messages{DB: db},
		MessageChanges:    postgres.MessageChanges{DB: db},
		Conversations:     postgres.Conversations{DB: db},
		MessageCounts:     postgres.MessageCounts{DB: db},
		TokenSpend:        postgres.TokenSpend{DB: db},
		ReplyQueue:        postgres.ReplyQueue{DB: db},
		Feed:              postgres.Feed{DB: db},
		Search:            postgres.Search{DB: db},
		Workers:           postgres.Workers{DB: db},
		Subscriptions:     postgres.Subscriptions{DB: db},
		WebhookLedger:     postgres.WebhookLedger{DB: db},
		Retention:         postgres.Retention{DB: db},
		Eraser:            postgres.Eraser{DB: db},
		Erasures:          postgres.Erasures{DB: db},
		CustomerDeletions: postgres.CustomerDeletions{DB: db},
		AccountRecords:    postgres.AccountRecords{DB: db},
	}
}
