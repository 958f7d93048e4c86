// Command addstring adds a text to the catalogue of every language that is offered:
//
//	go run ./tools/addstring pledge.title.blank "Enter a title for the pledge."
//
// The value is the English text. The other languages get it marked as untranslated, and a test fails until somebody has
// put the translation in its place. For a text with plural forms give them as JSON:
//
//	go run ./tools/addstring pledge.count '{"one": "{0} pledge", "other": "{0} pledges"}'
package main

import (
	"fmt"
	"os"
	"strings"

	"portal/internal/i18n"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: go run ./tools/addstring KEY VALUE")
		os.Exit(2)
	}
	for _, l := range i18n.Offered() {
		name, err := add("web/locales", string(l), os.Args[1], os.Args[2], l != i18n.English)
		if err != nil {
			fmt.Fprintln(os.Stderr, "addstring:", err)
			os.Exit(1)
		}
		if l != i18n.English {
			name += ": replace the text after " + strings.TrimSpace(i18n.Untranslated) + " and the mark itself"
		}
		fmt.Println(name)
	}
}
