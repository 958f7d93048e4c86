package submission

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/word"
	"portal/internal/workflow"
	"portal/web"
)

const (
	// importKept is how long an uploaded file waits for its confirmation.
	importKept = 7 * 24 * time.Hour
	// importsPerHour is how many files one person may upload.
	importsPerHour = 60
)

// ErrUndecided says that an answer of the file differs from the draft's and nobody has said which one to keep.
var ErrUndecided = errors.New("it is not said which answer to keep")

// Import is a filled Word file that was uploaded and waits for its confirmation.
type Import struct {
	ID           int64
	Kind         string
	OfficeID     *int64       // for which a draft will be begun; nil when it goes into one
	OfficeName   string       // "" when OfficeID is nil
	SubmissionID *workflow.ID // the draft
	Name         string       // of the file
	Reading      *word.Reading
	CreatedAt    time.Time
	ExpiresAt    time.Time
	ConfirmedAt  *time.Time
}

// Target is where an uploaded file is to go: into the draft Submission, or if that is 0 into a new one of the kind for the
// office.
type Target struct {
	Submission workflow.ID
	Kind       string
	Office     int64
}

// Upload understands a filled Word file and keeps what it says for the person's confirmation; nothing of it is in the draft
// yet. What the file is refused for is an error of which word.Reason knows the text. A draft that is not theirs is
// problem.NotFound; one that they may not write, or an office that they may not write for, is problem.Forbidden; more than
// 60 an hour are problem.TooMany.
func (s *Service) Upload(ctx context.Context, who identity.User, to Target, name string, content []byte) (int64, error) {
	row := Import{Kind: to.Kind, Name: name}
	if to.Submission != 0 {
		c, err := s.Open(ctx, who, to.Submission)
		if err == nil {
			err = mayWrite(c.Submission)
		}
		if err != nil {
			return 0, err
		}
		row.Kind, row.SubmissionID = c.Submission.Kind, &c.ID
	} else {
		post, ok := who.Post(to.Office)
		if !ok || post.Role == identity.Viewer {
			return 0, fmt.Errorf("upload for office %d: %w", to.Office, problem.Forbidden)
		}
		row.OfficeID = &to.Office
	}
	kind, ok := s.kinds[row.Kind]
	if !ok {
		return 0, fmt.Errorf("upload a %q: %w", row.Kind, problem.NotFound)
	}
	if err := web.Limit(ctx, s.db.Read(), fmt.Sprintf("submission.import:%d", who.ID), importsPerHour, time.Hour); err != nil {
		return 0, err
	}
	reading, err := word.Read(ctx, content, kind.Form, s.vocabulary())
	if err != nil {
		return 0, fmt.Errorf("read a Word file: %w", err)
	}
	now := s.now()
	id, err := database.Value[int64](ctx, s.db.Read(), `INSERT INTO imports (user_id, kind, office_id, submission_id, name, reading, created_at, expires_at)
		VALUES (@who, @kind, @office, @submission, @name, @reading, @now, @expires) RETURNING id`,
		database.Args{"who": who.ID, "kind": row.Kind, "office": row.OfficeID, "submission": row.SubmissionID, "name": name, "reading": reading, "now": now, "expires": now.Add(importKept)})
	if err != nil {
		return 0, fmt.Errorf("keep what a Word file says: %w", err)
	}
	return id, nil
}

const importColumns = `SELECT i.id, i.kind, i.office_id, coalesce(o.name, '') AS office_name, i.submission_id, i.name, i.reading, i.created_at, i.expires_at, i.confirmed_at
	FROM imports i LEFT JOIN offices o ON o.id = i.office_id WHERE i.id = @id AND i.user_id = @who AND i.expires_at > @now`

// Import returns what the person has uploaded. Another's, and one that has expired, is problem.NotFound.
func (s *Service) Import(ctx context.Context, who identity.User, id int64) (Import, error) {
	i, err := database.Row[Import](ctx, s.db.Read(), importColumns, database.Args{"id": id, "who": who.ID, "now": s.now()})
	if err != nil {
		return i, fmt.Errorf("import %d: %w", id, err)
	}
	return i, nil
}

// CancelImport forgets what was uploaded; twice is done once.
func (s *Service) CancelImport(ctx context.Context, who identity.User, id int64) error {
	if _, err := s.db.Read().Exec(ctx, `DELETE FROM imports WHERE id = $1 AND user_id = $2 AND confirmed_at IS NULL`, id, who.ID); err != nil {
		return fmt.Errorf("cancel import %d: %w", id, err)
	}
	return nil
}

// DropImports forgets the files that nobody has confirmed in time, and those that are long confirmed.
func (s *Service) DropImports(ctx context.Context) error {
	if _, err := s.db.Read().Exec(ctx, `DELETE FROM imports WHERE expires_at <= $1`, s.now()); err != nil {
		return fmt.Errorf("drop old imports: %w", err)
	}
	return nil
}

// Finding says what an uploaded file means for one question.
type Finding string

// What a file can mean for a question.
const (
	FindNew     Finding = "new"     // the file answers it, the draft does not
	FindDiffers Finding = "differs" // both do, and not in the same way
	FindSame    Finding = "same"    // both in the same way
	FindBlank   Finding = "blank"   // the draft does, the file left it blank
	FindNone    Finding = "none"    // neither
	FindAbsent  Finding = "absent"  // the file has no place for it
)

// Proposal is one question of the preview: what the file says and what the draft has.
type Proposal struct {
	Step    form.Step
	Field   form.Field
	Finding Finding
	File    form.Answers
	Draft   form.Answers
	// Seen is a fingerprint of what the draft has; the page carries it, so that what a colleague writes meanwhile is noticed.
	Seen string
}

// Proposals compares a file with a draft, question by question in the order of the form; documents are left out.
func Proposals(d *form.Definition, r word.Reading, draft form.Answers) []Proposal {
	var all []Proposal
	for _, step := range d.Steps {
		for _, f := range step.Fields {
			if f.Uploads() {
				continue
			}
			p := Proposal{Step: step, Field: f, File: r.Answers.Of(f), Draft: draft.Of(f)}
			p.Seen = fingerprint(p.Draft)
			given, has := !p.File.Equal(nil), !p.Draft.Equal(nil)
			switch {
			case !r.Has(f.ID):
				p.Finding = FindAbsent
			case given && !has:
				p.Finding = FindNew
			case given && sameAnswer(f, p.File, p.Draft):
				p.Finding = FindSame
			case given:
				p.Finding = FindDiffers
			case has:
				p.Finding = FindBlank
			default:
				p.Finding = FindNone
			}
			all = append(all, p)
		}
	}
	return all
}

// sameAnswer says whether two answers mean the same: the order of what is chosen means nothing.
func sameAnswer(f form.Field, a, b form.Answers) bool {
	if f.Type == form.Choices || f.Type == form.Objectives {
		return slices.Equal(slices.Sorted(slices.Values(a.All(f.ID))), slices.Sorted(slices.Values(b.All(f.ID))))
	}
	return a.Equal(b)
}

// fingerprint stands for an answer.
func fingerprint(a form.Answers) string {
	clean := form.Answers{}
	for name := range a {
		if all := a.All(name); len(all) > 0 {
			clean[name] = all
		}
	}
	text, err := json.Marshal(clean) // of a map in the order of its keys
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// Decision is what the person says to a preview, by question.
type Decision struct {
	// Seen are the fingerprints of the draft's answers as the preview showed them.
	Seen map[string]string
	// Take says whose answer to keep where they differ: TakeFile or TakeDraft.
	Take map[string]string
	// Erase are the questions that the file left blank and that are to be blank in the draft too.
	Erase map[string]bool
}

// The answers to keep.
const (
	TakeFile  = "file"
	TakeDraft = "draft"
)

// UndecidedError names the questions at which the person must say which answer to keep: Changed those whose answer in the
// draft is not what the preview showed, Open the others. It is ErrUndecided.
type UndecidedError struct{ Changed, Open []string }

// Error says how many they are.
func (e *UndecidedError) Error() string {
	return fmt.Sprintf("%d answers changed, %d undecided", len(e.Changed), len(e.Open))
}

// Is makes the error ErrUndecided.
func (e *UndecidedError) Is(target error) bool { return target == ErrUndecided }

// decide returns what to write into the draft, by question: an empty answer erases.
func decide(proposals []Proposal, by Decision) (map[string]form.Answers, error) {
	write := map[string]form.Answers{}
	var undecided UndecidedError
	for _, p := range proposals {
		id := p.Field.ID
		changed := by.Seen[id] != p.Seen
		switch p.Finding {
		case FindNew:
			write[id] = p.File
		case FindDiffers:
			switch {
			case changed:
				undecided.Changed = append(undecided.Changed, id)
			case by.Take[id] == TakeFile:
				write[id] = p.File
			case by.Take[id] != TakeDraft:
				undecided.Open = append(undecided.Open, id)
			}
		case FindBlank:
			if by.Erase[id] && changed {
				undecided.Changed = append(undecided.Changed, id)
			} else if by.Erase[id] {
				write[id] = form.Answers{}
			}
		}
	}
	if len(undecided.Changed)+len(undecided.Open) > 0 {
		return nil, &undecided
	}
	return write, nil
}

// ConfirmImport writes what was uploaded into the draft, which it begins if there is none, and returns its number. Each step
// is saved on top of what it is now, while nobody else can write; answers that differ are those that the person decided on.
// An *UndecidedError changes nothing. Confirming twice is done once. Errors besides are those of SaveStep.
func (s *Service) ConfirmImport(ctx context.Context, who identity.User, id int64, by Decision) (workflow.ID, error) {
	var to workflow.ID
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		i, err := database.Row[Import](ctx, tx, importColumns+` FOR UPDATE OF i`, database.Args{"id": id, "who": who.ID, "now": s.now()})
		if err != nil {
			return err
		}
		if i.ConfirmedAt != nil {
			to = *i.SubmissionID
			return nil
		}
		kind, ok := s.kinds[i.Kind]
		if !ok {
			return problem.NotFound
		}
		if i.SubmissionID != nil {
			to = *i.SubmissionID
		} else if to, err = workflow.Start(ctx, tx, kind, *i.OfficeID, who, s.now()); err != nil {
			return err
		}
		fields, err := s.writeImport(ctx, tx, who, to, *i.Reading, by)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE imports SET confirmed_at = @now, reading = NULL, submission_id = @to WHERE id = @id`,
			database.Args{"id": id, "to": to, "now": s.now()})
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "import", Subject: "submission", SubjectID: to, Fields: fields, At: s.now()})
	})
	if err != nil {
		return 0, fmt.Errorf("confirm import %d: %w", id, err)
	}
	return to, nil
}

// writeImport saves the steps that the file changes, and returns the questions whose answers it changed.
func (s *Service) writeImport(ctx context.Context, tx database.Tx, who identity.User, id workflow.ID, r word.Reading, by Decision) ([]string, error) {
	sub, err := workflow.Lock(ctx, tx, id, who)
	if err != nil {
		return nil, err
	}
	kind, err := s.owned(sub)
	if err != nil {
		return nil, err
	}
	if err := mayWrite(sub); err != nil {
		return nil, err
	}
	text, err := workflow.ReadText(ctx, tx, sub.ID, sub.Revision)
	if err != nil {
		return nil, err
	}
	write, err := decide(Proposals(kind.Form, r, text.Answers()), by)
	if err != nil {
		return nil, err
	}
	var fields []string
	for _, step := range kind.Form.Steps {
		kept := text.Steps[step.ID]
		answers := kept.Answers
		for _, f := range step.Fields {
			if a, ok := write[f.ID]; ok {
				answers = answers.With(f, a)
				fields = append(fields, f.ID)
			}
		}
		if answers.Equal(kept.Answers) {
			continue
		}
		if _, err := workflow.SaveStepFrom(ctx, tx, kind, &sub, step.ID, workflow.Origin{Version: kept.Version}, answers, who, s.now()); err != nil {
			return nil, err
		}
	}
	return fields, nil
}
