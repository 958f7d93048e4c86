package review

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// wording is the last version of the desk's letters; 0 when all are those of the catalogue.
func wording(ctx context.Context, q database.Querier, desk identity.Desk) (int64, error) {
	id, err := database.Value[int64](ctx, q, `SELECT coalesce(max(id), 0) FROM letter_templates WHERE desk = $1`, desk)
	if err != nil {
		return 0, fmt.Errorf("letters of the desk %s: %w", desk, err)
	}
	return id, nil
}

// LetterKey names a letter of a desk. Kind "" is every kind of the desk that has no letter of its own.
type LetterKey struct {
	Kind   string
	Letter string
	Lang   i18n.Lang
}

// LetterVersion is one wording of a letter; one without text holds for the letter of the catalogue.
type LetterVersion struct {
	ID      int64
	Kind    string
	Letter  string
	Lang    i18n.Lang
	Version int
	Subject string
	Body    string
	SavedBy string // "" when the account is closed
	SavedAt time.Time
}

// Wording is what the version says.
func (v LetterVersion) Wording() Wording { return Wording{Subject: v.Subject, Body: v.Body} }

// Usual says whether the version is the letter of the catalogue.
func (v LetterVersion) Usual() bool { return v.Body == "" }

const letterColumns = `t.id, t.kind, t.letter, t.lang, t.version, t.subject, t.body, CASE WHEN u.closed_at IS NULL THEN u.name ELSE '' END AS saved_by, t.saved_at`

// Wordings are the letters of a desk in its own words, as they stood at an instant.
type Wordings map[LetterKey]LetterVersion

func wordingsAt(ctx context.Context, q database.Querier, desk identity.Desk, at time.Time) (Wordings, error) {
	rows, err := database.Rows[LetterVersion](ctx, q, `SELECT DISTINCT ON (t.letter, t.lang, t.kind) `+letterColumns+`
		FROM letter_templates t JOIN users u ON u.id = t.saved_by WHERE t.desk = $1 AND t.saved_at <= $2
		ORDER BY t.letter, t.lang, t.kind, t.version DESC`, desk, at)
	if err != nil {
		return nil, fmt.Errorf("letters of the desk %s: %w", desk, err)
	}
	all := Wordings{}
	for _, r := range rows {
		all[LetterKey{r.Kind, r.Letter, r.Lang}] = r
	}
	return all, nil
}

// find returns the wording for a reader of the language, and the language that it is in: the kind's before the desk's, the
// reader's language before English. own is false for the letter of the catalogue.
func (w Wordings) find(kind, letter string, lang i18n.Lang) (words Wording, in i18n.Lang, own bool) {
	for _, l := range []i18n.Lang{lang, i18n.English} {
		for _, k := range []string{kind, ""} {
			if v, ok := w[LetterKey{k, letter, l}]; ok && !v.Usual() {
				return v.Wording(), l, true
			}
		}
		if l.IsOffered() {
			return Wording{}, l, false
		}
	}
	return Wording{}, i18n.English, false
}

// LetterVersions returns all versions of a letter, the newest first.
func (s *Service) LetterVersions(ctx context.Context, who identity.User, desk identity.Desk, k LetterKey) ([]LetterVersion, error) {
	if !Leads(who, desk) {
		return nil, problem.NotFound
	}
	versions, err := database.Rows[LetterVersion](ctx, s.db.Read(), `SELECT `+letterColumns+` FROM letter_templates t JOIN users u ON u.id = t.saved_by
		WHERE t.desk = $1 AND t.kind = $2 AND t.letter = $3 AND t.lang = $4 ORDER BY t.version DESC LIMIT 100`, desk, k.Kind, k.Letter, k.Lang)
	if err != nil {
		return nil, fmt.Errorf("versions of the letter %s: %w", k.Letter, err)
	}
	return versions, nil
}

// SaveLetter words a letter of the desk anew, on top of the version that was seen (0 for none); a wording without text
// takes the letter of the catalogue again. What is wrong with it is problem.Invalid; a version that somebody has saved
// since is problem.Stale.
func (s *Service) SaveLetter(ctx context.Context, who identity.User, desk identity.Desk, k LetterKey, seen int, w Wording) error {
	if !Leads(who, desk) || !s.knows(desk, k) {
		return problem.NotFound
	}
	w = w.tidy()
	if w != (Wording{}) {
		if err := w.Check(k.Letter); err != nil {
			return err
		}
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		last, err := database.Row[LetterVersion](ctx, tx, `SELECT `+letterColumns+` FROM letter_templates t JOIN users u ON u.id = t.saved_by
			WHERE t.desk = $1 AND t.kind = $2 AND t.letter = $3 AND t.lang = $4 ORDER BY t.version DESC LIMIT 1`, desk, k.Kind, k.Letter, k.Lang)
		if err != nil && !errors.Is(err, problem.NotFound) {
			return err
		}
		if last.Wording() == w {
			return nil // sent twice, or nothing changed
		}
		if last.Version != seen {
			return problem.Stale
		}
		id, err := database.Value[int64](ctx, tx, `INSERT INTO letter_templates (desk, kind, letter, lang, version, subject, body, saved_by, saved_at)
			VALUES (@desk, @kind, @letter, @lang, @version, @subject, @body, @who, @now) RETURNING id`,
			database.Args{
				"desk": desk, "kind": k.Kind, "letter": k.Letter, "lang": k.Lang, "version": seen + 1, "subject": w.Subject, "body": w.Body,
				"who": who.ID, "now": s.now(),
			})
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "letter", Subject: "letter_template", SubjectID: id, Fields: []string{"subject", "body"}, At: s.now()})
	})
	if database.Constraint(err) == "letter_templates_version_key" {
		err = problem.Stale
	}
	if err != nil {
		return fmt.Errorf("save the letter %s: %w", k.Letter, err)
	}
	return nil
}

// RestoreLetter takes an earlier version again, as a new one.
func (s *Service) RestoreLetter(ctx context.Context, who identity.User, desk identity.Desk, k LetterKey, seen, version int) error {
	versions, err := s.LetterVersions(ctx, who, desk, k)
	if err != nil {
		return err
	}
	if version == 0 {
		return s.SaveLetter(ctx, who, desk, k, seen, Wording{})
	}
	for _, v := range versions {
		if v.Version == version {
			return s.SaveLetter(ctx, who, desk, k, seen, v.Wording())
		}
	}
	return problem.NotFound
}

// samplesShown is how many submissions a letter can be tried on.
const samplesShown = 20

// Samples are the submissions of the desk handed in last, on which a letter can be tried: those of the kind, or of every
// kind.
func (s *Service) Samples(ctx context.Context, who identity.User, desk identity.Desk, kind string) ([]workflow.Submission, error) {
	samples, err := database.Rows[workflow.Submission](ctx, s.db.Read(), workflow.Select+` WHERE a.side = 'desk' AND s.desk = @desk
			AND s.kind = ANY (@kinds) AND (@kind = '' OR s.kind = @kind) ORDER BY s.submitted_at DESC, s.id DESC LIMIT @limit`,
		database.Args{"who": who.ID, "staff": who.IsStaff(), "desk": desk, "kinds": sortedKinds(s.kinds), "kind": kind, "limit": samplesShown})
	if err != nil {
		return nil, fmt.Errorf("submissions to try a letter on: %w", err)
	}
	return samples, nil
}

// kindsOf are the kinds of the desk, by name.
func (s *Service) kindsOf(desk identity.Desk) []string {
	var names []string
	for _, name := range sortedKinds(s.kinds) {
		if s.kinds[name].OfDesk(desk) {
			names = append(names, name)
		}
	}
	return names
}
