package signoff

import (
	"context"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/onetime"
	"portal/internal/workflow"
)

// columns are those of Signature; g is note_signatures.
const columns = `g.id, g.submission_id, g.party, g.key, g.name, g.country, coalesce(g.office_id, 0) AS office_id,
	coalesce((SELECT o.name FROM offices o WHERE o.id = g.office_id), '') AS office_name, g.contact_name, g.contact_email, g.state, g.covered,
	g.asked_at, g.reminded_at, g.late_reminded, g.meeting_reminded, g.acted_at, g.means, coalesce(g.signer_id, 0) AS signer_id,
	coalesce((SELECT u.name FROM users u WHERE u.id = g.signer_id), g.signer_name) AS signer, g.signer_position,
	coalesce(g.letter_id, 0) AS letter_id, coalesce((SELECT f.name FROM attachments f WHERE f.id = g.letter_id), '') AS letter_name, g.letter_on,
	g.reason, g.untold, g.changed_steps, coalesce((SELECT u.name FROM users u WHERE u.id = g.changed_by), '') AS changed_by`

// signatures are all of the note, in the order in which they were named.
func signatures(ctx context.Context, q database.Querier, id workflow.ID) ([]Signature, error) {
	all, err := database.Rows[Signature](ctx, q, `SELECT `+columns+` FROM note_signatures g WHERE g.submission_id = $1 ORDER BY g.id`, id)
	if err != nil {
		return nil, fmt.Errorf("the signatures of note %d: %w", id, err)
	}
	return all, nil
}

func signature(ctx context.Context, q database.Querier, id int64) (Signature, error) {
	g, err := database.Row[Signature](ctx, q, `SELECT `+columns+` FROM note_signatures g WHERE g.id = $1`, id)
	if err != nil {
		return g, fmt.Errorf("signature %d: %w", id, err)
	}
	return g, nil
}

// opened is the sign-off of a note.
type opened struct {
	NoteType   NoteType
	Version    int
	AskedAt    time.Time
	CompleteAt *time.Time
}

// signOff returns the sign-off of the note; ok is false while nobody has asked for signatures.
func signOff(ctx context.Context, q database.Querier, id workflow.ID) (o opened, ok bool, err error) {
	o, err = database.Row[opened](ctx, q, `SELECT note_type, version, asked_at, complete_at FROM note_signoffs WHERE submission_id = $1`, id)
	if isNotFound(err) {
		return o, false, nil
	}
	if err != nil {
		return o, false, fmt.Errorf("the sign-off of note %d: %w", id, err)
	}
	return o, true, nil
}

const chainColumns = `c.note_type, c.version, c.stations, c.set_at, coalesce((SELECT u.name FROM users u WHERE u.id = c.set_by), '') AS set_by`

// chainOf returns a version of the chain for the type of note; 0 is the one in force.
func chainOf(ctx context.Context, q database.Querier, t NoteType, version int) (Chain, error) {
	c, err := database.Row[Chain](ctx, q, `SELECT `+chainColumns+` FROM signoff_chains c WHERE c.note_type = $1 AND ($2 = 0 OR c.version = $2) ORDER BY c.version DESC LIMIT 1`, t, version)
	if err != nil {
		return c, fmt.Errorf("the chain of signatures of %s notes: %w", t, err)
	}
	return c, nil
}

// chains are all versions for the type of note, the last one first.
func chains(ctx context.Context, q database.Querier, t NoteType) ([]Chain, error) {
	return database.Rows[Chain](ctx, q, `SELECT `+chainColumns+` FROM signoff_chains c WHERE c.note_type = $1 ORDER BY c.version DESC`, t)
}

// addSignature keeps a party that is new in the note.
func addSignature(ctx context.Context, tx database.Tx, id workflow.ID, n named, state State) error {
	_, err := tx.Exec(ctx, `INSERT INTO note_signatures (submission_id, party, key, name, country, state) VALUES ($1, $2, $3, $4, $5, $6)`, id, n.party, n.key, n.name, n.country, state)
	return err
}

// dropSignature forgets a party that was never asked.
func dropSignature(ctx context.Context, tx database.Tx, id int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM note_signatures WHERE id = $1`, id)
	return err
}

// setParty says who signs for a party, and in which state it is from now on.
func setParty(ctx context.Context, tx database.Tx, g Signature) error {
	_, err := tx.Exec(ctx, `UPDATE note_signatures SET name = @name, office_id = @office, contact_name = @contact, contact_email = @email, state = @state WHERE id = @id`,
		database.Args{"id": g.ID, "name": g.Name, "office": orNull(g.OfficeID), "contact": g.ContactName, "email": g.ContactEmail, "state": g.State})
	return err
}

// setState moves a signature; steps are those that changed, by whom, for one that is reopened, and untold says that the party is
// to be told.
func setState(ctx context.Context, tx database.Tx, id int64, state State, steps []string, by int64, untold bool) error {
	if steps == nil {
		steps = []string{}
	}
	_, err := tx.Exec(ctx, `UPDATE note_signatures SET state = $2, changed_steps = $3, changed_by = $4, untold = $5 WHERE id = $1`, id, state, steps, orNull(by), untold)
	return err
}

// setTold records that the party knows where its signature stands.
func setTold(ctx context.Context, tx database.Tx, id int64) error {
	_, err := tx.Exec(ctx, `UPDATE note_signatures SET untold = false WHERE id = $1`, id)
	return err
}

// setNamed calls a signature by another spelling of its party.
func setNamed(ctx context.Context, tx database.Tx, id int64, n named) error {
	_, err := tx.Exec(ctx, `UPDATE note_signatures SET key = $2, name = $3 WHERE id = $1`, id, n.key, n.name)
	return err
}

// alike says whether two names of a party are one but for accents, case and spaces.
func alike(ctx context.Context, q database.Querier, a, b string) (bool, error) {
	return database.Value[bool](ctx, q, `SELECT fold_name($1) = fold_name($2)`, folded(a), folded(b))
}

// setAsked records that the party was asked now.
func setAsked(ctx context.Context, tx database.Tx, id int64, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE note_signatures SET state = 'asked', asked_at = $2, reminded_at = NULL, late_reminded = false, meeting_reminded = NULL, untold = false, changed_steps = '{}', changed_by = NULL WHERE id = $1`, id, now)
	return err
}

// setReminded records that the party was written to again.
func setReminded(ctx context.Context, tx database.Tx, id int64, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE note_signatures SET reminded_at = $2 WHERE id = $1`, id, now)
	return err
}

// setCared records that the clock has looked at a signature, for which last safe day if any.
func setCared(ctx context.Context, tx database.Tx, id int64, meeting *date.Date) error {
	_, err := tx.Exec(ctx, `UPDATE note_signatures SET late_reminded = true, meeting_reminded = coalesce($2, meeting_reminded) WHERE id = $1`, id, meeting)
	return err
}

// setActed keeps that a signature was given or declined, and ends all its links.
func setActed(ctx context.Context, tx database.Tx, g Signature, now time.Time) error {
	name := g.Signer
	if g.SignerID != 0 {
		name = ""
	}
	_, err := tx.Exec(ctx, `UPDATE note_signatures SET state = @state, covered = @covered, acted_at = @now, means = @means, signer_id = @signer, signer_name = @name,
			signer_position = @position, letter_id = @letter, letter_on = @on, reason = @reason, untold = false, changed_steps = '{}', changed_by = NULL WHERE id = @id`,
		database.Args{
			"id": g.ID, "state": g.State, "covered": g.Covered, "now": now, "means": g.Means, "signer": orNull(g.SignerID), "name": name, "position": g.SignerPosition,
			"letter": orNull(g.LetterID), "on": g.LetterOn, "reason": g.Reason,
		})
	if err == nil {
		_, err = tx.Exec(ctx, `UPDATE note_signature_links SET used_at = $2 WHERE signature_id = $1 AND used_at IS NULL`, g.ID, now)
	}
	return err
}

// Action is what happened to a signature.
type Action string

// The actions.
const (
	WasAsked    Action = "asked"
	WasReminded Action = "reminded"
	WasSigned   Action = "signed"
	WasReopened Action = "reopened"
	WasRestored Action = "restored" // the text is again as it was signed
	WasDeclined Action = "declined"
	WasVoid     Action = "void"
	WasBack     Action = "back"    // named again
	WasRenamed  Action = "renamed" // the same party under another spelling
)

// Actions lists the actions.
var Actions = []Action{WasAsked, WasReminded, WasSigned, WasReopened, WasRestored, WasDeclined, WasVoid, WasBack, WasRenamed}

// Event is something that happened to a signature.
type Event struct {
	ID          int64
	SignatureID int64
	Name        string // of the party
	Action      Action
	At          time.Time
	ActorID     int64
	Actor       string // name; "" for the portal and for somebody without an account
	Means       Means
	Steps       []string
}

func addEvent(ctx context.Context, tx database.Tx, e Event) error {
	if e.Steps == nil {
		e.Steps = []string{}
	}
	_, err := tx.Exec(ctx, `INSERT INTO note_signature_events (signature_id, action, at, actor_id, means, steps) VALUES ($1, $2, $3, $4, $5, $6)`,
		e.SignatureID, e.Action, e.At, orNull(e.ActorID), e.Means, e.Steps)
	return err
}

// events are all of the note, the oldest first.
func events(ctx context.Context, q database.Querier, id workflow.ID) ([]Event, error) {
	all, err := database.Rows[Event](ctx, q, `SELECT e.id, e.signature_id, g.name, e.action, e.at, coalesce(e.actor_id, 0) AS actor_id, coalesce(u.name, '') AS actor, e.means, e.steps
		FROM note_signature_events e JOIN note_signatures g ON g.id = e.signature_id LEFT JOIN users u ON u.id = e.actor_id WHERE g.submission_id = $1 ORDER BY e.id`, id)
	if err != nil {
		return nil, fmt.Errorf("the history of the signatures of note %d: %w", id, err)
	}
	return all, nil
}

// newLink makes a link to sign with that works until the instant, and returns its token.
func newLink(ctx context.Context, tx database.Tx, id int64, now, until time.Time) (token string, err error) {
	token, hash := onetime.New()
	_, err = tx.Exec(ctx, `INSERT INTO note_signature_links (hash, signature_id, created_at, expires_at) VALUES ($1, $2, $3, $4)`, hash, id, now, until)
	return token, err
}

// endLinks ends all links of a signature: it is somebody else who signs now.
func endLinks(ctx context.Context, tx database.Tx, id int64, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE note_signature_links SET expires_at = least(expires_at, $2) WHERE signature_id = $1`, id, now)
	return err
}

// link is a stored link.
type link struct {
	SignatureID int64
	CreatedAt   time.Time
	ExpiresAt   time.Time
	UsedAt      *time.Time
}

// findLink returns the link of the token; an unknown one is problem.NotFound.
func findLink(ctx context.Context, q database.Querier, token string) (link, error) {
	l, err := database.Row[link](ctx, q, `SELECT signature_id, created_at, expires_at, used_at FROM note_signature_links WHERE hash = $1`, onetime.Hash(token))
	if err != nil {
		return l, fmt.Errorf("link to sign with: %w", err)
	}
	return l, nil
}

// lockSignature locks the note of a signature for the portal, and then reads the signature: whoever writes the note, sends it in
// or signs it takes turns.
func lockSignature(ctx context.Context, tx database.Tx, id int64) (workflow.Submission, Signature, error) {
	g, err := signature(ctx, tx, id)
	if err != nil {
		return workflow.Submission{}, g, err
	}
	sub, err := workflow.LockForPortal(ctx, tx, g.SubmissionID)
	if err != nil {
		return sub, g, err
	}
	g, err = signature(ctx, tx, id)
	return sub, g, err
}

// isParty says whether the person holds a post in an office that was asked to sign the note, or will be.
func isParty(ctx context.Context, q database.Querier, id workflow.ID, who int64) (bool, error) {
	return database.Value[bool](ctx, q, `SELECT EXISTS (SELECT FROM note_signatures g JOIN posts p ON p.office_id = g.office_id AND p.user_id = $2 AND p.state = 'approved'
			AND p.from_on <= current_date AND (p.until_on IS NULL OR p.until_on >= current_date)
		WHERE g.submission_id = $1 AND g.state NOT IN ('new', 'void'))`, id, who)
}

// actsFor are the offices among those of the note's signatures for which the person acts.
func actsFor(ctx context.Context, q database.Querier, id workflow.ID, who int64) ([]int64, error) {
	return database.Values[int64](ctx, q, `SELECT DISTINCT o.id FROM note_signatures g JOIN offices o ON o.id = g.office_id`+workflow.JoinActors+` WHERE g.submission_id = $1 AND u.id = $2`, id, who)
}

// MoveOffice gives the signatures of an office to the one into which it was merged.
func (s *Service) MoveOffice(ctx context.Context, tx database.Tx, from, into int64) error {
	if _, err := tx.Exec(ctx, `UPDATE note_signatures SET office_id = $2 WHERE office_id = $1`, from, into); err != nil {
		return fmt.Errorf("move the signatures of office %d to %d: %w", from, into, err)
	}
	return nil
}

func orNull(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}
