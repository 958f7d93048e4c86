package signoff

import (
	"context"
	"net/url"
	"strconv"

	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/web/ui"
)

// chainsView is how signing is set, by type of note, the last version of each first.
type chainsView struct {
	Chains [][]Chain
	MaySet bool
}

func chainPath(t NoteType) string { return ChainsPath + "/" + string(t) }

func (t NoteType) name(ctx context.Context) string { return i18n.T(ctx, "signoff.type."+string(t)) }

// setLine says which version it is, who set it and when.
func (c Chain) setLine(ctx context.Context) string {
	if c.SetBy == "" {
		return i18n.T(ctx, "signoff.chain.first", c.Version)
	}
	return i18n.T(ctx, "signoff.chain.set", c.Version, i18n.DayOf(ctx, c.SetAt), ui.PersonName(ctx, c.SetBy))
}

// inWords is the chain in one line.
func (c Chain) inWords(ctx context.Context) []string {
	var all []string
	for _, s := range c.Stations {
		all = append(all, i18n.T(ctx, "signoff.chain.station", s.name(ctx), s.quorum(ctx)))
	}
	return all
}

// chainView is the form of a chain.
type chainView struct {
	Chain
	Typed url.Values
	Wrong []problem.Field
	Stale bool
}

func (v chainView) control(ctx context.Context, name string, p Party) ui.Control {
	id := name + "." + string(p)
	c := ui.Control{Name: id, Label: i18n.T(ctx, "signoff.chain."+name), Values: v.Typed[id], Error: ui.MessageFor(ctx, v.Wrong, id)}
	if name == "place" {
		c.Blank = i18n.T(ctx, "signoff.chain.place.none")
		for i := range Parties {
			c.Choices = append(c.Choices, ui.Choice{Value: strconv.Itoa(i + 1), Label: i18n.Number(ctx, i+1)})
		}
		return c
	}
	c.Choices = []ui.Choice{{Value: "0", Label: i18n.T(ctx, "signoff.quorum.all")}}
	for n := range maxQuorum {
		c.Choices = append(c.Choices, ui.Choice{Value: strconv.Itoa(n + 1), Label: i18n.T(ctx, "signoff.quorum.some", n+1)})
	}
	return c
}
