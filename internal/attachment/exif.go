package attachment

import (
	"bytes"
	"encoding/binary"
	"io"
)

// maxMarkers bounds how many parts of a JPEG are looked through for what the camera has said.
const maxMarkers = 64

// orientation is how a camera was held when it took the photograph, 1 to 8 (Exif 2.3, tag 274); 1, upright, where nothing
// readable says otherwise.
func orientation(r io.ReaderAt, size int64) int {
	var mark [4]byte
	at := int64(2)
	for range maxMarkers {
		if at+4 > size {
			return 1
		}
		if _, err := r.ReadAt(mark[:], at); err != nil || mark[0] != 0xff {
			return 1
		}
		length := int64(binary.BigEndian.Uint16(mark[2:]))
		if mark[1] == 0xda || length < 2 { // the image itself begins
			return 1
		}
		if mark[1] == 0xe1 {
			segment := make([]byte, length-2) // at most 64 KB
			if n, _ := r.ReadAt(segment, at+4); n == len(segment) && bytes.HasPrefix(segment, []byte("Exif\x00\x00")) {
				return tiffOrientation(segment[6:])
			}
		}
		at += 2 + length
	}
	return 1
}

// tiffOrientation reads the tag from the first directory.
func tiffOrientation(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if bytes.HasPrefix(b, []byte("II")) {
		order = binary.LittleEndian
	}
	start := int(order.Uint32(b[4:]))
	if start < 8 || start > len(b)-2 {
		return 1
	}
	for i := range int(order.Uint16(b[start:])) {
		at := start + 2 + 12*i
		if at+12 > len(b) {
			return 1
		}
		if order.Uint16(b[at:]) == 274 {
			if n := int(order.Uint16(b[at+8:])); n >= 1 && n <= 8 {
				return n
			}
			return 1
		}
	}
	return 1
}
