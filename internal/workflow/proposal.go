package workflow

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/search"
)

// Proposal is an editor's polish: other wordings that the desk proposes for answers of the revision that it reads. Nothing of
// it is the office's text until the office takes it over (review.md: the owner sees and accepts the edits).
type Proposal struct {
	ID           int64
	SubmissionID ID
	Revision     int
	// Answers are the proposed ones, by control; those that it leaves alone are not in it.
	Answers    form.Answers
	Note       string
	ProposedBy int64
	Proposer   string // name, or "" when the person is gone
	ProposedAt time.Time
}

// The answers to a proposal, as its row keeps them.
const (
	proposalAccepted = "accepted"
	proposalAmended  = "amended" // taken over in other words
	proposalRefused  = "refused"
	proposalReplaced = "replaced" // the desk has proposed something else since
)

// rowNumber is the number of a row in the name of a control.
var rowNumber = regexp.MustCompile(`\.\d+\.`)

// ProposalOutcomes lists them.
var ProposalOutcomes = []string{proposalAccepted, proposalAmended, proposalRefused, proposalReplaced}

// MayPropose says whether the person who asked may propose other wordings now: staff of its desk, while it has the text.
func (s Submission) MayPropose() bool { return s.Side == ByDesk && s.takesEdits() }

// MayAnswerEdits says whether the person who asked may answer a proposal now: who may send in.
func (s Submission) MayAnswerEdits(plan Plan) bool {
	step, ok := plan.Find(AcceptEdits, s.State, s.Published())
	return ok && s.MayTake(step)
}

func (s Submission) takesEdits() bool { return s.State == InReview || s.State == Approved }

// OpenProposal returns the proposal that waits for the office's answer; nil for none. One whose text has been replaced, or
// decided on, waits no more. The caller has found the submission for the person.
func OpenProposal(ctx context.Context, q database.Querier, s Submission) (*Proposal, error) {
	if !s.takesEdits() || s.SubmittedRevision == nil {
		return nil, nil
	}
	p, err := database.Row[Proposal](ctx, q, `SELECT p.id, p.submission_id, p.revision, p.answers, p.note, p.proposed_by, u.name AS proposer, p.proposed_at
		FROM edit_proposals p JOIN users u ON u.id = p.proposed_by WHERE p.submission_id = $1 AND p.revision = $2 AND p.answered_at IS NULL`, s.ID, *s.SubmittedRevision)
	if errors.Is(err, problem.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("proposal for submission %d: %w", s.ID, err)
	}
	return &p, nil
}

// Editable are the controls whose answers an editor may word otherwise: texts that are asked, answered and public.
func Editable(d *form.Definition, a form.Answers) []string {
	var names []string
	add := func(name string, f form.Field) {
		if (f.Type == form.Text || f.Type == form.LongText) && !f.Private && !f.Given && !f.Search && a.First(name) != "" {
			names = append(names, name)
		}
	}
	for _, step := range d.AskedSteps(a) {
		for _, f := range step.Asked(a) {
			if f.Private {
				continue
			}
			add(f.ID, f)
			for n := range a.Rows(f.ID) {
				for _, sub := range f.Fields {
					add(form.RowName(f.ID, n, sub.ID), sub)
				}
			}
		}
	}
	return names
}

// Propose keeps what the desk proposes, in place of an earlier proposal that nobody has answered. The caller has locked the
// submission. What is no text to be edited is problem.NotFound; a submission that takes no edits is problem.NotAllowedNow.
func Propose(ctx context.Context, tx database.Tx, kind *Kind, s Submission, answers form.Answers, note string, who identity.User, now time.Time) error {
	if !s.MayPropose() {
		return problem.NotAllowedNow
	}
	text, err := ReadText(ctx, tx, s.ID, *s.SubmittedRevision)
	if err != nil {
		return err
	}
	editable := Editable(kind.Form, text.Answers())
	var fields []string
	for name := range answers {
		if !slices.Contains(editable, name) {
			return fmt.Errorf("propose another %q: %w", name, problem.NotFound)
		}
		fields = append(fields, name)
	}
	slices.Sort(fields)
	if _, err := tx.Exec(ctx, `UPDATE edit_proposals SET outcome = 'replaced', answered_at = $2 WHERE submission_id = $1 AND answered_at IS NULL`, s.ID, now); err != nil {
		return fmt.Errorf("replace the proposal for submission %d: %w", s.ID, err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO edit_proposals (submission_id, revision, answers, note, proposed_by, proposed_at) VALUES (@id, @revision, @answers, @note, @who, @now)`,
		database.Args{"id": s.ID, "revision": *s.SubmittedRevision, "answers": answers, "note": note, "who": who.ID, "now": now})
	if err != nil {
		return fmt.Errorf("propose edits of submission %d: %w", s.ID, err)
	}
	return recordAct(ctx, tx, who.ID, "propose_edits", s.ID, questionsOf(fields), now)
}

// questionsOf are the names of controls without the numbers of their rows, each once.
func questionsOf(names []string) []string {
	var all []string
	for _, name := range names {
		if q := rowNumber.ReplaceAllString(name, "."); !slices.Contains(all, q) {
			all = append(all, q)
		}
	}
	return all
}

// TakeEdits makes answers of the proposal part of the text: they are a revision of its own, which is the one handed in from
// then on. final are the answers as the office wants them, which may be worded otherwise again. The caller has locked the
// submission and knows that the text is complete.
func TakeEdits(ctx context.Context, tx database.Tx, kind *Kind, s *Submission, p Proposal, final form.Answers, who identity.User, now time.Time) error {
	if _, err := Apply(ctx, tx, kind, s, AcceptEdits, who, Input{}, now); err != nil {
		return err
	}
	text, err := ReadText(ctx, tx, s.ID, s.Revision)
	if err != nil {
		return err
	}
	for _, step := range kind.Form.Steps {
		saved, ok := text.Steps[step.ID]
		if !ok {
			continue
		}
		changed := false
		for name, values := range final {
			if _, has := saved.Answers[name]; has {
				saved.Answers[name], changed = values, true
			}
		}
		if !changed {
			continue
		}
		text.Steps[step.ID] = saved
		_, err := tx.Exec(ctx, `UPDATE submission_steps SET answers = @answers, version = version + 1, saved_by = @who, saved_at = @now
			WHERE submission_id = @id AND revision = @revision AND step = @step`,
			database.Args{"id": s.ID, "revision": s.Revision, "step": step.ID, "answers": saved.Answers, "who": who.ID, "now": now})
		if err != nil {
			return fmt.Errorf("take over the edits of submission %d: %w", s.ID, err)
		}
	}
	all := text.Answers()
	s.Title = kind.title(all, s.Title)
	_, err = tx.Exec(ctx, `UPDATE submissions SET title = @title, submitted_title = @title, submitted_words = to_tsvector('simple', @words) WHERE id = @id`,
		database.Args{"id": s.ID, "title": s.Title, "words": search.Fold(s.Title)})
	if err != nil {
		return fmt.Errorf("take over the edits of submission %d: %w", s.ID, err)
	}
	outcome := proposalAccepted
	if !final.Equal(p.Answers) {
		outcome = proposalAmended
	}
	return answerProposal(ctx, tx, p, outcome, who, now)
}

// RefuseEdits keeps the text as it is. The caller has locked the submission.
func RefuseEdits(ctx context.Context, tx database.Tx, s Submission, p Proposal, who identity.User, now time.Time) error {
	if err := answerProposal(ctx, tx, p, proposalRefused, who, now); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "refuse_edits", Subject: "submission", SubjectID: s.ID, At: now})
}

func answerProposal(ctx context.Context, tx database.Tx, p Proposal, outcome string, who identity.User, now time.Time) error {
	_, err := database.Value[int64](ctx, tx, `UPDATE edit_proposals SET outcome = $2, answered_by = $3, answered_at = $4 WHERE id = $1 AND answered_at IS NULL RETURNING id`,
		p.ID, outcome, who.ID, now)
	if errors.Is(err, problem.NotFound) {
		return problem.Stale
	}
	if err != nil {
		return fmt.Errorf("answer proposal %d: %w", p.ID, err)
	}
	return nil
}
