package champion

import (
	"context"
	"fmt"
	"time"

	"portal/internal/database"
)

const entryColumns = `c.iso2, c.version, c.status, coalesce(c.since, '') AS since, coalesce(c.ended, '') AS ended, c.focal_office, c.statement, c.statement_lang,
	c.sources, c.submission_id, c.changed_at`

// public is the condition of what the public knows: see PublicStatuses.
const public = `c.status IN ('confirmed', 'paused', 'ended')`

// publicEntries are the entries that the public knows, in order of their codes.
func publicEntries(ctx context.Context, q database.Querier) ([]Entry, error) {
	all, err := database.Rows[Entry](ctx, q, `SELECT `+entryColumns+` FROM champions c WHERE `+public+` ORDER BY c.iso2 COLLATE "C"`)
	return all, wrap("the Champion countries", err)
}

// allEntries are all entries, for the desk.
func allEntries(ctx context.Context, q database.Querier) ([]Entry, error) {
	all, err := database.Rows[Entry](ctx, q, `SELECT `+entryColumns+` FROM champions c ORDER BY c.iso2 COLLATE "C"`)
	return all, wrap("the registry of Champion countries", err)
}

func findEntry(ctx context.Context, q database.Querier, country string) (Entry, error) {
	e, err := database.Row[Entry](ctx, q, `SELECT `+entryColumns+` FROM champions c WHERE c.iso2 = $1`, country)
	return e, wrap("the entry of "+country, err)
}

// lockEntry is findEntry for a transaction that changes the entry.
func lockEntry(ctx context.Context, tx database.Tx, country string) (Entry, error) {
	e, err := database.Row[Entry](ctx, tx, `SELECT `+entryColumns+` FROM champions c WHERE c.iso2 = $1 FOR UPDATE`, country)
	return e, wrap("lock the entry of "+country, err)
}

// addEntry adds an entry; false when there is one.
func addEntry(ctx context.Context, tx database.Tx, country string, status Status, now time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `INSERT INTO champions (iso2, status, changed_at) VALUES ($1, $2, $3) ON CONFLICT ON CONSTRAINT champions_pkey DO NOTHING`, country, status, now)
	return tag.RowsAffected() > 0, wrap("add the entry of "+country, err)
}

// updateEntry writes an entry and raises its version.
func updateEntry(ctx context.Context, tx database.Tx, e Entry) error {
	_, err := tx.Exec(ctx, `UPDATE champions SET version = version + 1, status = @status, since = nullif(@since, ''), ended = nullif(@ended, ''), focal_office = @office,
			statement = @statement, statement_lang = @lang, submission_id = @submission, changed_at = @changed WHERE iso2 = @country`,
		database.Args{
			"country": e.Country, "status": e.Status, "since": e.Since, "ended": e.Ended, "office": e.FocalOffice, "statement": e.Statement,
			"lang": e.StatementLang, "submission": e.SubmissionID, "changed": e.ChangedAt,
		})
	return wrap("change the entry of "+e.Country, err)
}

// insertEvent adds a line to the history of an entry and returns its number.
func insertEvent(ctx context.Context, tx database.Tx, e Event, actor int64) (int64, error) {
	if e.Fields == nil {
		e.Fields = []string{}
	}
	id, err := database.Value[int64](ctx, tx, `INSERT INTO champion_events (country, act, from_status, to_status, reason, fields, submission_id, actor_id, at)
		VALUES (@country, @act, nullif(@from, ''), @to, @reason, @fields, @submission, nullif(@actor::bigint, 0), @at) RETURNING id`,
		database.Args{
			"country": e.Country, "act": e.Act, "from": e.FromStatus, "to": e.ToStatus, "reason": e.Reason, "fields": e.Fields, "submission": e.SubmissionID,
			"actor": actor, "at": e.At,
		})
	return id, wrap("the history of the entry of "+e.Country, err)
}

// statusEvents are the changes of status that the public may know, of one country or of all ("").
func statusEvents(ctx context.Context, q database.Querier, country string) ([]Event, error) {
	all, err := database.Rows[Event](ctx, q, `SELECT e.id, e.country, e.act, coalesce(e.from_status, '') AS from_status, e.to_status, '' AS reason, '{}'::text[] AS fields, NULL::bigint AS submission_id,
			'' AS actor, e.at
		FROM champion_events e WHERE e.act = 'status' AND e.to_status IN ('confirmed', 'paused', 'ended') AND ($1 = '' OR e.country = $1) ORDER BY e.id DESC LIMIT 200`, country)
	return all, wrap("the history of Champion countries", err)
}

// history is all that became of an entry, the newest first, for the desk.
func history(ctx context.Context, q database.Querier, country string) ([]Event, error) {
	all, err := database.Rows[Event](ctx, q, `SELECT e.id, e.country, e.act, coalesce(e.from_status, '') AS from_status, e.to_status, e.reason, e.fields, e.submission_id,
			coalesce(u.name, '') AS actor, e.at
		FROM champion_events e LEFT JOIN users u ON u.id = e.actor_id WHERE e.country = $1 ORDER BY e.id DESC LIMIT 500`, country)
	return all, wrap("the history of "+country, err)
}

const chairColumns = `h.id, h.country, h.since, coalesce(h.until, '') AS until`

// chairs are the terms of co-chairs of one country or of all (""), the last on top.
func chairs(ctx context.Context, q database.Querier, country string) ([]Chair, error) {
	all, err := database.Rows[Chair](ctx, q, `SELECT `+chairColumns+` FROM champion_chairs h WHERE $1 = '' OR h.country = $1 ORDER BY h.since COLLATE "C" DESC, h.id DESC`, country)
	return all, wrap("the co-chairs", err)
}

func commitments(ctx context.Context, q database.Querier, country string) ([]Commitment, error) {
	all, err := database.Rows[Commitment](ctx, q, `SELECT m.country, m.objective, m.text, m.lang FROM champion_commitments m WHERE m.country = $1 ORDER BY m.objective`, country)
	return all, wrap("the commitments of "+country, err)
}

// setCommitments puts the commitments of a country in the place of those that there are.
func setCommitments(ctx context.Context, tx database.Tx, country string, all []Commitment) error {
	if _, err := tx.Exec(ctx, `DELETE FROM champion_commitments WHERE country = $1`, country); err != nil {
		return wrap("the commitments of "+country, err)
	}
	var objectives []int
	var texts, langs []string
	for _, m := range all {
		objectives, texts, langs = append(objectives, m.Objective), append(texts, m.Text), append(langs, m.Lang)
	}
	_, err := tx.Exec(ctx, `INSERT INTO champion_commitments (country, objective, text, lang) SELECT $1, n, t, l FROM unnest($2::int[], $3::text[], $4::text[]) AS m (n, t, l)`,
		country, objectives, texts, langs)
	return wrap("the commitments of "+country, err)
}

const documentColumns = `d.id, coalesce(d.country, '') AS country, d.kind, d.title, d.lang, d.reference, coalesce(d.dated, '') AS dated, d.url, d.attachment_id, d.released_at,
	coalesce(a.name, '') AS file_name, coalesce(a.format, '') AS file_format, coalesce(a.size, 0) AS file_size`

const documentsFrom = ` FROM champion_documents d LEFT JOIN attachments a ON a.id = d.attachment_id AND a.scan_state <> 'infected'`

// releasedDocuments are the documents that the public may have: of one country, or of all together ("").
func releasedDocuments(ctx context.Context, q database.Querier, country string) ([]Document, error) {
	all, err := database.Rows[Document](ctx, q, `SELECT `+documentColumns+documentsFrom+`
		WHERE coalesce(d.country, '') = $1 AND d.released_at IS NOT NULL AND d.removed_at IS NULL ORDER BY d.dated COLLATE "C" DESC NULLS LAST, d.id DESC`, country)
	return all, wrap("the documents of Champion countries", err)
}

// documents are all documents of one country, or of all together (""), for the desk.
func documents(ctx context.Context, q database.Querier, country string) ([]Document, error) {
	all, err := database.Rows[Document](ctx, q, `SELECT `+documentColumns+documentsFrom+` WHERE coalesce(d.country, '') = $1 AND d.removed_at IS NULL ORDER BY d.id DESC`, country)
	return all, wrap("the documents of "+country, err)
}

// findDocument returns a document that was not taken off; released asks for one that the public may have.
func findDocument(ctx context.Context, q database.Querier, id int64, released bool) (Document, error) {
	d, err := database.Row[Document](ctx, q, `SELECT `+documentColumns+documentsFrom+`
		LEFT JOIN champions c ON c.iso2 = d.country
		WHERE d.id = $1 AND d.removed_at IS NULL AND (NOT $2::boolean OR d.released_at IS NOT NULL AND (d.country IS NULL OR `+public+`))`, id, released)
	return d, wrap(fmt.Sprintf("document %d of the registry", id), err)
}

func insertDocument(ctx context.Context, tx database.Tx, d Document, now time.Time) (int64, error) {
	id, err := database.Value[int64](ctx, tx, `INSERT INTO champion_documents (country, kind, title, lang, reference, dated, url, attachment_id, released_at, added_at)
		VALUES (nullif(@country, ''), @kind, @title, @lang, @reference, nullif(@dated, ''), @url, @attachment, @released, @now) RETURNING id`,
		database.Args{
			"country": d.Country, "kind": d.Kind, "title": d.Title, "lang": d.Lang, "reference": d.Reference, "dated": d.Dated, "url": d.URL,
			"attachment": d.AttachmentID, "released": d.ReleasedAt, "now": now,
		})
	return id, wrap("add a document to the registry", err)
}

func figures(ctx context.Context, q database.Querier) ([]Figure, error) {
	all, err := database.Rows[Figure](ctx, q, `SELECT month, n, names, source FROM champion_figures ORDER BY month COLLATE "C"`)
	return all, wrap("the figures of Champion countries", err)
}

// wrap says what was being done when the error came; nil stays nil.
func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
