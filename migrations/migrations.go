// Package migrations contains the versions of the database schema.
//
// During a deploy the previous version of the program runs on the new schema. So a
// migration only adds, and the previous version must work without what it adds. A later
// release removes what no version uses any more. There are no down migrations: the next
// version corrects a mistake. Applied files must not change, except for their comments.
package migrations

import "embed"

// FS contains the migration files. goose applies them in the order of the numbers in their names.
//
//go:embed *.sql
var FS embed.FS
