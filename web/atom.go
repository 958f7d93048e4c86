package web

import (
	"encoding/xml"
	"net/http"
	"time"
)

// AtomType is the media type of an Atom feed.
const AtomType = "application/atom+xml"

// Atom is a list as a feed (RFC 4287), in parts where it is long (RFC 5005), the newest first.
type (
	Atom struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		Lang    string      `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Updated string      `xml:"updated"`
		Author  AtomPerson  `xml:"author"`
		Links   []AtomLink  `xml:"link"`
		Entries []AtomEntry `xml:"entry"`
	}
	// AtomPerson is an author or contributor, by name only.
	AtomPerson struct {
		Name string `xml:"name"`
	}
	// AtomLink is an absolute address.
	AtomLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr,omitempty"`
		Href string `xml:"href,attr"`
	}
	// AtomCategory is a value that an entry has, with what it is called.
	AtomCategory struct {
		Term  string `xml:"term,attr"`
		Label string `xml:"label,attr"`
	}
	// AtomText is plain text (Type "text") in the language Lang.
	AtomText struct {
		Type string `xml:"type,attr"`
		Lang string `xml:"http://www.w3.org/XML/1998/namespace lang,attr,omitempty"`
		Text string `xml:",chardata"`
	}
	// AtomEntry is one thing of the list; its ID is the same in every language.
	AtomEntry struct {
		ID        string     `xml:"id"`
		Title     AtomText   `xml:"title"`
		Link      AtomLink   `xml:"link"`
		Published string     `xml:"published"`
		Updated   string     `xml:"updated"`
		Author    AtomPerson `xml:"author"`
		// Contributors are others, each with what they have said to it.
		Contributors []AtomPerson   `xml:"contributor"`
		Categories   []AtomCategory `xml:"category"`
		Summary      AtomText       `xml:"summary"`
	}
)

// AtomTime writes an instant as feeds do.
func AtomTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// WriteAtom answers with the feed.
func WriteAtom(w http.ResponseWriter, r *http.Request, feed Atom) error {
	body, err := xml.MarshalIndent(feed, "", " ")
	if err != nil {
		return err
	}
	return Write(w, r, http.StatusOK, AtomType+"; charset=utf-8", append([]byte(xml.Header), body...))
}
