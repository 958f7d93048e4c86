package facilitator

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
)

func (s *Service) record(ctx context.Context, tx database.Tx, who int64, act string, id int64, fields ...string) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: who, Act: "facilitator." + act, Subject: "facilitator", SubjectID: id, Fields: fields, At: s.now()})
}

// Roster is everybody on the roster, and those who have left it, for the network desk; problem.NotFound for others.
func (s *Service) Roster(ctx context.Context, who identity.User) ([]Facilitator, []Guide, error) {
	if !keeps(who) {
		return nil, nil, problem.NotFound
	}
	all, err := roster(ctx, s.db.Read(), who.ID, s.today())
	if err != nil {
		return nil, nil, err
	}
	g, err := guides(ctx, s.db.Read())
	return all, g, err
}

// Add puts the person of a proven account on the roster, by its address. What is wrong is a problem.Invalid.
func (s *Service) Add(ctx context.Context, who identity.User, posted url.Values) (id int64, err error) {
	if !keeps(who) {
		return 0, problem.NotFound
	}
	f, wrong := s.readTraits(posted)
	user, err := database.Value[int64](ctx, s.db.Read(), `SELECT id FROM users WHERE lower(email) = lower($1) AND email_verified_at IS NOT NULL AND closed_at IS NULL`, strings.TrimSpace(posted.Get("email")))
	switch {
	case errors.Is(err, problem.NotFound):
		wrong = append([]problem.Field{{Name: "email", Key: "facilitator.wrong.email"}}, wrong...)
	case err != nil:
		return 0, wrap("find an account", err)
	}
	if len(wrong) > 0 {
		return 0, problem.Invalid(wrong...)
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if id, err = database.Value[int64](ctx, tx, `INSERT INTO facilitators (user_id, name, languages, regions, added_at) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
			user, f.Name, f.Languages, f.Regions, s.now()); err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "add", id)
	})
	if database.Constraint(err) == "facilitators_one_each" {
		return 0, problem.Invalid(problem.Field{Name: "email", Key: "facilitator.wrong.there"})
	}
	return id, wrap("put somebody on the roster of facilitators", err)
}

// Whole is a facilitator with when they are away.
type Whole struct {
	Facilitator
	Absences []Absence
}

// Desk is a facilitator for the network desk.
func (s *Service) Desk(ctx context.Context, who identity.User, id int64) (w Whole, err error) {
	if !keeps(who) {
		return w, problem.NotFound
	}
	if w.Facilitator, err = find(ctx, s.db.Read(), who.ID, id, s.today()); err != nil {
		return w, err
	}
	w.Absences, err = absences(ctx, s.db.Read(), id, s.today())
	return w, err
}

// Own is the person's own place on the roster; problem.NotFound for who is not on it.
func (s *Service) Own(ctx context.Context, who identity.User) (w Whole, err error) {
	if w.Facilitator, err = ofUser(ctx, s.db.Read(), who.ID, s.today()); err != nil {
		return w, err
	}
	w.Absences, err = absences(ctx, s.db.Read(), w.ID, s.today())
	return w, err
}

// may says whether the person may change a facilitator: the desk, and they themselves while they are on the roster.
func may(who identity.User, f Facilitator) bool {
	return keeps(who) || f.UserID == who.ID && f.LeftAt == nil
}

// change changes a facilitator, locked, on top of the version that was seen: problem.Stale when it was changed since.
func (s *Service) change(ctx context.Context, who identity.User, id int64, seen int, act string, do func(tx database.Tx, f Facilitator) error) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT FROM facilitators WHERE id = $1 FOR UPDATE`, id); err != nil {
			return err
		}
		f, err := find(ctx, tx, who.ID, id, s.today())
		switch {
		case err != nil:
			return err
		case !may(who, f):
			return problem.NotFound
		case f.Version != seen:
			return problem.Stale
		}
		if err := do(tx, f); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE facilitators SET version = version + 1 WHERE id = $1`, id); err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, act, id)
	})
	if database.Constraint(err) == "facilitator_absences_once" {
		return problem.Invalid(problem.Field{Name: "since.day", Key: "facilitator.wrong.again"})
	}
	return wrap(act+" a facilitator", err)
}

// SetTraits writes name, languages and regions. The name and the consent to be public are the person's own: the desk changes the
// name of nobody who has agreed to be public under it.
func (s *Service) SetTraits(ctx context.Context, who identity.User, id int64, seen int, posted url.Values) error {
	f, wrong := s.readTraits(posted)
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	return s.change(ctx, who, id, seen, "change", func(tx database.Tx, was Facilitator) error {
		if was.public() && was.UserID != who.ID && was.Name != f.Name {
			return problem.Invalid(problem.Field{Name: "name", Key: "facilitator.wrong.own_name"})
		}
		_, err := tx.Exec(ctx, `UPDATE facilitators SET name = $2, languages = $3, regions = $4 WHERE id = $1`, id, f.Name, f.Languages, f.Regions)
		return err
	})
}

// Publish lets everybody know of a facilitator, which they alone can agree to, or no longer, which the desk can do too.
func (s *Service) Publish(ctx context.Context, who identity.User, id int64, seen int, consent bool) error {
	return s.change(ctx, who, id, seen, "consent", func(tx database.Tx, f Facilitator) error {
		if consent && f.UserID != who.ID {
			return problem.NotFound
		}
		_, err := tx.Exec(ctx, `UPDATE facilitators SET consented_at = CASE WHEN $2 THEN coalesce(consented_at, $3) END WHERE id = $1`, id, consent, s.now())
		return err
	})
}

// AddAbsence keeps when a facilitator is away.
func (s *Service) AddAbsence(ctx context.Context, who identity.User, id int64, seen int, posted url.Values) error {
	a, wrong := readAbsence(posted, s.today())
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	return s.change(ctx, who, id, seen, "away", func(tx database.Tx, _ Facilitator) error {
		there, err := absences(ctx, tx, id, s.today())
		if err != nil {
			return err
		}
		if len(there) >= MaxAbsences {
			return problem.Invalid(problem.Field{Name: "since.day", Key: "facilitator.wrong.many", Args: []any{MaxAbsences}})
		}
		_, err = tx.Exec(ctx, `INSERT INTO facilitator_absences (facilitator_id, since, until) VALUES ($1, $2, $3)`, id, a.Since, a.Until)
		return err
	})
}

// RemoveAbsence says that a facilitator is there after all. An absence that is gone already stays so.
func (s *Service) RemoveAbsence(ctx context.Context, who identity.User, id int64, seen int, absence int64) error {
	return s.change(ctx, who, id, seen, "back", func(tx database.Tx, _ Facilitator) error {
		_, err := tx.Exec(ctx, `DELETE FROM facilitator_absences WHERE id = $1 AND facilitator_id = $2`, absence, id)
		return err
	})
}

// Leave takes somebody off the roster, or puts them back on it: the desk's. What they have goes back to the desk; they are public
// no longer.
func (s *Service) Leave(ctx context.Context, who identity.User, id int64, seen int, leave bool) error {
	if !keeps(who) {
		return problem.NotFound
	}
	return s.change(ctx, who, id, seen, "leave", func(tx database.Tx, _ Facilitator) error {
		if !leave {
			_, err := tx.Exec(ctx, `UPDATE facilitators SET left_at = NULL WHERE id = $1`, id)
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE facilitators SET left_at = coalesce(left_at, $2), consented_at = NULL WHERE id = $1`, id, s.now()); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE facilitations SET ended_at = $2 WHERE facilitator_id = $1 AND ended_at IS NULL`, id, s.now())
		return err
	})
}

// SetGuide keeps the Facilitator's Guide in a language; with no address there is none in that language.
func (s *Service) SetGuide(ctx context.Context, who identity.User, posted url.Values) error {
	if !keeps(who) {
		return problem.NotFound
	}
	g := Guide{posted.Get("lang"), oneLine(posted.Get("title")), strings.TrimSpace(posted.Get("url"))}
	var wrong []problem.Field
	if !i18n.Lang(g.Lang).Known() {
		wrong = append(wrong, problem.Field{Name: "lang", Key: "facilitator.wrong.lang"})
	}
	switch n := form.Length(g.Title); {
	case n == 0 && g.URL != "":
		wrong = append(wrong, problem.Field{Name: "title", Key: "facilitator.wrong.title"})
	case n > MaxTitle:
		wrong = append(wrong, problem.Field{Name: "title", Key: "facilitator.wrong.long", Args: []any{MaxTitle, n}})
	}
	if g.URL != "" && (!form.ValidURL(g.URL) || len(g.URL) > MaxURL) {
		wrong = append(wrong, problem.Field{Name: "url", Key: "facilitator.wrong.url"})
	}
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	return wrap("the Facilitator's Guide", s.db.InTx(ctx, func(tx database.Tx) error {
		sql, args := `DELETE FROM facilitator_guides WHERE lang = $1`, []any{g.Lang}
		if g.URL != "" {
			sql = `INSERT INTO facilitator_guides (lang, title, url, added_at) VALUES ($1, $2, $3, $4)
				ON CONFLICT ON CONSTRAINT facilitator_guides_pkey DO UPDATE SET title = excluded.title, url = excluded.url, added_at = excluded.added_at`
			args = append(args, g.Title, g.URL, s.now())
		}
		if _, err := tx.Exec(ctx, sql, args...); err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "guide", 0, g.Lang)
	}))
}
