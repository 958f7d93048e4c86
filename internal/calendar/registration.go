package calendar

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/onetime"
	"portal/internal/problem"
	"portal/web"
)

// Standing is where a registration stands.
type Standing string

// The standings. Asked is one whose address is not proven yet.
const (
	Asked      Standing = "asked"
	Registered Standing = "registered"
	Waiting    Standing = "waiting"
	Left       Standing = "left"
)

// Standings lists them.
var Standings = []Standing{Asked, Registered, Waiting, Left}

const (
	// ProveWithin is how long an address may be proven; a registration that is not proven by then is erased (quality.md, Retention).
	ProveWithin = 7 * 24 * time.Hour
	// KeepFor is how long after an event its registrations are kept, as long as the text of a mail.
	KeepFor = 90 * 24 * time.Hour
	// requestsPerNetwork an hour, and mailsPerAddress a day, keep anybody from flooding somebody else with mails.
	requestsPerNetwork = 30
	mailsPerAddress    = 3
)

// Registration is somebody's for an event.
type Registration struct {
	ID      int64
	EventID int64
	Email   string
	Name    string
	Lang    string
	State   Standing
	AskedAt time.Time
	// PlacedAt is when the address was proven; nil for one that is asked.
	PlacedAt *time.Time
	// Place is the place on the waiting list, from 1; 0 for who does not wait.
	Place int
}

const registrationColumns = `r.id, r.event_id, r.email, r.name, r.lang, r.state, r.asked_at, r.placed_at, CASE r.state WHEN 'waiting' THEN (SELECT count(*)::int FROM event_registrations o
	WHERE o.event_id = r.event_id AND o.state = 'waiting' AND (o.placed_at, o.id) <= (r.placed_at, r.id)) ELSE 0 END AS place`

// Places are how many of an event's are taken, and how many people wait.
type Places struct{ Taken, Waiting int }

// places counts them.
func places(ctx context.Context, q database.Querier, id int64) (Places, error) {
	return database.Row[Places](ctx, q, `SELECT count(*) FILTER (WHERE state = 'registered')::int AS taken, count(*) FILTER (WHERE state = 'waiting')::int AS waiting
		FROM event_registrations WHERE event_id = $1`, id)
}

// Ask asks for a place at an event for the address, in the language of the page, and mails it a link that proves it. The answer is the
// same whether the address is registered already: then the mail holds its link anew. Too many from one network are problem.TooMany;
// an address that has had its mails for today gets none. A person who is signed in has proven theirs, and is placed at once.
func (s *Service) Ask(ctx context.Context, who identity.User, typed, name, email string) (token string, err error) {
	e, err := s.registering(ctx, typed)
	if err != nil {
		return "", err
	}
	name, email = strings.Join(strings.Fields(form.Clean(name)), " "), strings.TrimSpace(email)
	if who.SignedIn() {
		name, email = who.Name, who.Email
	}
	if wrong := wrongPerson(name, email); len(wrong) > 0 {
		return "", problem.Invalid(wrong...)
	}
	if err := web.Limit(ctx, s.db.Read(), "calendar.network:"+web.Network(ctx), requestsPerNetwork, time.Hour); err != nil {
		return "", err
	}
	key := strings.ToLower(email)
	if !who.SignedIn() {
		err := web.Limit(ctx, s.db.Read(), "calendar.address:"+key, mailsPerAddress, 24*time.Hour)
		if errors.Is(err, problem.TooMany) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if _, err := lockEvent(ctx, tx, e.ID); err != nil { // before the registration, as who tells all of them does
			return err
		}
		var hash []byte
		token, hash = onetime.New()
		now := s.now()
		id, err := database.Value[int64](ctx, tx, `INSERT INTO event_registrations AS r (event_id, email, email_key, name, lang, token_hash, asked_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT ON CONSTRAINT event_registrations_once DO UPDATE SET token_hash = $6, asked_at = $7, name = CASE r.state WHEN 'asked' THEN $4 ELSE r.name END RETURNING id`,
			e.ID, email, key, name, string(i18n.From(ctx)), hash, now)
		if err != nil {
			return err
		}
		if who.SignedIn() {
			_, err = s.place(ctx, tx, id, token)
			return err
		}
		r, err := registration(ctx, tx, id)
		if err != nil {
			return err
		}
		return s.mailRegistered(ctx, tx, e, r, mailAsked, token)
	})
	if err != nil {
		return "", fmt.Errorf("ask for a place at event %d: %w", e.ID, err)
	}
	if !who.SignedIn() {
		return "", nil
	}
	return token, nil
}

func wrongPerson(name, email string) (wrong []problem.Field) {
	switch n := form.Length(name); {
	case n == 0:
		wrong = append(wrong, problem.Field{Name: "name", Key: "calendar.registration.wrong.name"})
	case n > MaxName:
		wrong = append(wrong, problem.Field{Name: "name", Key: "calendar.registration.wrong.long", Args: []any{MaxName, n}})
	}
	switch {
	case email == "":
		wrong = append(wrong, problem.Field{Name: "email", Key: "calendar.registration.wrong.email"})
	case len(email) > MaxEmail || !form.ValidEmail(email):
		wrong = append(wrong, problem.Field{Name: "email", Key: "calendar.registration.wrong.email_form"})
	}
	return wrong
}

// registering is an event for which one can register here now; any other is problem.NotAllowedNow.
func (s *Service) registering(ctx context.Context, typed string) (Event, error) {
	e, err := eventByNumber(ctx, s.db.Read(), typed)
	if err == nil && (e.Hidden || e.Registration != Here || !e.registers(s.now(), s.today())) {
		err = problem.NotAllowedNow
	}
	return e, err
}

func registration(ctx context.Context, q database.Querier, id int64) (Registration, error) {
	return database.Row[Registration](ctx, q, `SELECT `+registrationColumns+` FROM event_registrations r WHERE r.id = $1`, id)
}

// ByToken is the registration of a link, with its event; an unknown link is problem.NotFound.
func (s *Service) ByToken(ctx context.Context, token string) (Event, Registration, error) {
	r, err := database.Row[Registration](ctx, s.db.Read(), `SELECT `+registrationColumns+` FROM event_registrations r WHERE r.token_hash = $1`, onetime.Hash(token))
	if err == nil && r.State == Asked && s.now().After(r.AskedAt.Add(ProveWithin)) {
		err = problem.NotFound
	}
	if err != nil {
		return Event{}, r, fmt.Errorf("registration of a link: %w", err)
	}
	e, err := database.Row[Event](ctx, s.db.Read(), `SELECT `+columns+` FROM events e WHERE e.id = $1`, r.EventID)
	e.named()
	return e, r, err
}

// Prove takes a place for the registration of the link, or one on the waiting list, and says so by mail. Doing it again changes
// nothing; after the registration has closed it is problem.NotAllowedNow.
func (s *Service) Prove(ctx context.Context, token string) error {
	e, r, err := s.ByToken(ctx, token)
	if err != nil {
		return err
	}
	if r.State != Asked && r.State != Left {
		return nil
	}
	if e.Hidden || !e.registers(s.now(), s.today()) {
		return problem.NotAllowedNow
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		_, err := s.place(ctx, tx, r.ID, token)
		return err
	})
	if err != nil {
		return fmt.Errorf("take a place at event %d: %w", e.ID, err)
	}
	return nil
}

// place gives a registration a place, under the lock of its event, so that none is given twice.
func (s *Service) place(ctx context.Context, tx database.Tx, id int64, token string) (Registration, error) {
	r, err := registration(ctx, tx, id)
	if err != nil {
		return r, err
	}
	e, err := lockEvent(ctx, tx, r.EventID)
	if err != nil {
		return r, err
	}
	if r, err = registration(ctx, tx, id); err != nil || r.State == Registered || r.State == Waiting { // the button was pressed twice
		return r, err
	}
	p, err := places(ctx, tx, e.ID)
	if err != nil {
		return r, err
	}
	state, kind := Registered, mailPlaced
	if p.Taken >= e.Capacity || p.Waiting > 0 {
		state, kind = Waiting, mailWaiting
	}
	if _, err := tx.Exec(ctx, `UPDATE event_registrations SET state = $2, placed_at = $3 WHERE id = $1`, id, state, s.now()); err != nil {
		return r, err
	}
	if r, err = registration(ctx, tx, id); err != nil {
		return r, err
	}
	return r, s.mailRegistered(ctx, tx, e, r, kind, token)
}

// Leave gives up the place of the link; who waits longest gets it, and a mail. Doing it again changes nothing.
func (s *Service) Leave(ctx context.Context, token string) error {
	_, r, err := s.ByToken(ctx, token)
	if err != nil {
		return err
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		e, err := lockEvent(ctx, tx, r.EventID)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE event_registrations SET state = 'left', placed_at = coalesce(placed_at, $2) WHERE id = $1`, r.ID, s.now()); err != nil {
			return err
		}
		return s.fill(ctx, tx, e)
	})
	if err != nil {
		return fmt.Errorf("leave event %d: %w", r.EventID, err)
	}
	return nil
}

// fill gives the places that are free to those who wait longest, while the event is to come.
func (s *Service) fill(ctx context.Context, tx database.Tx, e Event) error {
	if e.Hidden || e.Registration != Here || e.CancelledAt != nil || !s.now().Before(e.At) {
		return nil
	}
	p, err := places(ctx, tx, e.ID)
	if err != nil || p.Waiting == 0 || p.Taken >= e.Capacity {
		return err
	}
	ids, err := database.Values[int64](ctx, tx, `SELECT id FROM event_registrations WHERE event_id = $1 AND state = 'waiting' ORDER BY placed_at, id LIMIT $2`, e.ID, e.Capacity-p.Taken)
	if err != nil {
		return err
	}
	for _, id := range ids {
		token, hash := onetime.New() // the old link goes on in the new mail alone
		if _, err := tx.Exec(ctx, `UPDATE event_registrations SET state = 'registered', token_hash = $2 WHERE id = $1`, id, hash); err != nil {
			return err
		}
		r, err := registration(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.mailRegistered(ctx, tx, e, r, mailPromoted, token); err != nil {
			return err
		}
	}
	return nil
}

// tellRegistered tells all who have a place, or wait for one, that the event was moved or cancelled.
func (s *Service) tellRegistered(ctx context.Context, tx database.Tx, e Event, kind string) error {
	all, err := database.Rows[Registration](ctx, tx, `SELECT `+registrationColumns+` FROM event_registrations r WHERE r.event_id = $1 AND r.state IN ('registered', 'waiting') ORDER BY r.id`, e.ID)
	if err != nil {
		return fmt.Errorf("who has registered for event %d: %w", e.ID, err)
	}
	for _, r := range all {
		token, hash := onetime.New()
		if _, err := tx.Exec(ctx, `UPDATE event_registrations SET token_hash = $2 WHERE id = $1`, r.ID, hash); err != nil {
			return fmt.Errorf("link for registration %d: %w", r.ID, err)
		}
		if err := s.mailRegistered(ctx, tx, e, r, kind, token); err != nil {
			return err
		}
	}
	return nil
}

// CleanUp erases registrations whose address was not proven in time, and those of events that are long over.
func (s *Service) CleanUp(ctx context.Context) error {
	_, err := s.db.Read().Exec(ctx, `DELETE FROM event_registrations r USING events e WHERE e.id = r.event_id AND (r.state = 'asked' AND r.asked_at < @asked OR e.until < @over)`,
		database.Args{"asked": s.now().Add(-ProveWithin), "over": s.now().Add(-KeepFor)})
	if err != nil {
		return fmt.Errorf("erase old registrations: %w", err)
	}
	return nil
}
