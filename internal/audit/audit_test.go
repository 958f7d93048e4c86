package audit_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/dbtest"
)

func TestRecordAndList(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	ctx := t.Context()
	person, err := database.Value[int64](ctx, db.Read(), `INSERT INTO users (email, name, created_at) VALUES ('a@example.org', 'Amina', now()) RETURNING id`)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 24, 9, 42, 0, 0, time.UTC)
	err = db.InTx(ctx, func(tx database.Tx) error {
		for _, e := range []audit.Entry{
			{Actor: person, Act: "start", Subject: "submission", SubjectID: 7, At: at},
			{Actor: person, Act: "read", Subject: "submission", SubjectID: 7, Fields: []string{"contact_name"}, At: at.Add(time.Hour)},
			{Act: "publish", Subject: "submission", SubjectID: 7, At: at.Add(2 * time.Hour)},
			{Actor: person, Act: "submit", Subject: "submission", SubjectID: 8, At: at},
			{Actor: person, Act: "sign_in", Subject: "user", SubjectID: 7, At: at},
		} {
			if err := audit.Record(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	list := func(q audit.Query) (acts []string, lines []audit.Line) {
		t.Helper()
		q.Subject, q.SubjectID = "submission", 7
		lines, err := audit.List(ctx, db.Read(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			acts = append(acts, l.Act)
		}
		return acts, lines
	}
	acts, lines := list(audit.Query{Limit: 10})
	if !slices.Equal(acts, []string{"publish", "read", "start"}) {
		t.Fatalf("the record is %v", acts)
	}
	if l := lines[0]; l.ActorID != nil || l.ActorName != "" || len(l.Fields) != 0 {
		t.Errorf("what the portal did is %+v", l)
	}
	if l := lines[1]; l.ActorID == nil || *l.ActorID != person || l.ActorName != "Amina" || !slices.Equal(l.Fields, []string{"contact_name"}) || !l.At.Equal(at.Add(time.Hour)) {
		t.Errorf("what a person did is %+v", l)
	}
	if acts, _ := list(audit.Query{Limit: 10, Acts: []string{"publish", "start"}}); !slices.Equal(acts, []string{"publish", "start"}) {
		t.Errorf("without readings: %v", acts)
	}
	if acts, _ := list(audit.Query{Limit: 10, Except: []int64{lines[0].ID}}); !slices.Equal(acts, []string{"read", "start"}) {
		t.Errorf("without the last: %v", acts)
	}
	if acts, _ := list(audit.Query{Limit: 1, Before: lines[0].ID}); !slices.Equal(acts, []string{"read"}) {
		t.Errorf("the second page: %v", acts)
	}
	if _, err := db.Read().Exec(ctx, `UPDATE users SET closed_at = now() WHERE id = $1`, person); err != nil {
		t.Fatal(err)
	}
	if _, lines := list(audit.Query{Limit: 10}); lines[1].ActorName != "" || lines[1].ActorID == nil {
		t.Errorf("after the account is closed: %+v", lines[1])
	}
}

func TestNobodyChangesTheRecord(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	ctx := t.Context()
	err := db.InTx(ctx, func(tx database.Tx) error {
		return audit.Record(ctx, tx, audit.Entry{Act: "start", Subject: "submission", SubjectID: 7, At: time.Now()})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{`UPDATE audit_log SET act = 'nothing'`, `DELETE FROM audit_log`, `TRUNCATE audit_log`} {
		if _, err := db.Read().Exec(ctx, sql); err == nil || !strings.Contains(err.Error(), "never changed or removed") {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// Reading the same again within the hour is one act; somebody else, another row, other fields or later is another.
func TestReadingAgainIsOneAct(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	at := time.Date(2026, 11, 24, 9, 42, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		r     audit.Reading
		wants int // entries afterwards
	}{
		{"nothing", audit.Reading{Actor: 1, Subject: "user", Fields: []string{"name"}, At: at}, 0},
		{"two people", audit.Reading{Actor: 1, Subject: "user", IDs: []int64{8, 7}, Fields: []string{"name", "email"}, At: at}, 2},
		{"the same again", audit.Reading{Actor: 1, Subject: "user", IDs: []int64{7, 8}, Fields: []string{"email", "name"}, At: at.Add(time.Minute)}, 2},
		{"a part of it", audit.Reading{Actor: 1, Subject: "user", IDs: []int64{7}, Fields: []string{"name"}, At: at.Add(time.Minute)}, 2},
		{"one more person", audit.Reading{Actor: 1, Subject: "user", IDs: []int64{7, 9}, Fields: []string{"name"}, At: at.Add(time.Minute)}, 3},
		{"one more field", audit.Reading{Actor: 1, Subject: "user", IDs: []int64{7}, Fields: []string{"name", "position"}, At: at.Add(time.Minute)}, 4},
		{"somebody else", audit.Reading{Actor: 2, Subject: "user", IDs: []int64{7}, Fields: []string{"name"}, At: at.Add(time.Minute)}, 5},
		{"something else of the same number", audit.Reading{Actor: 1, Subject: "office", IDs: []int64{7}, Fields: []string{"name"}, At: at.Add(time.Minute)}, 6},
		{"an hour later", audit.Reading{Actor: 1, Subject: "user", IDs: []int64{8}, Fields: []string{"name"}, At: at.Add(time.Hour)}, 7},
	} {
		if err := audit.RecordRead(t.Context(), db.Read(), c.r); err != nil {
			t.Fatal(err)
		}
		if n, err := database.Value[int](t.Context(), db.Read(), `SELECT count(*)::int FROM audit_log WHERE act = 'read'`); err != nil || n != c.wants {
			t.Errorf("%s: %d entries, want %d, %v", c.name, n, c.wants, err)
		}
	}
}
