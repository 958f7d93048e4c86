package champion

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"portal/internal/attachment"
	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
)

// fileField is the control for the file of a document.
const fileField = "file"

// documentOf reads the form of a document. hasFile says that a file came with it.
func (s *Service) documentOf(posted url.Values, country string, hasFile bool) (Document, []problem.Field) {
	d := Document{
		Country: country, Kind: DocumentKind(posted.Get("kind")), Title: line(posted.Get("title")), Lang: posted.Get("lang"), Reference: line(posted.Get("reference")),
		URL: strings.TrimSpace(posted.Get("url")),
	}
	var wrong []problem.Field
	if !slices.Contains(kindsFor(country), d.Kind) {
		wrong = append(wrong, problem.Field{Name: "kind", Key: "champion.wrong.kind"})
	}
	if d.Title == "" {
		wrong = append(wrong, problem.Field{Name: "title", Key: "champion.wrong.title"})
	}
	wrong = append(wrong, long("title", d.Title, MaxTitle)...)
	if !slices.Contains(i18n.All, i18n.Lang(d.Lang)) {
		wrong = append(wrong, problem.Field{Name: "lang", Key: "champion.wrong.lang"})
	}
	wrong = append(wrong, long("reference", d.Reference, MaxReference)...)
	var ok bool
	var part string
	if d.Dated, ok, part = whenOf(form.Answers(posted), "dated"); !ok {
		wrong = append(wrong, problem.Field{Name: "dated." + part, Key: "champion.wrong.day"})
	}
	u, err := url.Parse(d.URL)
	switch {
	case d.URL != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || len(d.URL) > 2000):
		wrong = append(wrong, problem.Field{Name: "url", Key: "champion.wrong.url"})
	case d.URL == "" && !hasFile:
		wrong = append(wrong, problem.Field{Name: fileField, Key: "champion.wrong.file"})
	}
	if posted.Get("released") != "" {
		now := s.now()
		d.ReleasedAt = &now
	}
	return d, wrong
}

// kindsFor are the kinds of documents of one country, or of all together (""), which have no note verbale.
func kindsFor(country string) []DocumentKind {
	if country == "" {
		return DocumentKinds[1:]
	}
	return DocumentKinds
}

// AddDocument adds a document to an entry, or to the registry as a whole ("" for country). It is public only if the form
// releases it. file may be nil for one that stands elsewhere; the caller closes it.
func (s *Service) AddDocument(ctx context.Context, who identity.User, country string, posted url.Values, file *attachment.Received) error {
	if !Keeps(who) {
		return problem.NotFound
	}
	d, wrong := s.documentOf(posted, country, file != nil)
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		id, err := insertDocument(ctx, tx, d, s.now())
		if err != nil {
			return err
		}
		if file != nil {
			file.DocumentID = id
			kept, err := s.files.Add(ctx, tx, file)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `UPDATE champion_documents SET attachment_id = $2 WHERE id = $1`, id, kept.ID); err != nil {
				return err
			}
		}
		return s.recordDocument(ctx, tx, who, country, "added")
	})
	return wrap("add a document to the registry", err)
}

// recordDocument is record for what was done with a document; one of all together is in the record of acts only.
func (s *Service) recordDocument(ctx context.Context, tx database.Tx, who identity.User, country, what string) error {
	if country == "" {
		return s.audit(ctx, tx, who, 0, ActDocument, what)
	}
	e, err := findEntry(ctx, tx, country)
	if err != nil {
		return err
	}
	return s.record(ctx, tx, who, Event{Country: country, Act: ActDocument, FromStatus: e.Status, ToStatus: e.Status, Fields: []string{what}, At: s.now()})
}

// documentActs are what can be done with a document, each with its column.
var documentActs = map[string]string{
	"release": `released_at = coalesce(released_at, $2)`,
	"hold":    `released_at = NULL`,
	"remove":  `removed_at = $2`,
}

// ActOnDocument releases a document to the public, holds it back again, or takes it off. It returns the country whose it is,
// "" for all together.
func (s *Service) ActOnDocument(ctx context.Context, who identity.User, id int64, act string) (country string, err error) {
	set, ok := documentActs[act]
	if !Keeps(who) || !ok {
		return "", problem.NotFound
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		country, err = database.Value[string](ctx, tx, `UPDATE champion_documents SET `+set+` WHERE id = $1 AND removed_at IS NULL AND $2::timestamptz IS NOT NULL
			RETURNING coalesce(country, '')`, id, s.now())
		if err != nil {
			return err
		}
		return s.recordDocument(ctx, tx, who, country, act)
	})
	return country, wrap(fmt.Sprintf("%s document %d of the registry", act, id), err)
}

// File returns the document whose file may be sent: a released one to everybody, any to the network desk, whose reading of
// what is not public is recorded.
func (s *Service) File(ctx context.Context, who identity.User, id int64) (Document, error) {
	d, err := findDocument(ctx, s.db.Read(), id, !Keeps(who))
	switch {
	case err != nil:
		return d, err
	case d.AttachmentID == nil || d.FileName == "":
		return d, fmt.Errorf("document %d has no file: %w", id, problem.NotFound)
	case d.released():
		return d, nil
	}
	return d, audit.RecordRead(ctx, s.db.Read(), audit.Reading{Actor: who.ID, Subject: "attachment", IDs: []int64{*d.AttachmentID}, Fields: []string{fileField}, At: s.now()})
}
