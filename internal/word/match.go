package word

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/search"
)

// spaces that are no blanks, and marks that cannot be seen.
var tidy = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2007", " ", "\u200b", "", "\ufeff", "", "\u00ad", "", "\u2028", "\n", "\u2029", "\n", "\v", "\n", "\r\n", "\n", "\r", "\n")

// tidyLine is a text in one line with single blanks.
func tidyLine(s string) string { return strings.Join(strings.Fields(tidy.Replace(s)), " ") }

// tidyLines is a text of several lines, each with single blanks.
func tidyLines(s string) string {
	lines := strings.Split(tidy.Replace(s), "\n")
	for i, line := range lines {
		lines[i] = strings.Join(strings.Fields(line), " ")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// unmarked takes the marks of direction off an address or a number.
func unmarked(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, s)
}

// fold makes two ways of writing the same words equal: capitals, accents, quotes, punctuation, digits.
func fold(s string) string {
	if f := search.Fold(s); f != "" {
		return f
	}
	return strings.ToLower(strings.TrimSpace(s))
}

// options finds options by what is written in a file, in any language.
type options struct {
	values []string
	byName map[string]string
}

func optionsOf(ctx context.Context, d *form.Definition, q question, v *gcm.Vocabulary) options {
	o := options{byName: map[string]string{}}
	first := i18n.From(ctx)
	langs := append([]i18n.Lang{first}, i18n.Offered()...)
	if q.field.Options != nil { // the vocabulary has names in all languages
		langs = append(langs, i18n.All...)
	}
	put := func(name, value string) {
		if name = fold(name); name != "" && o.byName[name] == "" {
			o.byName[name] = value
		}
	}
	for i, l := range langs {
		if slices.Contains(langs[:i], l) {
			continue
		}
		for _, one := range append(d.OptionsOf(i18n.WithLang(ctx, l), q.group, q.field, v), q.field.Once(i18n.WithLang(ctx, l), v)...) {
			if i == 0 {
				o.values = append(o.values, one.Value)
			}
			put(one.Label, one.Value)
			if one.Hint != "" {
				put(one.Label+" "+one.Hint, one.Value)
			}
			if q.field.Type == form.Objectives {
				put(one.Value+" "+one.Label, one.Value)
			}
		}
	}
	for _, value := range o.values {
		put(value, value)
	}
	return o
}

// find is the value of the option that is written so, "" if there is none.
func (o options) find(written string) string { return o.byName[fold(written)] }

// has says whether it is the value of an option.
func (o options) has(value string) bool { return slices.Contains(o.values, value) }

// sorted brings values into the order of the options; what is none comes last, each once.
func (o options) sorted(values []string) []string {
	var all []string
	for _, v := range o.values {
		if slices.Contains(values, v) {
			all = append(all, v)
		}
	}
	for _, v := range values {
		if !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return all
}

// ticks are the marks that people make in or before a box.
const ticks = "☒☑✓✔✗✘✅🗹🗷"

// line is a line of a list of boxes.
type line struct {
	text   string
	boxed  bool
	ticked bool
}

// readLine tells box, tick and text of a line apart.
func readLine(p paragraph) line {
	l := line{boxed: len(p.boxes) > 0, ticked: slices.Contains(p.boxes, true)}
	var b strings.Builder
	for _, r := range tidy.Replace(p.text) {
		switch {
		case strings.ContainsRune(ticks, r):
			l.boxed, l.ticked = true, true
			b.WriteByte(' ')
		case strings.ContainsRune("☐□▢🗆⬜", r):
			l.boxed = true
			b.WriteByte(' ')
		case r == '\ufe0e' || r == '\ufe0f': // says whether a mark is a picture
		default:
			b.WriteRune(r)
		}
	}
	words := strings.Fields(b.String())
	cross := func(w string) bool {
		switch strings.Trim(w, "[]()") {
		case "x", "X", "×", "х", "Х", "✕", "✖":
			return true
		}
		return false
	}
	if len(words) > 1 && cross(words[0]) {
		l.boxed, l.ticked, words = true, true, words[1:]
	} else if len(words) > 1 && cross(words[len(words)-1]) {
		l.boxed, l.ticked, words = true, true, words[:len(words)-1]
	} else if len(words) > 1 && words[0] == "[]" {
		l.boxed, words = true, words[1:]
	}
	l.text = strings.Join(words, " ")
	return l
}
