package facilitator

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/a-h/templ"

	"portal/internal/attachment"
	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
)

// Able returns, for each of the submissions with which a facilitator can help, the one who is to have it by a rule: who is there,
// speaks its language, knows its region, is outside the wall, and has the least at hand.
func (s *Service) Able(ctx context.Context, q database.Querier, ids []workflow.ID) (map[workflow.ID]int64, error) {
	lines, err := s.able(ctx, q, ids, true)
	of := map[workflow.ID]int64{}
	for _, l := range lines {
		if of[l.SubmissionID] == 0 {
			of[l.SubmissionID] = l.FacilitatorID
		}
	}
	return of, err
}

type pair struct {
	SubmissionID  workflow.ID
	FacilitatorID int64
}

func (s *Service) able(ctx context.Context, q database.Querier, ids []workflow.ID, asked bool) ([]pair, error) {
	all, err := database.Rows[pair](ctx, q, able, database.Args{"ids": ids, "kinds": slices.Sorted(maps.Keys(s.Kinds())), "asked": asked, "reader": int64(0), "today": s.today()})
	return all, wrap("who can help with requests", err)
}

// Give gives a request that was just handed in to a facilitator, by the rule of that place, in the transaction of handing in. Who
// has it already keeps it while they may.
func (s *Service) Give(ctx context.Context, tx database.Tx, sub workflow.Submission, to int64, rule int) error {
	has, err := current(ctx, tx, sub.ID)
	if err == nil {
		left, err := s.able(ctx, tx, []workflow.ID{sub.ID}, false)
		if err != nil || slices.Contains(left, pair{sub.ID, has.FacilitatorID}) {
			return err
		}
	} else if !errors.Is(err, problem.NotFound) {
		return err
	}
	return s.give(ctx, tx, 0, sub, to, rule)
}

// give ends what was, and gives the request to a facilitator, or to nobody (0); they are told.
func (s *Service) give(ctx context.Context, tx database.Tx, who int64, sub workflow.Submission, to int64, rule int) error {
	if _, err := tx.Exec(ctx, `UPDATE facilitations SET ended_at = $2 WHERE submission_id = $1 AND ended_at IS NULL`, sub.ID, s.now()); err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: who, Act: "facilitate", Subject: "submission", SubjectID: sub.ID, Fields: []string{fmt.Sprintf("rule.%d", rule)}, At: s.now()}); err != nil {
		return err
	}
	if to == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, `INSERT INTO facilitations (submission_id, facilitator_id, rule, at) VALUES ($1, $2, $3, $4)`, sub.ID, to, rule, s.now()); err != nil {
		return err
	}
	return s.tellFacilitator(ctx, tx, sub, letter{kind: mailAssigned})
}

// helps says whether a facilitator can help with submissions of the kind.
func (s *Service) helps(kind string) bool { return s.Kinds()[kind] != nil }

// Choice is who could have a request.
type Choice struct {
	Facilitator
	// Fits says that they speak its language, know its region and are not away.
	Fits bool
}

// Choices are who could have a request that the person has before them at the desk, and who has it.
func (s *Service) Choices(ctx context.Context, who identity.User, id workflow.ID) (sub workflow.Submission, all []Choice, has int64, err error) {
	sub, err = workflow.Find(ctx, s.db.Read(), id, who)
	if err == nil && (sub.Side != workflow.ByDesk || !s.helps(sub.Kind)) {
		err = problem.NotFound
	}
	if err != nil {
		return sub, nil, 0, wrap(fmt.Sprintf("facilitators for request %d", id), err)
	}
	switch f, err := current(ctx, s.db.Read(), id); {
	case err == nil:
		has = f.FacilitatorID
	case !errors.Is(err, problem.NotFound):
		return sub, nil, 0, err
	}
	may, err := s.able(ctx, s.db.Read(), []workflow.ID{id}, false)
	if err != nil {
		return sub, nil, has, err
	}
	fit, err := s.able(ctx, s.db.Read(), []workflow.ID{id}, true)
	if err != nil {
		return sub, nil, has, err
	}
	on, err := roster(ctx, s.db.Read(), who.ID, s.today())
	for _, f := range on {
		if p := (pair{id, f.ID}); slices.Contains(may, p) {
			all = append(all, Choice{f, slices.Contains(fit, p)})
		}
	}
	slices.SortStableFunc(all, func(a, b Choice) int {
		switch {
		case a.Fits && !b.Fits:
			return -1
		case b.Fits && !a.Fits:
			return 1
		}
		return 0
	})
	return sub, all, has, err
}

// Choose gives a request to a facilitator, or takes it from who has it (0), for somebody who has it at the desk. Whom the wall
// keeps from it, and whoever else is none of the Choices, is a problem.Invalid.
func (s *Service) Choose(ctx context.Context, who identity.User, id workflow.ID, to int64) error {
	return wrap(fmt.Sprintf("choose a facilitator for request %d", id), s.db.InTx(ctx, func(tx database.Tx) error {
		sub, err := workflow.Lock(ctx, tx, id, who)
		switch {
		case err != nil:
			return err
		case sub.Side != workflow.ByDesk || !s.helps(sub.Kind):
			return problem.NotFound
		case !sub.State.Waiting() && sub.State != workflow.ChangesRequested && sub.State != workflow.Accepted:
			return problem.NotAllowedNow
		}
		switch has, err := current(ctx, tx, id); {
		case err == nil && has.FacilitatorID == to, errors.Is(err, problem.NotFound) && to == 0:
			return nil // twice
		case err != nil && !errors.Is(err, problem.NotFound):
			return err
		}
		if to != 0 {
			may, err := s.able(ctx, tx, []workflow.ID{id}, false)
			if err != nil {
				return err
			}
			if !slices.Contains(may, pair{id, to}) {
				return problem.Invalid(problem.Field{Name: "to", Key: "facilitator.wrong.to"})
			}
		}
		return s.give(ctx, tx, who.ID, sub, to, 0)
	}))
}

// Task is a request that a facilitator has.
type Task struct {
	ID          workflow.ID
	Kind, Title string
	Lang        string
	OfficeName  string
	State       workflow.State
	At          time.Time // when it was given to them
}

// Tasks are the requests that the person has as a facilitator, those that are open first.
func (s *Service) Tasks(ctx context.Context, who identity.User) ([]Task, error) {
	all, err := database.Rows[Task](ctx, s.db.Read(), `SELECT s.id, s.kind, s.submitted_title AS title, s.lang, o.name AS office_name, s.state,
			(SELECT max(x.at) FROM facilitations x WHERE x.submission_id = s.id AND x.ended_at IS NULL) AS at
		FROM submissions s JOIN offices o ON o.id = s.office_id
		WHERE s.id IN (SELECT x.submission_id FROM facilitations x JOIN facilitators f ON f.id = x.facilitator_id WHERE f.user_id = @who AND x.ended_at IS NULL) AND `+hasSQL+`
		ORDER BY s.state NOT IN ('submitted', 'in_review', 'changes_requested'), at DESC, s.id DESC LIMIT 500`, database.Args{"who": who.ID})
	return all, wrap("the requests of a facilitator", err)
}

// Request is what a facilitator reads of a request: its text as it was handed in last with the files that can be opened, and what
// was written to and by the office.
type Request struct {
	workflow.Submission
	Kind    *workflow.Kind
	Answers form.Answers
	Files   []attachment.Attachment
	Notes   []workflow.Note
}

// Open is a request that the person has as a facilitator; any other is problem.NotFound.
func (s *Service) Open(ctx context.Context, who identity.User, id workflow.ID) (r Request, err error) {
	q := s.db.Read()
	if r.Submission, err = s.had(ctx, q, who, id); err != nil {
		return r, err
	}
	r.Kind = s.Kinds()[r.Submission.Kind]
	text, err := workflow.ReadText(ctx, q, id, *r.SubmittedRevision)
	if err != nil {
		return r, err
	}
	r.Answers = text.Answers()
	files, err := attachment.List(ctx, q, id, *r.SubmittedRevision)
	if err != nil {
		return r, err
	}
	for _, f := range files {
		if field, _, ok := r.Kind.Form.Field(f.Field); ok && !field.Private && f.Servable() {
			r.Files = append(r.Files, f)
		}
	}
	owner := r.Submission
	owner.Side = workflow.ByOwner // the notes of the desk to itself are not for them
	r.Notes, err = workflow.Notes(ctx, q, owner)
	return r, err
}

// File opens a file of a request that the person has as a facilitator; any other is problem.NotFound.
func (s *Service) File(ctx context.Context, who identity.User, id workflow.ID, file int64) (attachment.Attachment, *attachment.Content, error) {
	r, err := s.Open(ctx, who, id)
	if err != nil {
		return attachment.Attachment{}, nil, err
	}
	if !slices.ContainsFunc(r.Files, func(f attachment.Attachment) bool { return f.ID == file }) {
		return attachment.Attachment{}, nil, fmt.Errorf("file %d of request %d: %w", file, id, problem.NotFound)
	}
	return s.Files.Open(ctx, file)
}

// had finds a request for its facilitator.
func (s *Service) had(ctx context.Context, q database.Querier, who identity.User, id workflow.ID) (workflow.Submission, error) {
	ids, err := database.Values[workflow.ID](ctx, q, `SELECT s.id FROM submissions s WHERE s.id = @id AND `+hasSQL, database.Args{"id": id, "who": who.ID})
	if err == nil && len(ids) == 0 {
		err = problem.NotFound
	}
	if err != nil {
		return workflow.Submission{}, wrap(fmt.Sprintf("request %d of a facilitator", id), err)
	}
	return workflow.FindForPortal(ctx, q, id)
}

// messagesPerHour is how often a facilitator may write; sameMessage is for how long the same words are one message, sent twice.
const (
	messagesPerHour = 30
	sameMessage     = 10 * time.Minute
)

// Message writes to the office that asked, which answers on its page of the request. It is an answer of the Network, as one of the
// desk is.
func (s *Service) Message(ctx context.Context, who identity.User, id workflow.ID, body string) error {
	body = form.Clean(body)
	if n := form.Length(body); n > workflow.MaxNote {
		return problem.Invalid(problem.Field{Name: "note", Key: "facilitator.wrong.long", Args: []any{workflow.MaxNote, n}})
	}
	if err := web.Limit(ctx, s.db.Read(), fmt.Sprintf("facilitator.message:%d", who.ID), messagesPerHour, time.Hour); err != nil {
		return err
	}
	return wrap(fmt.Sprintf("write on request %d", id), s.db.InTx(ctx, func(tx database.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT FROM submissions WHERE id = $1 FOR UPDATE`, id); err != nil {
			return err
		}
		sub, err := s.had(ctx, tx, who, id)
		if err != nil {
			return err
		}
		notes, err := workflow.Notes(ctx, tx, sub)
		if err != nil {
			return err
		}
		for _, n := range notes {
			if n.AuthorID == who.ID && n.Body == body && s.now().Sub(n.At) < sameMessage {
				return nil
			}
		}
		sub.Side = workflow.ByDesk // they answer for it
		if _, err := workflow.AddNote(ctx, tx, sub, workflow.ToSubmitter, body, who.ID, s.now()); err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "message", Subject: "submission", SubjectID: id, At: s.now()}); err != nil {
			return err
		}
		return s.tellOffice(ctx, tx, sub, letter{kind: mailMessage, text: body})
	}))
}

// Replied tells the facilitator of a request that its office has written, in the transaction in which it did.
func (s *Service) Replied(ctx context.Context, tx database.Tx, sub workflow.Submission, text string) error {
	return s.tellFacilitator(ctx, tx, sub, letter{kind: mailReply, text: text})
}

// About shows on the pages of a request who facilitates it; nil for nobody, and where nobody could. The desk changes it from there.
func (s *Service) About(ctx context.Context, sub workflow.Submission) (templ.Component, error) {
	if !s.helps(sub.Kind) || sub.SubmittedRevision == nil {
		return nil, nil
	}
	f, err := current(ctx, s.db.Read(), sub.ID)
	if errors.Is(err, problem.NotFound) {
		err = nil
	}
	desk := sub.Side == workflow.ByDesk
	if err != nil || f.ID == 0 && !desk {
		return nil, err
	}
	return about(f, sub.ID, desk), nil
}
