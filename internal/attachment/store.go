package attachment

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/jobs"
	"portal/internal/problem"
)

// TooLargeKey is the message for a file above MaxBytes, for pages that answer 413 to it.
const TooLargeKey = "attachment.too_large"

// Options are what a Store needs.
type Options struct {
	DB *database.DB
	// Clamd is the address of a clamd virus scanner, host:port or unix:/path; empty for none.
	Clamd string
	Log   *slog.Logger
	Now   func() time.Time
}

// Store takes files in and gives them out.
type Store struct {
	db      *database.DB
	scanner *clamd // nil for none
	log     *slog.Logger
	now     func() time.Time
}

// NewStore makes a Store.
func NewStore(o Options) *Store {
	return &Store{o.DB, newClamd(o.Clamd), o.Log, o.Now}
}

// Upload says where a file is to go.
type Upload struct {
	SubmissionID int64
	// MeetingID is the meeting of the Steering Committee whose minutes it is; then there is no submission.
	MeetingID int64
	// DocumentID is the document of the registry of Champion countries whose file it is; then there is neither. It may be set
	// when the file has been received.
	DocumentID int64
	// Revision is the one that is being written.
	Revision int
	// Field is the question, and the form's control that errors are told at.
	Field string
	// Name is the file's name as the browser sent it.
	Name string
	// By is the person who uploads.
	By int64
	// Image says that an image is wanted; else a document is.
	Image bool
}

// Received is a file that has come in whole and may be kept. It lies in a temporary file until it is closed.
type Received struct {
	Upload
	name      string
	format    string
	mediaType string
	size      int64
	sha256    []byte
	scanState ScanState
	at        time.Time
	picture   picture // of an image
	file      *os.File
}

// Close throws the temporary file away; what was added stays.
func (r *Received) Close() error { return r.file.Close() }

// subject is what it belongs to, for the audit record.
func (u Upload) subject() (string, int64) {
	if u.MeetingID != 0 {
		return "fund_meeting", u.MeetingID
	}
	if u.DocumentID != 0 {
		return "champion_document", u.DocumentID
	}
	return "submission", u.SubmissionID
}

// refuse says at the question why the file is not taken; the file's name is the text's first argument.
func (r *Received) refuse(key string, args ...any) error {
	return problem.Invalid(problem.Field{Name: r.Field, Key: key, Args: append([]any{r.name}, args...)})
}

// Receive reads a file to its end and decides whether it may come in: its size, its type by content and by name, and what
// the virus scanner says. It is slow, since clients are, so it runs outside any transaction; Add then keeps the file in
// one. The caller closes what it gets.
//
// A file that may not come in is problem.Invalid with a field of key "attachment.…"; one that is too large is
// problem.TooLarge besides. Errors of content, such as a client that went away, are passed on.
func (s *Store) Receive(ctx context.Context, u Upload, content io.Reader) (*Received, error) {
	file, err := os.CreateTemp("", "portal-upload-*")
	if err != nil {
		return nil, fmt.Errorf("receive a file: %w", err)
	}
	r := &Received{Upload: u, name: cleanName(u.Name), scanState: NotScanned, at: s.now(), file: file}
	// Without a name it is gone with the process, however that ends.
	if err := errors.Join(os.Remove(file.Name()), s.receive(ctx, r, content)); err != nil {
		_ = r.Close() // nothing in it is wanted
		return nil, err
	}
	return r, nil
}

func (s *Store) receive(ctx context.Context, r *Received, content io.Reader) error {
	sum := sha256.New()
	var err error
	if r.size, err = io.Copy(io.MultiWriter(r.file, sum), io.LimitReader(content, MaxBytes+1)); err != nil {
		return fmt.Errorf("receive a file: %w", err)
	}
	r.sha256 = sum.Sum(nil)
	switch {
	case r.size > MaxBytes:
		return fmt.Errorf("%w: %w", problem.TooLarge, r.refuse(TooLargeKey, MaxBytes>>20))
	case r.size == 0:
		return r.refuse("attachment.empty")
	}
	if r.Image {
		if err := r.acceptImage(ctx); err != nil {
			return err
		}
		return s.scanReceived(ctx, r)
	}
	found, err := sniff(r.file, r.size)
	if err != nil {
		return fmt.Errorf("look into a file: %w", err)
	}
	if err := r.accept(found); err != nil {
		return err
	}
	return s.scanReceived(ctx, r)
}

// acceptImage says by the content whether an image may come in, by its pixels before it is unpacked, and makes its picture.
func (r *Received) acceptImage(ctx context.Context) error {
	width, height, format, ok := imageConfig(r.file, r.size)
	switch {
	case !ok:
		return r.refuse(notImageKey)
	case width > maxSide || height > maxSide || width*height > maxPixels:
		return r.refuse(pixelsKey, width, height, maxSide, maxPixels/1_000_000)
	}
	painted, err := paint(ctx, r.file, r.size)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("look at an image: %w", ctx.Err())
	case err != nil:
		return r.refuse(imageFailsKey)
	}
	base, _ := split(r.name)
	r.name, r.picture = base+"."+format, painted
	r.format, r.mediaType = format, mediaTypes[format]
	return nil
}

// accept compares what the file is with what its name says.
func (r *Received) accept(found kind) error {
	said := extension(r.name)
	switch {
	case found.wrong == programKey:
		return r.refuse(programKey)
	case !slices.Contains(Formats, said):
		return r.refuse("attachment.type")
	case found.wrong != "":
		return r.refuse(found.wrong)
	case found.format == "":
		return r.refuse("attachment.mismatch", formatKey(said))
	case found.format != said:
		return r.refuse("attachment.mismatch_known", formatKey(said), formatKey(found.format))
	}
	r.format, r.mediaType = found.format, found.mediaType
	return nil
}

func formatKey(format string) i18n.Key { return i18n.Key("attachment.format." + format) }

// scanReceived asks the scanner. One that does not answer does not keep a person from working: the file is marked as not
// scanned, and is scanned later.
func (s *Store) scanReceived(ctx context.Context, r *Received) error {
	if s.scanner == nil {
		return nil
	}
	virus, err := s.scanner.scan(ctx, io.NewSectionReader(r.file, 0, r.size))
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("scan a file: %w", ctx.Err())
	case err != nil:
		s.log.WarnContext(ctx, "a file could not be scanned for viruses, it will be tried again", "submission", r.SubmissionID, "error", err)
		return nil
	case virus == "":
		r.scanState = Clean
		return nil
	}
	s.log.WarnContext(ctx, "a file with a virus was refused", "submission", r.SubmissionID, "virus", virus)
	subject, id := r.subject()
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		return audit.Record(ctx, tx, audit.Entry{
			Actor: r.By, Act: "attachment.refuse_infected", Subject: subject, SubjectID: id,
			Fields: []string{r.Field}, At: r.at,
		})
	})
	if err != nil {
		return err
	}
	return r.refuse("attachment.infected")
}

// Schedule is the store's periodic work: scanning what could not be scanned when it came. Without a scanner there is
// none.
func (s *Store) Schedule() []jobs.PeriodicJob {
	if s.scanner == nil {
		return nil
	}
	return []jobs.PeriodicJob{jobs.Periodic("attachment.scan", 10*time.Minute, s.scanWaiting)}
}

// scanWaiting scans the files that wait for it, the oldest first.
func (s *Store) scanWaiting(ctx context.Context) error {
	for last := int64(0); ; {
		id, err := database.Value[int64](ctx, s.db.Read(), `SELECT id FROM attachments WHERE scan_state = 'not_scanned' AND id > $1 ORDER BY id LIMIT 1`, last)
		if errors.Is(err, problem.NotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("find a file to scan: %w", err)
		}
		last = id
		_, content, err := s.Open(ctx, id)
		if errors.Is(err, problem.NotFound) || errors.Is(err, problem.Forbidden) {
			continue // removed, or scanned by somebody else, meanwhile
		}
		if err != nil {
			return err
		}
		virus, err := s.scanner.scan(ctx, content)
		var said refusedScan
		if errors.As(err, &said) {
			s.log.ErrorContext(ctx, "the virus scanner refuses a file", "attachment", id, "error", err)
			continue
		}
		if err != nil {
			return fmt.Errorf("scan file %d: %w", id, err)
		}
		if err := s.scanned(ctx, id, virus); err != nil {
			return err
		}
	}
}

// scanned writes down what the scanner found in a stored file.
func (s *Store) scanned(ctx context.Context, id int64, virus string) error {
	state := Clean
	if virus != "" {
		state = Infected
		s.log.ErrorContext(ctx, "a virus was found in a stored file; nobody gets it any more", "attachment", id, "virus", virus)
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		a, err := database.Row[Attachment](ctx, tx, `UPDATE attachments SET scan_state = $2, scanned_at = $3
			WHERE id = $1 AND scan_state = 'not_scanned' RETURNING `+columns, id, state, s.now())
		if errors.Is(err, problem.NotFound) || err == nil && state == Clean {
			return nil
		}
		if err != nil {
			return err
		}
		subject, of := Upload{SubmissionID: a.SubmissionID, MeetingID: a.MeetingID}.subject()
		return audit.Record(ctx, tx, audit.Entry{Act: "attachment.lock_infected", Subject: subject, SubjectID: of, At: s.now()})
	})
	if err != nil {
		return fmt.Errorf("write down the scan of file %d: %w", id, err)
	}
	return nil
}
