package attachment

import (
	"encoding/binary"
	"io"
	"unicode/utf16"
)

// oleMagic begins a compound file ([MS-CFB]): the container of doc, xls, ppt and of much else.
const oleMagic = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

const (
	oleEnd       = 0xfffffffa // sector numbers from here on are marks
	oleNone      = 0xffffffff // no entry of the directory
	oleEntrySize = 128
	// oleMaxEntries is how many entries of the root are looked at; documents have some ten.
	oleMaxEntries = 4096
)

// sniffOLE tells what a compound file is by the names at the root of its directory; documents within documents lie
// deeper.
func sniffOLE(r io.ReaderAt, size int64) (kind, error) {
	names, err := oleRoot(r, size)
	if err != nil {
		return kind{}, err
	}
	switch {
	case names["EncryptedPackage"]:
		return kind{wrong: protectedKey}, nil
	case names["Macros"], names["_VBA_PROJECT_CUR"], names["VBA"]:
		return kind{wrong: macrosKey}, nil
	}
	var k kind
	for _, c := range []struct{ name, format string }{{"WordDocument", "doc"}, {"Workbook", "xls"}, {"Book", "xls"}, {"PowerPoint Document", "ppt"}} {
		if !names[c.name] {
			continue
		}
		if k.format != "" && k.format != c.format {
			return kind{}, errDamaged // two documents in one
		}
		k = is(c.format)
	}
	return k, nil
}

// ole is a compound file as far as we read it.
type ole struct {
	r          io.ReaderAt
	size       int64
	shift      uint
	fat        []uint32 // the sectors of the table that says which sector follows which
	directory  []uint32 // the sectors of the directory, in order
	perSector  uint32   // sector numbers in a sector
	maxSectors int
}

// oleRoot returns the names of the streams and storages at the root.
func oleRoot(r io.ReaderAt, size int64) (map[string]bool, error) {
	header, err := readAt(r, size, 0, 512)
	if err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	f := &ole{r: r, size: size, shift: uint(le.Uint16(header[30:]))}
	if f.shift != 9 && f.shift != 12 {
		return nil, errDamaged
	}
	f.perSector = 1 << (f.shift - 2)
	f.maxSectors = int(size>>f.shift) + 1
	if err := f.readFAT(header); err != nil {
		return nil, err
	}
	for s := le.Uint32(header[48:]); s < oleEnd; {
		if f.directory = append(f.directory, s); len(f.directory) > f.maxSectors {
			return nil, errDamaged // a ring
		}
		if s, err = f.next(s); err != nil {
			return nil, err
		}
	}
	root, err := f.entry(0)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	seen := map[uint32]bool{}
	for todo := []uint32{le.Uint32(root[76:])}; len(todo) > 0; {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if id == oleNone || seen[id] {
			continue
		}
		if seen[id] = true; len(seen) > oleMaxEntries {
			return nil, errDamaged
		}
		e, err := f.entry(id)
		if err != nil {
			return nil, err
		}
		names[oleName(e)] = true
		todo = append(todo, le.Uint32(e[68:]), le.Uint32(e[72:])) // the siblings before and after it
	}
	return names, nil
}

// readFAT lists the sectors of the table: the first 109 are in the header, the others in a chain of sectors.
func (f *ole) readFAT(header []byte) error {
	le := binary.LittleEndian
	take := func(list []byte) {
		for ; len(list) >= 4; list = list[4:] {
			if s := le.Uint32(list); s < oleEnd {
				f.fat = append(f.fat, s)
			}
		}
	}
	take(header[76:])
	next := le.Uint32(header[68:])
	for n := 0; next < oleEnd; n++ {
		if n > f.maxSectors {
			return errDamaged
		}
		sector, err := f.sector(next)
		if err != nil {
			return err
		}
		last := len(sector) - 4
		take(sector[:last])
		next = le.Uint32(sector[last:])
	}
	if len(f.fat) > f.maxSectors {
		return errDamaged
	}
	return nil
}

func (f *ole) sector(n uint32) ([]byte, error) {
	return readAt(f.r, f.size, (int64(n)+1)<<f.shift, 1<<f.shift)
}

// next is the sector that follows.
func (f *ole) next(s uint32) (uint32, error) {
	i := s / f.perSector
	if int(i) >= len(f.fat) {
		return 0, errDamaged
	}
	b, err := readAt(f.r, f.size, (int64(f.fat[i])+1)<<f.shift+int64(s%f.perSector)*4, 4)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(b), nil
}

// entry is one entry of the directory.
func (f *ole) entry(id uint32) ([]byte, error) {
	perSector := uint32(1) << f.shift / oleEntrySize
	i := id / perSector
	if int(i) >= len(f.directory) {
		return nil, errDamaged
	}
	return readAt(f.r, f.size, (int64(f.directory[i])+1)<<f.shift+int64(id%perSector)*oleEntrySize, oleEntrySize)
}

// oleName is the name of an entry: up to 31 characters in UTF-16.
func oleName(entry []byte) string {
	n := int(binary.LittleEndian.Uint16(entry[64:]))
	if n < 2 || n > 64 {
		return ""
	}
	units := make([]uint16, n/2-1)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(entry[2*i:])
	}
	return string(utf16.Decode(units))
}
