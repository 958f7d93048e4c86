package review

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// The acts on several submissions that are no decisions. A decision is named by its action, and kept as pending.
const (
	bulkAssign  = "assign"
	bulkTake    = "take"
	bulkRelease = "release"
)

// bulkDecisions are the decisions that can be taken on several submissions; Publish is Approve where publication has to
// wait.
var bulkDecisions = []workflow.Action{workflow.Publish, workflow.Approve, workflow.RequestChanges, workflow.Decline}

// HasPending says that a decision is kept already, which nobody replaces unseen.
const HasPending Reason = "pending"

// Unfinished says that the portal was stopped before it came to it.
const Unfinished Reason = "unfinished"

// Picked is a submission in a list as it was seen there; version 0 is as it is now.
type Picked struct {
	ID      workflow.ID
	Version int
}

// Bulk is an act on several submissions.
type Bulk struct {
	Act string
	// To is the colleague to whom they are given.
	To int64
	// Note is the message to the submitter that goes with a decision.
	Note  string
	Items []Picked
	// Token is the form's: sent twice it is done once. Sent again with other words, or to another colleague, it is another
	// act.
	Token string
}

// key names the form as it was sent.
func (b Bulk) key() string {
	return fmt.Sprintf("%s %x", b.Token, sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%s", b.Act, b.To, b.Note)))
}

func (b Bulk) decides() bool { return slices.Contains(bulkDecisions, workflow.Action(b.Act)) }

// Known says whether there is such an act.
func (b Bulk) known() bool {
	return b.Act == bulkAssign || b.Act == bulkTake || b.Act == bulkChase || b.decides()
}

// BulkLine is what will happen to one submission.
type BulkLine struct {
	workflow.Submission
	Picked Picked
	// Action is the decision, "" for an assignment.
	Action workflow.Action
	// Why says why it is left out; "" for what will be done.
	Why Reason
	// People are how many get a letter when the decision is released.
	People int
}

// Plan says what would happen to each of the submissions, in their order. What the person does not have before them at a
// desk is not there at all.
func (s *Service) Plan(ctx context.Context, who identity.User, b Bulk) ([]BulkLine, error) {
	ids := make([]workflow.ID, len(b.Items))
	for i, it := range b.Items {
		ids[i] = it.ID
	}
	q := s.db.Read()
	found, err := onDeskByID(ctx, q, who, ids)
	if err != nil {
		return nil, err
	}
	to := b.To
	if b.Act == bulkTake {
		to = who.ID
	}
	may, err := database.Values[workflow.ID](ctx, q, `SELECT DISTINCT a.submission_id FROM submission_access a JOIN users u ON u.id = a.user_id
		WHERE a.submission_id = ANY ($1) AND a.user_id = $2 AND a.side = 'desk' AND u.closed_at IS NULL`, ids, to)
	if err != nil {
		return nil, fmt.Errorf("who may be given %d submissions: %w", len(ids), err)
	}
	pending, err := database.Values[workflow.ID](ctx, q, `SELECT submission_id FROM pending_decisions WHERE submission_id = ANY ($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("pending decisions on %d submissions: %w", len(ids), err)
	}
	unreviewed, err := database.Values[workflow.ID](ctx, q, `SELECT s.id FROM submissions s WHERE s.id = ANY ($1) AND `+s.unreviewed, ids)
	if err != nil {
		return nil, fmt.Errorf("reviews of %d submissions: %w", len(ids), err)
	}
	people, err := workflow.RecipientsOf(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	chased, err := s.chased(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	var lines []BulkLine
	for _, it := range b.Items {
		sub, ok := found[it.ID]
		kind := s.kinds[sub.Kind]
		if !ok || kind == nil {
			continue
		}
		l := BulkLine{Submission: sub, Picked: it}
		if it.Version == 0 {
			l.Picked.Version = sub.Version
		}
		switch {
		case l.Picked.Version != sub.Version:
			l.Why = MovedOn
		case b.decides():
			l.Action, l.Why = bulkDecision(kind, sub, workflow.Action(b.Act))
			l.People = len(people[sub.ID])
			switch {
			case l.Why != "":
			case approves(l.Action) && slices.Contains(unreviewed, sub.ID):
				l.Why = NotReviewed
			case slices.Contains(pending, sub.ID):
				l.Why = HasPending
			}
		case b.Act == bulkChase:
			l.People = len(people[sub.ID])
			switch {
			case sub.WaitingFor != workflow.ForSubmitter:
				l.Why = NotWaiting
			case slices.Contains(chased, sub.ID):
				l.Why = ChasedAlready
			}
		case Ended(sub.State):
			l.Why = Over
		case to != 0 && !slices.Contains(may, sub.ID):
			l.Why = NotAssignable
		case to != 0 && assignee(sub) == to && !(to == who.ID && sub.State == workflow.Submitted):
			l.Why = AlreadySo
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// bulkDecision is the decision as it can be taken on the submission.
func bulkDecision(kind *workflow.Kind, s workflow.Submission, a workflow.Action) (workflow.Action, Reason) {
	choices := Choices(kind, s)
	if a == workflow.Publish && !slices.Contains(choices, a) {
		a = workflow.Approve
	}
	if !slices.Contains(choices, a) {
		return a, NoChoice
	}
	return a, ""
}

// check returns what is wrong with the act itself, as a problem.Invalid.
func (b Bulk) check() error {
	var wrong []problem.Field
	switch a := workflow.Action(b.Act); {
	case !b.known():
		return problem.NotFound
	case b.Act == bulkAssign && b.To == 0:
		wrong = append(wrong, problem.Field{Name: "to", Key: "review.case.assign.missing"})
	case (a == workflow.RequestChanges || a == workflow.Decline) && b.Note == "":
		wrong = append(wrong, problem.Field{Name: "note", Key: "workflow.note.missing." + b.Act})
	}
	if long := tooLong("note", b.Note); long != nil {
		wrong = append(wrong, *long)
	}
	return problem.Invalid(wrong...)
}

// DoBulk does the act with each submission in a transaction of its own, on the version that was seen, and returns the
// number under which FoundBulk tells what was done. A form sent twice, or again after the portal was stopped in the
// middle, goes on where it was.
func (s *Service) DoBulk(ctx context.Context, who identity.User, b Bulk) (int64, error) {
	b.Note = cleanNote(b.Note)
	if len(b.Items) > MaxTogether {
		return 0, problem.TooMany
	}
	if err := b.check(); err != nil {
		return 0, err
	}
	lines, err := s.Plan(ctx, who, b)
	if err != nil {
		return 0, err
	}
	id, err := s.beginBulk(ctx, who, b, lines)
	if err != nil {
		return 0, err
	}
	waiting, err := database.Values[workflow.ID](ctx, s.db.Read(), `SELECT submission_id FROM bulk_items WHERE bulk_id = $1 AND reason = $2`, id, Unfinished)
	if err != nil {
		return 0, fmt.Errorf("bulk act %d: %w", id, err)
	}
	for _, l := range lines {
		if !slices.Contains(waiting, l.ID) {
			continue
		}
		why, err := s.bulkOne(ctx, who, b, l)
		if err != nil {
			return 0, fmt.Errorf("bulk act %d on submission %d: %w", id, l.ID, err)
		}
		if _, err := s.db.Read().Exec(ctx, `UPDATE bulk_items SET reason = $3 WHERE bulk_id = $1 AND submission_id = $2`, id, l.ID, why); err != nil {
			return 0, fmt.Errorf("bulk act %d: %w", id, err)
		}
	}
	return id, nil
}

// beginBulk writes down what is to be done, once for each form.
func (s *Service) beginBulk(ctx context.Context, who identity.User, b Bulk, lines []BulkLine) (id int64, err error) {
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		found, err := database.Values[int64](ctx, tx, `INSERT INTO bulk_acts (token, act, actor_id, at) VALUES ($1, $2, $3, $4)
			ON CONFLICT ON CONSTRAINT bulk_acts_token_key DO NOTHING RETURNING id`, b.key(), b.Act, who.ID, s.now())
		if err != nil {
			return err
		}
		if len(found) == 0 {
			id, err = database.Value[int64](ctx, tx, `SELECT id FROM bulk_acts WHERE token = $1 AND actor_id = $2`, b.key(), who.ID)
			return err
		}
		id = found[0]
		for _, l := range lines {
			why := l.Why
			if why == "" {
				why = Unfinished
			}
			if _, err := tx.Exec(ctx, `INSERT INTO bulk_items (bulk_id, submission_id, reason) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, id, l.ID, why); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "bulk." + b.Act, Subject: "bulk_act", SubjectID: id, At: s.now()})
	})
	if err != nil {
		return 0, fmt.Errorf("begin a bulk act: %w", err)
	}
	return id, nil
}

// bulkOne does the act with one submission; why says why it could not.
func (s *Service) bulkOne(ctx context.Context, who identity.User, b Bulk, l BulkLine) (why Reason, err error) {
	switch {
	case b.decides():
		action := l.Action
		if l.Why != "" && l.Why != HasPending {
			return l.Why, nil
		}
		err = s.Hold(ctx, who, l.ID, Decision{Action: action, Version: l.Picked.Version, Note: b.Note})
	case b.Act == bulkChase:
		if l.Why != "" {
			return l.Why, nil
		}
		err = s.chase(ctx, who, l.ID, l.Picked.Version, b.Note)
	case b.Act == bulkTake:
		err = s.Assign(ctx, who, l.ID, who.ID, l.Picked.Version)
	default:
		err = s.Assign(ctx, who, l.ID, b.To, l.Picked.Version)
	}
	_, invalid := problem.InvalidFields(err)
	switch {
	case errors.Is(err, problem.Stale):
		return MovedOn, nil
	case errors.Is(err, problem.NotAllowedNow), errors.Is(err, problem.Forbidden):
		return NoChoice, nil
	case errors.Is(err, problem.NotFound):
		return NotAssignable, nil // or it is not theirs any more: then they do not see the line either
	case invalid:
		return NoteMissing, nil
	}
	return "", err
}

// BulkAct is what was done with several submissions.
type BulkAct struct {
	ID  int64
	Act string
	At  time.Time
}

// BulkItem is what was done with one of them.
type BulkItem struct {
	SubmissionID workflow.ID
	Kind         string
	PublicID     *string
	Title        string
	Lang         string
	Assignee     string
	Reason       Reason // why it was not done; "" for done
}

// FoundBulk returns a bulk act of the person, with what they have before them of it; another's is problem.NotFound.
func (s *Service) FoundBulk(ctx context.Context, who identity.User, id int64) (BulkAct, []BulkItem, error) {
	act, err := database.Row[BulkAct](ctx, s.db.Read(), `SELECT id, act, at FROM bulk_acts WHERE id = $1 AND actor_id = $2`, id, who.ID)
	if err != nil {
		return act, nil, fmt.Errorf("bulk act %d: %w", id, err)
	}
	items, err := database.Rows[BulkItem](ctx, s.db.Read(), `SELECT i.submission_id, s.kind, s.public_id, s.submitted_title AS title, s.lang, coalesce(u.name, '') AS assignee, i.reason
		FROM bulk_items i JOIN submissions s ON s.id = i.submission_id LEFT JOIN users u ON u.id = s.assigned_to
		WHERE i.bulk_id = @id AND `+workflow.OnDesk+` ORDER BY i.reason = '', i.submission_id`,
		database.Args{"id": id, "who": who.ID, "staff": who.IsStaff()})
	if err != nil {
		return act, nil, fmt.Errorf("items of bulk act %d: %w", id, err)
	}
	return act, items, nil
}

// deskColleagues are the officers and leads of the person's desks, with what they have at hand of what the person may
// see.
func (s *Service) deskColleagues(ctx context.Context, who identity.User) ([]Colleague, error) {
	all, err := database.Rows[Colleague](ctx, s.db.Read(), `SELECT u.id, u.name, (SELECT count(*)::int FROM submissions s WHERE s.assigned_to = u.id
			AND s.state IN ('submitted', 'in_review', 'approved') AND `+workflow.OnDesk+`) AS load
		FROM users u WHERE u.closed_at IS NULL AND EXISTS (SELECT FROM staff_roles r WHERE r.user_id = u.id AND r.role IN ('officer', 'lead')
			AND r.desk IN (SELECT m.desk FROM staff_roles m WHERE m.user_id = @who AND m.role IN ('officer', 'lead')))
		ORDER BY u.name COLLATE "und-x-icu", u.id`, database.Args{"who": who.ID, "staff": who.IsStaff()})
	if err != nil {
		return nil, fmt.Errorf("colleagues: %w", err)
	}
	return all, nil
}
