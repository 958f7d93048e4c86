package attachment_test

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/attachment"
	"portal/internal/database"
	"portal/internal/dbtest"
)

// shelf is a submission with files.
type shelf struct {
	*testing.T
	db                 *database.DB
	store              *attachment.Store
	submission, person int64
}

func newShelf(t *testing.T) shelf {
	t.Helper()
	db := dbtest.New(t)
	value := func(sql string, args ...any) int64 {
		t.Helper()
		id, err := database.Value[int64](t.Context(), db.Read(), sql, args...)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	s := shelf{T: t, db: db, store: attachment.NewStore(attachment.Options{DB: db, Log: slog.New(slog.DiscardHandler), Now: time.Now})}
	s.person = value(`INSERT INTO users (email, name, created_at) VALUES ('a@example.org', 'A', now()) RETURNING id`)
	office := value(`INSERT INTO offices (name, category, created_at) VALUES ('Ministry', 'member_state', now()) RETURNING id`)
	s.submission = value(`INSERT INTO submissions (kind, desk, office_id, author_id, created_at, changed_at)
		VALUES ('pledge', 'pledges', $1, $2, now(), now()) RETURNING id`, office, s.person)
	return s
}

func (s shelf) add(revision int, name, content string) attachment.Attachment {
	s.Helper()
	upload := attachment.Upload{SubmissionID: s.submission, Revision: revision, Field: "files", Name: name, By: s.person}
	received, err := s.store.Receive(s.Context(), upload, strings.NewReader(content))
	if err != nil {
		s.Fatal(err)
	}
	defer received.Close()
	var a attachment.Attachment
	s.in(func(ctx context.Context, tx database.Tx) error {
		a, err = s.store.Add(ctx, tx, received)
		return err
	})
	return a
}

func (s shelf) in(do func(ctx context.Context, tx database.Tx) error) {
	s.Helper()
	if err := s.db.InTx(s.Context(), func(tx database.Tx) error { return do(s.Context(), tx) }); err != nil {
		s.Fatal(err)
	}
}

func (s shelf) remove(revision int, a attachment.Attachment) {
	s.Helper()
	s.in(func(ctx context.Context, tx database.Tx) error {
		return attachment.Remove(ctx, tx, s.submission, a.ID, revision)
	})
}

func (s shelf) reopen(from, next int) {
	s.Helper()
	s.in(func(ctx context.Context, tx database.Tx) error {
		return attachment.Reopen(ctx, tx, s.submission, from, next)
	})
}

func (s shelf) list(revision int) []attachment.Attachment {
	s.Helper()
	all, err := attachment.List(s.Context(), s.db.Read(), s.submission, revision)
	if err != nil {
		s.Fatal(err)
	}
	return all
}

func (s shelf) want(revision int, names ...string) {
	s.Helper()
	var got []string
	for _, a := range s.list(revision) {
		got = append(got, a.Name)
	}
	slices.Sort(got)
	if !slices.Equal(got, names) {
		s.Errorf("revision %d has %v, want %v", revision, got, names)
	}
}

func TestReopenGivesBackTheFilesOfTheEarlierRevision(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	decree := s.add(1, "decree.txt", strings.Repeat("The decree. ", attachment.ChunkBytes/10))
	s.add(1, "budget.txt", "The budget.")
	s.remove(2, decree)
	s.add(2, "draft.txt", "A draft.")
	s.reopen(1, 3)
	s.want(1, "budget.txt", "decree.txt")
	s.want(2, "budget.txt", "draft.txt") // it may have been sent in: what it had stays
	s.want(3, "budget.txt", "decree.txt")
	s.want(4, "budget.txt", "decree.txt")

	var back attachment.Attachment
	for _, a := range s.list(3) {
		if a.Name == "decree.txt" {
			back = a
		}
	}
	if back.ID == decree.ID || back.Size != decree.Size || !slices.Equal(back.SHA256, decree.SHA256) {
		t.Errorf("the file that is back is %+v, it was %+v", back, decree)
	}
	_, content, err := s.store.Open(t.Context(), back.ID)
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(content)
	if err != nil || string(all) != strings.Repeat("The decree. ", attachment.ChunkBytes/10) {
		t.Errorf("its content is %d bytes, %v", len(all), err)
	}
}

func TestReopenAgainAndAgain(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	decree := s.add(1, "decree.txt", "The decree.")
	s.remove(2, decree)
	s.add(2, "second.txt", "Second.")
	s.reopen(1, 3) // 2 is given up
	s.add(3, "third.txt", "Third.")
	s.reopen(1, 4) // and so is 3
	for revision, names := range map[int][]string{1: {"decree.txt"}, 2: {"second.txt"}, 3: {"decree.txt", "third.txt"}, 4: {"decree.txt"}} {
		s.want(revision, names...)
	}
	s.reopen(1, 5)
	s.want(5, "decree.txt")
	if n := len(s.list(5)); n != 1 {
		t.Errorf("the file is there %d times", n)
	}
}

func TestReopenTheNextRevisionChangesNothing(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	kept := s.add(1, "decree.txt", "The decree.")
	gone := s.add(1, "old.txt", "Old.")
	s.remove(2, gone)
	s.reopen(2, 3)
	s.want(3, "decree.txt")
	if got := s.list(3)[0]; got.ID != kept.ID || got.RemovedRevision != nil {
		t.Errorf("it is %+v", got)
	}
	s.want(1, "decree.txt", "old.txt")
}
