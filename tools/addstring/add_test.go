package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAdd(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write := func(lang, text string) {
		if err := os.MkdirAll(filepath.Join(folder, lang), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, lang, "pledge.json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("en", `{"pledge.title.label": "Title", "pledge.text.label": "<Text>", "pledge.n": {"one": "{0}", "other": "{0}"}}`)
	write("ar", `{"pledge.text.label": "النص"}`)

	for _, c := range []struct {
		name, lang, key, value string
		untranslated           bool
		want                   string // of the whole file; "" for an error
	}{
		{"beside its like", "en", "pledge.title.blank", "Enter a title.", false, `{
  "pledge.title.label": "Title",
  "pledge.title.blank": "Enter a title.",
  "pledge.text.label": "<Text>",
  "pledge.n": {
    "one": "{0}",
    "other": "{0}"
  }
}
`},
		{"once only", "en", "pledge.title.blank", "Again", false, ""},
		{"marked in another language", "ar", "pledge.title.blank", `Say "x" & <y>`, true, `{
  "pledge.text.label": "النص",
  "pledge.title.blank": "⚑ Say \"x\" & <y>"
}
`},
		{"with the plural forms of the language", "ar", "pledge.count", `{"one": "{0} pledge", "other": "{0} pledges"}`, true, `{
  "pledge.text.label": "النص",
  "pledge.title.blank": "⚑ Say \"x\" & <y>",
  "pledge.count": {
    "zero": "⚑ {0} pledges",
    "one": "⚑ {0} pledge",
    "two": "⚑ {0} pledges",
    "few": "⚑ {0} pledges",
    "many": "⚑ {0} pledges",
    "other": "⚑ {0} pledges"
  }
}
`},
		{"a text that starts with a placeholder is no object", "en", "pledge.who", "{0} and others", false, `{
  "pledge.title.label": "Title",
  "pledge.title.blank": "Enter a title.",
  "pledge.text.label": "<Text>",
  "pledge.n": {
    "one": "{0}",
    "other": "{0}"
  },
  "pledge.who": "{0} and others"
}
`},
		{"plural forms that are none", "en", "pledge.count", `{"one": 1}`, false, ""},
		{"plural forms that lack one", "en", "pledge.count", `{"other": "x"}`, false, ""},
		{"no key", "en", "Pledge Title", "x", false, ""},
		{"a key without an area", "en", "pledge", "x", false, ""},
		{"a key that leaves the folder", "en", "../x.y", "x", false, ""},
	} {
		name, err := add(folder, c.lang, c.key, c.value, c.untranslated)
		if c.want == "" {
			if err == nil {
				t.Errorf("%s: no error", c.name)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if string(raw) != c.want {
			t.Errorf("%s: the file is\n%s\nwant\n%s", c.name, raw, c.want)
		}
	}
	name, err := add(folder, "en", "talk.title", "Talks", false)
	if err != nil || !strings.HasSuffix(name, filepath.Join("en", "talk.json")) {
		t.Errorf("a new area: %s, %v", name, err)
	}
}
