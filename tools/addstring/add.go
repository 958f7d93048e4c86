package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"portal/internal/i18n"
)

var keyForm = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+(-[a-z0-9_]+)*)+$`)

// forms are the plural forms that a language without translation gets; those that it does not use are left out when it
// is translated, as the test of the catalogue demands.
var forms = map[i18n.Lang][]string{
	i18n.Arabic:  {"zero", "one", "two", "few", "many", "other"},
	i18n.Chinese: {"other"},
	i18n.English: {"one", "other"},
	i18n.French:  {"one", "other"},
	i18n.Russian: {"one", "few", "many", "other"},
	i18n.Spanish: {"one", "other"},
}

// add puts the text into the language's file of the area, after the last key with the longest beginning in common, and
// returns the name of the file.
func add(folder, lang, key, value string, untranslated bool) (string, error) {
	if !keyForm.MatchString(key) {
		return "", fmt.Errorf("%q is no key: small letters, digits and _, with dots between, the area first", key)
	}
	area, _, _ := strings.Cut(key, ".")
	name := filepath.Join(folder, lang, area+".json")
	entries, err := readFile(name)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if e.key == key {
			return "", fmt.Errorf("%s has %s already", name, key)
		}
	}
	text, err := entryText(lang, value, untranslated)
	if err != nil {
		return "", err
	}
	entries = slices.Insert(entries, place(entries, key), entry{key, text})
	return name, writeFile(name, entries)
}

// entry is one line of a file; the order of the lines is kept.
type entry struct {
	key   string
	value json.RawMessage
}

func entryText(lang, value string, untranslated bool) (json.RawMessage, error) {
	mark := ""
	if untranslated {
		mark = i18n.Untranslated
	}
	if !strings.HasPrefix(value, "{\"") {
		return encode(mark + value)
	}
	var given map[string]string
	if err := json.Unmarshal([]byte(value), &given); err != nil {
		return nil, fmt.Errorf("plural forms: %w", err)
	}
	if given["one"] == "" || given["other"] == "" || len(given) != 2 {
		return nil, errors.New("plural forms: English needs one and other")
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, form := range forms[i18n.Lang(lang)] {
		text := given["other"]
		if form == "one" {
			text = given["one"]
		}
		encoded, err := encode(mark + text)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", form, encoded)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// place is behind the entry whose key has the most in common with the new one, the last of several.
func place(entries []entry, key string) int {
	best, at := -1, len(entries)
	for i, e := range entries {
		if n := common(e.key, key); n >= best {
			best, at = n, i+1
		}
	}
	return at
}

// common counts the parts that two keys begin with alike.
func common(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	n := 0
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	return n
}

// readFile reads a file of the catalogue; one that is not there yet is empty.
func readFile(name string) ([]entry, error) {
	raw, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var entries []entry
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		e := entry{key: fmt.Sprint(token)}
		if err := d.Decode(&e.value); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", name, e.key, err)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func writeFile(name string, entries []entry) error {
	var flat, b bytes.Buffer
	flat.WriteByte('{')
	for i, e := range entries {
		if i > 0 {
			flat.WriteByte(',')
		}
		key, err := encode(e.key)
		if err != nil {
			return err
		}
		flat.Write(key)
		flat.WriteByte(':')
		flat.Write(e.value)
	}
	flat.WriteByte('}')
	if err := json.Indent(&b, flat.Bytes(), "", "  "); err != nil {
		return err
	}
	b.WriteByte('\n')
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, b.Bytes(), 0o644)
}

// encode writes JSON as people read it: without \u003c for <.
func encode(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}
