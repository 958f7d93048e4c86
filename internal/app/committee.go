package app

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/a-h/templ"

	"portal/internal/committee"
	"portal/internal/conceptnote"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/fund"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/programme"
	"portal/internal/review"
	"portal/internal/workflow"
	"portal/web/ui"
)

// The Steering Committee decides on concept notes, at meetings of the fund, after peer review, through the desk's machine of
// decisions: these areas meet here.

func (b *areas) newCommittee(a *App, now func() time.Time) *committee.Service {
	return committee.NewService(committee.Options{
		DB: a.db, Vocabulary: a.vocabulary, Kind: conceptnote.KindName, Now: now, DeskPath: review.Path, ReleasePath: "/desk/release",
		Meeting: func(ctx context.Context, q database.Querier, id committee.MeetingID) (committee.Meeting, error) {
			return foundMeeting(ctx)(fund.MeetingByID(ctx, q, id))
		},
		HoldMeeting: func(ctx context.Context, tx database.Tx, id committee.MeetingID) (committee.Meeting, error) {
			return foundMeeting(ctx)(fund.HoldMeeting(ctx, tx, id))
		},
		Meetings: func(ctx context.Context, q database.Querier) ([]committee.Meeting, error) {
			meetings, err := fund.Meetings(ctx, q)
			var all []committee.Meeting
			for _, m := range meetings {
				all = append(all, meetingOf(ctx, m))
			}
			return all, err
		},
		Areas: func(ctx context.Context) []committee.Area {
			var all []committee.Area
			for _, area := range b.notes.Named(ctx) {
				// The areas of the Compact have short names, by which the pipeline calls them too.
				for _, t := range a.vocabulary().Themes {
					if t.ID == area.ID {
						area.Name = t.Label(i18n.From(ctx))
					}
				}
				all = append(all, committee.Area(area))
			}
			return all
		},
		Facts: func(ctx context.Context, answers form.Answers) committee.Facts {
			f := b.notes.FactsOf(ctx, answers)
			return committee.Facts{Countries: f.Countries, Areas: f.Areas, Organizations: f.Organizations, Amount: f.Amount, Months: f.Months}
		},
		Scores: b.scores, Hold: b.holdRuling,
		Pipeline: pipelineFacts,
		Files:    b.files,
		CountryPath: func(code string) string {
			return ui.WithQuery(programme.ListPath, url.Values{"country": {code}})
		},
	})
}

// pipelineFacts are those of the programmes that are not over, which are public.
func pipelineFacts(ctx context.Context, q database.Querier) ([]committee.Facts, error) {
	rows, err := programme.Going(ctx, q)
	if err != nil {
		return nil, err
	}
	all := make([]committee.Facts, len(rows))
	for i, r := range rows {
		all[i] = committee.Facts{Areas: r.Areas, Countries: r.Countries, Amount: r.Amount}
	}
	return all, nil
}

// foundMeeting is the meeting, unless there is none.
func foundMeeting(ctx context.Context) func(fund.Meeting, error) (committee.Meeting, error) {
	return func(m fund.Meeting, err error) (committee.Meeting, error) {
		if err != nil {
			return committee.Meeting{}, err
		}
		return meetingOf(ctx, m), nil
	}
}

func meetingOf(ctx context.Context, m fund.Meeting) committee.Meeting {
	name, lang := m.Name(ctx)
	return committee.Meeting{
		ID: m.ID, Name: name, Lang: lang, When: fund.When(ctx, m), Moved: fund.MovedFrom(ctx, m), At: m.At, Cutoff: m.Cutoff(), Explained: fund.Explain(ctx, m), Cancelled: m.State == fund.Cancelled,
	}
}

// scores are what peer review says of concept notes.
func (b *areas) scores(ctx context.Context, q database.Querier, who identity.User, notes []workflow.ID) (map[workflow.ID]committee.Score, error) {
	found, err := b.peer.Summaries(ctx, q, who, notes)
	all := map[workflow.ID]committee.Score{}
	for id, s := range found {
		all[id] = committee.Score{Mean: s.Mean, Median: s.Median, Reviews: s.N, Complete: s.Complete, Sealed: s.Sealed}
	}
	return all, err
}

// holdRuling keeps what the committee has decided as the pending decision of the desk.
func (b *areas) holdRuling(ctx context.Context, tx database.Tx, who identity.User, note workflow.ID, r committee.Ruling, exception string) (int64, error) {
	return b.desk.HoldIn(ctx, tx, who, note, review.Decision{Action: r.Outcome.Action(), Version: r.NoteVersion, Note: r.Reason, Exception: exception, Pending: r.Pending})
}

// meetingCancelled moves the shortlist of a meeting that is cancelled to the next one.
func (b *areas) meetingCancelled(ctx context.Context, tx database.Tx, who identity.User, m fund.Meeting) error {
	return b.committee.MeetingCancelled(ctx, tx, who, meetingOf(ctx, m))
}

// aboutNote shows those who filed a note what the committee decided, and for which meeting it is in time.
func (b *areas) aboutNote(ctx context.Context, sub workflow.Submission) (templ.Component, error) {
	decided, err := b.committee.About(ctx, sub)
	if err != nil {
		return nil, err
	}
	about, err := b.notes.About(ctx, sub)
	if err != nil {
		return nil, err
	}
	signatures, err := b.signoff.Panel(ctx, sub)
	return together(decided, about, signatures), err
}

// noteForDesk shows the desk what it should know of a note, and what the committee did with it.
func (b *areas) noteForDesk(ctx context.Context, sub workflow.Submission, a form.Answers) (templ.Component, error) {
	note, err := b.notes.ForDesk(ctx, sub, a)
	if err != nil {
		return nil, err
	}
	decided, err := b.committee.ForDesk(ctx, sub)
	if err != nil {
		return nil, err
	}
	signatures, err := b.signoff.Panel(ctx, sub)
	return together(note, decided, signatures), err
}

// together are the components that there are, one below the other; nil for none.
func together(all ...templ.Component) templ.Component {
	all = slices.DeleteFunc(all, func(c templ.Component) bool { return c == nil })
	if len(all) == 0 {
		return nil
	}
	return templ.Join(all...)
}
