package i18n

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		args       []any
		want       string
	}{
		{"no placeholder", "Save", nil, "Save"},
		{"nothing at all", "", []any{1}, ""},
		{"in order", "{0} of {1}", []any{"a", "b"}, "a of b"},
		{"in another order, one twice", "{1}{0}{1}", []any{"a", "b"}, "bab"},
		{"numbers as the language writes them", "{0} and {1}", []any{1234, int64(5678901)}, "1,234 and 5,678,901"},
		{"a text as argument", "“{0}”", []any{Key("common.yes")}, "“Yes”"},
		{"an argument that looks like a placeholder stays", "{0}{1}", []any{"{1}", "{0}"}, "{1}{0}"},
		{"a missing argument keeps its placeholder", "{0} and {1}", []any{"a"}, "a and {1}"},
		{"an argument too many is left out", "{0}", []any{"a", "b"}, "a"},
		{"braces that are no placeholder stay", "{} {x} {-1} {0", []any{"a"}, "{} {x} {-1} {0"},
		{"a brace before a placeholder", "{{0}}", []any{"a"}, "{a}"},
		{"a number too large for a placeholder", "{99999999999999999999}", []any{"a"}, "{99999999999999999999}"},
		{"a text that waits for its translation", Untranslated + "Save {0}", []any{"a"}, "Save a"},
		{"any other value", "{0}", []any{true}, "true"},
	} {
		if got := parse(c.text).fill(English, c.args); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzPlaceholders(f *testing.F) {
	f.Add("{0} and {1}", "a")
	f.Add("{{0}{", "{0}")
	f.Fuzz(func(t *testing.T, src, arg string) {
		src = strings.TrimPrefix(src, Untranslated)
		// Filled with its own placeholders, a text is itself.
		var own []any
		for n := range 256 {
			own = append(own, fmt.Sprintf("{%d}", n))
		}
		if got := parse(src).fill(English, own); !hasLeadingZeros(src) && got != src {
			t.Errorf("%q became %q", src, got)
		}
		_ = parse(src).fill(English, []any{arg})
	})
}

// hasLeadingZeros is where {01} stands for {1}.
func hasLeadingZeros(s string) bool { return strings.Contains(s, "{0") }

// forms is one text whose plural forms are their own names.
const forms = `{"t.n": {"zero": "zero {0}", "one": "one {0}", "two": "two {0}", "few": "few {0}", "many": "many {0}", "other": "other {0}"}}`

func formsCatalogue(t *testing.T) *catalogue {
	t.Helper()
	files := fstest.MapFS{}
	for _, l := range All {
		files[string(l)+"/t.json"] = &fstest.MapFile{Data: []byte(forms)}
	}
	c, err := read(files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPluralForms(t *testing.T) {
	t.Parallel()
	c := formsCatalogue(t)
	for l, want := range map[Lang]map[int]string{
		English: {0: "other", 1: "one", 2: "other", 1000000: "other"},
		Arabic:  {0: "zero", 1: "one", 2: "two", 3: "few", 10: "few", 11: "many", 99: "many", 100: "other", 102: "other", 103: "few", 1000: "other"},
		Russian: {0: "many", 1: "one", 2: "few", 5: "many", 11: "many", 21: "one", 22: "few", 112: "many"},
		Chinese: {0: "other", 1: "other", 5: "other"},
		French:  {0: "one", 1: "one", 2: "other"},
		Spanish: {0: "other", 1: "one", 2: "other"},
	} {
		for n, form := range want {
			got, err := c.plural(l, "t.n", n, []any{n})
			if want := form + " " + number(l, int64(n)); err != nil || got != want {
				t.Errorf("%d in %s: %q (%v), want %q", n, l, got, err, want)
			}
		}
	}
}

func TestFirstWholeNumberDecidesOnTheForm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []any
		want int
	}{
		{nil, 0},
		{[]any{"7", 3, 5}, 3},
		{[]any{int64(4)}, 4},
		{[]any{"a", true}, 0},
	} {
		if got := count(c.args); got != c.want {
			t.Errorf("count(%v) is %d, want %d", c.args, got, c.want)
		}
	}
}

func TestCatalogueThatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"no JSON": `{`, "no object": `["a"]`, "a number for a text": `{"t.n": 1}`, "a list for a text": `{"t.n": ["a"]}`,
	} {
		if _, err := read(fstest.MapFS{"en/t.json": &fstest.MapFile{Data: []byte(file)}}); err == nil || !strings.Contains(err.Error(), "en/t.json") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOfferedAreTheCompleteLanguages(t *testing.T) {
	t.Parallel()
	c, err := read(fstest.MapFS{
		"en/a.json": &fstest.MapFile{Data: []byte(`{"a.x": "x", "a.y": "y"}`)},
		"fr/a.json": &fstest.MapFile{Data: []byte(`{"a.x": "x", "a.z": "more does not make up for less"}`)},
		"ru/a.json": &fstest.MapFile{Data: []byte(`{"a.x": "x", "a.y": "y", "a.z": "z"}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []Lang{English, Russian}; !slices.Equal(c.offered, want) {
		t.Errorf("offered are %v, want %v", c.offered, want)
	}
}
