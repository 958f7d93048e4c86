package record

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"

	"github.com/a-h/templ"

	"portal/internal/audit"
	"portal/internal/i18n"
	"portal/web/ui"
)

// digestsView is what the page of the digests shows.
type digestsView struct {
	List
	// Below is where this part begins; 0 at the newest.
	Below int
}

func (v digestsView) table(ctx context.Context) ui.Table {
	column := func(name string, num bool) ui.Column {
		return ui.Column{Text: i18n.T(ctx, "record.column."+name), Num: num}
	}
	t := ui.Table{Caption: i18n.T(ctx, "record.caption"), Cards: true, Columns: []ui.Column{column("day", false), column("entries", true), column("root", false), column("signature", false)}}
	for _, d := range v.Digests {
		t.Rows = append(t.Rows, []ui.Cell{
			{Component: dayCell(d)}, {Text: i18n.Number(ctx, d.Size())}, {Component: digits(fmt.Sprintf("%x", d.Root))}, {Component: statementCell(d)},
		})
	}
	return t
}

func (v digestsView) page(ctx context.Context) ui.Page {
	return ui.Page{
		Title: i18n.T(ctx, "record.title"), Description: i18n.T(ctx, "record.lede"), NoIndex: v.Below != 0,
		Feeds: []ui.Alternate{
			{Title: i18n.T(ctx, "record.title"), Type: "application/atom+xml", Href: ui.Href(ctx, "/audit.atom")},
			{Title: i18n.T(ctx, "record.title"), Type: "application/json", Href: ui.Href(ctx, "/audit.json")},
		},
	}
}

func (v digestsView) older(ctx context.Context) string {
	if v.Next == 0 {
		return ""
	}
	return ui.Href(ctx, "/audit?below="+strconv.Itoa(v.Next))
}

func signature(d audit.Digest) string { return base64.StdEncoding.EncodeToString(d.Signature) }

// decisionView is what the page of one publication shows.
type decisionView struct {
	Published
	Decisions []Decision
}

// standing is how far the proof of a decision goes: "wrong", "waiting" to be chained, "tonight" to be signed, or "signed".
func (d Decision) standing() string {
	switch {
	case d.Wrong != nil:
		return "wrong"
	case d.Seq == 0:
		return "waiting"
	case d.Digest == nil:
		return "tonight"
	}
	return "signed"
}

func (d Decision) tone() ui.Tone {
	switch d.standing() {
	case "wrong":
		return ui.Bad
	case "signed":
		return ui.Ok
	}
	return ui.Plain
}

func (d Decision) facts(ctx context.Context) []ui.Fact {
	fact := func(name string, value ...string) ui.Fact {
		return ui.Fact{Term: i18n.T(ctx, "record.fact."+name), Values: value}
	}
	hex := func(name string, hash []byte) ui.Fact {
		return ui.Fact{Term: i18n.T(ctx, "record.fact."+name), Component: digits(fmt.Sprintf("%x", hash))}
	}
	facts := []ui.Fact{fact("at", i18n.UTC(ctx, d.At)), fact("entry", strconv.FormatInt(d.ID, 10))}
	if d.Seq == 0 {
		return facts
	}
	facts = append(facts, fact("sequence", i18n.Number(ctx, d.Seq)), hex("leaf", d.Leaf[:]), hex("hash", d.Hash[:]))
	if d.Digest == nil {
		return facts
	}
	return append(facts, fact("digest", i18n.T(ctx, "record.fact.digest.value", d.Digest.Number, i18n.Day(ctx, d.Digest.Day))),
		hex("root", d.Digest.Root), ui.Fact{Term: i18n.T(ctx, "record.fact.key"), Component: digits(d.Digest.KeyID)})
}

func (v decisionView) title(ctx context.Context) templ.Component {
	if v.Title == "" {
		return nil
	}
	return titleLink(ui.Href(ctx, v.Path), v.Title, v.Lang)
}
