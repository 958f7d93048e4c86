package account

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"portal/internal/onetime"
)

// The second factor (accounts.md, People): the six digits that an authenticator app shows for half a minute (TOTP, RFC
// 6238), and ten recovery codes for when it is lost.
const (
	// RecoveryCodes is how many recovery codes a person gets at a time.
	RecoveryCodes = 10
	// SignInWaits is how long a sign-in waits for its code.
	SignInWaits = 10 * time.Minute
	// ProposalLasts is how long the page of a new factor may stay open.
	ProposalLasts = time.Hour

	codePeriod = 30 // seconds
	// codeSlack is how many steps a clock may be ahead or behind.
	codeSlack  = 1
	secretSize = 20 // bytes, as long as the hash's output (RFC 4226, section 4)
)

// newSecret makes the secret of a factor.
func newSecret() []byte {
	secret := make([]byte, secretSize)
	rand.Read(secret) // never fails
	return secret
}

// stepAt is the number of the time step of an instant.
func stepAt(now time.Time) int64 { return now.Unix() / codePeriod }

// codeAt is what an app with the secret shows in a step.
func codeAt(secret []byte, step int64) (string, error) {
	code, err := hotp.GenerateCodeCustom(secretText(secret), uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}) //nolint:gosec // steps are positive
	if err != nil {
		return "", fmt.Errorf("compute a code: %w", err)
	}
	return code, nil
}

// matchStep returns the step whose code it is, among those that count at the instant. All are compared, whichever it is.
func matchStep(secret []byte, code string, now time.Time) (step int64, ok bool, err error) {
	for s := stepAt(now) - codeSlack; s <= stepAt(now)+codeSlack; s++ {
		is, err := codeAt(secret, s)
		if err != nil {
			return 0, false, err
		}
		if subtle.ConstantTimeCompare([]byte(is), []byte(code)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok, nil
}

// secretText is a secret as apps take it.
func secretText(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// secretAddress is what the picture for apps says: whose secret it is, and of which portal.
func secretAddress(secret []byte, portal, email string) (string, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: strings.ReplaceAll(portal, ":", " "), AccountName: email, Secret: secret, SecretSize: uint(len(secret))})
	if err != nil {
		return "", fmt.Errorf("write the address of a secret: %w", err)
	}
	return key.URL(), nil
}

// readCode takes the digits out of what was typed or pasted: spaces and marks of the writing direction fall away, digits
// of any script count.
func readCode(typed string) string {
	var b strings.Builder
	for _, r := range typed {
		switch {
		case '0' <= r && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Nd, r):
			b.WriteRune('0' + digit(r))
		case unicode.IsSpace(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Pd, r):
		default:
			return "" // is no code
		}
		if b.Len() > 20 {
			return ""
		}
	}
	return b.String()
}

// digit is the value of a decimal digit: those of a script follow each other, and start at 0.
func digit(r rune) rune {
	n := rune(0)
	for n < 9 && unicode.Is(unicode.Nd, r-n-1) {
		n++
	}
	return n
}

// isCode says whether it can be a code of an app.
func isCode(code string) bool { return len(code) == 6 }

// newRecoveryCode makes a code of 120 random bits, so that its plain hash can be kept: six groups of four.
func newRecoveryCode() string {
	raw := make([]byte, 15)
	rand.Read(raw) // never fails
	text := strings.ToLower(secretText(raw))
	var groups []string
	for i := 0; i < len(text); i += 4 {
		groups = append(groups, text[i:i+4])
	}
	return strings.Join(groups, "-")
}

// readRecoveryCode takes a recovery code out of what was typed; signs that look like others are taken for them.
func readRecoveryCode(typed string) string {
	if len(typed) > 200 {
		return ""
	}
	return strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		case 'a' <= r && r <= 'z', '2' <= r && r <= '7':
			return r
		case r == '0':
			return 'o'
		case r == '1':
			return 'l'
		case r == '8':
			return 'b'
		}
		return -1
	}, typed)
}

// recoveryHash is what is kept of a recovery code.
func recoveryHash(code string) []byte { return onetime.Hash(readRecoveryCode(code)) }

// errUnreadable says that something was encrypted with another PORTAL_SECRET, or is not ours.
var errUnreadable = errors.New("it cannot be decrypted with this key")

// vault encrypts what the portal must be able to read again, with a key made from PORTAL_SECRET.
type vault struct {
	aead cipher.AEAD
	// keyID names the key, so that what another one has encrypted is known as such.
	keyID string
}

func newVault(secret []byte) vault {
	derive := func(what string, n int) []byte {
		key, err := hkdf.Key(sha256.New, secret, nil, "portal account "+what, n)
		if err != nil {
			panic(err) // only for more bytes than there can be
		}
		return key
	}
	block, err := aes.NewCipher(derive("factors", 32))
	if err != nil {
		panic(err) // only for a key of another length
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // only for a block of another size
	}
	return vault{aead: aead, keyID: hex.EncodeToString(derive("name of the key of factors", 4))}
}

// seal encrypts; what it is about is not in the result, and opening needs the same.
func (v vault) seal(plain []byte, about string) []byte {
	nonce := make([]byte, v.aead.NonceSize())
	rand.Read(nonce) // never fails
	return v.aead.Seal(nonce, nonce, plain, []byte(about))
}

func (v vault) open(sealed []byte, about string) ([]byte, error) {
	n := v.aead.NonceSize()
	if len(sealed) < n {
		return nil, errUnreadable
	}
	plain, err := v.aead.Open(nil, sealed[:n], sealed[n:], []byte(about))
	if err != nil {
		return nil, errUnreadable
	}
	return plain, nil
}

// A proposal is a secret that a page shows and sends back with the first code: until then nothing is stored. It is
// sealed for one person and some time.

func (v vault) sealProposal(secret []byte, user int64, now time.Time) string {
	plain := binary.BigEndian.AppendUint64(nil, uint64(now.Add(ProposalLasts).Unix())) //nolint:gosec // after 1970
	return base64.RawURLEncoding.EncodeToString(v.seal(append(plain, secret...), proposalOf(user)))
}

// openProposal returns the secret of a proposal to the person; one that is too old or somebody else's is errUnreadable.
func (v vault) openProposal(sealed string, user int64, now time.Time) ([]byte, error) {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return nil, errUnreadable
	}
	plain, err := v.open(raw, proposalOf(user))
	if err != nil || len(plain) != 8+secretSize || now.Unix() > int64(binary.BigEndian.Uint64(plain)) { //nolint:gosec // we wrote it
		return nil, errUnreadable
	}
	return plain[8:], nil
}

func proposalOf(user int64) string { return fmt.Sprintf("proposal of user %d", user) }
func factorOf(user int64) string   { return fmt.Sprintf("factor of user %d", user) }
