package conceptnote_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"portal/internal/i18n"
	"portal/internal/word"
)

func TestTheWordFileGivesBackEveryAnswer(t *testing.T) {
	t.Parallel()
	v, _ := seeded(t)
	d, want := blank(t), with(map[string][]string{"way": {"other"}, "reason": {"There is none in either country."}, "context": {"The border divides one market.\n\n- one fee\n- two laws"}})
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		content, err := word.Write(i18n.WithLang(t.Context(), lang), word.File{Definition: d, Vocabulary: v, Answers: want, Site: "Portal"})
		if err != nil {
			t.Fatal(err)
		}
		r, err := word.Read(t.Context(), content, d, v)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range d.Steps {
			for _, f := range step.Fields {
				if f.Uploads() {
					continue
				}
				if !r.Has(f.ID) {
					t.Errorf("%s: the file has no place for %s", lang, f.ID)
				}
				sent, got := want.Of(f), r.Answers.Of(f)
				for _, name := range slices.Sorted(maps.Keys(sent)) {
					was, is := slices.Sorted(slices.Values(sent.All(name))), slices.Sorted(slices.Values(got.All(name)))
					if strings.Join(strings.Fields(strings.Join(was, " ")), " ") != strings.Join(strings.Fields(strings.Join(is, " ")), " ") {
						t.Errorf("%s: %s was %q and is %q", lang, name, was, is)
					}
				}
			}
		}
	}
}

// An area that the fund has taken out stands in the Word copy of a draft by its name, and is read back as what it is.
func TestTheWordFileKeepsAFormerArea(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, _ := seeded(t)
	w.newVersion(t, `content || jsonb_build_object('areas', (content->'areas') - 3)`)
	d, a := w.service.Kind().Form, complete()
	if !slices.Contains(a.All("areas"), "ta-4") {
		t.Fatalf("the note is of %v", a.All("areas"))
	}
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		content, err := word.Write(i18n.WithLang(t.Context(), lang), word.File{Definition: d, Vocabulary: v, Answers: a, Site: "Portal"})
		if err != nil {
			t.Fatal(err)
		}
		r, err := word.Read(t.Context(), content, d, v)
		if err != nil || !slices.Equal(slices.Sorted(slices.Values(r.Answers.All("areas"))), slices.Sorted(slices.Values(a.All("areas")))) {
			t.Errorf("%s: the areas were %v and are %v, %v", lang, a.All("areas"), r.Answers.All("areas"), err)
		}
	}
}
