package expert

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"portal/internal/attachment"
	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// Options are what a Service needs to know.
type Options struct {
	DB         *database.DB
	Vocabulary func() *gcm.Vocabulary
	// Site is what mails say of the operator.
	Site  ui.Site
	Files *attachment.Store
	Now   func() time.Time
}

// Service is what can be done with profiles of experts.
type Service struct {
	db         *database.DB
	vocabulary func() *gcm.Vocabulary
	site       ui.Site
	files      *attachment.Store
	now        func() time.Time
}

// NewService returns the service.
func NewService(o Options) *Service {
	return &Service{db: o.DB, vocabulary: o.Vocabulary, site: o.Site, files: o.Files, now: o.Now}
}

func (s *Service) record(ctx context.Context, tx database.Tx, who int64, act string, id int64, fields ...string) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: who, Act: act, Subject: "expert", SubjectID: id, Fields: fields, At: s.now()})
}

// Own is the person's profile, as far as there is one: else one to begin with, of what the portal knows of them.
func (s *Service) Own(ctx context.Context, who identity.User) (Profile, error) {
	p, err := ofUser(ctx, s.db.Read(), who.ID)
	if !errors.Is(err, problem.NotFound) {
		return p, err
	}
	p = Profile{UserID: who.ID, State: Private, Name: who.Name, Lang: string(i18n.Lang(who.Lang).OrEnglish()), Languages: []string{string(i18n.Lang(who.Lang).OrEnglish())}, Indexed: true}
	for _, post := range who.Posts {
		if post.Approved {
			p.Organization = post.OfficeName
			break
		}
	}
	return p, nil
}

// savesPerHour is how often a person may save their profile.
const savesPerHour = 60

// Save keeps what the person says of themself. With publish it is before everybody at once, which needs their consent; a
// profile that is public, or hidden by the desk, stays so. What is wrong is problem.Invalid, a profile that was saved since it
// was read problem.Stale.
func (s *Service) Save(ctx context.Context, who identity.User, p Profile, publish, consent bool) error {
	kept, err := s.Own(ctx, who)
	if err != nil {
		return err
	}
	p.UserID, p.State, p.ConsentedAt = who.ID, kept.State, kept.ConsentedAt
	p = p.fit(s.vocabulary())
	publish = publish && kept.State == Private
	wrong := p.Check(publish || kept.State != Private)
	if publish && !consent {
		wrong = append(wrong, problem.Field{Name: "consent", Key: "expert.wrong.consent"})
	}
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	if err := web.Limit(ctx, s.db.Read(), fmt.Sprintf("expert.save:%d", who.ID), savesPerHour, time.Hour); err != nil {
		return err
	}
	act := "expert_change"
	if publish {
		now := s.now()
		p.State, p.ConsentedAt, act = Public, &now, "expert_publish"
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		id, err := put(ctx, tx, s.vocabulary(), p, s.now())
		if err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, act, id)
	})
	if err != nil {
		return fmt.Errorf("save the expert profile of person %d: %w", who.ID, err)
	}
	return nil
}

// Withdraw takes the consent back: from now on the profile is the person's alone. One that the desk has hidden stays hidden.
func (s *Service) Withdraw(ctx context.Context, who identity.User) error {
	return s.db.InTx(ctx, func(tx database.Tx) error {
		id, err := database.Value[int64](ctx, tx, `UPDATE experts SET state = 'private', consented_at = NULL, withdrawn_at = $2, version = version + 1
			WHERE user_id = $1 AND state = 'public' RETURNING id`, who.ID, s.now())
		if err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "expert_withdraw", id)
	})
}

// Delete takes the profile away with all that is in it. One that the desk has hidden can be deleted too.
func (s *Service) Delete(ctx context.Context, who identity.User) error {
	return s.db.InTx(ctx, func(tx database.Tx) error {
		id, err := database.Value[int64](ctx, tx, `DELETE FROM experts WHERE user_id = $1 RETURNING id`, who.ID)
		if err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "expert_delete", id)
	})
}

// SetPicture keeps a picture with its words; with no content only the words change. It reads content to its end before it
// opens a transaction. A person without a profile is problem.NotFound.
func (s *Service) SetPicture(ctx context.Context, who identity.User, name string, content io.Reader, alt string) error {
	p, err := ofUser(ctx, s.db.Read(), who.ID)
	if err != nil {
		return err
	}
	alt = oneLine(alt)
	var wrong []problem.Field
	switch n := form.Length(alt); {
	case alt == "":
		wrong = append(wrong, problem.Field{Name: "alt", Key: "expert.wrong.alt"})
	case n > MaxAlt:
		wrong = append(wrong, problem.Field{Name: "alt", Key: "expert.wrong.long", Args: []any{MaxAlt, n}})
	}
	if content == nil && p.Picture == "" {
		wrong = append(wrong, problem.Field{Name: "picture", Key: "expert.wrong.picture"})
	}
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	if content == nil {
		return s.db.InTx(ctx, func(tx database.Tx) error {
			if _, err := tx.Exec(ctx, `UPDATE experts SET picture_alt = $2 WHERE id = $1 AND picture <> ''`, p.ID, alt); err != nil {
				return err
			}
			return s.record(ctx, tx, who.ID, "expert_change", p.ID, "picture_alt")
		})
	}
	if err := web.Limit(ctx, s.db.Read(), fmt.Sprintf("expert.picture:%d", who.ID), picturesPerHour, time.Hour); err != nil {
		return err
	}
	received, err := s.files.Receive(ctx, attachment.Upload{Field: "picture", Name: name, By: who.ID, Image: true}, content)
	if err != nil {
		return err
	}
	defer func() { _ = received.Close() }() // it is kept by now, or not wanted
	key, bytes, width, height := received.Picture()
	return s.db.InTx(ctx, func(tx database.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE experts SET picture = $2, picture_alt = $3, picture_width = $4, picture_height = $5 WHERE id = $1`, p.ID, key, alt, width, height); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO expert_pictures (expert_id, bytes) VALUES ($1, $2)
			ON CONFLICT ON CONSTRAINT expert_pictures_pkey DO UPDATE SET bytes = excluded.bytes`, p.ID, bytes); err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "expert_change", p.ID, "picture")
	})
}

const picturesPerHour = 10

// RemovePicture takes the picture away.
func (s *Service) RemovePicture(ctx context.Context, who identity.User) error {
	return s.db.InTx(ctx, func(tx database.Tx) error {
		id, err := database.Value[int64](ctx, tx, `UPDATE experts SET picture = '', picture_alt = '', picture_width = 0, picture_height = 0 WHERE user_id = $1 RETURNING id`, who.ID)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM expert_pictures WHERE expert_id = $1`, id); err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "expert_change", id, "picture")
	})
}

// Picture is a picture for the person: of a public profile, or of their own.
func (s *Service) Picture(ctx context.Context, who identity.User, id int64) ([]byte, error) {
	return database.Value[[]byte](ctx, s.db.Read(), `SELECT p.bytes FROM expert_pictures p JOIN experts e ON e.id = p.expert_id
		WHERE e.id = $1 AND (e.state = 'public' OR e.user_id = $2)`, id, who.ID)
}

// Gone says whether there was a public profile of that number which its person or the desk has taken back.
func (s *Service) Gone(ctx context.Context, id int64) (bool, error) {
	return database.Value[bool](ctx, s.db.Read(), `SELECT EXISTS (SELECT FROM experts WHERE id = $1 AND state <> 'public' AND (withdrawn_at IS NOT NULL OR hidden_at IS NOT NULL))`, id)
}

// Public is a profile that everybody may see; another is problem.NotFound.
func (s *Service) Public(ctx context.Context, id int64) (Profile, error) {
	p, err := public(ctx, s.db.Read(), id)
	if err != nil {
		return p, fmt.Errorf("expert %d: %w", id, err)
	}
	return p, nil
}
