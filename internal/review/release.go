package review

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/riverqueue/river"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/jobs"
	"portal/internal/problem"
	"portal/internal/workflow"
)

const (
	// usualUndo is how many minutes a desk has to undo a release when it has not said otherwise.
	usualUndo = 5
	// MaxTogether is how many submissions are handled together at most: in a release, and in a bulk act.
	MaxTogether = 500
)

// Leads says whether the person leads the desk.
func Leads(who identity.User, desk identity.Desk) bool {
	return slices.Contains(who.Staff, identity.StaffRole{Role: identity.Lead, Desk: desk})
}

// led are the desks that the person leads.
func led(who identity.User) []identity.Desk {
	var desks []identity.Desk
	for _, d := range identity.Desks {
		if Leads(who, d) {
			desks = append(desks, d)
		}
	}
	return desks
}

// Item is a pending decision with its submission, and the letters that it sends.
type Item struct {
	Pending
	Submission workflow.Submission
	Kind       *workflow.Kind
	// Why says why it cannot leave; "" when it can.
	Why     Reason
	Letters []Letter
}

// Pile is what a desk has decided and not said yet, as one of its leads sees it.
type Pile struct {
	Desk identity.Desk
	// Ready can leave; Held cannot, for its reason. Together they are MaxTogether at most; More says that there are others.
	Ready, Held []Item
	More        bool
	UndoMinutes int
	// Wording is the last version of the desk's letters: what was read in one may not leave in another.
	Wording int64
}

// Pile returns what the desk has decided and not said yet, and records that the names of who gets the letters were read. Who
// does not lead the desk gets problem.NotFound.
func (s *Service) Pile(ctx context.Context, who identity.User, desk identity.Desk) (Pile, error) {
	p := Pile{Desk: desk}
	if !Leads(who, desk) {
		return p, fmt.Errorf("what the desk %s has decided: %w", desk, problem.NotFound)
	}
	items, err := s.pendingItems(ctx, s.db.Read(), who, desk, nil)
	if err != nil {
		return p, err
	}
	if p.More = len(items) > MaxTogether; p.More {
		items = items[:MaxTogether]
	}
	if err := s.writeLetters(ctx, items); err != nil {
		return p, err
	}
	var named []workflow.ID
	for _, it := range items {
		if len(it.Letters) > 0 {
			named = append(named, it.SubmissionID)
		}
		if it.Why == "" {
			p.Ready = append(p.Ready, it)
		} else {
			p.Held = append(p.Held, it)
		}
	}
	if p.UndoMinutes, err = undoMinutes(ctx, s.db.Read(), desk); err != nil {
		return p, err
	}
	if p.Wording, err = wording(ctx, s.db.Read(), desk); err != nil {
		return p, err
	}
	return p, s.recordRead(ctx, who, named, recipients)
}

// pendingItems are the pending decisions of a desk that the person may see, the longest decided first: all, or those of
// the given submissions; one more than MaxTogether at most.
func (s *Service) pendingItems(ctx context.Context, q database.Querier, who identity.User, desk identity.Desk, only []workflow.ID) ([]Item, error) {
	pending, err := database.Rows[Pending](ctx, q, `SELECT `+pendingColumns+` FROM pending_decisions p JOIN submissions s ON s.id = p.submission_id`+pendingJoins+`
		WHERE `+workflow.OnDesk+` AND s.desk = @desk AND s.kind = ANY (@kinds) AND (@only::bigint[] IS NULL OR s.id = ANY (@only))
		ORDER BY p.decided_at, p.id LIMIT @limit`,
		database.Args{"who": who.ID, "staff": who.IsStaff(), "desk": desk, "kinds": sortedKinds(s.kinds), "only": only, "limit": MaxTogether + 1})
	if err != nil {
		return nil, fmt.Errorf("pending decisions of the desk %s: %w", desk, err)
	}
	ids := make([]workflow.ID, len(pending))
	for i, p := range pending {
		ids[i] = p.SubmissionID
	}
	found, err := onDeskByID(ctx, q, who, ids)
	if err != nil {
		return nil, err
	}
	var items []Item
	for _, p := range pending {
		sub, ok := found[p.SubmissionID]
		if !ok {
			continue
		}
		it := Item{Pending: p, Submission: sub, Kind: s.kinds[sub.Kind]}
		if it.Why = p.Moved(it.Kind, sub); it.Why == "" && p.ReleaseID != nil {
			it.Why = InRelease
		}
		items = append(items, it)
	}
	return items, nil
}

// onDeskByID are those of the submissions that the person has before them at a desk.
func onDeskByID(ctx context.Context, q database.Querier, who identity.User, ids []workflow.ID) (map[workflow.ID]workflow.Submission, error) {
	rows, err := database.Rows[workflow.Submission](ctx, q, workflow.SelectOnDesk,
		database.Args{"who": who.ID, "staff": who.IsStaff(), "ids": ids})
	if err != nil {
		return nil, fmt.Errorf("read %d submissions: %w", len(ids), err)
	}
	all := map[workflow.ID]workflow.Submission{}
	for _, r := range rows {
		all[r.ID] = r
	}
	return all, nil
}

// writeLetters gives each item the letters that it sends.
func (s *Service) writeLetters(ctx context.Context, items []Item) error {
	ids := make([]workflow.ID, len(items))
	for i, it := range items {
		ids[i] = it.SubmissionID
	}
	to, err := workflow.RecipientsOf(ctx, s.db.Read(), ids)
	if err != nil {
		return err
	}
	if len(items) == 0 {
		return nil
	}
	var worded letter
	if err := s.prepare(ctx, s.db.Read(), items[0].Submission.Desk, s.now(), &worded); err != nil {
		return err
	}
	for i := range items {
		it := &items[i]
		l := letter{kind: string(it.Action), note: it.Note, changes: it.Changes, wordings: worded.wordings, due: worded.due}
		for _, r := range to[it.SubmissionID] {
			composed, err := s.compose(ctx, it.Kind, it.Submission, l, r)
			if err != nil {
				return err
			}
			it.Letters = append(it.Letters, composed)
		}
	}
	return nil
}

func undoMinutes(ctx context.Context, q database.Querier, desk identity.Desk) (int, error) {
	n, err := database.Value[int](ctx, q, `SELECT coalesce(max(undo_minutes), $2::int) FROM release_settings WHERE desk = $1`, desk, usualUndo)
	if err != nil {
		return 0, fmt.Errorf("minutes to undo a release of the desk %s: %w", desk, err)
	}
	return n, nil
}

// SetUndo sets how many minutes, from 1 to 60, the desk has to undo a release. Releases that are on their way keep
// theirs.
func (s *Service) SetUndo(ctx context.Context, who identity.User, desk identity.Desk, minutes int) error {
	if !Leads(who, desk) {
		return problem.NotFound
	}
	if minutes < 1 || minutes > 60 {
		return problem.Invalid(problem.Field{Name: "minutes", Key: "review.release.minutes.wrong"})
	}
	return s.db.InTx(ctx, func(tx database.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO release_settings (desk, undo_minutes) VALUES ($1, $2)
			ON CONFLICT ON CONSTRAINT release_settings_pkey DO UPDATE SET undo_minutes = excluded.undo_minutes`, desk, minutes)
		if err != nil {
			return fmt.Errorf("set the minutes to undo a release: %w", err)
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "release.window", Subject: "desk", Fields: []string{string(desk)}, At: s.now()})
	})
}

// Chosen are the pending decisions that somebody wants to leave, as they were read.
type Chosen struct {
	Desk    identity.Desk
	Pending []int64
	// Wording is the Pile's.
	Wording int64
}

// Release is ReleaseTogether for one desk.
func (s *Service) Release(ctx context.Context, who identity.User, c Chosen) (int64, error) {
	ids, err := s.ReleaseTogether(ctx, who, c)
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

// ReleaseTogether lets the chosen decisions leave, a release for each desk, once that desk's minutes to undo are over. All
// of them or none: when one is not as it was read, or leaves already, nothing is released and the error is problem.Stale.
// Nothing chosen is problem.Invalid. The releases are in the order of the desks.
func (s *Service) ReleaseTogether(ctx context.Context, who identity.User, chosen ...Chosen) ([]int64, error) {
	var all []int64
	for _, c := range chosen {
		if !Leads(who, c.Desk) {
			return nil, problem.NotFound
		}
		all = append(all, c.Pending...)
	}
	if len(all) == 0 {
		return nil, problem.Invalid(problem.Field{Name: "items", Key: "review.release.none.chosen"})
	}
	var ids []int64
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		ids = nil
		// Whoever releases the same at the same moment waits here, and then finds them taken.
		if _, err := tx.Exec(ctx, `SELECT FROM pending_decisions WHERE id = ANY ($1) ORDER BY id FOR UPDATE`, all); err != nil {
			return err
		}
		for _, c := range chosen {
			id, err := s.releaseDesk(ctx, tx, who, c)
			if err != nil {
				return fmt.Errorf("of the desk %s: %w", c.Desk, err)
			}
			ids = append(ids, id)
		}
		return nil
	})
	if database.Constraint(err) == "release_items_one_release" {
		err = problem.Stale
	}
	if err != nil {
		return nil, fmt.Errorf("release decisions: %w", err)
	}
	return ids, nil
}

// releaseDesk lets the chosen decisions of one desk leave.
func (s *Service) releaseDesk(ctx context.Context, tx database.Tx, who identity.User, c Chosen) (int64, error) {
	items, err := s.pendingItems(ctx, tx, who, c.Desk, nil)
	if err != nil {
		return 0, err
	}
	items = slices.DeleteFunc(items, func(it Item) bool { return it.Why != "" || !slices.Contains(c.Pending, it.Pending.ID) })
	words, err := wording(ctx, tx, c.Desk)
	if err != nil {
		return 0, err
	}
	if len(items) == 0 || len(items) != len(c.Pending) || words != c.Wording {
		return 0, problem.Stale
	}
	minutes, err := undoMinutes(ctx, tx, c.Desk)
	if err != nil {
		return 0, err
	}
	now := s.now()
	goes := now.Add(time.Duration(minutes) * time.Minute)
	id, err := database.Value[int64](ctx, tx, `INSERT INTO releases (desk, released_by, released_at, goes_at) VALUES ($1, $2, $3, $4) RETURNING id`, c.Desk, who.ID, now, goes)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO release_items (release_id, submission_id, pending_id, action, decided_by)
		SELECT $1, submission_id, id, action, decided_by FROM pending_decisions WHERE id = ANY ($2)`, id, c.Pending)
	if err != nil {
		return 0, err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "release.begin", Subject: "release", SubjectID: id, At: now}); err != nil {
		return 0, err
	}
	return id, jobs.Enqueue(ctx, tx, releaseArgs{id}, &river.InsertOpts{ScheduledAt: goes})
}

// Stop undoes a release that has not gone yet: its decisions are pending as before. A release that is on its way or has
// been stopped is problem.NotAllowedNow; one that FindRelease does not find for the person is problem.NotFound.
func (s *Service) Stop(ctx context.Context, who identity.User, id int64) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		r, err := lockRelease(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := lineOf(ctx, tx, who, id); err != nil {
			return err
		}
		if r.StoppedAt != nil || r.BeganAt != nil || !s.now().Before(r.GoesAt) {
			return problem.NotAllowedNow
		}
		if _, err := tx.Exec(ctx, `UPDATE releases SET stopped_by = $2, stopped_at = $3 WHERE id = $1`, id, who.ID, s.now()); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE release_items SET outcome = 'stopped', at = $2 WHERE release_id = $1 AND outcome = 'waiting'`, id, s.now()); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "release.stop", Subject: "release", SubjectID: id, At: s.now()})
	})
	if err != nil {
		return fmt.Errorf("stop release %d: %w", id, err)
	}
	return nil
}
