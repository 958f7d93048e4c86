// Package attachment keeps the documents that people upload with a submission, the minutes of meetings, and the documents of Champion countries: what may come in (by content, not by
// name), the virus scan, the bytes in the database in chunks, and sending them out so that a browser does nothing with
// them but save them.
//
// A file belongs to the revisions of a submission from the one in which it was added until before the one in which it was
// removed. So a revision that was sent in keeps its files, and nobody can change them afterwards. One of a meeting belongs to no
// submission; one that is taken out there is no more listed, and stays.
//
// Who may add, remove or read a file is the owning area's to decide, before it calls this package.
package attachment

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/problem"
)

const (
	// MaxFiles is how many files a question takes (pledges.md, section VII).
	MaxFiles = 10
	// MaxBytes is the largest file: 25 MB, a MB being 1,048,576 bytes.
	MaxBytes = 25 << 20
	// ChunkBytes is the size of the pieces in which files are stored; the last piece may be smaller.
	ChunkBytes = 256 << 10
)

// ScanState is what the virus scanner said.
type ScanState string

// The states of a scan.
const (
	NotScanned ScanState = "not_scanned" // there is no scanner, or it did not answer; it is asked again
	Clean      ScanState = "clean"
	Infected   ScanState = "infected" // found after the file was taken; nobody gets it any more
)

// ScanStates lists them.
var ScanStates = []ScanState{NotScanned, Clean, Infected}

// Attachment is a file without its bytes.
type Attachment struct {
	ID           int64
	SubmissionID int64
	// MeetingID is the meeting of the Steering Committee to which it belongs in place of a submission; 0 for none.
	MeetingID int64
	// DocumentID is the document of the registry of Champion countries to which it belongs in place of a submission; 0 for none.
	DocumentID int64
	// Field is the question that it answers.
	Field string
	// Name is safe to show and to save under, and different from those of the other files of its revisions.
	Name string
	// Format is one of Formats, by the file's content.
	Format     string
	MediaType  string
	Size       int64
	SHA256     []byte
	ScanState  ScanState
	UploadedBy int64
	UploadedAt time.Time
	// FirstRevision is the first to which it belongs, and RemovedRevision the first to which it no longer does.
	FirstRevision   int
	RemovedRevision *int
	// Width and Height are those of the picture that pages show of an image; 0 for a document.
	Width, Height int
}

const columns = `id, coalesce(submission_id, 0) AS submission_id, coalesce(meeting_id, 0) AS meeting_id, coalesce(document_id, 0) AS document_id, field, name, format, media_type, size, sha256, scan_state, uploaded_by, uploaded_at, first_revision, removed_revision, width, height`

// Kind names the format for people: "PDF", "DOCX".
func (a Attachment) Kind() string { return strings.ToUpper(a.Format) }

// Servable says whether anybody may have its bytes.
func (a Attachment) Servable() bool { return a.ScanState != Infected }

// In says whether it belongs to the revision.
func (a Attachment) In(revision int) bool {
	return a.FirstRevision <= revision && (a.RemovedRevision == nil || *a.RemovedRevision > revision)
}

// Path is the address of a file; it is outside the language.
func Path(id int64) string { return "/files/" + strconv.FormatInt(id, 10) }

// List returns the files of a revision, the oldest first.
func List(ctx context.Context, q database.Querier, submission int64, revision int) ([]Attachment, error) {
	all, err := database.Rows[Attachment](ctx, q, `SELECT `+columns+` FROM attachments
		WHERE submission_id = $1 AND first_revision <= $2 AND (removed_revision IS NULL OR removed_revision > $2) ORDER BY id`, submission, revision)
	if err != nil {
		return nil, fmt.Errorf("list the files of submission %d: %w", submission, err)
	}
	return all, nil
}

// OfMeeting returns the files of a meeting, the oldest first.
func OfMeeting(ctx context.Context, q database.Querier, meeting int64) ([]Attachment, error) {
	all, err := database.Rows[Attachment](ctx, q, `SELECT `+columns+` FROM attachments WHERE meeting_id = $1 AND removed_revision IS NULL ORDER BY id`, meeting)
	if err != nil {
		return nil, fmt.Errorf("list the files of meeting %d: %w", meeting, err)
	}
	return all, nil
}

// ofDocument returns the file of a document of the registry of Champion countries; it has one at most.
func ofDocument(ctx context.Context, q database.Querier, document int64) ([]Attachment, error) {
	all, err := database.Rows[Attachment](ctx, q, `SELECT `+columns+` FROM attachments WHERE document_id = $1 ORDER BY id`, document)
	if err != nil {
		return nil, fmt.Errorf("list the file of document %d: %w", document, err)
	}
	return all, nil
}

// RemoveOfMeeting takes a file off a meeting; its bytes stay. One that is not there any more is left alone. The caller has locked
// what stands for the meeting.
func RemoveOfMeeting(ctx context.Context, tx database.Tx, meeting, id int64) error {
	if _, err := tx.Exec(ctx, `UPDATE attachments SET removed_revision = first_revision + 1 WHERE id = $1 AND meeting_id = $2 AND removed_revision IS NULL`, id, meeting); err != nil {
		return fmt.Errorf("take file %d off meeting %d: %w", id, meeting, err)
	}
	return nil
}

// Find returns a file without its bytes, so that its area can decide who may have them. It is problem.NotFound when
// there is none.
func Find(ctx context.Context, q database.Querier, id int64) (Attachment, error) {
	a, err := database.Row[Attachment](ctx, q, `SELECT `+columns+` FROM attachments WHERE id = $1`, id)
	if err != nil {
		return Attachment{}, fmt.Errorf("find file %d: %w", id, err)
	}
	return a, nil
}

// Remove takes a file out of a revision that is being written. One that was added in the same revision is gone; one that
// earlier revisions have stays with those. A file that the submission's revision does not have is problem.NotFound. The
// caller has locked the submission.
func Remove(ctx context.Context, tx database.Tx, submission, id int64, revision int) error {
	a, err := Find(ctx, tx, id)
	if err != nil {
		return err
	}
	if a.SubmissionID != submission || !a.In(revision) {
		return fmt.Errorf("remove file %d of submission %d: %w", id, submission, problem.NotFound)
	}
	sql := `DELETE FROM attachments WHERE id = $1 AND first_revision = $2`
	if a.FirstRevision < revision {
		sql = `UPDATE attachments SET removed_revision = $2 WHERE id = $1 AND removed_revision IS NULL`
	}
	if _, err := tx.Exec(ctx, sql, id, revision); err != nil {
		return fmt.Errorf("remove file %d: %w", id, err)
	}
	return nil
}

// Add keeps a received file in the revision and returns it. Bytes that the question already has are not kept twice: the
// file that is there is returned, so that a form sent twice does no harm. One file too many is problem.Invalid. The
// caller has locked the submission, or what stands for the meeting; a document of the registry is its own (r.DocumentID).
func (s *Store) Add(ctx context.Context, tx database.Tx, r *Received) (Attachment, error) {
	list := func() ([]Attachment, error) { return List(ctx, tx, r.SubmissionID, r.Revision) }
	switch {
	case r.MeetingID != 0:
		list = func() ([]Attachment, error) { return OfMeeting(ctx, tx, r.MeetingID) }
	case r.DocumentID != 0:
		list = func() ([]Attachment, error) { return ofDocument(ctx, tx, r.DocumentID) }
	}
	all, err := list()
	if err != nil {
		return Attachment{}, err
	}
	same, names := 0, []string{}
	for _, a := range all {
		names = append(names, a.Name)
		if a.Field != r.Field {
			continue
		}
		same++
		if slices.Equal(a.SHA256, r.sha256) && a.Format == r.format {
			return a, nil
		}
	}
	if same >= MaxFiles {
		return Attachment{}, r.refuse("attachment.too_many", MaxFiles)
	}
	var scannedAt *time.Time
	if r.scanState != NotScanned {
		scannedAt = &r.at
	}
	a, err := database.Row[Attachment](ctx, tx, `INSERT INTO attachments (submission_id, meeting_id, document_id, field, name, format, media_type, size, sha256, scan_state,
			scanned_at, uploaded_by, uploaded_at, first_revision, width, height)
		VALUES (nullif(@submission::bigint, 0), nullif(@meeting::bigint, 0), nullif(@document::bigint, 0), @field, @name, @format, @media_type, @size, @sha256, @scan_state, @scanned_at, @by, @at, @revision, @width, @height) RETURNING `+columns,
		database.Args{
			"submission": r.SubmissionID, "meeting": r.MeetingID, "document": r.DocumentID, "field": r.Field, "name": unique(r.name, names), "format": r.format, "media_type": r.mediaType,
			"size": r.size, "sha256": r.sha256, "scan_state": r.scanState, "scanned_at": scannedAt, "by": r.By, "at": r.at, "revision": r.Revision,
			"width": r.picture.width, "height": r.picture.height,
		})
	if err != nil {
		return Attachment{}, fmt.Errorf("add a file: %w", err)
	}
	if r.Image {
		if err := putPicture(ctx, tx, a.ID, r.picture); err != nil {
			return Attachment{}, err
		}
	}
	chunk := make([]byte, ChunkBytes)
	for n, offset := 0, int64(0); offset < r.size; n++ {
		piece := chunk[:min(ChunkBytes, r.size-offset)]
		if _, err := r.file.ReadAt(piece, offset); err != nil {
			return Attachment{}, fmt.Errorf("read back the upload: %w", err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO attachment_chunks (attachment_id, n, bytes) VALUES ($1, $2, $3)`, a.ID, n, piece); err != nil {
			return Attachment{}, fmt.Errorf("add a file: %w", err)
		}
		offset += int64(len(piece))
	}
	return a, nil
}
