package workflow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
)

// Entry is what somebody has sent to the desk in another way than by the form: by e-mail, by letter, on a sheet.
type Entry struct {
	// Office is for whom it was sent; 0 is for no office.
	Office int64
	// Author is who has written it; then the person at the desk is not behind the wall. Who enters what an office has told the desk
	// is its author, so that somebody else decides.
	Author int64
	// Subjects are what it is about, of the office. That the person may see them from the desk's side is the caller's to see to.
	Subjects []ID
	// Title is what a kind is called that has none of its own, Lang its language when the answers name none.
	Title, Lang string
	// MessageID is the name of the e-mail (ReadMessageID), "" for what is none: the same mail is not entered twice.
	MessageID string
}

// RecordFor hands in what was sent to the desk, as far as it answers the form, and returns it. That the person recorded it stands
// in the history. An office that is not approved is problem.NotAllowedNow; a mail that was entered before is told by AlreadyFiled.
func RecordFor(ctx context.Context, tx database.Tx, kind *Kind, e Entry, a form.Answers, who identity.User, now time.Time) (Submission, error) {
	offices := `offices o WHERE o.id = @office AND o.state = 'approved' FOR SHARE`
	if e.Office == 0 {
		offices = `(SELECT nullif(@office::bigint, 0) AS id, '' AS country) o`
	}
	id, err := database.Value[int64](ctx, tx, `INSERT INTO submissions (kind, desk, country, title, lang, office_id, author_id, created_at, changed_at)
		SELECT @kind, @desk, o.country, @title, @lang, o.id, @author, @now, @now FROM `+offices+` RETURNING id`,
		database.Args{"kind": kind.Name, "desk": kind.Desk, "title": kind.title(a, e.Title), "lang": kind.Lang(a, e.Lang), "office": e.Office, "author": e.Author, "now": now})
	if errors.Is(err, problem.NotFound) {
		return Submission{}, problem.NotAllowedNow
	}
	if err == nil && len(e.Subjects) > 0 {
		_, err = tx.Exec(ctx, `INSERT INTO submission_subjects (submission_id, subject_id) SELECT $1, s.id FROM submissions s WHERE s.id = ANY ($2) AND s.office_id = $3`, id, e.Subjects, e.Office)
	}
	for _, step := range kind.Form.Steps {
		answers := form.Answers{}
		for _, f := range step.Fields {
			answers = form.Merge(answers, a.Of(f))
		}
		if err == nil {
			_, err = tx.Exec(ctx, `INSERT INTO submission_steps (submission_id, revision, step, version, answers, saved_by, saved_at) VALUES ($1, 1, $2, 1, $3, $4, $5)`, id, step.ID, answers, e.Author, now)
		}
	}
	if err == nil && e.MessageID != "" {
		_, err = tx.Exec(ctx, `INSERT INTO filed_mails (message_id, submission_id, filed_by, filed_at) VALUES ($1, $2, $3, $4)`, e.MessageID, id, who.ID, now)
	}
	if err != nil {
		return Submission{}, fmt.Errorf("record a %s: %w", kind.Name, err)
	}
	s, err := LockForPortal(ctx, tx, id)
	if err != nil {
		return s, err
	}
	step, ok := kind.Plan.Find(Record, s.State, false)
	if !ok {
		return s, problem.NotAllowedNow
	}
	_, err = take(ctx, tx, kind, &s, step, who.ID, Input{}, now)
	return s, err
}

// maxMessageID bounds the name of a mail (RFC 5322): a line.
const maxMessageID = 998

// ReadMessageID reads the name of an e-mail as it stands in its headers, with its brackets or without; ok is false for what is
// none.
func ReadMessageID(typed string) (id string, ok bool) {
	id = strings.Trim(strings.TrimSpace(typed), "<>")
	return id, strings.Contains(id, "@") && !strings.ContainsAny(id, " \t\r\n<>") && len(id) <= maxMessageID
}

// Filed is the error of a mail that was filed before: as submission ID, or 0 for whom the wall keeps out of it.
type Filed struct{ ID ID }

func (f *Filed) Error() string { return "the mail was filed before" }

// AlreadyFiled makes a *Filed of the error of RecordFor when the mail was entered before; any other error stays as it is.
func AlreadyFiled(ctx context.Context, q database.Querier, err error, messageID string, who identity.User) error {
	if database.Constraint(err) != "filed_mails_pkey" {
		return err
	}
	first, err := database.Value[ID](ctx, q, `SELECT s.id FROM submissions s JOIN filed_mails m ON m.submission_id = s.id WHERE m.message_id = @message AND `+OnDesk,
		database.Args{"message": messageID, "who": who.ID, "staff": who.IsStaff()})
	if err != nil && !errors.Is(err, problem.NotFound) {
		return fmt.Errorf("as what a mail was filed: %w", err)
	}
	return &Filed{first}
}
