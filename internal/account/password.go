package account

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"

	"portal/internal/problem"
)

// The limits of a password, in characters (code points, after normalization; NIST SP 800-63B, 5.1.1.2). The longest is
// there only so that nobody makes us hash a book.
const (
	MinPassword = 12
	MaxPassword = 200
)

// checkPassword returns what is wrong with a new password: too short, too long, easily guessed, or made of what
// everybody knows of the person (their name, address, office). There are no rules about kinds of characters.
func checkPassword(field, password string, about ...string) []problem.Field {
	wrong := func(key string, args ...any) []problem.Field {
		return []problem.Field{{Name: field, Key: key, Args: args}}
	}
	n := utf8.RuneCountInString(password)
	switch {
	case n == 0:
		return wrong("account.password.missing")
	case n > 4*MaxPassword: // not worth the normalizing
		return wrong("account.password.long", MaxPassword, n)
	}
	password = normalizePassword(password)
	switch n := utf8.RuneCountInString(password); {
	case n < MinPassword:
		return wrong("account.password.short", MinPassword, n)
	case n > MaxPassword:
		return wrong("account.password.long", MaxPassword, n)
	case guessable(password, nil):
		return wrong("account.password.common")
	case guessable(password, ownWords(about)):
		return wrong("account.password.personal")
	}
	return nil
}

// normalizePassword makes one password of what different keyboards send for the same characters (NFKC).
func normalizePassword(password string) string {
	return norm.NFKC.String(strings.ToValidUTF8(password, ""))
}

// commonFile lists what people choose most: whole passwords, and the words, names and keyboard walks that the others are
// made of.
//
//go:embed passwords.txt
var commonFile string

// common holds the words of commonFile by their first character, the longest first.
var common = sync.OnceValue(func() map[rune][][]rune {
	var words []string
	for line := range strings.Lines(commonFile) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			words = append(words, line)
		}
	}
	return byFirst(words)
})

func byFirst(words []string) map[rune][][]rune {
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	index := map[rune][][]rune{}
	for _, word := range words {
		w := []rune(word)
		index[w[0]] = append(index[w[0]], w)
	}
	return index
}

// What a password is made of is counted in quarters: a common word or a walk over the keyboard is one, like a letter that
// belongs to neither; a word that is known of the person is half of one, and a digit or sign a quarter.
const (
	quarterWord   = 4
	quarterOwn    = 2 // a word of the person's own
	quarterLetter = 4
	quarterSign   = 1
	// quarterFew is what a guessing program tries first: two words with four digits, "Welcome2024!".
	quarterFew = 12
)

// guessable says whether the password is made of so little that it is guessed early: common words, the words given,
// sequences, repetitions, and a few digits and signs, in any letter case and with the usual signs for letters.
func guessable(password string, words []string) bool {
	p := []rune(foldPassword(password))
	if repeats(p) {
		return true
	}
	extra := byFirst(words)
	// least[i] is the least that the first i characters are made of.
	least := make([]int, len(p)+1)
	for i := range p {
		least[i+1] = least[i] + quarterLetter
		if !unicode.IsLetter(p[i]) {
			least[i+1] = least[i] + quarterSign
		}
		least[i+1] = min(least[i+1], endsInWord(p, i+1, least, common(), quarterWord), endsInWord(p, i+1, least, extra, quarterOwn))
		for from := walkStart(p, i); from <= i-2; from++ {
			least[i+1] = min(least[i+1], least[from]+quarterWord)
		}
	}
	return least[len(p)] <= quarterFew
}

// endsInWord returns the least that the first n characters are made of when the last of them are a word of the index.
func endsInWord(p []rune, n int, least []int, index map[rune][][]rune, cost int) int {
	best := 1 << 30
	for from := 0; from <= n-3; from++ {
		if least[from]+cost >= best {
			continue
		}
		for _, first := range []rune{p[from], meant[p[from]]} {
			for _, word := range index[first] {
				if len(word) == n-from && matchesWord(p[from:n], word) {
					best = least[from] + cost
				}
			}
		}
	}
	return best
}

func matchesWord(p, word []rune) bool {
	for i, c := range word {
		if p[i] != c && meant[p[i]] != c {
			return false
		}
	}
	return true
}

// meant are the letters for which people put signs.
var meant = map[rune]rune{'0': 'o', '1': 'i', '!': 'i', '3': 'e', '4': 'a', '@': 'a', '5': 's', '$': 's', '7': 't', '8': 'b', '9': 'g'}

// walks are what fingers type without a thought. They are read in both directions.
var walks = []string{
	"abcdefghijklmnopqrstuvwxyz", "0123456789", "1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn", "qwertzuiop", "yxcvbnm",
	"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "!@#$%^&*()", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю", "ابتثجحخدذرزسشصضطظعغفقكلمنهوي", "ضصثقفغعهخحجد",
}

// walkStart returns where the longest walk that ends at i begins: a row of the keyboard, the alphabet, numbers, or one
// character again and again.
func walkStart(p []rune, i int) int {
	start := i
	for start > 0 && p[start-1] == p[i] {
		start--
	}
	for _, step := range []int{1, -1} {
		for _, walk := range walkRunes() {
			at := slices.Index(walk, p[i])
			if at < 0 {
				continue
			}
			from := i
			for from > 0 && at-step >= 0 && at-step < len(walk) && walk[at-step] == p[from-1] {
				from, at = from-1, at-step
			}
			start = min(start, from)
		}
	}
	return start
}

var walkRunes = sync.OnceValue(func() [][]rune {
	all := make([][]rune, len(walks))
	for i, w := range walks {
		all[i] = []rune(w)
	}
	return all
})

// repeats says whether the password is one piece of at most eight characters again and again.
func repeats(p []rune) bool {
	for length := 1; length <= 8 && length <= len(p)/2; length++ {
		same := true
		for i := length; i < len(p) && same; i++ {
			same = p[i] == p[i-length]
		}
		if same {
			return true
		}
	}
	return false
}

// foldPassword makes small letters without accents, as guessing programs do.
func foldPassword(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(strings.ToLower(s)))
}

// ownWords takes the words out of what is known of a person: of three letters and more, names also in one.
func ownWords(about []string) []string {
	var words []string
	for _, text := range about {
		parts := strings.FieldsFunc(foldPassword(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		for _, part := range append(parts, strings.Join(parts, "")) {
			if n := utf8.RuneCountInString(part); n >= 3 && n <= MaxPassword {
				words = append(words, part)
			}
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// hashing are the parameters of argon2id (OWASP: 19 MiB, two passes, one lane). Hashes made with others are made anew at
// the next sign-in.
var hashing = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// noPassword is a hash of nothing anybody knows, made with the same parameters: who signs in to an account that does not
// exist, or has no password, waits as long as for one that does.
const noPassword = "$argon2id$v=19$m=19456,t=2,p=1$Whp6Hq40nvBSPx59C5y9bQ$RF7N92MqwQIHJ8+WcUFIKiC8IGeAtLcSLW16GmJ+mDA" //nolint:gosec // nobody knows what it is the hash of

// hasher makes and compares hashes, two at a time: they are slow and large on purpose, and must not exhaust the machine.
type hasher struct {
	slots chan struct{}
	// made counts hashes, so that a test can tell that the work is the same.
	made atomic.Int64
}

func newHasher() *hasher { return &hasher{slots: make(chan struct{}, 2)} }

func (h *hasher) wait(ctx context.Context) (done func(), err error) {
	select {
	case h.slots <- struct{}{}:
		h.made.Add(1)
		return func() { <-h.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hash returns what to store of a password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	done, err := h.wait(ctx)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	defer done()
	hash, err := argon2id.CreateHash(normalizePassword(password), hashing)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return hash, nil
}

// matches compares a password with a hash, or does the same work for nothing when there is none. outdated says that the
// hash was made with other parameters.
func (h *hasher) matches(ctx context.Context, password, hash string) (ok, outdated bool, err error) {
	known := hash != ""
	if !known {
		hash = noPassword
	}
	done, err := h.wait(ctx)
	if err != nil {
		return false, false, fmt.Errorf("compare a password: %w", err)
	}
	defer done()
	ok, params, err := argon2id.CheckHash(normalizePassword(password), hash)
	if err != nil {
		return false, false, fmt.Errorf("compare a password: %w", err)
	}
	return ok && known, *params != *hashing, nil
}
