package pledge

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/web/ui"
)

// json gives the list as JSON, a pledge an object; names do not change. Its head says which list it is and of what day.
func (h handlers) json(w http.ResponseWriter, r *http.Request) error {
	e := h.export(r)
	begun, first := false, true
	begin := func() error {
		if begun {
			return nil
		}
		begun = true
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Disposition", `inline; filename="`+e.name()+`.json"`)
		head, err := json.Marshal(struct {
			List   string     `json:"list"`
			Day    date.Date  `json:"day"`
			Filter url.Values `json:"filter"`
		}{e.list(), e.today, e.filter.Values()})
		if err != nil {
			return err
		}
		_, err = w.Write(append(head[:len(head)-1], `,"pledges":[`...))
		return gone(err)
	}
	walk := func(do func(Record, []Update) error) error {
		return h.pledges.WalkReported(e.ctx, e.filter, i18n.From(e.ctx), do)
	}
	if r.Method == http.MethodHead { // asks for no content
		walk = func(func(Record, []Update) error) error { return nil }
	}
	practices, err := h.pledges.practicesOf(e.ctx, e.filter)
	if err != nil {
		return err
	}
	err = walk(func(record Record, updates []Update) error {
		if err := begin(); err != nil {
			return err
		}
		one := e.object(record)
		one.Updates = objectUpdates(record.PublicID, updates)
		for _, grown := range practices[record.ID] {
			one.Practices = append(one.Practices, objectPractice{grown.PublicID, ui.Absolute(e.ctx, grown.Path), grown.Title, grown.Lang})
		}
		object, err := json.Marshal(one)
		if err != nil {
			return err
		}
		if !first {
			object = append([]byte(",\n"), object...)
		} else {
			object = append([]byte("\n"), object...)
		}
		first = false
		_, err = w.Write(object)
		return gone(err)
	})
	if err == nil {
		err = begin()
	}
	if err == nil {
		_, err = io.WriteString(w, "\n]}\n")
		err = gone(err)
	}
	return unlessGone(err)
}

// errGone ends an export whose reader has gone, which is nobody's error.
var errGone = errors.New("the reader has gone")

func gone(err error) error {
	if err != nil {
		return errGone
	}
	return nil
}

func unlessGone(err error) error {
	if errors.Is(err, errGone) {
		return nil
	}
	return err
}

// Object is a pledge in JSON. Blank values are left out.
type Object struct {
	ID             string          `json:"id"`
	Address        string          `json:"address"`
	Title          string          `json:"title"`
	Language       string          `json:"language"`
	Entity         string          `json:"entity"`
	FiledBy        string          `json:"filed_by,omitempty"`
	Capacity       string          `json:"capacity,omitempty"`
	Country        string          `json:"country,omitempty"`
	Category       string          `json:"category"`
	CategoryOther  string          `json:"category_other,omitempty"`
	Type           Type            `json:"type"`
	Matches        string          `json:"matches,omitempty"`
	Partners       []objectPartner `json:"partners,omitempty"`
	Mirror         bool            `json:"mirror"`
	MirrorRef      string          `json:"mirror_reference,omitempty"`
	Global         bool            `json:"global"`
	Countries      []string        `json:"countries"`
	Place          string          `json:"place,omitempty"`
	Regions        []string        `json:"regions"`
	Natures        []Nature        `json:"natures"`
	NatureOther    string          `json:"nature_other,omitempty"`
	Money          *objectMoney    `json:"contribution,omitempty"`
	Objectives     []int           `json:"objectives"`
	Related        []int           `json:"related_objectives,omitempty"`
	Principles     []int           `json:"principles"`
	Description    string          `json:"description"`
	Indicators     []objectTarget  `json:"indicators"`
	Milestones     []objectTarget  `json:"milestones,omitempty"`
	Barriers       string          `json:"barriers,omitempty"`
	SupportNeeded  string          `json:"support_needed,omitempty"`
	SupportOffered string          `json:"support_offered,omitempty"`
	Versions       []objectVersion `json:"versions,omitempty"`
	Status         Status          `json:"status"`
	StatusSince    *time.Time      `json:"status_since,omitempty"`
	Light          Light           `json:"light"`
	NextReport     date.Date       `json:"next_report,omitzero"`
	Updates        []objectUpdate  `json:"updates"`
	// Practices grew out of it; a list of a past day does not name them.
	Practices      []objectPractice `json:"practices,omitempty"`
	Deadline       date.Date        `json:"deadline,omitzero"`
	FirstPublished time.Time        `json:"first_published"`
	Published      time.Time        `json:"published"`
}

type objectPractice struct {
	ID       string `json:"id"`
	Address  string `json:"address"`
	Title    string `json:"title"`
	Language string `json:"language"`
}

type objectPartner struct {
	Name      string `json:"name"`
	Country   string `json:"country,omitempty"`
	Part      string `json:"part,omitempty"`
	Confirmed bool   `json:"confirmed"`
	// Amended: the part is in the partner's own words.
	Amended bool `json:"amended,omitempty"`
}

type objectMoney struct {
	Amount    string    `json:"amount,omitempty"`
	Currency  string    `json:"currency,omitempty"`
	From      date.Date `json:"from,omitzero"`
	Until     date.Date `json:"until,omitzero"`
	Recipient string    `json:"recipient,omitempty"`
}

type objectTarget struct {
	What     string    `json:"what"`
	Baseline string    `json:"baseline,omitempty"`
	Target   string    `json:"target,omitempty"`
	Unit     string    `json:"unit,omitempty"`
	Due      date.Date `json:"due,omitzero"`
}

type objectVersion struct {
	Language    string `json:"language"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
}

func (e export) object(r Record) Object {
	p := r.Pledge
	o := Object{
		ID: r.PublicID, Address: ui.Absolute(e.ctx, e.filter.dated(Path(r.PublicID))), Title: p.Title, Language: p.Lang,
		Entity: p.Entity, FiledBy: p.Office, Capacity: p.Capacity, Country: p.Country, Category: p.Category, CategoryOther: p.CategoryOther,
		Type: p.Type, Matches: p.Matches, Mirror: p.Mirror, MirrorRef: p.MirrorReference,
		Global: p.Global, Countries: notNil(p.Countries), Place: p.Place, Regions: notNil(p.Regions),
		Natures: notNil(p.Natures), NatureOther: p.NatureOther, Objectives: notNil(p.Objectives), Related: p.Related, Principles: notNil(p.Principles),
		Description: p.Description, Indicators: []objectTarget{}, Barriers: p.Barriers, SupportNeeded: p.SupportNeeded, SupportOffered: p.SupportOffered,
		Status: r.Status, Light: LightOn(e.today, r.NextReport), NextReport: r.NextReport,
		Deadline: p.Deadline(), FirstPublished: r.FirstPublishedAt.UTC().Truncate(time.Second), Published: r.PublishedAt.UTC().Truncate(time.Second),
	}
	if r.Status != NoStatus {
		since := r.StatusSince.UTC().Truncate(time.Second)
		o.StatusSince = &since
	}
	for _, m := range p.Partners {
		o.Partners = append(o.Partners, objectPartner(m))
	}
	if m := p.Money; m != nil {
		money := objectMoney(*m)
		o.Money = &money
	}
	for _, i := range p.Indicators {
		o.Indicators = append(o.Indicators, objectTarget{What: i.What, Baseline: i.Baseline, Target: i.Target, Unit: i.Unit, Due: i.Due})
	}
	for _, m := range p.Milestones {
		o.Milestones = append(o.Milestones, objectTarget{What: m.What, Due: m.Due})
	}
	for _, v := range p.Versions {
		o.Versions = append(o.Versions, objectVersion{Language: v.Lang, Title: v.Title, Description: v.Description})
	}
	return o
}
