// Package migrations contains the versions of the database schema.
//
// During a deploy, processes of the previous version still run on the new schema. So a
// migration only adds columns, tables and indexes, or relaxes a constraint, and the previous
// version must work although it does not fill the new columns. A later release removes what
// no version uses any more.
// There are no down migrations: the next version corrects a mistake. Applied files must
// not change, except for their comments and line breaks.
package migrations

import "embed"

// FS contains the migration files. goose applies them in the order of the numbers in their names.
//
//go:embed *.sql
var FS embed.FS
