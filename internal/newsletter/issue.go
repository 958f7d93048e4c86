package newsletter

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
)

// State is where an issue stands.
type State string

// The states of an issue. What is changed in one that is proposed, approved or scheduled makes it a draft again.
const (
	Draft     State = "draft"
	Proposed  State = "proposed" // waits for the approval of somebody who has not written in it
	Approved  State = "approved"
	Scheduled State = "scheduled"
	Sending   State = "sending"
	Paused    State = "paused"
	SentOut   State = "sent"
	Cancelled State = "cancelled"
)

// States lists them in the order in which an issue goes through them.
var States = []State{Draft, Proposed, Approved, Scheduled, Sending, Paused, SentOut, Cancelled}

// Open says whether the words of the issue can still be changed.
func (s State) Open() bool { return slices.Contains([]State{Draft, Proposed, Approved, Scheduled}, s) }

// Public says whether everybody can read the issue.
func (s State) Public() bool { return s == Sending || s == Paused || s == SentOut }

// Sections are the parts of an issue, in their order.
var Sections = []string{"news", "pledges", "practices", "talks", "champions", "members"}

// Limits of what is written, in characters, and of how much.
const (
	MaxTitle = 200
	MaxIntro = 2000
	MaxText  = 2000
	MaxLink  = 1000
	MaxItems = 60
)

// Text is a title with what is below it, in one language.
type Text struct{ Title, Text string }

// Texts are the same in several languages.
type Texts map[i18n.Lang]Text

// In returns the text for a reader of the language and the language it is in: theirs, else English, else the first there is.
func (t Texts) In(l i18n.Lang) (Text, i18n.Lang) {
	for _, lang := range append([]i18n.Lang{l, i18n.English}, i18n.All...) {
		if text, ok := t[lang]; ok {
			return text, lang
		}
	}
	return Text{}, l
}

// clean takes out languages in which nothing is written, and returns what is wrong. The names of the controls are "title.en" and
// "text.en".
func (t Texts) clean(most int) (Texts, []problem.Field) {
	kept, wrong := Texts{}, []problem.Field(nil)
	for _, l := range i18n.All {
		text := Text{strings.Join(strings.Fields(form.Clean(t[l].Title)), " "), strings.TrimSpace(form.Clean(t[l].Text))}
		if text == (Text{}) {
			continue
		}
		kept[l] = text
		if text.Title == "" {
			wrong = append(wrong, problem.Field{Name: "title." + string(l), Key: "newsletter.wrong.title"})
		} else if n := form.Length(text.Title); n > MaxTitle {
			wrong = append(wrong, problem.Field{Name: "title." + string(l), Key: "newsletter.wrong.long", Args: []any{MaxTitle, n}})
		}
		if n := form.Length(text.Text); n > most {
			wrong = append(wrong, problem.Field{Name: "text." + string(l), Key: "newsletter.wrong.long", Args: []any{most, n}})
		}
	}
	if len(kept) == 0 {
		wrong = append(wrong, problem.Field{Name: "title.en", Key: "newsletter.wrong.title"})
	}
	return kept, wrong
}

// Item is one piece of news.
type Item struct {
	ID      int64
	IssueID int64
	Section string
	// Link is a path of the portal without the language, or a whole address; "" for none.
	Link   string
	Source string
	// Credit is the office that proposed it; "" for what the desk has written.
	Credit  string
	Themes  []int
	Regions []string
	Sectors []string
	Version int
	Texts   Texts `db:"-"`
}

// Segmented says whether the item is for some readers only.
func (i Item) Segmented() bool { return len(i.Themes)+len(i.Regions)+len(i.Sectors) > 0 }

// For says whether a reader gets the item: in each of themes, regions and groups of which both say something they have one in
// common.
func (i Item) For(c Choices) bool {
	meets := func(some, other int, have func() bool) bool { return some == 0 || other == 0 || have() }
	return meets(len(i.Themes), len(c.Themes), func() bool {
		return slices.ContainsFunc(i.Themes, func(n int) bool { return slices.Contains(c.Themes, n) })
	}) && meets(len(i.Regions), len(c.Regions), func() bool {
		return slices.ContainsFunc(i.Regions, func(r string) bool { return slices.Contains(c.Regions, r) })
	}) && meets(len(i.Sectors), len(c.Sector), func() bool { return slices.Contains(i.Sectors, c.Sector) })
}

// check puts an item in order and returns what is wrong with it.
func (i Item) check(v *gcm.Vocabulary) (Item, []problem.Field) {
	texts, wrong := i.Texts.clean(MaxText)
	i.Texts = texts
	if !slices.Contains(Sections, i.Section) {
		wrong = append(wrong, problem.Field{Name: "section", Key: "newsletter.wrong.section"})
	}
	if i.Link = strings.TrimSpace(form.Clean(i.Link)); i.Link != "" {
		path := strings.HasPrefix(i.Link, "/") && !strings.HasPrefix(i.Link, "//") && !strings.ContainsAny(i.Link, " \t\n\\")
		if u, err := url.Parse(i.Link); err != nil || len(i.Link) > MaxLink || !path && !form.ValidURL(i.Link) || path && u.Host != "" {
			wrong = append(wrong, problem.Field{Name: "link", Key: "newsletter.wrong.link"})
		}
	}
	segment, _ := Choices{Themes: i.Themes, Regions: i.Regions}.check(v)
	i.Themes, i.Regions = segment.Themes, segment.Regions
	sectors := []string{}
	for _, s := range v.Sectors {
		if slices.Contains(i.Sectors, s.ID) {
			sectors = append(sectors, s.ID)
		}
	}
	i.Sectors = sectors
	return i, wrong
}

// Issue is an issue with all that is in it.
type Issue struct {
	ID         int64
	Number     int
	Month      date.Date
	State      State
	Version    int
	CreatedBy  int64
	ChangedAt  time.Time
	ApprovedBy *int64
	SendAt     *time.Time
	StartedAt  *time.Time
	FinishedAt *time.Time
	LeftSince  int
	Complained int
	Texts      Texts   `db:"-"` // title and opening words
	Items      []Item  `db:"-"` // in order
	Authors    []int64 `db:"-"`
}

const issueColumns = `id, number, month, state, version, created_by, changed_at, approved_by, send_at, started_at, finished_at, left_since, complained`

// Path is the public page of the issue, without the language.
func (i Issue) Path() string { return Path + "/" + strconv.Itoa(i.Number) }

func (i Issue) deskPath() string { return DeskPath + "/" + strconv.FormatInt(i.ID, 10) }

// Quarterly says whether the issue goes also to those who read once a quarter.
func (i Issue) Quarterly() bool { return int(i.Month.Month())%3 == 0 }

// MayApprove says whether the person may approve it: somebody of the desk who has not written in it.
func (i Issue) MayApprove(who identity.User) bool {
	return i.State == Proposed && who.OnDesk(identity.CommunicationsDesk) && !slices.Contains(i.Authors, who.ID)
}

// For is the issue as the readers who have chosen so get it: with their items only.
func (i Issue) For(c Choices) []Item {
	var all []Item
	for _, item := range i.Items {
		if item.For(c) {
			all = append(all, item)
		}
	}
	return all
}
