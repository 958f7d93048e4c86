package word_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"portal/internal/dbtest"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/pledge"
	"portal/internal/word"
)

// pledges is the form of the tests: the longest there is.
var pledges = pledge.NewForm(nil)

func vocabulary(t testing.TB) *gcm.Vocabulary {
	t.Helper()
	v, err := gcm.Load(t.Context(), dbtest.New(t).Read())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// in is the context of a reader of the language.
func in(t testing.TB, lang i18n.Lang) context.Context { return i18n.WithLang(t.Context(), lang) }

func write(t testing.TB, ctx context.Context, d *form.Definition, v *gcm.Vocabulary, a form.Answers) []byte {
	t.Helper()
	content, err := word.Write(ctx, word.File{Definition: d, Vocabulary: v, Answers: a, Upload: "https://portal.example.org/en/imports/new?kind=pledge", Site: "Portal"})
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func read(t testing.TB, content []byte, v *gcm.Vocabulary) word.Reading {
	t.Helper()
	r, err := word.Read(t.Context(), content, pledges, v)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// parts unzips a file.
func parts(t testing.TB, content []byte) (names []string, all map[string]string) {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	all = map[string]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err = errors.Join(err, r.Close()); err != nil {
			t.Fatal(err)
		}
		names = append(names, f.Name)
		all[f.Name] = string(text)
	}
	return names, all
}

// pair is a part of an archive.
type pair struct{ name, content string }

// zipped makes an archive of parts.
func zipped(t testing.TB, parts ...pair) []byte {
	t.Helper()
	var b bytes.Buffer
	archive := zip.NewWriter(&b)
	for _, p := range parts {
		w, err := archive.Create(p.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, p.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// edited is the file with one of its parts changed, or with one more.
func edited(t testing.TB, content []byte, part string, change func(text string) string) []byte {
	t.Helper()
	names, all := parts(t, content)
	if _, ok := all[part]; !ok {
		names = append(names, part)
	}
	all[part] = change(all[part])
	var list []pair
	for _, name := range names {
		list = append(list, pair{name, all[name]})
	}
	return zipped(t, list...)
}

// body changes the text of the document.
func body(t testing.TB, content []byte, change func(text string) string) []byte {
	t.Helper()
	return edited(t, content, "word/document.xml", func(text string) string {
		out := change(text)
		if out == text {
			t.Fatal("the edit changed nothing")
		}
		return out
	})
}

// paragraphOf finds the paragraph with the control of the key.
func paragraphOf(t testing.TB, text, key string) (from, to int) {
	t.Helper()
	at := strings.Index(text, `<w:tag w:val="`+key+`"/>`)
	if at < 0 {
		t.Fatalf("there is no control %s", key)
	}
	from = strings.LastIndex(text[:at], "<w:p>")
	to = at + strings.Index(text[at:], "</w:p>") + len("</w:p>")
	return from, to
}

// typed replaces the paragraph with the control of the key.
func typed(t testing.TB, content []byte, key, paragraphs string) []byte {
	t.Helper()
	return body(t, content, func(text string) string {
		from, to := paragraphOf(t, text, key)
		return text[:from] + paragraphs + text[to:]
	})
}

// p is a paragraph of plain text.
func p(text string) string {
	return `<w:p><w:r><w:t xml:space="preserve">` + text + `</w:t></w:r></w:p>`
}
