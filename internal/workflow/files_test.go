package workflow_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/attachment"
	"portal/internal/database"
	"portal/internal/workflow"
)

// TestANewVersionBeginsWithThePublishedFiles gives up one revision of something published and has another declined: the
// next begins with the files that the public sees, and what was sent in keeps those that it was sent with.
func TestANewVersionBeginsWithThePublishedFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	store := attachment.NewStore(attachment.Options{DB: w.db, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	id := w.start()
	add := func(name string) {
		t.Helper()
		s, err := w.find(id, w.author)
		if err != nil {
			t.Fatal(err)
		}
		received, err := store.Receive(t.Context(), attachment.Upload{SubmissionID: id, Revision: s.Revision, Field: "files", Name: name, By: w.author.ID}, strings.NewReader(name))
		if err != nil {
			t.Fatal(err)
		}
		defer received.Close()
		err = w.db.InTx(t.Context(), func(tx database.Tx) error {
			_, err := store.Add(t.Context(), tx, received)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	list := func(revision int) map[string]int64 {
		t.Helper()
		all, err := attachment.List(t.Context(), w.db.Read(), id, revision)
		if err != nil {
			t.Fatal(err)
		}
		files := map[string]int64{}
		for _, a := range all {
			files[a.Name] = a.ID
		}
		return files
	}
	remove := func(name string) {
		t.Helper()
		s, err := w.find(id, w.author)
		if err != nil {
			t.Fatal(err)
		}
		err = w.db.InTx(t.Context(), func(tx database.Tx) error {
			return attachment.Remove(t.Context(), tx, id, list(s.Revision)[name], s.Revision)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	want := func(revision int, names ...string) {
		t.Helper()
		var got []string
		for name := range list(revision) {
			got = append(got, name)
		}
		slices.Sort(got)
		if !slices.Equal(got, names) {
			t.Errorf("revision %d has %v, want %v", revision, got, names)
		}
	}

	add("decree.txt")
	add("budget.txt")
	w.must(id, workflow.Submit, w.author, "")
	w.must(id, workflow.Take, w.officer, "")
	w.must(id, workflow.Publish, w.officer, "")

	w.must(id, workflow.Revise, w.author, "")
	want(2, "budget.txt", "decree.txt")
	remove("decree.txt")
	add("given-up.txt")
	w.must(id, workflow.Discard, w.author, "")

	w.must(id, workflow.Revise, w.author, "")
	want(3, "budget.txt", "decree.txt")
	remove("budget.txt")
	add("declined.txt")
	w.must(id, workflow.Submit, w.author, "")
	w.must(id, workflow.Take, w.officer, "")
	w.must(id, workflow.Decline, w.officer, "Not this")

	w.must(id, workflow.Revise, w.author, "")
	want(1, "budget.txt", "decree.txt")
	want(2, "budget.txt", "given-up.txt")
	want(3, "declined.txt", "decree.txt")
	want(4, "budget.txt", "decree.txt")

	handedIn, err := workflow.HandedIn(t.Context(), w.db.Read(), id)
	if err != nil || !slices.Equal(handedIn, []int{1, 3}) {
		t.Errorf("handed in were %v, %v; the second was given up before", handedIn, err)
	}
}
