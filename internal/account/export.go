package account

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/personal"
	"portal/web"
	"portal/web/ui"
)

const (
	// exportsPerAccount is how many copies of their data a person may take in requestWindow.
	exportsPerAccount = 10
	// exportRows is how many rows of a section the page in the copy shows; the file beside it has all.
	exportRows = 500
	// exportTime is how long making a copy may take.
	exportTime = 2 * time.Minute
	// oidDate is PostgreSQL's number of the type date.
	oidDate = 1082
)

// exportSection is a section of the copy as its page shows it.
type exportSection struct {
	personal.Section
	Columns []string
	// Rows are the first exportRows; Total counts all.
	Rows  [][]any
	Total int
}

// Export writes a ZIP with all that the portal has of the person: a page in the language of the context, and JSON. It is
// recorded. Too many copies are problem.TooMany.
func (s *Service) Export(ctx context.Context, who identity.User, to *bytes.Buffer) error {
	if err := s.limit(ctx, "export", fmt.Sprint(who.ID), exportsPerAccount, requestWindow); err != nil {
		return err
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		to.Reset()
		archive := zip.NewWriter(to)
		// All sections are of one instant.
		if _, err := tx.Exec(ctx, `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ`); err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.ID, "export.personal", "user", who.ID); err != nil {
			return err
		}
		var sections []exportSection
		for _, section := range s.personal.Sections {
			e, err := exportTo(ctx, tx, archive, section, who.ID, s.now())
			if err != nil {
				return fmt.Errorf("section %s: %w", section.Name, err)
			}
			sections = append(sections, e)
		}
		page, err := entry(archive, "index.html", s.now())
		if err != nil {
			return err
		}
		if err := exportPage(who.Name, s.now(), sections).Render(ui.WithSite(ctx, s.site), page); err != nil {
			return err
		}
		return archive.Close()
	})
	if err != nil {
		return fmt.Errorf("the data of user %d: %w", who.ID, err)
	}
	return nil
}

func entry(archive *zip.Writer, name string, now time.Time) (io.Writer, error) {
	return archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: now})
}

// exportTo writes the file of a section, row by row.
func exportTo(ctx context.Context, tx database.Tx, archive *zip.Writer, section personal.Section, user int64, now time.Time) (exportSection, error) {
	e := exportSection{Section: section}
	out, err := entry(archive, "data/"+section.Name+".json", now)
	if err != nil {
		return e, err
	}
	rows, err := tx.Query(ctx, section.SQL, user)
	if err != nil {
		return e, err
	}
	defer rows.Close()
	fields := rows.FieldDescriptions()
	for _, f := range fields {
		e.Columns = append(e.Columns, f.Name)
	}
	if _, err := io.WriteString(out, "["); err != nil {
		return e, err
	}
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return e, err
		}
		object := map[string]any{}
		for i, f := range fields {
			if t, ok := values[i].(time.Time); ok && f.DataTypeOID == oidDate {
				values[i] = date.Of(t)
				object[f.Name] = t.Format(time.DateOnly)
				continue
			}
			object[f.Name] = values[i]
		}
		line, err := json.MarshalIndent(object, "  ", "  ")
		if err != nil {
			return e, err
		}
		if e.Total > 0 {
			line = append([]byte(",\n  "), line...)
		} else {
			line = append([]byte("\n  "), line...)
		}
		if _, err := out.Write(line); err != nil {
			return e, err
		}
		if e.Total++; e.Total <= exportRows {
			e.Rows = append(e.Rows, values)
		}
	}
	if err := rows.Err(); err != nil {
		return e, err
	}
	_, err = io.WriteString(out, "\n]\n")
	return e, err
}

// facts are one row in words; what is empty is left out.
func (e exportSection) facts(ctx context.Context, row []any) []ui.Fact {
	var facts []ui.Fact
	for i, column := range e.Columns {
		if text := exportText(ctx, row[i], e.Texts[column]); text != "" {
			facts = append(facts, ui.Fact{Term: i18n.T(ctx, "account.export.column."+column), Values: strings.Split(text, "\n"), Lang: "und"})
		}
	}
	return facts
}

// exportText is a value in words. texts starts the keys of the words for it; a value without one is shown as it is.
func exportText(ctx context.Context, value any, texts string) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		if texts != "" && v != "" && i18n.Has(i18n.From(ctx), texts+v) {
			return i18n.T(ctx, texts+v)
		}
		return v
	case bool:
		if v {
			return i18n.T(ctx, "account.export.yes")
		}
		return i18n.T(ctx, "account.export.no")
	case time.Time:
		return i18n.Instant(ctx, v)
	case date.Date:
		return i18n.Day(ctx, v)
	case []any:
		words := make([]string, len(v))
		for i, w := range v {
			words[i] = exportText(ctx, w, "")
		}
		return strings.Join(words, "\n")
	case map[string]any:
		var lines []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if text := exportText(ctx, v[key], ""); text != "" {
				lines = append(lines, key+": "+text)
			}
		}
		return strings.Join(lines, "\n")
	}
	return fmt.Sprint(value)
}

func (h handlers) ownData(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, ownDataPage(h.accounts.personal.Sections))
}

func (h handlers) export(w http.ResponseWriter, r *http.Request) error {
	if web.AnswerHead(w, r, "application/zip") {
		return nil
	}
	var archive bytes.Buffer
	if err := h.accounts.Export(r.Context(), identity.Must(r.Context()), &archive); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="my-data-`+h.accounts.now().UTC().Format(time.DateOnly)+`.zip"`)
	w.Header().Set("Cache-Control", "no-store")
	_, err := archive.WriteTo(w)
	return err
}
