package locales_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"portal/internal/i18n"
	"portal/web/locales"
)

// complete are the languages that must have every text; the others may lack any, but have no other text than English.
var complete = []i18n.Lang{i18n.Arabic, i18n.English}

// categories are the plural forms that CLDR asks for in each language, for whole numbers below a million.
var categories = map[i18n.Lang][]string{
	i18n.Arabic:  {"zero", "one", "two", "few", "many", "other"},
	i18n.Chinese: {"other"},
	i18n.English: {"one", "other"},
	i18n.French:  {"one", "other"},
	i18n.Russian: {"one", "few", "many", "other"},
	i18n.Spanish: {"one", "other"},
}

// entry is one text: a single form "", or plural forms by category.
type entry map[string]string

// read returns all texts of a language; problems of the files themselves are reported.
func read(t *testing.T, l i18n.Lang) map[string]entry {
	t.Helper()
	files, err := fs.Glob(locales.FS, path.Join(string(l), "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]entry{}
	for _, file := range files {
		raw, err := fs.ReadFile(locales.FS, file)
		if err != nil {
			t.Fatal(err)
		}
		area := strings.TrimSuffix(path.Base(file), ".json")
		d := json.NewDecoder(bytes.NewReader(raw))
		if token, err := d.Token(); err != nil || token != json.Delim('{') {
			t.Fatalf("%s: not an object", file)
		}
		for d.More() {
			token, err := d.Token()
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			key := token.(string)
			if texts[key] != nil {
				t.Errorf("%s: %s is there twice", file, key)
			}
			if !strings.HasPrefix(key, area+".") || !keyForm.MatchString(key) {
				t.Errorf("%s: the key %q must be of small letters, digits, _ and dots, and start with %q", file, key, area+".")
			}
			var value json.RawMessage
			if err := d.Decode(&value); err != nil {
				t.Fatalf("%s: %s: %v", file, key, err)
			}
			var one string
			e := entry{}
			if json.Unmarshal(value, &one) == nil {
				e[""] = one
			} else if err := json.Unmarshal(value, &e); err != nil {
				t.Fatalf("%s: %s: a text is a string or an object of plural forms", file, key)
			}
			texts[key] = e
		}
	}
	return texts
}

var keyForm = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+(-[a-z0-9_]+)*)+$`)

func TestCatalogue(t *testing.T) {
	t.Parallel()
	english := read(t, i18n.English)
	for _, l := range i18n.All {
		t.Run(string(l), func(t *testing.T) {
			t.Parallel()
			texts := read(t, l)
			for _, key := range slices.Sorted(maps.Keys(texts)) {
				if english[key] == nil {
					t.Errorf("%s is not in English", key)
				}
				for _, problem := range wrong(l, key, texts[key], english[key]) {
					t.Errorf("%s %s", key, problem)
				}
			}
			if !slices.Contains(complete, l) {
				return
			}
			for _, key := range slices.Sorted(maps.Keys(english)) {
				if texts[key] == nil {
					t.Errorf("%s is missing: %q", key, english[key])
				}
			}
		})
	}
}

var placeholder = regexp.MustCompile(`\{[0-9]+\}`)

// wrong says what is wrong with a text.
func wrong(l i18n.Lang, key string, e, english entry) []string {
	var problems []string
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if _, single := e[""]; !single {
		for _, category := range categories[l] {
			if e[category] == "" {
				say("lacks the plural form %q", category)
			}
		}
		for category := range e {
			if !slices.Contains(categories[l], category) {
				say("has the plural form %q, which this language does not use", category)
			}
		}
	}
	want := placeholders(english)
	for _, category := range slices.Sorted(maps.Keys(e)) {
		text := e[category]
		switch {
		case strings.HasPrefix(text, strings.TrimSpace(i18n.Untranslated)):
			say("waits for its translation: %q", text)
		case text == "":
			say("is empty")
		case strings.TrimSpace(text) != text && !strings.HasPrefix(key, "common.list."):
			say("has spaces around it: %q", text)
		}
		has := placeholders(entry{"": text})
		for p := range has {
			if !want[p] {
				say("has the placeholder %s, which English has not: %q", p, text)
			}
		}
		// "One pledge", "no pledge", "two pledges" may do without the number.
		if slices.Contains([]string{"zero", "one", "two"}, category) {
			continue
		}
		for p := range want {
			if !has[p] {
				say("lacks the placeholder %s of English: %q", p, text)
			}
		}
	}
	return problems
}

func placeholders(e entry) map[string]bool {
	all := map[string]bool{}
	for _, text := range e {
		for _, p := range placeholder.FindAllString(text, -1) {
			all[p] = true
		}
	}
	return all
}

// latin are texts that are the same in Arabic: file formats, addresses, marks without words.
var latin = regexp.MustCompile(`^(\.pdf|CSV|XLSX|JSON|Atom|HTML|PDF|KB|MB|UTC|[^A-Za-z]|\{[0-9]+\})*$`)

func TestArabicIsArabic(t *testing.T) {
	t.Parallel()
	arabic := regexp.MustCompile(`\p{Arabic}`)
	for key, e := range read(t, i18n.Arabic) {
		for _, text := range e {
			if !arabic.MatchString(text) && !latin.MatchString(text) {
				t.Errorf("%s is not in Arabic: %q", key, text)
			}
			if strings.ContainsAny(text, "٠١٢٣٤٥٦٧٨٩") {
				t.Errorf("%s has Arabic-Indic digits; the portal keeps 0-9 (design guide, section 8): %q", key, text)
			}
			if strings.Contains(text, "ةة") {
				t.Errorf("%s has an ending twice: %q", key, text)
			}
		}
	}
}
