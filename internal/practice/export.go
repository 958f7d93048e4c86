package practice

import (
	"context"
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/web/ui"
)

// Object is a practice in JSON. Blank values are left out; names do not change.
type Object struct {
	ID               string          `json:"id"`
	Address          string          `json:"address"`
	Version          int             `json:"version"`
	Title            string          `json:"title"`
	Language         string          `json:"language"`
	Summary          string          `json:"summary"`
	Description      string          `json:"description"`
	Type             Type            `json:"type"`
	Objectives       []int           `json:"objectives"`
	Related          []int           `json:"related_objectives,omitempty"`
	Principles       []int           `json:"principles"`
	SDGs             []int           `json:"sdgs,omitempty"`
	Completion       Completion      `json:"completion"`
	Started          date.Date       `json:"started"`
	Ended            date.Date       `json:"ended,omitzero"`
	Scope            Scope           `json:"scope"`
	Countries        []string        `json:"countries"`
	Regions          []string        `json:"regions"`
	Continents       []string        `json:"continents,omitempty"`
	Place            string          `json:"place,omitempty"`
	Point            *objectPoint    `json:"point,omitempty"`
	Implementer      string          `json:"implementer"`
	ImplementerType  string          `json:"implementer_type"`
	ImplementerOther string          `json:"implementer_other,omitempty"`
	FiledBy          string          `json:"filed_by,omitempty"`
	Partners         []objectPartner `json:"partners,omitempty"`
	Beneficiaries    string          `json:"beneficiaries"`
	Participation    string          `json:"participation"`
	Results          string          `json:"results"`
	Figures          []objectFigure  `json:"figures,omitempty"`
	Evidence         string          `json:"evidence,omitempty"`
	Lessons          string          `json:"lessons"`
	Conditions       string          `json:"conditions"`
	Costs            string          `json:"costs,omitempty"`
	People           string          `json:"people,omitempty"`
	Time             string          `json:"time,omitempty"`
	Innovation       string          `json:"innovation"`
	Sustainability   string          `json:"sustainability"`
	Blocks           []objectBlock   `json:"building_blocks,omitempty"`
	Links            []objectLink    `json:"links,omitempty"`
	Images           []objectImage   `json:"images,omitempty"`
	Versions         []objectVersion `json:"versions,omitempty"`
	Call             *objectCall     `json:"call,omitempty"`
	Licence          Licence         `json:"licence"`
	LicenceAddress   string          `json:"licence_address"`
	FirstPublished   time.Time       `json:"first_published"`
	Published        time.Time       `json:"published"`
	Confirmed        date.Date       `json:"confirmed"`
	// Reuses counts the confirmed reuses, of which ReusedBy are the latest.
	Reuses   int           `json:"reuses"`
	ReusedBy []objectReuse `json:"reused_by,omitempty"`
	// Pledges are the public IDs of those that it serves.
	Pledges []string `json:"pledges,omitempty"`
}

type objectCall struct {
	ID       CallID `json:"id"`
	Address  string `json:"address"`
	Language string `json:"language"`
	Title    string `json:"title"`
}

type objectPoint struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

type objectPartner struct {
	Name string `json:"name"`
	Role Role   `json:"role"`
	Part string `json:"part,omitempty"`
}

type objectFigure struct {
	Value  string `json:"value"`
	What   string `json:"what"`
	Before string `json:"before,omitempty"`
	Source string `json:"source,omitempty"`
}

type objectBlock struct {
	Title      string `json:"title"`
	Text       string `json:"text"`
	Conditions string `json:"conditions,omitempty"`
}

type objectLink struct {
	Label string `json:"label"`
	URL   string `json:"url"`
}

type objectImage struct {
	Address string  `json:"address,omitempty"`
	Alt     string  `json:"alt"`
	Caption string  `json:"caption,omitempty"`
	Credit  string  `json:"credit,omitempty"`
	Licence Licence `json:"licence"`
}

type objectReuse struct {
	Organization string `json:"organization"`
	Country      string `json:"country"`
	Year         int    `json:"year"`
	Changed      string `json:"changed"`
	Language     string `json:"language"`
	Link         string `json:"link,omitempty"`
}

type objectVersion struct {
	Language    string `json:"language"`
	Title       string `json:"title"`
	Summary     string `json:"summary"`
	Description string `json:"description,omitempty"`
}

// object is the practice as its page shows it, in JSON.
func object(ctx context.Context, r Public) Object {
	p := r.Practice
	o := Object{
		ID: r.PublicID, Address: ui.Absolute(ctx, Path(r.PublicID)), Version: r.Number, Title: p.Title, Language: p.Lang, Summary: p.Summary, Description: p.Description,
		Type: p.Type, Objectives: notNil(p.Objectives), Related: p.Related, Principles: notNil(p.Principles), SDGs: p.SDGs, Completion: p.Completion, Started: p.Started,
		Ended: p.Ended, Scope: p.Scope, Countries: notNil(p.Countries), Regions: notNil(p.Regions), Continents: p.Continents, Place: p.Place,
		Implementer: p.Implementer, ImplementerType: p.ImplementerType, ImplementerOther: p.ImplementerOther, FiledBy: p.Office,
		Beneficiaries: p.Beneficiaries, Participation: p.Participation, Results: p.Results, Evidence: p.Evidence, Lessons: p.Lessons,
		Conditions: p.Conditions, Costs: p.Costs, People: p.People, Time: p.Time, Innovation: p.Innovation, Sustainability: p.Sustainability,
		Licence: p.Licence, LicenceAddress: p.Licence.URL(), FirstPublished: r.FirstPublishedAt.UTC().Truncate(time.Second), Published: r.PublishedAt.UTC().Truncate(time.Second),
		Confirmed: date.Today(r.ConfirmedAt, i18n.Geneva), Reuses: r.Reuses,
	}
	if p.Point != nil {
		point := objectPoint(*p.Point)
		o.Point = &point
	}
	if r.Call.ID != 0 {
		t := r.Call.In(r.Call.Lang)
		o.Call = &objectCall{ID: r.Call.ID, Address: ui.Absolute(ctx, CallPath(r.Call.ID)), Language: t.Lang, Title: t.Title}
	}
	for _, one := range p.Partners {
		o.Partners = append(o.Partners, objectPartner(one))
	}
	for _, one := range p.Figures {
		o.Figures = append(o.Figures, objectFigure(one))
	}
	for _, one := range p.Blocks {
		o.Blocks = append(o.Blocks, objectBlock(one))
	}
	for _, one := range p.Links {
		o.Links = append(o.Links, objectLink(one))
	}
	for _, one := range p.Images {
		image := objectImage{Alt: one.Alt, Caption: one.Caption, Credit: one.Credit, Licence: one.Licence}
		if file, ok := ui.ImageOf(r.Files["images"], one.File); ok {
			image.Address = ui.SiteOf(ctx).PublicURL + file.Picture.Src
		}
		o.Images = append(o.Images, image)
	}
	for _, one := range r.Reused.Shown {
		o.ReusedBy = append(o.ReusedBy, objectReuse{one.Organization, one.Country, one.Year, one.Changed, one.Lang, one.Link})
	}
	for _, one := range r.Serves {
		o.Pledges = append(o.Pledges, one.PublicID)
	}
	for _, one := range p.Versions {
		o.Versions = append(o.Versions, objectVersion{one.Lang, one.Title, one.Summary, one.Description})
	}
	return o
}
