// Package missed tells the editors what people look for in the public lists and do not find (opendata.md: zero-result
// queries are reported to the editors), and says nothing of who looked.
//
// Words are counted once a day for each network. A Gatherer holds the counts in memory and writes them down by the minute,
// since reading a page writes nothing; what it holds is lost when the process is killed. It forgets networks with the day,
// and no row has one. Words themselves are written down only once they have been missed Threshold times: until then there
// is but a keyed digest of them, which says nothing to who has the database alone. Words that look like an address, a
// number of somebody or a whole sentence are not counted at all. Retention and bounds are in store.go.
package missed

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/search"
)

// List is a public list that people search.
type List string

// The lists.
const (
	Practices List = "practice"
	Pledges   List = "pledge"
)

// Lists names them all.
var Lists = []List{Practices, Pledges}

// desk is the desk whose editors read what was missed in the list.
func (l List) desk() identity.Desk {
	if l == Pledges {
		return identity.PledgesDesk
	}
	return identity.HubDesk
}

// ListsOf are the lists of the person's desks; none for people without one.
func ListsOf(who identity.User) []List {
	var all []List
	for _, l := range Lists {
		if who.OnDesk(l.desk()) {
			all = append(all, l)
		}
	}
	return all
}

const (
	// Threshold is how often words must have been missed, counted once a day for each network, before anybody sees them.
	Threshold = 3
	// KeepRareDays is for how many days a count of words that have stayed below the threshold is kept, KeepDays for how many
	// any count is.
	KeepRareDays, KeepDays = 30, 365
)

const (
	maxLength = 60 // of a search that is counted, in characters
	maxWords  = 6
	maxDigits = 4 // side by side: a year may be, the number of a telephone or of a passport may not
)

// Words are what is counted of a search: small letters, digits and single spaces. ok is false for what is not counted, since
// it may say who somebody is, or since no word is left: addresses, long numbers, whole sentences.
func Words(typed string) (words string, ok bool) {
	typed = strings.ToLower(norm.NFKC.String(strings.ToValidUTF8(typed, " ")))
	if strings.ContainsAny(typed, "@\\") || strings.Contains(typed, "://") || strings.Contains(typed, "www.") {
		return "", false
	}
	digits := 0
	var b strings.Builder
	for _, r := range typed {
		switch {
		case unicode.IsDigit(r):
			if digits++; digits > maxDigits {
				return "", false
			}
			b.WriteRune(r)
		case unicode.IsLetter(r) || unicode.IsMark(r):
			digits = 0
			b.WriteRune(r)
		case unicode.Is(unicode.Cf, r): // turns the direction, or joins: not a part of the words
		default: // digits that only signs divide are one number
			b.WriteByte(' ')
		}
	}
	all := strings.Fields(b.String())
	words = strings.Join(all, " ")
	if len(all) > maxWords || utf8.RuneCountInString(words) > maxLength || search.Fold(words) == "" {
		return "", false
	}
	return words, true
}

// Entry is words that people have missed something with.
type Entry struct {
	ID    int64
	List  List
	Lang  i18n.Lang // of the page that they searched on
	Words string
	How   search.Miss
	// Times is how often in the days asked for, LastOn the last of these days in Geneva.
	Times  int
	LastOn date.Date
	// DealtAt is when the editors dealt with it, nil for not yet; Since is how often it was missed on later days.
	DealtAt *time.Time
	Since   int
}
