package newsletter

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/workbook"
)

// A list of readers comes from elsewhere as a table with the columns email, language, consent_date and consent_source, and if it
// likes themes, regions (by commas), sector and frequency. Each row proves when and how its reader agreed; one that does not is
// left out. The file is tried first, and let in by a second press.

const (
	// MaxImported is how many rows a list may have, MaxImportBytes how large its file may be, MaxSource how long the words of
	// a consent, in characters.
	MaxImported    = 50_000
	MaxImportBytes = workbook.MaxBytes
	MaxSource      = 300
	// importKept is how long a list waits for the second press.
	importKept = 24 * time.Hour
	// mostWrong is how many of the rows that are wrong the report names.
	mostWrong = 200
)

// importColumns are the names of the columns, in their order.
var importColumns = []string{"email", "language", "consent_date", "consent_source", "themes", "regions", "sector", "frequency"}

// importRow is one reader of a list.
type importRow struct {
	Email, Key, Source string
	Consented          date.Date
	Choices            Choices
}

// wrongRow is a row that is left out: its number in the file and the key of the reason.
type wrongRow struct {
	Line int
	Key  string
}

// importList is what was read of a file.
type importList struct {
	Rows     []importRow
	Wrong    []wrongRow
	Repeated int
}

// errImport says why a file cannot be read at all; it is the end of a text's key.
type errImport string

func (e errImport) Error() string { return "list of readers refused: " + string(e) }

// readImport reads a list. today is the last day of a consent.
func (s *Service) readImport(content []byte, today date.Date) (list importList, err error) {
	seen := map[string]bool{}
	var columns map[string]int
	v := s.Vocabulary()
	day := func(text string) (date.Date, bool) { d, err := date.Parse(text); return d, err == nil && !d.IsZero() }
	take := func(line int, cells []string) error {
		if columns == nil {
			columns = map[string]int{}
			for i, name := range cells {
				columns[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = i
			}
			for _, needed := range importColumns[:4] {
				if _, ok := columns[needed]; !ok {
					return errImport("columns")
				}
			}
			return nil
		}
		cell := func(name string) string {
			if i, ok := columns[name]; ok && i < len(cells) {
				return strings.TrimSpace(form.Clean(cells[i]))
			}
			return ""
		}
		if cell("email") == "" && strings.TrimSpace(strings.Join(cells, "")) == "" {
			return nil
		}
		if len(list.Rows)+len(list.Wrong)+list.Repeated >= MaxImported {
			return errImport("too_many")
		}
		email, wrong := readEmail(cell("email"))
		row := importRow{Email: email, Key: keyOf(email), Source: cell("consent_source")}
		var ok bool
		row.Consented, ok = day(cell("consent_date"))
		row.Choices = Choices{Lang: i18n.Lang(strings.ToLower(cell("language"))), Regions: split(cell("regions")), Sector: cell("sector"), Frequency: Frequency(cell("frequency"))}
		if row.Choices.Frequency == "" {
			row.Choices.Frequency = Monthly
		}
		for _, id := range split(cell("themes")) {
			for _, t := range v.Themes {
				if t.ID == id || fmt.Sprint(t.N) == id {
					row.Choices.Themes = append(row.Choices.Themes, t.N)
				}
			}
		}
		choices, more := row.Choices.check(v)
		row.Choices = choices
		switch {
		case len(wrong) > 0:
			list.Wrong = append(list.Wrong, wrongRow{line, wrong[0].Key})
		case len(more) > 0:
			list.Wrong = append(list.Wrong, wrongRow{line, more[0].Key})
		case !ok || today.Before(row.Consented):
			list.Wrong = append(list.Wrong, wrongRow{line, "newsletter.wrong.consent_date"})
		case row.Source == "" || form.Length(row.Source) > MaxSource:
			list.Wrong = append(list.Wrong, wrongRow{line, "newsletter.wrong.consent_source"})
		case seen[row.Key]:
			list.Repeated++
		default:
			seen[row.Key] = true
			list.Rows = append(list.Rows, row)
		}
		return nil
	}
	if bytes.HasPrefix(content, []byte("PK\x03\x04")) || bytes.HasPrefix(content, []byte("\xd0\xcf\x11\xe0")) {
		err = readBook(content, take)
	} else {
		err = readCSV(content, take)
	}
	if err == nil && columns == nil {
		err = errImport("empty")
	}
	return list, err
}

// split takes a cell of several values apart.
func split(cell string) []string {
	return strings.FieldsFunc(cell, func(r rune) bool { return r == ',' || r == ';' || r == ' ' })
}

func readCSV(content []byte, take func(line int, cells []string) error) error {
	if !utf8.Valid(content) {
		return errImport("encoding")
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff"))))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	if first, _, _ := bytes.Cut(content, []byte("\n")); bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		r.Comma = ';'
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errImport("damaged")
		}
		line, _ := r.FieldPos(0)
		if err := take(line, cells); err != nil {
			return err
		}
	}
}

func readBook(content []byte, take func(line int, cells []string) error) error {
	book, err := workbook.Open(content)
	if err != nil {
		return err
	}
	if len(book.Sheets()) == 0 {
		return errImport("empty")
	}
	_, err = book.Each(0, func(row workbook.Row) error {
		cells := make([]string, 0, len(importColumns))
		for column, cell := range row.Cells {
			if column >= 50 {
				continue
			}
			for len(cells) <= column {
				cells = append(cells, "")
			}
			cells[column] = cell.Text
			if cell.Number && cell.Dated {
				if d, ok := book.Day(cell); ok {
					cells[column] = d.String()
				}
			}
		}
		return take(row.N, cells)
	})
	return err
}

// Import is a list that was read, and what would come of it.
type Import struct {
	ID       int64
	FileName string
	// New readers come in; Known are subscribed already and stay as they are; Away are kept away and stay so.
	New, Known, Away, Repeated int
	Wrong                      []wrongRow
	WrongTotal                 int
}

// ReadImport keeps a list for the second press and returns its number. A file that cannot be read is an errImport or a refusal
// of package workbook.
func (s *Service) ReadImport(ctx context.Context, who identity.User, name string, content []byte) (int64, error) {
	if err := mayEdit(who); err != nil {
		return 0, err
	}
	list, err := s.readImport(content, date.Today(s.now(), i18n.Geneva))
	if err != nil {
		return 0, err
	}
	kept, err := json.Marshal(list)
	if err != nil {
		return 0, err
	}
	id, err := database.Value[int64](ctx, s.db.Read(), `INSERT INTO newsletter_imports (imported_by, file_name, created_at, content) VALUES ($1, $2, $3, $4) RETURNING id`, who.ID, name, s.now(), kept)
	if err != nil {
		return 0, fmt.Errorf("keep a list of readers: %w", err)
	}
	return id, nil
}

// findImport reads a list that the person has brought; any other is problem.NotFound.
func (s *Service) findImport(ctx context.Context, q database.Querier, who identity.User, id int64, lock string) (list importList, name string, err error) {
	if err := mayEdit(who); err != nil {
		return list, "", err
	}
	type row struct {
		FileName string
		Content  []byte
	}
	r, err := database.Row[row](ctx, q, `SELECT file_name, content FROM newsletter_imports WHERE id = $1 AND imported_by = $2`+lock, id, who.ID)
	if err == nil {
		err = json.Unmarshal(r.Content, &list)
	}
	if err != nil {
		err = fmt.Errorf("list of readers %d: %w", id, err)
	}
	return list, r.FileName, err
}

// keysAndHashes are what a list is compared by.
func (s *Service) keysAndHashes(list importList) (keys []string, hashes [][]byte) {
	for _, r := range list.Rows {
		keys, hashes = append(keys, r.Key), append(hashes, addressHash(s.Secret, r.Email))
	}
	return keys, hashes
}

// TryImport says what would come of a list, now.
func (s *Service) TryImport(ctx context.Context, who identity.User, id int64) (Import, error) {
	list, name, err := s.findImport(ctx, s.db.Read(), who, id, "")
	if err != nil {
		return Import{}, err
	}
	i := Import{ID: id, FileName: name, Repeated: list.Repeated, WrongTotal: len(list.Wrong), Wrong: list.Wrong[:min(len(list.Wrong), mostWrong)]}
	keys, hashes := s.keysAndHashes(list)
	type counts struct{ Away, Known int }
	c, err := database.Row[counts](ctx, s.db.Read(), `SELECT count(*) FILTER (WHERE x.away) AS away, count(*) FILTER (WHERE x.known AND NOT x.away) AS known FROM (
			SELECT EXISTS (SELECT FROM newsletter_suppressions n WHERE n.address_hash = l.hash AND n.lifted_at IS NULL) AS away,
				EXISTS (SELECT FROM newsletter_subscribers b WHERE b.email_key = l.key AND b.state = 'confirmed') AS known
			FROM unnest($1::text[], $2::bytea[]) AS l (key, hash)) x`, keys, hashes)
	if err != nil {
		return i, fmt.Errorf("try a list of readers: %w", err)
	}
	i.Away, i.Known = c.Away, c.Known
	i.New = len(list.Rows) - c.Away - c.Known
	return i, nil
}

// TakeImport lets a list in and returns how many readers came by it. Who is kept away stays so, and who is subscribed keeps
// their choices. A second press finds no list: problem.NotFound.
func (s *Service) TakeImport(ctx context.Context, who identity.User, id int64) (added int, err error) {
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		list, _, err := s.findImport(ctx, tx, who, id, " FOR UPDATE")
		if err != nil {
			return err
		}
		rows, err := json.Marshal(list.Rows)
		if err != nil {
			return err
		}
		_, hashes := s.keysAndHashes(list)
		tag, err := tx.Exec(ctx, `INSERT INTO newsletter_subscribers (email, email_key, lang, themes, regions, sector, frequency, state, consent_source, consented_on, created_at, confirmed_at)
			SELECT r.x ->> 'Email', r.x ->> 'Key', r.x #>> '{Choices,Lang}', ARRAY (SELECT jsonb_array_elements_text(r.x #> '{Choices,Themes}')::int), ARRAY (SELECT jsonb_array_elements_text(r.x #> '{Choices,Regions}')),
				r.x #>> '{Choices,Sector}', r.x #>> '{Choices,Frequency}', 'confirmed', r.x ->> 'Source', (r.x ->> 'Consented')::date, @now, @now
			FROM ROWS FROM (jsonb_array_elements(@rows::jsonb), unnest(@hashes::bytea[])) AS r (x, hash)
			WHERE NOT EXISTS (SELECT FROM newsletter_suppressions n WHERE n.address_hash = r.hash AND n.lifted_at IS NULL)
			ON CONFLICT (email_key) DO UPDATE SET state = 'confirmed', confirmed_at = excluded.confirmed_at, consented_on = excluded.consented_on, consent_source = excluded.consent_source, token_hash = NULL, token_until = NULL
			WHERE newsletter_subscribers.state = 'unconfirmed'`, database.Args{"rows": rows, "hashes": hashes, "now": s.now()})
		if err != nil {
			return err
		}
		added = int(tag.RowsAffected())
		if _, err := tx.Exec(ctx, `DELETE FROM newsletter_imports WHERE id = $1`, id); err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "import", id)
	})
	if err != nil {
		return 0, fmt.Errorf("take a list of readers: %w", err)
	}
	return added, nil
}

// DropImport puts a list away that was tried.
func (s *Service) DropImport(ctx context.Context, who identity.User, id int64) error {
	if err := mayEdit(who); err != nil {
		return err
	}
	if _, err := s.db.Pool.Exec(ctx, `DELETE FROM newsletter_imports WHERE id = $1 AND imported_by = $2`, id, who.ID); err != nil {
		return fmt.Errorf("drop a list of readers: %w", err)
	}
	return nil
}
