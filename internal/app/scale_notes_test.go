package app

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/dbtest"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/programme"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// The same number gives the same complete notes with forty signatures each, and those that are endorsed are programmes; every
// measured address of the pipeline is there, and is answered without reading all of it.
func TestScaleMakesTheSameCompleteNotes(t *testing.T) {
	t.Parallel()
	const n = 60
	var sums []string
	var portal *App
	for range 2 {
		db := dbtest.New(t)
		portal = emptyPortal(t, db)
		if err := portal.scaleNotesOn(t.Context(), n, date.New(2026, 11, 28)); err != nil {
			t.Fatal(err)
		}
		if err := portal.ScaleNotes(t.Context(), n); !errors.Is(err, ErrScaled) {
			t.Errorf("a second time: %v", err)
		}
		type row struct {
			Notes, Signatures, Signed, Endorsed, Programmes, Stages int
			Sum                                                     string
		}
		r, err := database.Row[row](t.Context(), db.Read(), `SELECT (SELECT count(*) FROM submissions) AS notes, (SELECT count(*) FROM note_signatures) AS signatures,
			(SELECT count(*) FROM note_signatures g JOIN submissions s ON s.id = g.submission_id WHERE g.state = 'signed' AND s.submitted_revision IS NOT NULL) AS signed,
			(SELECT count(*) FROM submissions WHERE state = 'accepted') AS endorsed, (SELECT count(*) FROM programmes) AS programmes, (SELECT count(DISTINCT stage) FROM programmes) AS stages,
			(SELECT md5(string_agg(public_id || title || facts::text || stage || stage_on || facets::text, '' ORDER BY id)) FROM programmes) AS sum`)
		submitted, wrong := database.Value[int](t.Context(), db.Read(), `SELECT count(*) FROM submissions WHERE submitted_revision IS NOT NULL`)
		if err != nil || wrong != nil || r.Notes != n || r.Signatures != 40*n || r.Signed != 40*submitted || r.Programmes != r.Endorsed || r.Programmes < n/2 || r.Stages != 4 {
			t.Errorf("%+v, %d were sent in, %v, %v", r, submitted, err, wrong)
		}
		sums = append(sums, r.Sum)
		if wrong, err := programme.CheckIndex(t.Context(), db.Read()); err != nil || len(wrong) > 0 {
			t.Errorf("the index is wrong: %v, %v", wrong, err)
		}
		type note struct {
			ID workflow.ID
			At time.Time
		}
		all, err := database.Rows[note](t.Context(), db.Read(), `SELECT id, created_at AS at FROM submissions WHERE id % 7 = 0`)
		if err != nil || len(all) < n/9 {
			t.Fatalf("%d notes, %v", len(all), err)
		}
		for _, s := range all {
			text, err := workflow.ReadText(t.Context(), db.Read(), s.ID, 1)
			if err != nil {
				t.Fatal(err)
			}
			given := text.Answers()
			if wrong := portal.areas.notes.Kind().Form.Problems(given, form.Env{Today: date.Today(s.At, i18n.Geneva), Vocabulary: portal.vocabulary()}); len(wrong) > 0 && given.First("theory") != "" {
				t.Errorf("%q is not complete: %v", given.First("title"), wrong)
			}
		}
	}
	if sums[0] != sums[1] {
		t.Error("the same number does not give the same programmes")
	}
	content, err := os.ReadFile("../programme/testdata/queries.txt")
	if err != nil {
		t.Fatal(err)
	}
	visitor, asked := webtest.New(t, portal.Handler()), 0
	for line := range strings.Lines(string(content)) {
		address, _, _ := strings.Cut(line, " #")
		if address = strings.TrimSpace(address); address == "" || strings.HasPrefix(address, "#") {
			continue
		}
		asked++
		visitor.Get(strings.NewReplacer("%ID%", "GCM-JP-0001", "%LAST%", "GCM-JP-0021").Replace(address)).Want(http.StatusOK)
	}
	if asked < 40 {
		t.Errorf("only %d addresses are measured", asked)
	}
}
