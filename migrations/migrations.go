// Package migrations holds the schema: numbered SQL files for goose, embedded in the program. A file is never edited
// once it is merged; a change of mind is the next file. `make migration NAME=…` makes one.
package migrations

import "embed"

// FS holds the files. Their numbers are the versions of the schema.
//
//go:embed *.sql
var FS embed.FS
