package attachment

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	_ "image/png" // to be decoded
	"io"
	"net/http"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // to be decoded

	"portal/internal/database"
)

// ImageFormats are the images that may be uploaded, each by its extension.
var ImageFormats = []string{"jpg", "png", "webp"}

const (
	// maxSide and maxPixels bound an image before it is unpacked: what looks small as a file may fill the memory.
	maxSide   = 12_000
	maxPixels = 30_000_000
	// pictureWidth is the width to which an image is scaled for pages, and pictureHeight bounds a tall one.
	pictureWidth, pictureHeight = 960, 1280
	// pictureBytes is how large a picture on a page should be; its quality is lowered for it, down to a limit.
	pictureBytes = 60 << 10
)

// What can be wrong with an image.
const (
	pixelsKey     = "attachment.pixels"
	notImageKey   = "attachment.not_image"
	imageFailsKey = "attachment.image_damaged"
)

// unpacking lets one image be unpacked at a time.
var unpacking = make(chan struct{}, 1)

// picture is an image as pages show it: scaled, upright, and without what a camera has written into the file, such as where
// it was taken.
type picture struct {
	bytes         []byte
	width, height int
}

// Key stands for the bytes of a file in the answers of a form (form.Image): files with the same bytes have the same.
func (a Attachment) Key() string { return hex.EncodeToString(a.SHA256[:10]) }

// IsImage says whether it is an image that pages can show.
func (a Attachment) IsImage() bool { return a.Width > 0 }

// PicturePath is the address of an image as pages show it; it is outside the language.
func PicturePath(id int64) string { return fmt.Sprintf("/images/%d", id) }

// imageConfig reads size and format of an image without unpacking it; ok is false when it is none of ImageFormats.
func imageConfig(r io.ReaderAt, size int64) (width, height int, format string, ok bool) {
	config, format, err := image.DecodeConfig(io.NewSectionReader(r, 0, size))
	if err != nil {
		return 0, 0, "", false
	}
	if format == "jpeg" {
		format = "jpg"
	}
	return config.Width, config.Height, format, true
}

// paint makes the picture of an image that imageConfig has found to be no larger than we take.
func paint(ctx context.Context, r io.ReaderAt, size int64) (p picture, err error) {
	select {
	case unpacking <- struct{}{}:
		defer func() { <-unpacking }()
	case <-ctx.Done():
		return p, ctx.Err()
	}
	from, _, err := image.Decode(io.NewSectionReader(r, 0, size))
	if err != nil {
		return p, err
	}
	turn := orientation(r, size)
	b := from.Bounds()
	scale := min(1, float64(pictureWidth)/float64(b.Dx()), float64(pictureHeight)/float64(b.Dy()))
	if turn >= 5 { // it lies on its side
		scale = min(1, float64(pictureWidth)/float64(b.Dy()), float64(pictureHeight)/float64(b.Dx()))
	}
	to := image.NewRGBA(image.Rect(0, 0, max(1, int(float64(b.Dx())*scale+0.5)), max(1, int(float64(b.Dy())*scale+0.5))))
	draw.Draw(to, to.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src) // a JPEG has nothing transparent
	draw.ApproxBiLinear.Scale(to, to.Bounds(), from, b, draw.Over, nil)
	to = upright(to, turn)
	p.width, p.height = to.Bounds().Dx(), to.Bounds().Dy()
	for quality := 82; ; quality -= 10 {
		var out bytes.Buffer
		if err := jpeg.Encode(&out, to, &jpeg.Options{Quality: quality}); err != nil {
			return p, err
		}
		if p.bytes = out.Bytes(); len(p.bytes) <= pictureBytes || quality <= 52 {
			return p, nil
		}
	}
}

// upright turns a picture as a camera says that it was held (Exif, Orientation).
func upright(from *image.RGBA, turn int) *image.RGBA {
	if turn <= 1 || turn > 8 {
		return from
	}
	w, h := from.Bounds().Dx(), from.Bounds().Dy()
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	if turn >= 5 {
		to = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch turn {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			to.SetRGBA(tx, ty, from.RGBAAt(x, y))
		}
	}
	return to
}

// putPicture keeps the picture of an image beside its bytes.
func putPicture(ctx context.Context, tx database.Tx, id int64, p picture) error {
	_, err := tx.Exec(ctx, `INSERT INTO attachment_pictures (attachment_id, bytes) VALUES ($1, $2)`, id, p.bytes)
	if err != nil {
		return fmt.Errorf("keep the picture of file %d: %w", id, err)
	}
	return nil
}

// Picture returns an image as pages show it, a JPEG. A file that is no image is problem.NotFound. Who may have it is for the
// caller to decide.
func (s *Store) Picture(ctx context.Context, id int64) ([]byte, error) {
	content, err := database.Value[[]byte](ctx, s.db.Read(), `SELECT p.bytes FROM attachment_pictures p JOIN attachments a ON a.id = p.attachment_id
		WHERE a.id = $1 AND a.scan_state <> 'infected'`, id)
	if err != nil {
		return nil, fmt.Errorf("picture of file %d: %w", id, err)
	}
	return content, nil
}

// ServePicture sends a picture to be shown. The bytes behind an address never change; public ones may be kept by everybody.
func ServePicture(w http.ResponseWriter, r *http.Request, a Attachment, content []byte, public bool) {
	h := w.Header()
	h.Set("Content-Type", "image/jpeg")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-store")
	if public {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("ETag", `"p`+a.Key()+`"`)
	http.ServeContent(w, r, "", a.UploadedAt, bytes.NewReader(content))
}
