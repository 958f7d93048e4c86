package account

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"github.com/boombuler/barcode/qr"
)

// dots is a QR code: a square of dots with a margin, drawn as one path.
type dots struct {
	Size int // in dots, margin included
	Path string
}

// ViewBox is the drawing's own measure.
func (d dots) ViewBox() string { return fmt.Sprintf("0 0 %d %d", d.Size, d.Size) }

// margin is the white around the dots without which cameras do not find them.
const margin = 4

// drawPicture draws what an app reads with the camera; nothing for a text that is too long for it.
func drawPicture(text string) dots {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return dots{}
	}
	n := code.Bounds().Dx()
	var path strings.Builder
	for y := range n {
		for x := 0; x < n; x++ {
			from := x
			for x < n && isDark(code.At(x, y)) {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+margin, y+margin, x-from, x-from)
			}
		}
	}
	return dots{Size: n + 2*margin, Path: path.String()}
}

func isDark(c interface{ RGBA() (r, g, b, a uint32) }) bool {
	r, _, _, _ := c.RGBA()
	return r < 0x8000
}

// textFile is an address that holds a text itself.
func textFile(text string) templ.SafeURL {
	return templ.SafeURL("data:text/plain;charset=utf-8," + url.PathEscape(text))
}
