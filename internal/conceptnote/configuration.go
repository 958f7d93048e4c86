package conceptnote

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"portal/internal/database"
	"portal/internal/gcm"
)

// Configuration is what the fund changes from time to time (fund.md, The form).
type Configuration struct {
	// Areas are the thematic areas, in order.
	Areas []Area `json:"areas"`
	// Categories are the direct cost categories of a budget, in order.
	Categories []Category `json:"categories"`
	// Indirect are the indirect support costs, in basis points of the direct subtotal.
	Indirect int `json:"indirect"`
	// Duration are the months that are usual; outside of them a note is warned and not refused.
	Duration struct {
		Least int `json:"least"`
		Most  int `json:"most"`
	} `json:"duration"`
	// Markers are the scales, by marker.
	Markers map[Marker]Scale `json:"markers"`
	// Lengths are the most characters of a part of the note, and of a short one: how a principle is met, why a marker was chosen.
	Lengths struct {
		Part  int `json:"part"`
		Short int `json:"short"`
	} `json:"lengths"`
	// FormerAreas and FormerCategories are those of earlier versions that this one has no more, with the names that they had last.
	FormerAreas      []Area     `json:"-"`
	FormerCategories []Category `json:"-"`
}

// Area is a thematic area with the objectives that belong to it.
type Area struct {
	ID         string    `json:"id"`
	Names      gcm.Names `json:"names"`
	Objectives []int     `json:"objectives"`
}

// Category is a cost category of a budget.
type Category struct {
	ID    string    `json:"id"`
	Names gcm.Names `json:"names"`
}

// Scale is the values of a marker, in order.
type Scale struct {
	Values []Value `json:"scale"`
	// Least is the first value with which the matter counts as addressed; "" accepts all.
	Least string `json:"least"`
}

// Value is one value of a marker.
type Value struct {
	Value string    `json:"value"`
	Names gcm.Names `json:"names"`
}

// Addresses says whether the value is at least the one that the fund asks for. A value that is not on the scale is for
// others to tell.
func (s Scale) Addresses(value string) bool {
	at := func(value string) int {
		return slices.IndexFunc(s.Values, func(v Value) bool { return v.Value == value })
	}
	return s.Least == "" || at(value) < 0 || at(value) >= at(s.Least)
}

// AreasOf are the ids of the thematic areas to which objectives belong, in the order of the areas: what the form proposes.
func (c *Configuration) AreasOf(objectives []int) []string {
	var ids []string
	for _, area := range c.Areas {
		if slices.ContainsFunc(area.Objectives, func(n int) bool { return slices.Contains(objectives, n) }) {
			ids = append(ids, area.ID)
		}
	}
	return ids
}

// Usual says whether a duration lies within the limits that are usual.
func (c *Configuration) Usual(months int) bool {
	return months >= c.Duration.Least && months <= c.Duration.Most
}

// Version is a configuration with the time from which on it is in force.
type Version struct {
	Number  int       `db:"version"`
	InForce time.Time `db:"in_force"`
	Content Configuration
	// SetBy is the name of who set it, for the desk (History); "" as the portal came, and of a person who is gone.
	SetBy string `db:"-"`
}

// Versions are all configurations that there ever were, the first one first.
type Versions []Version

// remember tells each version what the earlier ones had.
func (all Versions) remember() {
	for i := 1; i < len(all); i++ {
		before, c := all[i-1].Content, &all[i].Content
		c.FormerAreas = former(before.Areas, before.FormerAreas, c.Areas, func(a Area) string { return a.ID })
		c.FormerCategories = former(before.Categories, before.FormerCategories, c.Categories, func(c Category) string { return c.ID })
	}
}

// former are the items that were there before and are there no more.
func former[T any](before, gone, now []T, id func(T) string) []T {
	return slices.DeleteFunc(slices.Concat(before, gone), func(was T) bool {
		return slices.ContainsFunc(now, func(is T) bool { return id(is) == id(was) })
	})
}

// At is the version that is in force at an instant; nil before the first.
func (all Versions) At(t time.Time) *Version {
	for i := len(all) - 1; i >= 0; i-- {
		if !t.Before(all[i].InForce) {
			return &all[i]
		}
	}
	return nil
}

// Holder keeps the configurations in memory for all requests.
type Holder struct {
	q       database.Querier
	current atomic.Pointer[Versions]
}

// Hold loads the configurations. Their table notifies when it changes, as the vocabulary's do (internal/content), and then
// Refresh is due.
func Hold(ctx context.Context, q database.Querier) (*Holder, error) {
	h := &Holder{q: q}
	return h, h.Refresh(ctx)
}

// Versions returns all configurations as they are now.
func (h *Holder) Versions() Versions { return *h.current.Load() }

// Refresh loads the configurations anew. With an error the last ones stay.
func (h *Holder) Refresh(ctx context.Context) error {
	versions, err := history(ctx, h.q)
	if err != nil {
		return err
	}
	h.current.Store(&versions)
	return nil
}
