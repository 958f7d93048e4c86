package attachment

import "encoding/hex"

// Picture is the image that was received as pages show it, a JPEG, with a key that stands for its bytes: for areas that keep a
// picture beside what it belongs to, where no submission has it. Of a document there is none.
func (r *Received) Picture() (key string, bytes []byte, width, height int) {
	return hex.EncodeToString(r.sha256[:10]), r.picture.bytes, r.picture.width, r.picture.height
}
