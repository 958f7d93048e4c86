package practice

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"portal/internal/i18n"
)

// ShelfPath, ComparePath and BookletPath are the addresses of the pages about several practices, without the language and the
// query that names them.
const (
	ShelfPath   = "/practices/list"
	ComparePath = "/practices/compare"
	BookletPath = "/practices/booklet"
)

// MaxShelf is how many practices a reading list holds, and MaxCompared how many stand side by side.
const MaxShelf, MaxCompared = 50, 3

// shelfName is the parameter of an address that names practices.
const shelfName = "ids"

// maxShelfText is how many bytes of an address are read for a reading list: far more than MaxShelf public IDs need.
const maxShelfText = 4000

// Shelf is a reading list: practices that a reader has put together, in the order of the reader. It is kept in the address
// (README, Addresses) and nowhere else.
type Shelf struct {
	// IDs are public IDs, each once.
	IDs []string
	// Repeated says that the address named a practice twice, Unread that it has something that is no public ID, and Over how
	// many practices it names beyond MaxShelf. None of these is on the shelf.
	Repeated, Unread bool
	Over             int
}

// publicIDStart is how a public ID begins, as people type it.
var publicIDStart = regexp.MustCompile(`(?i)gcm[-‐‑‒–—\s]?pr[-‐‑‒–—\s]?`)

// ReadShelf reads a reading list from the query of an address. It takes what String writes, and also whole public IDs, commas
// and spaces, and the parameter given several times, as a form sends it.
func ReadShelf(q url.Values) Shelf {
	var s Shelf
	text := strings.Join(q[shelfName], ".")
	if len(text) > maxShelfText {
		text, s.Unread = text[:maxShelfText], true
	}
	text = publicIDStart.ReplaceAllString(i18n.Digits(text), ".")
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(".,;-+ \t\r\n", r) }) {
		id, ok := WholeID("GCM-PR-" + part)
		switch {
		case !ok:
			s.Unread = true
		case s.Has(id):
			s.Repeated = true
		case len(s.IDs) == MaxShelf:
			s.Over++
		default:
			s.IDs = append(s.IDs, id)
		}
	}
	return s
}

// String is the reading list as its address writes it: the numbers of its practices.
func (s Shelf) String() string {
	numbers := make([]string, len(s.IDs))
	for i, id := range s.IDs {
		numbers[i] = numberOf(id)
	}
	return strings.Join(numbers, ".")
}

// numberOf is the number of a public ID, without zeros in front.
func numberOf(publicID string) string {
	return strings.TrimLeft(strings.TrimPrefix(publicID, "GCM-PR-"), "0")
}

// Has says whether the practice is on the list.
func (s Shelf) Has(publicID string) bool { return slices.Contains(s.IDs, publicID) }

// Full says whether nothing more can be put on the list.
func (s Shelf) Full() bool { return len(s.IDs) >= MaxShelf }

// With is the list with the practice at its end.
func (s Shelf) With(publicID string) Shelf {
	if s.Has(publicID) || s.Full() {
		return Shelf{IDs: s.IDs}
	}
	return Shelf{IDs: append(slices.Clone(s.IDs), publicID)}
}

// Without is the list without the practice.
func (s Shelf) Without(publicID string) Shelf {
	return Shelf{IDs: slices.DeleteFunc(slices.Clone(s.IDs), func(id string) bool { return id == publicID })}
}

// Moved is the list with its practice of the place, from 0, by so many places nearer to its end; as it is where there is no
// such place.
func (s Shelf) Moved(place, by int) Shelf {
	to := place + by
	if min(place, to) < 0 || max(place, to) >= len(s.IDs) {
		return Shelf{IDs: s.IDs}
	}
	ids := slices.Clone(s.IDs)
	ids[place], ids[to] = ids[to], ids[place]
	return Shelf{IDs: ids}
}

// in returns the query with the reading list; without the parameter when it is empty.
func (s Shelf) in(q url.Values) url.Values {
	out := url.Values{}
	for name, values := range q {
		out[name] = values
	}
	out.Del(shelfName)
	if len(s.IDs) > 0 {
		out.Set(shelfName, s.String())
	}
	return out
}

// canonical says whether the address writes the list as String does, and nothing else.
func (s Shelf) canonical(q url.Values) bool {
	return len(q[shelfName]) == 1 && q.Get(shelfName) == s.String()
}
