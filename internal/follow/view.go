package follow

import (
	"context"
	"strconv"

	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// formView is the form to follow a list.
type formView struct {
	Described
	// Name and Filter are the list and its filter, as the form carries them along; List is zero for a list that there is not.
	Name, Filter string
	List         web.Followed
	Email        string
	Choices      Choices
	Wrong        []problem.Field
	// Signed says that the reader has an account, whose address is proven.
	Signed bool
}

// confirmView is the page of a confirming link.
type confirmView struct {
	Follow
	Described
	Wrong []problem.Field
}

// followView is a follow in a list.
type followView struct {
	Follow
	Described
}

// how says how it is followed.
func (v followView) how(ctx context.Context) string {
	names := make([]string, len(v.Languages))
	for i, l := range v.Languages {
		names[i] = i18n.NameOf(ctx, i18n.Lang(l))
	}
	return i18n.T(ctx, "follow.how", i18n.Key("follow.frequency."+string(v.Frequency)), i18n.List(ctx, names))
}

// readerView is the page of all that somebody follows.
type readerView struct {
	Page
	Token string
	Lines []followView
	// Calendar is the whole address of their calendar; "" where nothing has dates.
	Calendar string
	Wrong    []problem.Field
}

func (v readerView) at(ctx context.Context, more string) string {
	return ui.Href(ctx, ReaderPath+"/"+v.Token+more)
}

func (v readerView) one(ctx context.Context, id int64) string {
	return v.at(ctx, "/lists/"+strconv.FormatInt(id, 10))
}

func (v readerView) lang(ctx context.Context) ui.Control {
	c := ui.Control{Name: "lang", Label: i18n.T(ctx, "follow.lang"), Values: []string{string(v.Reader.Lang)}, Error: ui.MessageFor(ctx, v.Wrong, "lang")}
	for _, l := range i18n.Offered() {
		c.Choices = append(c.Choices, ui.Choice{Value: string(l), Label: i18n.NameOf(ctx, l)})
	}
	return c
}

// oneView is the page on which somebody changes how they follow a list.
type oneView struct {
	Described
	Token   string
	Choices Choices
	Wrong   []problem.Field
}

// stopView asks whether to stop.
type stopView struct{ Lines []followView }

func emailControl(ctx context.Context, value string, wrong []problem.Field) ui.Control {
	return ui.Control{Name: "email", Label: i18n.T(ctx, "follow.email"), Values: []string{value}, Type: "email", Autocomplete: "email", Error: ui.MessageFor(ctx, wrong, "email")}
}

func frequencyControl(ctx context.Context, c Choices, wrong []problem.Field) ui.Control {
	control := ui.Control{Name: "frequency", Label: i18n.T(ctx, "follow.frequency"), Values: []string{string(c.Frequency)}, Error: ui.MessageFor(ctx, wrong, "frequency")}
	for _, f := range Frequencies {
		control.Choices = append(control.Choices, ui.Choice{Value: string(f), Label: i18n.T(ctx, "follow.frequency."+string(f)), Hint: i18n.T(ctx, "follow.frequency."+string(f)+".hint")})
	}
	return control
}

func languagesControl(ctx context.Context, c Choices, wrong []problem.Field) ui.Control {
	control := ui.Control{Name: "languages", Label: i18n.T(ctx, "follow.languages"), Hint: i18n.T(ctx, "follow.languages.hint"), Values: c.Languages, Error: ui.MessageFor(ctx, wrong, "languages")}
	for _, l := range i18n.All {
		control.Choices = append(control.Choices, ui.Choice{Value: string(l), Label: i18n.NameOf(ctx, l)})
	}
	return control
}

// letterView is a mail with a link.
type letterView struct {
	Kind, Subject, Link string
	About               Described
}

// newsView is a mail of what is new.
type newsView struct {
	Subject string
	// Own is the reader's page, StopAll what ends all; both are whole addresses.
	Own, StopAll string
	Sections     []newsSection
}

// newsSection is what is new in a list.
type newsSection struct {
	Described
	// Href is the list, Stop what ends following it; both are whole addresses.
	Href, Stop string
	Lines      []ui.MailLine
	// More is how many things there are beside the lines.
	More int
}

// watch is what the form is about.
func (v formView) watch() Watch { return Watch{v.Name, v.Filter} }
