package review

import (
	"context"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// Wording is a letter in a desk's own words: a subject, and a text in Markdown, with placeholders in braces.
type Wording struct{ Subject, Body string }

// The longest subject and text of a letter, in characters as a person counts them.
const (
	MaxSubject = 200
	MaxLetter  = 5000
)

// placeholder is a word in braces that each letter fills in.
type placeholder struct {
	name string
	// block takes a paragraph of its own; subject may stand in a subject; only is the one letter that knows it, "" for all.
	block, subject bool
	only           string
	// needed must be in the text of every letter that knows it: without it the reader could not act, or would lose words.
	needed bool
}

var placeholders = []placeholder{
	{name: "title", subject: true},
	{name: "name", subject: true},
	{name: "office", subject: true},
	{name: "note", block: true, needed: true},
	{name: "changes", block: true, needed: true, only: string(workflow.RequestChanges)},
	{name: "due", only: string(workflow.RequestChanges)},
	{name: "link", block: true, needed: true},
}

// placeholdersOf are those that the letter knows.
func placeholdersOf(letter string) []placeholder {
	return slices.DeleteFunc(slices.Clone(placeholders), func(p placeholder) bool { return p.only != "" && p.only != letter })
}

// letterNames are the letters that a desk can word, in the order of the page.
func letterNames() []string {
	names := []string{string(workflow.Publish), string(workflow.Approve), string(workflow.RequestChanges), "edits", string(workflow.Decline), string(workflow.Archive), "message", "merge"}
	return slices.DeleteFunc(names, func(n string) bool { return !i18n.Has(i18n.English, "review.letter."+n+".subject") })
}

// usual is the letter of the catalogue, as a wording to start from; in a language that the catalogue lacks it is English.
func usual(lang i18n.Lang, letter string) Wording {
	lang = lang.OrEnglish()
	parts := []string{
		i18n.TL(lang, "review.letter.greeting", "{name}"),
		i18n.TL(lang, "review.letter."+letter+".text", "{title}"),
		"{note}",
	}
	if letter == string(workflow.RequestChanges) {
		parts = append(parts, "{changes}")
	}
	parts = append(parts, "{link}", i18n.TL(lang, "review.letter.signed"))
	return Wording{Subject: i18n.TL(lang, "review.letter."+letter+".subject", "{title}"), Body: strings.Join(parts, "\n\n")}
}

// Each placeholder travels through Markdown as two signs around its number; the signs are for private use, and whoever
// types them loses them.
const (
	tokenStart = '\uE000'
	tokenEnd   = '\uE001'
)

func token(n int) string { return string(tokenStart) + strconv.Itoa(n) + string(tokenEnd) }

// tidy is the wording as it is kept: without what cannot be stored or would be taken for a placeholder's place.
func (w Wording) tidy() Wording {
	drop := func(r rune) rune {
		if r >= '\uE000' && r <= '\uF8FF' {
			return -1
		}
		return r
	}
	return Wording{Subject: strings.Join(strings.Fields(strings.Map(drop, cleanNote(w.Subject))), " "), Body: strings.Map(drop, cleanNote(w.Body))}
}

var (
	braces = regexp.MustCompile(`\{[^{}\n]{0,40}\}`)
	tags   = regexp.MustCompile(`<[^>]*>`)
)

// marked is the text with the places of its placeholders; a word in braces that is none stays as it is.
func marked(text string, known []placeholder) string {
	return braces.ReplaceAllStringFunc(text, func(word string) string {
		n := slices.IndexFunc(known, func(p placeholder) bool { return word == "{"+p.name+"}" })
		if n < 0 {
			return word
		}
		return token(n)
	})
}

// Check returns what is wrong with the wording of a letter, as a problem.Invalid at "subject" and "body".
func (w Wording) Check(letter string) error {
	known := placeholdersOf(letter)
	var wrong []problem.Field
	add := func(name, key string, args ...any) {
		wrong = append(wrong, problem.Field{Name: name, Key: "review.letters.wrong." + key, Args: args})
	}
	list := func(keep func(placeholder) bool) string {
		var names []string
		for _, p := range known {
			if keep(p) {
				names = append(names, "{"+p.name+"}")
			}
		}
		return strings.Join(names, " ")
	}
	find := func(word string) (placeholder, bool) {
		n := slices.IndexFunc(known, func(p placeholder) bool { return word == "{"+p.name+"}" })
		if n < 0 {
			return placeholder{}, false
		}
		return known[n], true
	}
	switch n := form.Length(w.Subject); {
	case w.Subject == "":
		add("subject", "subject")
	case n > MaxSubject:
		add("subject", "long", MaxSubject, n)
	}
	for _, word := range braces.FindAllString(w.Subject, -1) {
		if p, ok := find(word); !ok || !p.subject {
			add("subject", "unknown", word, list(func(p placeholder) bool { return p.subject }))
			break
		}
	}
	switch n := form.Length(w.Body); {
	case w.Body == "":
		add("body", "body")
		return problem.Invalid(wrong...)
	case n > MaxLetter:
		add("body", "long", MaxLetter, n)
		return problem.Invalid(wrong...)
	}
	for _, word := range braces.FindAllString(w.Body, -1) {
		if _, ok := find(word); !ok {
			add("body", "unknown", word, list(func(placeholder) bool { return true }))
			return problem.Invalid(wrong...)
		}
	}
	rendered := ui.Markdown(marked(w.Body, known))
	words := tags.ReplaceAllString(rendered, "")
	for n, p := range known {
		used := strings.Count(w.Body, "{"+p.name+"}")
		switch {
		case used == 0 && p.needed:
			add("body", "needed", "{"+p.name+"}")
		case strings.Count(words, token(n)) != used:
			add("body", "hidden", "{"+p.name+"}")
		case p.block && strings.Count(rendered, "<p>"+token(n)+"</p>") != used:
			add("body", "block", "{"+p.name+"}")
		case p.block && used > 1:
			add("body", "once", "{"+p.name+"}")
		}
	}
	return problem.Invalid(wrong...)
}

// filling is what a letter puts in the place of its placeholders, in the language of the context.
type filling struct {
	kind *workflow.Kind
	sub  workflow.Submission
	letter
	to workflow.Recipient
	// page says that it is shown on a page, whose styles are the portal's and not the mail's.
	page bool
}

func (f filling) inline(ctx context.Context, name string) string {
	switch name {
	case "title":
		return titleOf(ctx, f.sub)
	case "name":
		return f.to.Name
	case "office":
		return f.sub.Sender()
	default:
		return i18n.Day(ctx, f.due)
	}
}

func (f filling) block(name string) templ.Component {
	switch name {
	case "note":
		return noteBlock(f)
	case "changes":
		return changesBlock(f)
	default:
		return linkBlock(f)
	}
}

// subject fills the wording's subject.
func (w Wording) subject(ctx context.Context, f filling) string {
	return braces.ReplaceAllStringFunc(w.Subject, func(word string) string {
		for _, p := range placeholdersOf(f.letter.kind) {
			if p.subject && word == "{"+p.name+"}" {
				return f.inline(ctx, p.name)
			}
		}
		return word
	})
}

// html fills the wording's text. Markdown is read first and the values are put in afterwards, so that nothing in a title
// or a name is read as Markdown, let alone as HTML.
func (w Wording) html(ctx context.Context, f filling) (string, error) {
	known := placeholdersOf(f.letter.kind)
	text := ui.Markdown(marked(w.Body, known))
	for n, p := range known {
		if !p.block {
			text = strings.ReplaceAll(text, token(n), "<bdi>"+html.EscapeString(f.inline(ctx, p.name))+"</bdi>")
			continue
		}
		var b strings.Builder
		if err := f.block(p.name).Render(ctx, &b); err != nil {
			return "", err
		}
		text = strings.ReplaceAll(text, "<p>"+token(n)+"</p>", b.String())
	}
	return text, nil
}
