package follow

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"
)

// A signed link names its reader, and the list it is about, with a mark that only the portal can make: nothing has to be kept of
// it, and it opens nothing once the reader is gone. It is small letters and digits, since mail programs may change the case.

// purpose is what a signed link is for: one that was made for one thing does not do the other, but for the reader's own, which
// also stops.
type purpose byte

const (
	forConfirm  purpose = 'c' // confirming a follow
	forReader   purpose = 'r' // the reader's own page
	forStop     purpose = 's' // stopping a follow, or all of them
	forCalendar purpose = 'i' // the reader's calendar, which calendar services hold for them
)

// ReaderLinkLasts is how long a reader's own page opens by a link. Stopping, and the calendar, go by theirs as long as there is
// something to stop or to show.
const ReaderLinkLasts = 400 * 24 * time.Hour

// signed is what a signed link says.
type signed struct {
	Reader int64
	Follow int64 // 0 for all that the reader follows
	Made   time.Time
}

const (
	tokenBytes = 1 + 8 + 8 + 2
	markBytes  = 11 // 88 bits: nobody finds one by trying
	tokenChars = (tokenBytes + markBytes) * 8 / 5
)

var (
	letters  = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
	tokenDay = time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC)
)

// sign writes a link.
func sign(secret []byte, p purpose, t signed) string {
	var b [tokenBytes + markBytes]byte
	b[0] = byte(p)
	binary.BigEndian.PutUint64(b[1:], uint64(t.Reader))                             //nolint:gosec // ids are positive
	binary.BigEndian.PutUint64(b[9:], uint64(t.Follow))                             //nolint:gosec // ids are positive
	binary.BigEndian.PutUint16(b[17:], uint16(t.Made.Sub(tokenDay)/(24*time.Hour))) //nolint:gosec // until the year 2199
	copy(b[tokenBytes:], mark(secret, b[:tokenBytes]))
	return letters.EncodeToString(b[:])
}

// verify reads a link; ok is false for one that the portal has not made, or made for another purpose.
func verify(secret []byte, p purpose, token string) (t signed, ok bool) {
	token = strings.ToLower(token)
	if len(token) != tokenChars {
		return t, false
	}
	b, err := letters.DecodeString(token)
	if err != nil || b[0] != byte(p) || !hmac.Equal(b[tokenBytes:], mark(secret, b[:tokenBytes])) {
		return t, false
	}
	t.Reader = int64(binary.BigEndian.Uint64(b[1:])) //nolint:gosec // was one
	t.Follow = int64(binary.BigEndian.Uint64(b[9:])) //nolint:gosec // was one
	t.Made = tokenDay.Add(time.Duration(binary.BigEndian.Uint16(b[17:])) * 24 * time.Hour)
	return t, true
}

func mark(secret, of []byte) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("follow link\x00"))
	h.Write(of)
	return h.Sum(nil)[:markBytes]
}

// path is a signed link, without the language.
func (s *Service) path(p purpose, t signed) string {
	t.Made = s.Now()
	return ReaderPath + "/" + sign(s.Secret, p, t) + map[purpose]string{forConfirm: "/confirm", forStop: "/stop", forCalendar: "/calendar.ics"}[p]
}
