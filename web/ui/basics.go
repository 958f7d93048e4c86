package ui

import (
	"context"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"portal/internal/i18n"
)

// Tone is the colour and shape of a message or a tag; the words always say the same.
type Tone string

// The tones.
const (
	Plain Tone = ""     // nothing has happened yet: draft, silent
	Sky   Tone = "sky"  // under way
	Ok    Tone = "ok"   // done, published, fresh
	Warn  Tone = "warn" // something is to be done: changes requested, due
	Bad   Tone = "err"  // declined, late
)

func tagClass(t Tone) string {
	if t == Plain {
		return "tag"
	}
	return "tag tag--" + string(t)
}

func noteClass(t Tone) string {
	if t == Ok || t == Warn {
		return "note note--" + string(t)
	}
	return "note"
}

// written are the attributes of text that people wrote: its language, and its direction from its own letters. An empty
// language is our own text and has none.
func written(lang string) templ.Attributes {
	if lang == "" {
		return nil
	}
	return templ.Attributes{"lang": lang, "dir": "auto"}
}

// classes is the class attribute of the names that are not empty, or none.
func classes(names ...string) templ.Attributes {
	all := strings.Join(strings.Fields(strings.Join(names, " ")), " ")
	if all == "" {
		return nil
	}
	return templ.Attributes{"class": all}
}

// when is the class if the condition holds.
func when(condition bool, class string) string {
	if !condition {
		return ""
	}
	return class
}

// Task is one line of a task list.
type Task struct {
	// Href is empty for a task that cannot be started yet.
	Href string
	Text string
	Hint string
	// State is in words; Tone says how it is shown: Ok as plain words, the others as a tag.
	State string
	Tone  Tone
}

// Mark is one step in the list of steps beside a form.
type Mark struct {
	// Href is empty where the step cannot be opened.
	Href string
	Text string
	// State is in words: "Completed", "3 answers need attention".
	State         string
	Done, Current bool
}

// Event is one line of a timeline.
type Event struct {
	// At is the instant in words and Machine the same for machines (RFC 3339).
	At, Machine string
	What        string
	By          string
	// Note is what was written with it, in the language NoteLang; empty for nothing, and where it is not known.
	Note, NoteLang string
	Key            bool
}

// Tab is one of several views of a thing, each with its own address.
type Tab struct {
	Href, Text string
	Current    bool
}

// Chip is a filter in use, or a section of the page.
type Chip struct {
	Href, Text string
	// Remove says that following the link takes the filter away.
	Remove bool
}

// ChipTexts are what chips say.
func ChipTexts(chips []Chip) []string {
	all := make([]string, len(chips))
	for i, c := range chips {
		all[i] = c.Text
	}
	return all
}

// FileItem is one document in a list.
type FileItem struct {
	Name string
	// Href is empty where the file cannot be opened.
	Href string
	// Facts is one line: kind, size, language.
	Facts string
	// State is the result of the check, in words; empty leaves it out.
	State string
	Tone  Tone
	// Remove is the value of the Remove button (name "do"); empty leaves the button out.
	Remove string
	// Key stands for an image in the answers of a form; Picture is what pages show of it, nil for a document.
	Key     string
	Picture *Picture
}

// Picture is an image on a page. Its words are with it wherever it is shown.
type Picture struct {
	Src           string
	Width, Height int
}

// ImageOf finds an image by its key.
func ImageOf(files []FileItem, key string) (FileItem, bool) {
	i := slices.IndexFunc(files, func(f FileItem) bool { return f.Picture != nil && f.Key == key })
	if i < 0 {
		return FileItem{}, false
	}
	return files[i], true
}

// FileFacts is the line below a file's name: "PDF, 310 KB".
func FileFacts(ctx context.Context, kind string, size int64) string {
	return i18n.T(ctx, "ui.file.facts", kind, FileSize(ctx, size))
}

// FileSize says a size in bytes as people do, with at most one decimal: "310 KB", "2.6 MB"; 1 KB is 1,024 bytes.
func FileSize(ctx context.Context, size int64) string {
	switch {
	case size < 1<<10:
		return i18n.T(ctx, "ui.file.bytes", int(size))
	case size < 1<<20:
		return i18n.T(ctx, "ui.file.kb", int((size+512)>>10))
	default:
		tenths := (size*10 + 1<<19) >> 20
		if tenths%10 == 0 || tenths >= 100 {
			return i18n.T(ctx, "ui.file.mb", int((tenths+5)/10))
		}
		return i18n.T(ctx, "ui.file.mb", i18n.T(ctx, "ui.decimal", int(tenths/10), int(tenths%10)))
	}
}
