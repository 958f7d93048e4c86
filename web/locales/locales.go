// Package locales holds all texts for people: a folder a language, a file an area. Keys start with the name of the
// file's area: "pledge.title.label" is in pledge.json. A text with a number in it is an object of plural forms.
package locales

import "embed"

// FS holds <lang>/<area>.json.
//
//go:embed */*.json
var FS embed.FS
