package committee

import (
	"context"
	"slices"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/workflow"
)

// Note is a concept note as the lists show it.
type Note struct {
	ID          workflow.ID
	Title, Lang string
	Office      string
	State       workflow.State
	Version     int
	Revision    int // that was sent in last
	SubmittedAt time.Time
	// Pending is the desk's pending decision on it that there is now; 0 for none.
	Pending int64
	Facts
	Score
}

// Entry is a note on the shortlist of a meeting.
type Entry struct {
	ID          EntryID
	Version     int
	MeetingID   MeetingID
	FromMeeting *MeetingID
	AddedAt     time.Time
	Outcome     Outcome
	Stage       Stage
	Reason      string
	Discussion  string
	Recused     int
	Decider     string
	DecidedAt   *time.Time
	Note        Note
}

// Live says whether the committee can still decide on the note as it stands: one that its office has taken back, or that
// waits for it, it cannot.
func (e Entry) Live() bool { return e.Note.State == workflow.InReview && e.Stage != Told }

// Counts says whether the note is in the balance with the shortlist: it may still come to the pipeline.
func (e Entry) Counts() bool {
	return e.Live() && (e.Outcome == "" || e.Outcome == Endorse || e.Stage == Overtaken)
}

// noteColumns are those of noteRow; s is the submission, o its office, p its pending decision.
const noteColumns = `s.id AS note_id, s.submitted_title AS title, s.lang, o.name AS office, s.state, s.version AS note_version, s.submitted_revision AS revision, s.submitted_at,
	coalesce(p.id, 0) AS pending_now`

type noteRow struct {
	NoteID      workflow.ID
	Title, Lang string
	Office      string
	State       workflow.State
	NoteVersion int
	Revision    int
	SubmittedAt time.Time
	PendingNow  int64
}

func (r noteRow) note() Note {
	return Note{ID: r.NoteID, Title: r.Title, Lang: r.Lang, Office: r.Office, State: r.State, Version: r.NoteVersion, Revision: r.Revision, SubmittedAt: r.SubmittedAt, Pending: r.PendingNow}
}

// carriedOut is the condition, in SQL, that an event v of the note is the step that carries out the decision of an entry e: the
// next of its kind, before another decision of the committee was recorded.
const carriedOut = `v.submission_id = e.note_id AND v.at >= e.decided_at
	AND v.action = CASE e.outcome WHEN 'endorse' THEN 'approve' WHEN 'revise' THEN 'request_changes' ELSE 'decline' END
	AND NOT EXISTS (SELECT FROM committee_entries later WHERE later.note_id = e.note_id AND later.id <> e.id AND later.decided_at > e.decided_at AND later.decided_at <= v.at)`

// entrySQL is the SQL of the entries that the person @who may see; the caller adds conditions and an order. e is the entry,
// s the note. A decision was told when the step that carries it out was taken.
const entrySQL = `SELECT e.id, e.version, e.meeting_id, e.from_meeting, e.added_at, e.outcome, e.reason, e.discussion, e.recused, coalesce(d.name, '') AS decider, e.decided_at,
		CASE WHEN e.outcome = '' THEN 'open' WHEN p.id = e.pending_id THEN 'pending'
			WHEN EXISTS (SELECT FROM submission_events v WHERE ` + carriedOut + `) THEN 'told'
			ELSE 'overtaken' END AS stage, ` + noteColumns + `
	FROM committee_entries e JOIN submissions s ON s.id = e.note_id JOIN offices o ON o.id = s.office_id
		LEFT JOIN users d ON d.id = e.decided_by LEFT JOIN pending_decisions p ON p.submission_id = e.note_id
	WHERE e.removed_at IS NULL AND ` + workflow.OnDesk

type entryRow struct {
	ID          EntryID
	Version     int
	MeetingID   MeetingID
	FromMeeting *MeetingID
	AddedAt     time.Time
	Outcome     Outcome
	Stage       Stage
	Reason      string
	Discussion  string
	Recused     int
	Decider     string
	DecidedAt   *time.Time
	noteRow
}

func (r entryRow) entry() Entry {
	return Entry{
		ID: r.ID, Version: r.Version, MeetingID: r.MeetingID, FromMeeting: r.FromMeeting, AddedAt: r.AddedAt, Outcome: r.Outcome, Stage: r.Stage, Reason: r.Reason,
		Discussion: r.Discussion, Recused: r.Recused, Decider: r.Decider, DecidedAt: r.DecidedAt, Note: r.note(),
	}
}

func entriesOf(rows []entryRow) []Entry {
	all := make([]Entry, len(rows))
	for i, r := range rows {
		all[i] = r.entry()
	}
	return all
}

func args(who identity.User, more database.Args) database.Args {
	more["who"], more["staff"] = who.ID, who.IsStaff()
	return more
}

// shortlist are the entries of a meeting that the person may see, in their order, and how many went from it to the shortlists
// of others.
func shortlist(ctx context.Context, q database.Querier, who identity.User, meeting MeetingID) (all []Entry, gone int, err error) {
	rows, err := database.Rows[entryRow](ctx, q, entrySQL+` AND (e.meeting_id = @meeting OR e.from_meeting = @meeting) ORDER BY e.place, e.id`, args(who, database.Args{"meeting": meeting}))
	all = slices.DeleteFunc(entriesOf(rows), func(e Entry) bool { return e.MeetingID != meeting })
	return all, len(rows) - len(all), err
}

// entry is one that the person may see; problem.NotFound for any other.
func entry(ctx context.Context, q database.Querier, who identity.User, meeting MeetingID, id EntryID) (Entry, error) {
	r, err := database.Row[entryRow](ctx, q, entrySQL+` AND e.meeting_id = @meeting AND e.id = @id`, args(who, database.Args{"meeting": meeting, "id": id}))
	return r.entry(), err
}

// lockEntry is entry for a transaction that changes it.
func lockEntry(ctx context.Context, tx database.Tx, who identity.User, meeting MeetingID, id EntryID) (Entry, error) {
	if _, err := tx.Exec(ctx, `SELECT FROM committee_entries WHERE id = $1 FOR UPDATE`, id); err != nil {
		return Entry{}, err
	}
	return entry(ctx, tx, who, meeting, id)
}

// entriesOn are those of a note that the person may see at the desk, the last one first.
func entriesOn(ctx context.Context, q database.Querier, who identity.User, note workflow.ID) ([]Entry, error) {
	rows, err := database.Rows[entryRow](ctx, q, entrySQL+` AND e.note_id = @note ORDER BY e.id DESC`, args(who, database.Args{"note": note}))
	return entriesOf(rows), err
}

// candidatesSQL finds the notes that can be put on the shortlist of a meeting: in review, in time for it, on no other
// shortlist, and with nothing decided that is not told yet.
const candidatesSQL = ` FROM submissions s JOIN offices o ON o.id = s.office_id LEFT JOIN pending_decisions p ON p.submission_id = s.id
	WHERE s.kind = @kind AND s.state = 'in_review' AND s.submitted_at < @cutoff
		AND NOT EXISTS (SELECT FROM committee_entries e WHERE e.note_id = s.id AND e.removed_at IS NULL AND (e.outcome = '' OR e.meeting_id = @meeting OR e.pending_id = p.id))
		AND (@q::text = '' OR strpos(fold_name(s.submitted_title || ' ' || o.name), fold_name(@q::text)) > 0) AND ` + workflow.OnDesk

// candidatesPerPage is how many are on a page; of a page that there is not they are none.
const candidatesPerPage = 25

// candidates are a page of them, those whose reviews are all in first and then those that wait longest, and how many there
// are in all.
func candidates(ctx context.Context, q database.Querier, who identity.User, kind string, m Meeting, words string, page int) ([]Note, int, error) {
	type row struct {
		noteRow
		InAll int
	}
	rows, err := database.Rows[row](ctx, q, `SELECT `+noteColumns+`, count(*) OVER ()::int AS in_all`+candidatesSQL+`
		ORDER BY s.id NOT IN (SELECT r.submission_id FROM review_rounds r WHERE r.complete_at IS NOT NULL), s.submitted_at, s.id LIMIT @limit OFFSET @offset`,
		args(who, database.Args{"kind": kind, "cutoff": m.Cutoff, "meeting": m.ID, "q": words, "limit": candidatesPerPage, "offset": (page - 1) * candidatesPerPage}))
	if err != nil || len(rows) == 0 {
		return nil, 0, err
	}
	all := make([]Note, len(rows))
	for i, r := range rows {
		all[i] = r.note()
	}
	return all, rows[0].InAll, nil
}

// answers are those of the revisions that were sent in last, by note. The caller has found the notes for the person.
func answers(ctx context.Context, q database.Querier, notes []workflow.ID) (map[workflow.ID]form.Answers, error) {
	type row struct {
		SubmissionID workflow.ID
		Answers      form.Answers
	}
	rows, err := database.Rows[row](ctx, q, `SELECT t.submission_id, t.answers FROM submission_steps t JOIN submissions s ON s.id = t.submission_id AND t.revision = s.submitted_revision
		WHERE s.id = ANY ($1)`, notes)
	all := map[workflow.ID]form.Answers{}
	for _, r := range rows {
		a := all[r.SubmissionID]
		if a == nil {
			a = form.Answers{}
			all[r.SubmissionID] = a
		}
		for name, values := range r.Answers {
			a[name] = values
		}
	}
	return all, err
}

// lastRule is the rule that holds now.
func lastRule(ctx context.Context, q database.Querier) (Rule, error) {
	return database.Row[Rule](ctx, q, `SELECT version, members, quorum FROM committee_rules ORDER BY version DESC LIMIT 1`)
}

// sessionOf is who was at the meeting; problem.NotFound while that is not recorded.
func sessionOf(ctx context.Context, q database.Querier, meeting MeetingID) (Session, error) {
	return database.Row[Session](ctx, q, `SELECT n.meeting_id, n.version, n.present, n.members, n.quorum, n.minutes, u.name AS saver, n.saved_at
		FROM committee_sessions n JOIN users u ON u.id = n.saved_by WHERE n.meeting_id = $1`, meeting)
}
