package i18n

import (
	"context"
	"slices"

	"golang.org/x/text/language"
)

// Lang is one of the six official languages of the United Nations, by its ISO 639-1 code.
type Lang string

// The languages.
const (
	Arabic  Lang = "ar"
	Chinese Lang = "zh"
	English Lang = "en"
	French  Lang = "fr"
	Russian Lang = "ru"
	Spanish Lang = "es"
)

// All lists the languages in the order of the United Nations.
var All = []Lang{Arabic, Chinese, English, French, Russian, Spanish}

// ownNames are names, not texts: they are the same whatever the reader's language is.
var ownNames = map[Lang]string{Arabic: "العربية", Chinese: "中文", English: "English", French: "Français", Russian: "Русский", Spanish: "Español"}

// tags are the languages for x/text. Arabic keeps the digits 0-9 (design guide, section 8).
var tags = map[Lang]language.Tag{
	Arabic: language.MustParse("ar-u-nu-latn"), Chinese: language.Chinese, English: language.BritishEnglish,
	French: language.French, Russian: language.Russian, Spanish: language.Spanish,
}

// Name is the language's name in itself, for the language switch; NameOf gives it in the reader's language.
func (l Lang) Name() string { return ownNames[l] }

// Dir is the direction of writing, for the dir attribute: "rtl" or "ltr".
func (l Lang) Dir() string {
	if l == Arabic {
		return "rtl"
	}
	return "ltr"
}

// Known says whether this is one of the six.
func (l Lang) Known() bool { return ownNames[l] != "" }

// IsOffered says whether the language's catalogue is complete.
func (l Lang) IsOffered() bool { return slices.Contains(Offered(), l) }

// OrEnglish returns the language if it is offered, else English.
func (l Lang) OrEnglish() Lang {
	if l.IsOffered() {
		return l
	}
	return English
}

// tag is the language for x/text; what is none of the six is English.
func (l Lang) tag() language.Tag {
	if tag, ok := tags[l]; ok {
		return tag
	}
	return tags[English]
}

type contextKey struct{}

// WithLang returns a context in the language.
func WithLang(ctx context.Context, l Lang) context.Context {
	return context.WithValue(ctx, contextKey{}, l)
}

// From returns the language of the context; English if it has none.
func From(ctx context.Context) Lang {
	if l, ok := ctx.Value(contextKey{}).(Lang); ok {
		return l
	}
	return English
}
