package newsletter

import (
	"context"
	"strings"

	"portal/web/ui"
)

// section is a part of an issue with its items.
type section struct {
	Name  string
	Items []Item
}

// sectionsOf are the sections that have items, in their order.
func sectionsOf(items []Item) []section {
	var all []section
	for _, item := range items {
		if len(all) == 0 || all[len(all)-1].Name != item.Section {
			all = append(all, section{Name: item.Section})
		}
		last := &all[len(all)-1]
		last.Items = append(last.Items, item)
	}
	return all
}

// paragraphs are the lines of a text that say something.
func paragraphs(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}

// wholeLink is where an item leads, as a whole address.
func wholeLink(ctx context.Context, link string) string {
	if strings.HasPrefix(link, "/") {
		return ui.Absolute(ctx, link)
	}
	return link
}
