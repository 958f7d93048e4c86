package newsletter

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"
)

// A signed link names its reader and the issue in which it was, with a mark that only the portal can make: so a campaign
// writes no token into the database, and a mail that comes back says whose it was. It is small letters and digits, since mail
// servers may change the case of an address.

// purpose is what a signed link is for: one that was made for one thing does not do the other.
type purpose byte

const (
	forReader purpose = 'r' // the reader's own page, and leaving
	forBounce purpose = 'b' // in the address to which a mail comes back, and its Message-ID
)

// ReaderLinkLasts is how long the page of a reader's choices opens by a link. Leaving by it works for ever.
const ReaderLinkLasts = 400 * 24 * time.Hour

// signed is what a signed link says.
type signed struct {
	Subscriber int64
	Issue      int32 // 0 for a link that is in no issue
	Made       time.Time
}

const (
	tokenBytes = 1 + 8 + 4 + 2
	markBytes  = 10 // 80 bits: nobody finds one by trying
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
	binary.BigEndian.PutUint64(b[1:], uint64(t.Subscriber))                         //nolint:gosec // ids are positive
	binary.BigEndian.PutUint32(b[9:], uint32(t.Issue))                              //nolint:gosec // ids are positive
	binary.BigEndian.PutUint16(b[13:], uint16(t.Made.Sub(tokenDay)/(24*time.Hour))) //nolint:gosec // until the year 2199
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
	t.Subscriber = int64(binary.BigEndian.Uint64(b[1:])) //nolint:gosec // was one
	t.Issue = int32(binary.BigEndian.Uint32(b[9:]))      //nolint:gosec // was one
	t.Made = tokenDay.Add(time.Duration(binary.BigEndian.Uint16(b[13:])) * 24 * time.Hour)
	return t, true
}

func mark(secret, of []byte) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("newsletter link\x00"))
	h.Write(of)
	return h.Sum(nil)[:markBytes]
}

// addressHash is how an address is kept that is to be kept away: only who has the portal's secret can try addresses.
func addressHash(secret []byte, email string) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("newsletter address\x00"))
	h.Write([]byte(keyOf(email)))
	return h.Sum(nil)
}
