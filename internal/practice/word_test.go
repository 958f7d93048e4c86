package practice_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/practice"
	"portal/internal/word"
)

// offline are the answers that the Word file of the tests holds: every question that it asks, but for files.
func offline() form.Answers {
	return with(form.Answers{
		"filed_for": {"other"}, "focal_name": {"Kofi Addo"}, "focal_position": {"Adviser"}, "focal_email": {"focal@example.org"},
		"description": {"A worker who returned met seven offices.\n\n- one intake form\n- one counsellor\n\n" + strings.Repeat("Each office opened its own file. ", 12)},
		"costs":       {"USD 48,000 to open a desk.\n\nUSD 31,000 a year."}, "people": {"Four counsellors."}, "time": {"Eight months."},
		"implementer_type": {"other"}, "implementer_other": {"A network of towns"}, "figures.0.source": {"Evaluation, table 4"}, "blocks.0.conditions": {"A law on data."},
		"blocks.1.title": {"Agreement"}, "blocks.1.text": {"Four pages."},
		"versions.0.language": {"ar"}, "versions.0.title": {"مكتب واحد للعائدين"}, "versions.0.summary": {"خمس وزارات تتشارك ملفاً واحداً."}, "versions.0.description": {"كان العامل العائد يقابل سبعة مكاتب."},
	})
}

// asked are the questions that the Word file asks.
func asked(d *form.Definition) []form.Field {
	var all []form.Field
	for _, step := range d.Steps {
		all = append(all, slices.DeleteFunc(slices.Clone(step.Fields), form.Field.Uploads)...)
	}
	return all
}

// compareFile holds what a file says against the answers that were written into it, question by question.
func compareFile(t *testing.T, content []byte) {
	t.Helper()
	d := practice.NewForm()
	r, err := word.Read(t.Context(), content, d, seeded(t))
	if err != nil {
		t.Fatal(err)
	}
	want := offline()
	for _, f := range asked(d) {
		if !r.Has(f.ID) {
			t.Errorf("the file has no place for %s", f.ID)
		}
		got, sent := r.Answers.Of(f), want.Of(f)
		for _, name := range slices.Sorted(maps.Keys(sent)) {
			was, is := sorted(sent.All(name)), sorted(got.All(name))
			if strings.Join(strings.Fields(strings.Join(was, "\n")), " ") != strings.Join(strings.Fields(strings.Join(is, "\n")), " ") {
				t.Errorf("%s was %q and is %q", name, was, is)
			}
		}
		for name := range got {
			if len(got.All(name)) > 0 && len(sent.All(name)) == 0 {
				t.Errorf("%s is %q, and was not answered", name, got.All(name))
			}
		}
	}
}

func sorted(values []string) []string { return slices.Sorted(slices.Values(values)) }

func TestTheWordFileGivesBackEveryAnswer(t *testing.T) {
	t.Parallel()
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		content, err := word.Write(i18n.WithLang(t.Context(), lang), word.File{Definition: practice.NewForm(), Vocabulary: seeded(t), Answers: offline(), Site: "Portal"})
		if err != nil {
			t.Fatal(err)
		}
		compareFile(t, content)
	}
}

// The file was filled in and saved by LibreOffice, which keeps no tags of content controls.
func TestAFileSavedByLibreOfficeGivesBackEveryAnswer(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("testdata/libreoffice.docx")
	if err != nil {
		t.Fatal(err)
	}
	compareFile(t, content)
}
