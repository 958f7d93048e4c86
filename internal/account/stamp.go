package account

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"
)

// A form of registration carries a signed stamp: when it was first shown, and a number of its own. Programs that send
// forms without showing them to anybody have none, or one that is too fresh; sent twice, a form has the same number.
const (
	stampYoungest = 2 * time.Second
	stampOldest   = 24 * time.Hour
)

var (
	errStampFresh = errors.New("the form was sent faster than a person can fill it in")
	errStampOld   = errors.New("the form was open for too long, or is not ours")
)

// newStamp marks a form that is shown for the first time now.
func newStamp(secret []byte, now time.Time) string {
	id := rand.Text()
	at := strconv.FormatInt(now.UnixMilli(), 10)
	return id + "." + at + "." + signStamp(secret, id, at)
}

// readStamp returns the form's own number, and an error when the form is too fresh, too old or not ours.
func readStamp(secret []byte, stamp string, now time.Time) (id string, err error) {
	parts := strings.Split(stamp, ".")
	if len(stamp) > 200 || len(parts) != 3 || !hmac.Equal([]byte(parts[2]), []byte(signStamp(secret, parts[0], parts[1]))) {
		return "", errStampOld
	}
	ms, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return "", errStampOld
	}
	switch age := now.Sub(time.UnixMilli(ms)); {
	case age < stampYoungest:
		return parts[0], errStampFresh
	case age > stampOldest:
		return parts[0], errStampOld
	}
	return parts[0], nil
}

func signStamp(secret []byte, id, at string) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("registration\x00" + id + "\x00" + at))
	return hex.EncodeToString(mac.Sum(nil))
}
