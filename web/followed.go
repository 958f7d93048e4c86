package web

import (
	"context"
	"net/url"
	"slices"
	"time"
)

// Followed is a public list that people may follow by mail (package follow): an area says what is in it, by the same functions
// that make its page and its feed.
type Followed struct {
	// Name is the list's in addresses: "pledges"; Title the key of what it is called.
	Name, Title string
	// Path is its page, Feed its Atom feed and Calendar its calendar, without the language; "" for none.
	Path, Feed, Calendar string
	// Query reads a filter from the query of an address and writes it in one spelling, without order and page: the same filter is
	// always the same query.
	Query func(q url.Values) url.Values
	// Words say what the filter leaves, a line each; none for the whole list.
	Words func(ctx context.Context, q url.Values) []string
	// Newest returns the entries that are before the public now, the one last published on top, at most so many. What is made of
	// the portal's own words is in the language of the context.
	Newest func(ctx context.Context, q url.Values, most int) ([]FollowedEntry, error)
	// Dates returns what calendar programs show of the list; nil for a list without dates.
	Dates func(ctx context.Context, q url.Values) ([]ICSEvent, error)
}

// FollowedEntry is one thing of a list.
type FollowedEntry struct {
	// Key is the thing's in all lists and for ever: nobody is told of it twice.
	Key string
	// Path is its page, without the language.
	Path      string
	Published time.Time
	// Titles are what it is called, in the language it was written in first.
	Titles []FollowedTitle
	// Languages are those in which it can be read or followed; none for what is in no language.
	Languages []string
	// Text is a line about it, in the language of the context.
	Text string
}

// FollowedTitle is a title with its language.
type FollowedTitle struct{ Lang, Text string }

// For returns the title for a reader of the languages, the one they like best first: in the first of them that there is, or else
// as it was written. A thing without a title has none.
func (e FollowedEntry) For(languages []string) FollowedTitle {
	for _, l := range languages {
		if i := slices.IndexFunc(e.Titles, func(t FollowedTitle) bool { return t.Lang == l }); i >= 0 {
			return e.Titles[i]
		}
	}
	if len(e.Titles) == 0 {
		return FollowedTitle{}
	}
	return e.Titles[0]
}

// NewestFollowed puts entries in the order of their publication, the last on top, and leaves so many at most.
func NewestFollowed(all []FollowedEntry, most int) []FollowedEntry {
	slices.SortStableFunc(all, func(a, b FollowedEntry) int { return b.Published.Compare(a.Published) })
	return all[:min(len(all), most)]
}
