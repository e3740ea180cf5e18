package postgres_test

import (
	"testing"

	"github.com/kuvaka-tech/parley/ports/portstest"
)

// exportedTables are the tables whose rows of a user are in an export (app/export), with the port
// that reads them.
var exportedTables = map[string]string{
	"users":         "ports.Users",
	"subscriptions": "ports.Subscriptions",
	"sessions":      "ports.AccountRecords",
	"devices":       "ports.AccountRecords",
	"sent":          "ports.AccountRecords",
	"rooms":         "ports.AccountRecords",
	"summaries":     "ports.Conversations",
	"messages":      "ports.Messages",
	"versions":      "ports.MessageChanges",
}

// tablesNotExported are the tables with rows of a user that are not in an export, with the reason.
var tablesNotExported = map[string]string{
	"codes":         "secrets of at most an hour, for the number of the account or one that the user has just entered",
	"guesses":       "protects the number against strangers; contains only hashes of their networks",
	"signups":       "what anyone may have entered for the number; is deleted after a day",
	"keys":          "random keys of the client, for a day; the messages that they refer to are exported",
	"turns":         "the position in the job queue, which follows from the messages",
	"heads":         "the position in the job queue, which follows from the messages",
	"deleted_rooms": "ids of rooms that the user has deleted, for a day",
}

// Everything about a user must be exported, also what later migrations add.
func TestEveryTableWithRowsOfAUserIsExportedOrListed(t *testing.T) {
	s := newSchema(t)
	all := stores(s.open())
	before := s.rowCounts()
	portstest.NewFullUser(t, all)
	for table, n := range s.rowCounts() {
		reason, isExcluded := tablesNotExported[table]
		isKnown := exportedTables[table] != "" || isExcluded && reason != ""
		if n > before[table] && !tablesWithoutUsers[table] && !isKnown {
			t.Errorf("%s has rows of the user: add them to app/export and to exportedTables, "+
				"or list the table in tablesNotExported", table)
		}
		if n == before[table] && isKnown {
			t.Errorf("%s is listed, but has no row of the user", table)
		}
	}
}
