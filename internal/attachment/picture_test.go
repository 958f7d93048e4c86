package attachment

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"net/http"
	"net/http/httptest"
	"testing"

	"portal/internal/problem"
)

// drawn is an image whose upper left corner is dark and whose rest is light.
func drawn(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, color.NRGBA{0xf0, 0xf0, 0xf0, 0xff})
			if x < w/2 && y < h/2 {
				m.SetNRGBA(x, y, color.NRGBA{0x10, 0x10, 0x10, 0xff})
			}
		}
	}
	return m
}

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb is a PNG whose head says that it has so many pixels.
func bomb(width, height uint32) []byte {
	head := make([]byte, 0, 64)
	head = append(head, "\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"...)
	chunk := binary.BigEndian.AppendUint32([]byte("IHDR"), width)
	chunk = binary.BigEndian.AppendUint32(chunk, height)
	chunk = append(chunk, 8, 6, 0, 0, 0)
	head = append(head, chunk...)
	return binary.BigEndian.AppendUint32(head, crc32.ChecksumIEEE(chunk))
}

// turned is a JPEG with what a camera writes when it is held in the way of that number, and where it was.
func turned(t testing.TB, m image.Image, orientation uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	tiff := []byte("MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01")
	tiff = binary.BigEndian.AppendUint16(tiff, orientation)
	tiff = append(tiff, "\x00\x00\x00\x00\x00\x00GPS 46.2 6.1"...)
	segment := append([]byte("Exif\x00\x00"), tiff...)
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(segment)+2))...)
	return append(append(out, segment...), b.Bytes()[2:]...)
}

func (d desk) image(t testing.TB, name string, content []byte) (Attachment, error) {
	t.Helper()
	u := d.upload(name, 1)
	u.Field, u.Image = "images", true
	return d.add(t, u, bytes.NewReader(content))
}

func TestImagesThatAreNotTaken(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "")
	whole := pngOf(t, drawn(60, 40))
	for _, c := range []struct {
		name, file string
		content    []byte
		key        string
	}{
		{"40,000 by 40,000 pixels", "a.png", bomb(40_000, 40_000), "attachment.pixels"},
		{"long and thin", "a.png", bomb(13_000, 2), "attachment.pixels"},
		{"more pixels than we unpack", "a.png", bomb(6000, 5001), "attachment.pixels"},
		{"a PDF called a photograph", "a.png", []byte("%PDF-1.7"), "attachment.not_image"},
		{"a page called a photograph", "a.jpg", []byte("<svg onload=alert(1)>"), "attachment.not_image"},
		{"a GIF", "a.gif", []byte("GIF89a\x01\x00\x01\x00"), "attachment.not_image"},
		{"half an image", "a.png", whole[:len(whole)/2], "attachment.image_damaged"},
		{"nothing", "a.png", nil, "attachment.empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := d.image(t, c.file, c.content)
			wrong, ok := problem.InvalidFields(err)
			if !ok || wrong[0].Key != c.key || wrong[0].Name != "images" {
				t.Errorf("it answers %v", err)
			}
		})
	}
	if _, err := d.add(t, d.upload("a.png", 1), bytes.NewReader(whole)); err == nil {
		t.Error("a question for documents takes an image")
	}
}

func TestAPictureIsScaledUprightAndWithoutWhatTheCameraWrote(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "")
	picture := drawn(2000, 1000)
	for orientation, dark := range map[uint16]image.Point{1: {0, 0}, 2: {1, 0}, 3: {1, 1}, 4: {0, 1}, 5: {0, 0}, 6: {1, 0}, 7: {1, 1}, 8: {0, 1}, 9: {0, 0}} {
		a, err := d.image(t, "holiday.png", turned(t, picture, orientation))
		if err != nil {
			t.Fatal(err)
		}
		content, err := d.store.Picture(t.Context(), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte("GPS")) || bytes.Contains(content, []byte("Exif")) {
			t.Error("it says where it was taken")
		}
		m, err := jpeg.Decode(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		w, h := m.Bounds().Dx(), m.Bounds().Dy()
		if w != a.Width || h != a.Height || (orientation >= 5 && orientation <= 8) != (h > w) || w > pictureWidth || h > pictureHeight {
			t.Errorf("orientation %d: it is %d by %d, the row says %d by %d", orientation, w, h, a.Width, a.Height)
		}
		for _, corner := range []image.Point{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
			r, _, _, _ := m.At(w/4+corner.X*w/2, h/4+corner.Y*h/2).RGBA()
			if (r>>8 < 0x60) != (corner == dark) {
				t.Errorf("orientation %d: at %v it is %x, the dark corner should be %v", orientation, corner, r>>8, dark)
			}
		}
		if a.Format != "jpg" || a.Name[len(a.Name)-4:] != ".jpg" {
			t.Errorf("a JPEG is called %s and %s", a.Name, a.Format)
		}
	}
}

func TestPicturesAreServedToBeShown(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "")
	a, err := d.image(t, "a.png", pngOf(t, drawn(60, 40)))
	if err != nil {
		t.Fatal(err)
	}
	content, err := d.store.Picture(t.Context(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	for public, cache := range map[bool]string{true: "public, max-age=31536000, immutable", false: "private, no-store"} {
		w := httptest.NewRecorder()
		ServePicture(w, httptest.NewRequest(http.MethodGet, PicturePath(a.ID), nil), a, content, public)
		h := w.Header()
		if h.Get("Cache-Control") != cache || h.Get("Content-Type") != "image/jpeg" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Disposition") != "" {
			t.Errorf("public %t: %v", public, h)
		}
	}
	text, err := d.add(t, d.upload("a.txt", 1), bytes.NewReader([]byte("text")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.store.Picture(t.Context(), text.ID); err == nil {
		t.Error("a text has a picture")
	}
}

func FuzzOrientation(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x20Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if n := orientation(bytes.NewReader(content), int64(len(content))); n < 1 || n > 8 {
			t.Errorf("orientation %d", n)
		}
	})
}
