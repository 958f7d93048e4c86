package practice_test

import (
	"archive/zip"
	"bytes"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/practice"
	"portal/internal/word"
)

// mostMemory is what reading a file may take, in bytes.
const mostMemory = 100 << 20

// memoryOf is what do takes, in bytes: all that it allocates, which bounds what it holds; or where that is above mostMemory,
// the most that the heap grows by while it is done again, looked at each millisecond, garbage included.
func memoryOf(do func()) uint64 {
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&now)
	if all := now.TotalAlloc - before.TotalAlloc; all <= mostMemory {
		return all
	}
	runtime.GC()
	runtime.ReadMemStats(&before)
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	var most uint64
	for {
		runtime.ReadMemStats(&now)
		most = max(most, now.HeapInuse-min(before.HeapInuse, now.HeapInuse))
		select {
		case <-done:
			return most
		case <-tick.C:
		}
	}
}

// rewritten is the Word file with its document changed.
func rewritten(t testing.TB, content []byte, change func(document string) string) []byte {
	t.Helper()
	from, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	to := zip.NewWriter(&b)
	for _, f := range from.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		part, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == "word/document.xml" {
			part = []byte(change(string(part)))
		}
		w, err := to.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// wordFiles are files that somebody may send instead of the form, and the form.
func wordFiles(t testing.TB) map[string][]byte {
	t.Helper()
	written := func(lang i18n.Lang, a form.Answers) []byte {
		content, err := word.Write(i18n.WithLang(t.Context(), lang), word.File{Definition: practice.NewForm(), Vocabulary: seeded(t), Answers: a, Site: "Portal"})
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	libreOffice, err := os.ReadFile("testdata/libreoffice.docx")
	if err != nil {
		t.Fatal(err)
	}
	filled := written(i18n.English, offline())
	full := func(more string) []byte {
		return rewritten(t, filled, func(d string) string {
			before, after, _ := strings.Cut(d, "<w:sectPr")
			return before + strings.Repeat(more, (15<<20)/len(more)) + "<w:sectPr" + after
		})
	}
	encrypted := append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 1016)...)
	for _, c := range "EncryptedPackage" {
		encrypted = append(encrypted, byte(c), 0)
	}
	return map[string][]byte{
		"blank": written(i18n.English, nil), "blank in Arabic": written(i18n.Arabic, nil), "filled": filled, "filled in Arabic": written(i18n.Arabic, offline()),
		"saved by LibreOffice": libreOffice, "a bomb of spaces": full(" "), "a bomb of marks": full("<w:proofErr/>"), "a bomb of paragraphs": full("<w:p/>"),
		"a bomb of words":      full("<w:p><w:r><w:t>" + strings.Repeat("aid ", 400) + "</w:t></w:r></w:p>"),
		"a bomb of attributes": full("<w:p" + strings.Repeat(` w:a="x"`, 2000) + "/>"),
		"truncated":            filled[:len(filled)*2/3], "without its directory": filled[:len(filled)-30], "encrypted": append(encrypted, make([]byte, 512)...),
	}
}

// FuzzWordFile reads any file as the form of a practice: without a crash, in at most 100 MB, and never without a word to
// whoever has sent it.
func FuzzWordFile(f *testing.F) {
	d, v := practice.NewForm(), seeded(f)
	files := wordFiles(f)
	for _, content := range files {
		if len(content) < 1<<20 { // the fuzzer changes small ones only
			f.Add(content)
		}
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		var r word.Reading
		var err error
		if took := memoryOf(func() { r, err = word.Read(t.Context(), content, d, v) }); took > mostMemory {
			t.Errorf("a file of %d bytes takes %d MB", len(content), took>>20)
		}
		if _, known := word.Reason(err); err != nil && !known {
			t.Errorf("no text says what is wrong: %v", err)
		}
		if err == nil && len(r.Answers)+len(r.Loose)+len(r.Gone) == 0 {
			t.Error("nothing was read, and nobody is told")
		}
	})
}

// FuzzWordDocument changes what stands in the archive, which changes of its packed bytes hardly reach: it puts text into a
// filled form, at any place.
func FuzzWordDocument(f *testing.F) {
	d, v := practice.NewForm(), seeded(f)
	filled := wordFiles(f)["filled"]
	f.Add("", uint32(0))
	f.Add(`<w:p><w:r><w:t>x</w:t></w:r></w:p>`, uint32(4000))
	f.Add(`<w:sdt><w:sdtPr><w:tag w:val="partners.3.name"/></w:sdtPr><w:sdtContent><w:tc><w:p><w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r></w:p></w:tc></w:sdtContent></w:sdt>`, uint32(9000))
	f.Add(`</w:tc></w:tr></w:tbl>`, uint32(20_000))
	f.Add("&#8238;", uint32(30_000))
	f.Fuzz(func(t *testing.T, more string, at uint32) {
		content := rewritten(t, filled, func(document string) string {
			n := int(at) % len(document)
			return document[:n] + more + document[n:]
		})
		var err error
		if took := memoryOf(func() { _, err = word.Read(t.Context(), content, d, v) }); took > mostMemory {
			t.Errorf("it takes %d MB", took>>20)
		}
		if _, known := word.Reason(err); err != nil && !known {
			t.Errorf("no text says what is wrong: %v", err)
		}
	})
}

// What unpacks to as much as is ever unpacked takes less memory than is allowed. With -v it logs how much.
//
//nolint:paralleltest // it measures the memory of the process
func TestNoWordFileTakesMuchMemory(t *testing.T) {
	d, v := practice.NewForm(), seeded(t)
	files := wordFiles(t)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		var err error
		took := memoryOf(func() { _, err = word.Read(t.Context(), files[name], d, v) })
		t.Logf("%-22s %8d bytes: %5.1f MB, %v", name, len(files[name]), float64(took)/(1<<20), err)
		if took > mostMemory {
			t.Errorf("%s takes %d MB", name, took>>20)
		}
	}
}
