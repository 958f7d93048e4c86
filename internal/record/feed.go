package record

import (
	"encoding/xml"
	"net/http"
	"strconv"
	"time"

	"portal/internal/i18n"
	"portal/web"
	"portal/web/ui"
)

// Feed of the digests: Atom (RFC 4287), the newest first.
type (
	atomFeed struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		Lang    string      `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Updated string      `xml:"updated"`
		Author  string      `xml:"author>name"`
		Links   []atomLink  `xml:"link"`
		Entries []atomEntry `xml:"entry"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		Href string `xml:"href,attr"`
	}
	atomEntry struct {
		ID      string   `xml:"id"`
		Title   string   `xml:"title"`
		Link    atomLink `xml:"link"`
		Updated string   `xml:"updated"`
		// Content is the text that was signed, and the signature: who keeps the feed keeps the digests.
		Content string `xml:"content"`
	}
)

func (h handlers) atom(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	list, err := h.record.Digests(ctx, 0, perPage)
	if err != nil {
		return err
	}
	feed := atomFeed{
		Lang: string(i18n.From(ctx)), ID: ui.Absolute(ctx, "/audit.atom"), Title: i18n.T(ctx, "record.title"), Updated: stamp(time.Unix(0, 0)), Author: ui.OperatorName(ctx),
		Links: []atomLink{{"self", "application/atom+xml", ui.Absolute(ctx, "/audit.atom")}, {"alternate", "text/html", ui.Absolute(ctx, "/audit")}},
	}
	for i, d := range list.Digests {
		if i == 0 {
			feed.Updated = stamp(d.MadeAt)
		}
		page := ui.Absolute(ctx, "/audit?below="+strconv.Itoa(d.Number+1))
		feed.Entries = append(feed.Entries, atomEntry{
			ID:    ui.SiteOf(ctx).PublicURL + "/audit/digests/" + strconv.Itoa(d.Number), // the same in every language
			Title: i18n.T(ctx, "record.feed.entry", i18n.Day(ctx, d.Day)), Link: atomLink{"alternate", "text/html", page}, Updated: stamp(d.MadeAt),
			Content: d.Statement() + "signature " + signature(d) + "\n",
		})
	}
	body, err := xml.MarshalIndent(feed, "", " ")
	if err != nil {
		return err
	}
	return web.Write(w, r, http.StatusOK, "application/atom+xml; charset=utf-8", append([]byte(xml.Header), body...))
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
