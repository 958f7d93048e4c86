// Package i18n gives texts in the reader's language: by key from the catalogue (package locales), with plural forms,
// and dates, numbers and lists as the language writes them.
package i18n

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"portal/internal/date"
)

// Key is an argument of a text that is itself a text without arguments: T puts it in the reader's language.
type Key string

// Phrase is an argument of a text that is itself a text with arguments.
type Phrase struct {
	Key  string
	Args []any
}

// Offered lists the languages in which people may read the portal: those whose catalogue has every text of the English
// one. They are in the order of All; English is always among them.
func Offered() []Lang { return load().offered }

// Has says whether the catalogue of the language has the key.
func Has(l Lang, key string) bool {
	_, ok := load().texts[l][key]
	return ok
}

// Keys returns all keys of the language's catalogue, sorted.
func Keys(l Lang) []string { return slices.Sorted(maps.Keys(load().texts[l])) }

// T returns the text of the key in the language of the context. {0}, {1} … are replaced by the arguments: an int or
// int64 is written as the language writes numbers, a date.Date as it writes days, a Key and a Phrase are replaced by their text, a string
// stays as it is. In a text
// with plural forms the first int or int64 among the arguments decides on the form.
//
// A key that the language lacks gives the English text, and one that English lacks the key in brackets; both are logged,
// and a test keeps both from happening.
func T(ctx context.Context, key string, args ...any) string { return TL(From(ctx), key, args...) }

// TL is T for a given language.
func TL(l Lang, key string, args ...any) string {
	c := load()
	t, ok := c.texts[l][key]
	if !ok {
		if l != English && Has(English, key) {
			slog.Warn("text is not translated", "key", key, "lang", string(l))
			return TL(English, key, args...)
		}
		slog.Error("text is missing", "key", key)
		return "⟦" + key + "⟧"
	}
	if !t.plural {
		return t.fill(l, args)
	}
	text, err := c.plural(l, key, count(args), args)
	if err != nil {
		slog.Error("text has no such plural form", "key", key, "lang", string(l), "error", err)
		return "⟦" + key + "⟧"
	}
	return text
}

// count is the number that decides on the plural form: the first whole number among the arguments, else 0.
func count(args []any) int {
	for _, arg := range args {
		switch n := arg.(type) {
		case int:
			return n
		case int64:
			return int(n)
		}
	}
	return 0
}

// Formatter is an argument that knows how a language writes it: an amount of money.
type Formatter interface{ Format(l Lang) string }

// written is an argument as the language writes it.
func written(l Lang, arg any) string {
	switch v := arg.(type) {
	case string:
		return v
	case Key:
		return TL(l, string(v))
	case Phrase:
		return TL(l, v.Key, v.Args...)
	case int:
		return number(l, int64(v))
	case int64:
		return number(l, v)
	case date.Date:
		return Day(WithLang(context.Background(), l), v)
	case Formatter:
		return v.Format(l)
	default:
		return fmt.Sprint(v)
	}
}
