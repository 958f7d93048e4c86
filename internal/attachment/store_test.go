package attachment

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/i18n"
	"portal/internal/problem"
)

// desk is a database with a submission in it, and a store.
type desk struct {
	db         *database.DB
	store      *Store
	submission int64
	person     int64
}

func newDesk(t testing.TB, clamd string) desk {
	t.Helper()
	db := dbtest.New(t)
	value := func(sql string, args ...any) int64 {
		t.Helper()
		id, err := database.Value[int64](t.Context(), db.Read(), sql, args...)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	d := desk{db: db, store: NewStore(Options{DB: db, Clamd: clamd, Log: slog.New(slog.DiscardHandler), Now: time.Now})}
	d.person = value(`INSERT INTO users (email, name, created_at) VALUES ('a@example.org', 'A', now()) RETURNING id`)
	office := value(`INSERT INTO offices (name, category, created_at) VALUES ('Ministry', 'member_state', now()) RETURNING id`)
	d.submission = value(`INSERT INTO submissions (kind, desk, office_id, author_id, created_at, changed_at)
		VALUES ('pledge', 'pledges', $1, $2, now(), now()) RETURNING id`, office, d.person)
	return d
}

func (d desk) upload(name string, revision int) Upload {
	return Upload{SubmissionID: d.submission, Revision: revision, Field: "files", Name: name, By: d.person}
}

// add receives a file and keeps it.
func (d desk) add(t testing.TB, u Upload, content io.Reader) (Attachment, error) {
	t.Helper()
	r, err := d.store.Receive(t.Context(), u, content)
	if err != nil {
		return Attachment{}, err
	}
	defer r.Close()
	var a Attachment
	err = d.db.InTx(t.Context(), func(tx database.Tx) error {
		var err error
		a, err = d.store.Add(t.Context(), tx, r)
		return err
	})
	return a, err
}

func (d desk) mustAdd(t testing.TB, name string, revision int, content string) Attachment {
	t.Helper()
	a, err := d.add(t, d.upload(name, revision), strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (d desk) remove(t testing.TB, id int64, revision int) error {
	t.Helper()
	return d.db.InTx(t.Context(), func(tx database.Tx) error { return Remove(t.Context(), tx, d.submission, id, revision) })
}

// names lists the files of a revision.
func (d desk) names(t testing.TB, revision int) []string {
	t.Helper()
	all, err := List(t.Context(), d.db.Read(), d.submission, revision)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, a := range all {
		names = append(names, a.Name)
	}
	return names
}

// refusal returns the one message with which a file was refused, and checks that both languages have it.
func refusal(t testing.TB, err error) problem.Field {
	t.Helper()
	fields, ok := problem.InvalidFields(err)
	if !ok || len(fields) != 1 {
		t.Fatalf("want one message: %v", err)
	}
	for _, l := range i18n.Offered() {
		if text := i18n.TL(l, fields[0].Key, fields[0].Args...); strings.ContainsAny(text, "⟦{") {
			t.Errorf("in %s it reads %s", l, text)
		}
	}
	return fields[0]
}

func TestAFileComesBackAsItWas(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "")
	for _, size := range []int{1, 100, ChunkBytes - 1, ChunkBytes, ChunkBytes + 1, 3*ChunkBytes + 17} {
		content := bytes.Repeat([]byte("Migration is a fact of life. "), size/29+1)[:size]
		a, err := d.add(t, d.upload(fmt.Sprintf("%d.txt", size), 1), bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		if a.Size != int64(size) || a.Format != "txt" || a.Kind() != "TXT" || a.ScanState != NotScanned || !a.Servable() || a.UploadedBy != d.person || a.FirstRevision != 1 {
			t.Errorf("it is kept as %+v", a)
		}
		found, reader, err := d.store.Open(t.Context(), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		if found.Name != a.Name || !bytes.Equal(found.SHA256, a.SHA256) {
			t.Errorf("it is found as %+v", found)
		}
		if err := iotest.TestReader(reader, content); err != nil && size < 1000 {
			t.Error(err)
		}
		if _, err := reader.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(reader); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes come back as %d: %v", size, len(got), err)
		}
	}
}

// endless is text without end, without holding it.
type endless struct{}

// Read fills p.
func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

func TestTheLargestFile(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "")
	a, err := d.add(t, d.upload("large.txt", 1), io.LimitReader(endless{}, MaxBytes))
	if err != nil {
		t.Fatal(err)
	}
	chunks, err := database.Value[int](t.Context(), d.db.Read(), `SELECT count(*) FROM attachment_chunks`)
	if err != nil || chunks != MaxBytes/ChunkBytes {
		t.Errorf("it has %d chunks: %v", chunks, err)
	}
	sum := sha256.New()
	_, reader, err := d.store.Open(t.Context(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(sum, reader); err != nil || n != MaxBytes || !bytes.Equal(sum.Sum(nil), a.SHA256) {
		t.Errorf("%d bytes come back: %v", n, err)
	}

	counted := &counter{Reader: endless{}}
	_, err = d.add(t, d.upload("larger.txt", 1), counted)
	if f := refusal(t, err); !errors.Is(err, problem.TooLarge) || f.Key != TooLargeKey || f.Name != "files" {
		t.Errorf("one byte more is %v", err)
	}
	if counted.n > MaxBytes+64<<10 {
		t.Errorf("%d bytes were read of what is too large", counted.n)
	}
}

type counter struct {
	io.Reader
	n int64
}

// Read counts.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

func TestFilesThatAreNotTaken(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "")
	doc := string(compound(t, 0, []string{"WordDocument"}))
	for _, c := range []struct{ name, file, content, want string }{
		{"an empty file", "a.pdf", "", "attachment.empty"},
		{"a program renamed to .pdf", "a.pdf", "MZ\x90\x00\x03", "attachment.program"},
		{"a program that says so", "setup.exe", "MZ\x90\x00\x03", "attachment.program"},
		{"a type that is not on the list", "a.jpg", "\xff\xd8\xff\xe0\x00", "attachment.type"},
		{"a page of the web", "a.html", "<p>", "attachment.type"},
		{"no extension", "report", "%PDF-1.7", "attachment.type"},
		{"two extensions: the last one counts", "report.pdf.jpg", "%PDF-1.7", "attachment.type"},
		{"a picture renamed to .pdf", "a.pdf", "\xff\xd8\xff\xe0\x00", "attachment.mismatch"},
		{"a text with a NUL", "a.txt", "a\x00", "attachment.mismatch"},
		{"a Word file called .pdf", "a.pdf", doc, "attachment.mismatch_known"},
		{"a new Word file called .doc", "a.doc", string(office(t, "word/document.xml", wordMain)), "attachment.mismatch_known"},
		{"a PDF called .txt", "a.txt", "%PDF-1.7 a", "attachment.mismatch_known"},
		{"a broken archive", "a.docx", "PK\x03\x04 and no more", "attachment.damaged"},
		{"macros", "a.doc", string(compound(t, 0, []string{"WordDocument", "Macros"})), "attachment.macros"},
		{"a password", "a.xlsx", workbook(t, "geneva"), "attachment.protected"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := d.add(t, d.upload(c.file, 1), strings.NewReader(c.content))
			if f := refusal(t, err); f.Key != c.want || f.Name != "files" || f.Args[0] != c.file {
				t.Errorf("it is refused with %+v", f)
			}
			if errors.Is(err, problem.TooLarge) {
				t.Error("it is said to be too large")
			}
		})
	}
}

func TestEveryFormatIsTaken(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "")
	open := "application/vnd.oasis.opendocument."
	for format, content := range map[string]string{
		"txt": "a", "rtf": `{\rtf1 a}`, "pdf": "%PDF-1.7",
		"doc": string(compound(t, 0, []string{"WordDocument"})), "xls": string(compound(t, 0, []string{"Workbook"})), "ppt": string(compound(t, 0, []string{"PowerPoint Document"})),
		"docx": string(office(t, "word/document.xml", wordMain)), "xlsx": workbook(t, ""), "pptx": string(office(t, "ppt/presentation.xml", slideMain)),
		"odt": string(openDocument(t, open+"text", manifest)), "ods": string(openDocument(t, open+"spreadsheet", manifest)), "odp": string(openDocument(t, open+"presentation", manifest)),
	} {
		u := d.upload("Report."+strings.ToUpper(format), 1)
		u.Field = format // ten files a question
		a, err := d.add(t, u, strings.NewReader(content))
		if err != nil {
			t.Errorf("%s: %v", format, err)
		}
		if a.Format != format {
			t.Errorf("%s is kept as %s", format, a.Format)
		}
		for _, l := range i18n.Offered() {
			if !i18n.Has(l, string(formatKey(format))) {
				t.Errorf("%s has no name in %s", format, l)
			}
		}
	}
}

func TestWhatTheClientDoesWrongIsPassedOn(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "")
	gone := errors.New("the client went away")
	if _, err := d.store.Receive(t.Context(), d.upload("a.txt", 1), io.MultiReader(strings.NewReader("half"), iotest.ErrReader(gone))); !errors.Is(err, gone) {
		t.Error(err)
	}
}

func TestNothingStaysInTheTemporaryDirectory(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	d := newDesk(t, "")
	r, err := d.store.Receive(t.Context(), d.upload("a.txt", 1), strings.NewReader("a"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 0 {
		t.Errorf("while a file is received, a killed process would leave %v behind: %v", files, err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func TestAFileSentTwiceIsKeptOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "")
	first := d.mustAdd(t, "a.txt", 1, "same")
	if second := d.mustAdd(t, "a.txt", 1, "same"); second.ID != first.ID {
		t.Error("the same bytes were kept twice")
	}
	if third := d.mustAdd(t, "A.txt", 1, "other"); third.ID == first.ID || third.Name != "A (2).txt" {
		t.Errorf("other bytes of the same name are %+v", third)
	}
	elsewhere := d.upload("a.txt", 1)
	elsewhere.Field = "evidence"
	if other, err := d.add(t, elsewhere, strings.NewReader("same")); err != nil || other.ID == first.ID {
		t.Errorf("another question has files of its own: %+v, %v", other, err)
	}
	if got := d.names(t, 1); !slices.Equal(got, []string{"a.txt", "A (2).txt", "a (3).txt"}) {
		t.Errorf("the files are %q", got)
	}
}

func TestTenFilesAQuestion(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "")
	var first Attachment
	for n := range MaxFiles {
		a := d.mustAdd(t, "a.txt", 1, fmt.Sprint("content ", n))
		if n == 0 {
			first = a
		}
	}
	_, err := d.add(t, d.upload("b.txt", 1), strings.NewReader("one more"))
	if f := refusal(t, err); f.Key != "attachment.too_many" || f.Args[1] != MaxFiles {
		t.Errorf("it is refused with %+v", f)
	}
	if again := d.mustAdd(t, "a.txt", 1, "content 0"); again.ID != first.ID {
		t.Error("a file that is there already is none too many")
	}
	if err := d.remove(t, first.ID, 1); err != nil {
		t.Fatal(err)
	}
	d.mustAdd(t, "b.txt", 1, "one more")
}

func TestRevisionsKeepTheirFiles(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "")
	kept, dropped := d.mustAdd(t, "kept.txt", 1, "kept"), d.mustAdd(t, "dropped.txt", 1, "dropped")
	// Revision 1 was sent in; the owner writes revision 2.
	d.mustAdd(t, "new.txt", 2, "new")
	second := d.mustAdd(t, "second thoughts.txt", 2, "gone")
	for _, id := range []int64{dropped.ID, second.ID} {
		if err := d.remove(t, id, 2); err != nil {
			t.Fatal(err)
		}
	}
	for revision, want := range map[int][]string{1: {"kept.txt", "dropped.txt"}, 2: {"kept.txt", "new.txt"}, 3: {"kept.txt", "new.txt"}} {
		if got := d.names(t, revision); !slices.Equal(got, want) {
			t.Errorf("revision %d has %q, not %q", revision, got, want)
		}
	}
	if a, err := Find(t.Context(), d.db.Read(), dropped.ID); err != nil || !a.In(1) || a.In(2) || a.In(0) {
		t.Errorf("the dropped file is %+v: %v", a, err)
	}
	if _, err := Find(t.Context(), d.db.Read(), second.ID); !errors.Is(err, problem.NotFound) {
		t.Errorf("what was added and removed in one revision is still there: %v", err)
	}
	if _, _, err := d.store.Open(t.Context(), second.ID); !errors.Is(err, problem.NotFound) {
		t.Errorf("its bytes are still there: %v", err)
	}
	if again := d.mustAdd(t, "dropped.txt", 2, "dropped"); again.ID == dropped.ID || again.Name != "dropped.txt" {
		t.Errorf("a removed file that is added again is %+v", again)
	}
	for name, err := range map[string]error{
		"removed already":     d.remove(t, dropped.ID, 2),
		"gone":                d.remove(t, second.ID, 2),
		"no such file":        d.remove(t, 99999, 2),
		"of another document": d.db.InTx(t.Context(), func(tx database.Tx) error { return Remove(t.Context(), tx, d.submission+1, kept.ID, 2) }),
	} {
		if !errors.Is(err, problem.NotFound) {
			t.Errorf("removing what is %s: %v", name, err)
		}
	}
}

// serve sends a file to a client that asks with the header.
func (d desk) serve(t testing.TB, a Attachment, method string, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	found, content, err := d.store.Open(t.Context(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), method, Path(a.ID), nil)
	r.Header = header
	w := httptest.NewRecorder()
	Serve(w, r, found, content)
	return w
}

func TestServe(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "")
	content := strings.Repeat("<script>alert(1)</script> ", 30_000)
	a := d.mustAdd(t, "تعهد \"كينيا\".txt", 1, content)
	w := d.serve(t, a, http.MethodGet, http.Header{})
	if w.Code != http.StatusOK || w.Body.String() != content {
		t.Errorf("it answers %d with %d bytes", w.Code, w.Body.Len())
	}
	for name, want := range map[string]string{
		"Content-Type": "text/plain; charset=utf-8", "Content-Length": fmt.Sprint(len(content)), "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'", "Cache-Control": "private, no-store",
		"Content-Disposition": `attachment; filename="file.txt"; filename*=UTF-8''%D8%AA%D8%B9%D9%87%D8%AF%20%22%D9%83%D9%8A%D9%86%D9%8A%D8%A7%22.txt`,
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
	if w := d.serve(t, a, http.MethodHead, http.Header{}); w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Length") != fmt.Sprint(len(content)) {
		t.Errorf("HEAD answers %d with %d bytes", w.Code, w.Body.Len())
	}
	from := ChunkBytes - 5
	rest := d.serve(t, a, http.MethodGet, http.Header{"Range": {fmt.Sprintf("bytes=%d-%d", from, from+9)}, "If-Range": {w.Header().Get("ETag")}})
	if rest.Code != http.StatusPartialContent || rest.Body.String() != content[from:from+10] {
		t.Errorf("a part answers %d: %q", rest.Code, rest.Body)
	}
	if w := d.serve(t, a, http.MethodGet, http.Header{"If-None-Match": {w.Header().Get("ETag")}}); w.Code != http.StatusNotModified {
		t.Errorf("what is known already answers %d", w.Code)
	}
}

func TestAFileThatIsBrokenInTheDatabase(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"a chunk is missing":   `DELETE FROM attachment_chunks WHERE n = 1`,
		"a chunk is too short": `UPDATE attachment_chunks SET bytes = 'a' WHERE n = 1`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, "")
			a := d.mustAdd(t, "a.txt", 1, strings.Repeat("a", 3*ChunkBytes))
			if _, err := d.db.Pool.Exec(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
			_, content, err := d.store.Open(t.Context(), a.ID)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, content); err == nil || n != ChunkBytes {
				t.Errorf("%d bytes were read: %v", n, err)
			}
		})
	}
}

func TestReadingEndsWithItsRequest(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "")
	a := d.mustAdd(t, "a.txt", 1, "a")
	ctx, cancel := context.WithCancel(t.Context())
	_, content, err := d.store.Open(ctx, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := content.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := content.Seek(-1, io.SeekStart); err == nil {
		t.Error("a place before the start was found")
	}
}

func TestFormatsAndStatesAreThoseOfTheTable(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	var states []string
	for _, s := range ScanStates {
		states = append(states, string(s))
	}
	for constraint, want := range map[string][]string{"attachments_format_known": slices.Concat(Formats, ImageFormats), "attachments_scan_state_known": states} {
		definition, err := database.Value[string](t.Context(), db.Read(), `SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = $1`, constraint)
		if err != nil {
			t.Fatal(err)
		}
		var words []string
		for i, word := range strings.Split(definition, "'") {
			if i%2 == 1 {
				words = append(words, word)
			}
		}
		if !slices.Equal(words, want) {
			t.Errorf("%s knows %v, the program %v", constraint, words, want)
		}
	}
	if len(mediaTypes) != len(Formats)+len(ImageFormats) {
		t.Errorf("%d media types of %d formats", len(mediaTypes), len(Formats)+len(ImageFormats))
	}
}

func BenchmarkAdd(b *testing.B) {
	d := newDesk(b, "")
	b.SetBytes(MaxBytes)
	for n := 0; b.Loop(); n++ {
		u := d.upload("a.txt", 1)
		u.Field = fmt.Sprint(n)
		if _, err := d.add(b, u, io.LimitReader(endless{}, MaxBytes)); err != nil {
			b.Fatal(err)
		}
	}
}
