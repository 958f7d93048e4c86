package attachment

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"testing"
	"unicode/utf16"

	"github.com/richardlehane/mscfb"
)

// part is one part of an archive.
type part struct{ name, content string }

// archiveOf makes a zip file; a part named "mimetype" is stored as OpenDocument wants it.
func archiveOf(t testing.TB, parts ...part) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, p := range parts {
		method := zip.Deflate
		if p.name == "mimetype" {
			method = zip.Store
		}
		f, err := w.CreateHeader(&zip.FileHeader{Name: p.name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, p.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	wordMain  = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
	sheetMain = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
	slideMain = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
)

// contentTypes is the list of an Office document with one main part; more is written into it as it is.
func contentTypes(name, contentType, more string) part {
	return part{"[Content_Types].xml", `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` +
		`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Override PartName="/` + name + `" ContentType="` + contentType + `"/>` + more + `</Types>`}
}

func office(t testing.TB, name, contentType string, more ...part) []byte {
	t.Helper()
	return archiveOf(t, append([]part{contentTypes(name, contentType, ""), {"_rels/.rels", "<Relationships/>"}, {name, "<document/>"}}, more...)...)
}

func openDocument(t testing.TB, mimetype, manifest string, more ...part) []byte {
	t.Helper()
	return archiveOf(t, append([]part{{"mimetype", mimetype}, {"META-INF/manifest.xml", manifest}, {"content.xml", "<content/>"}}, more...)...)
}

const (
	openText = "application/vnd.oasis.opendocument.text"
	manifest = `<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>`
	locked   = `<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>`
)

// compound makes a compound file: names at the root, and others in a storage called ObjectPool. padding is how many
// sectors of nothing lie before the directory, so that it is found only through a long table.
func compound(t testing.TB, padding int, root []string, inner ...string) []byte {
	t.Helper()
	const sector, perSector, end, free = 512, 128, 0xfffffffe, 0xffffffff
	le := binary.LittleEndian

	// The directory: the root, its children as a chain of siblings, then the storage's.
	var entries [][]byte
	add := func(name string, object byte, right, child uint32) {
		e := make([]byte, oleEntrySize)
		units := utf16.Encode([]rune(name))
		for i, u := range units {
			le.PutUint16(e[2*i:], u)
		}
		le.PutUint16(e[64:], uint16(2*len(units)+2))
		e[66], e[67] = object, 1
		le.PutUint32(e[68:], free)
		le.PutUint32(e[72:], right)
		le.PutUint32(e[76:], child)
		le.PutUint32(e[116:], end)
		entries = append(entries, e)
	}
	if len(inner) > 0 {
		root = append(root, "ObjectPool")
	}
	child := uint32(free)
	if len(root) > 0 {
		child = 1
	}
	add("Root Entry", 5, free, child)
	for i, name := range root {
		right, object, child := uint32(i+2), byte(2), uint32(free)
		if i == len(root)-1 {
			right = free
			if len(inner) > 0 {
				object, child = 1, uint32(i+2)
			}
		}
		add(name, object, right, child)
	}
	for i, name := range inner {
		right := uint32(len(entries) + 1)
		if i == len(inner)-1 {
			right = free
		}
		add(name, 2, right, free)
	}
	for len(entries)%4 != 0 {
		entries = append(entries, append(make([]byte, 68), bytes.Repeat([]byte{0xff}, 12)...))
		entries[len(entries)-1] = append(entries[len(entries)-1], make([]byte, oleEntrySize-80)...)
	}
	directory := bytes.Join(entries, nil)
	dirSectors := len(directory) / sector

	// How many sectors does the table need, itself included?
	fatSectors, difatSectors := 0, 0
	for {
		total := padding + dirSectors + fatSectors + difatSectors
		needFAT := (total + perSector - 1) / perSector
		needDIFAT := 0
		if needFAT > 109 {
			needDIFAT = (needFAT - 109 + perSector - 2) / (perSector - 1)
		}
		if needFAT == fatSectors && needDIFAT == difatSectors {
			break
		}
		fatSectors, difatSectors = needFAT, needDIFAT
	}
	// The order: padding, DIFAT, FAT, directory.
	firstDIFAT, firstFAT := padding, padding+difatSectors
	firstDir := firstFAT + fatSectors
	fat := make([]uint32, fatSectors*perSector)
	for i := range fat {
		fat[i] = free
	}
	for i := range difatSectors {
		fat[firstDIFAT+i] = 0xfffffffc
	}
	for i := range fatSectors {
		fat[firstFAT+i] = 0xfffffffd
	}
	for i := range dirSectors {
		fat[firstDir+i] = uint32(firstDir + i + 1)
	}
	fat[firstDir+dirSectors-1] = end

	header := make([]byte, sector)
	copy(header, oleMagic)
	le.PutUint16(header[24:], 0x3e)
	le.PutUint16(header[26:], 3)
	le.PutUint16(header[28:], 0xfffe)
	le.PutUint16(header[30:], 9)
	le.PutUint16(header[32:], 6)
	le.PutUint32(header[44:], uint32(fatSectors))
	le.PutUint32(header[48:], uint32(firstDir))
	le.PutUint32(header[56:], 4096)
	le.PutUint32(header[60:], end)
	le.PutUint32(header[68:], end)
	if difatSectors > 0 {
		le.PutUint32(header[68:], uint32(firstDIFAT))
	}
	le.PutUint32(header[72:], uint32(difatSectors))
	difat := make([]uint32, 109+difatSectors*(perSector-1))
	for i := range difat {
		difat[i] = free
		if i < fatSectors {
			difat[i] = uint32(firstFAT + i)
		}
	}
	for i := range 109 {
		le.PutUint32(header[76+4*i:], difat[i])
	}
	file := append(header, make([]byte, padding*sector)...)
	for i := range difatSectors {
		for j := range perSector - 1 {
			file = le.AppendUint32(file, difat[109+i*(perSector-1)+j])
		}
		next := uint32(firstDIFAT + i + 1)
		if i == difatSectors-1 {
			next = end
		}
		file = le.AppendUint32(file, next)
	}
	for _, s := range fat {
		file = le.AppendUint32(file, s)
	}
	return append(file, directory...)
}

// TestCompoundFilesOfTheTestsAreReal reads what compound makes with another program's eyes.
func TestCompoundFilesOfTheTestsAreReal(t *testing.T) {
	t.Parallel()
	for _, padding := range []int{0, 300, 20_000} {
		doc, err := mscfb.New(bytes.NewReader(compound(t, padding, []string{"WordDocument", "1Table", "SummaryInformation", "Data"}, "Workbook")))
		if err != nil {
			t.Fatalf("with %d sectors of padding: %v", padding, err)
		}
		var names []string
		for e, err := doc.Next(); err == nil; e, err = doc.Next() {
			names = append(names, e.Name)
		}
		if len(names) != 6 || names[0] != "WordDocument" || names[5] != "Workbook" {
			t.Errorf("with %d sectors of padding it has %q", padding, names)
		}
	}
}
