package programme

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// Act is something that the fund desk does with a programme.
type Act string

// The acts.
const (
	ActStage   Act = "stage"   // take it to a later stage, or put right what is said of the present one
	ActBack    Act = "back"    // take it back to an earlier stage, with a reason
	ActCorrect Act = "correct" // put right a wording
)

// permissions is who may do what with a programme: the one table of permissions. Leads may do all that officers may.
var permissions = []struct {
	Act  Act
	Role identity.Role
}{

	{ActStage, identity.Officer},
	{ActBack, identity.Lead},
	{ActCorrect, identity.Officer},
}

// May says whether the person may do this with programmes: staff of the fund desk only.
func May(who identity.User, act Act) bool {
	for _, p := range permissions {
		if p.Act == act && slices.ContainsFunc(who.Staff, func(r identity.StaffRole) bool {
			return r.Desk == identity.FundDesk && (r.Role == p.Role || r.Role == identity.Lead)
		}) {
			return true
		}
	}
	return false
}

// Limits of what the desk writes, in characters as a person counts them.
const (
	MaxTitle, MaxPurpose, MaxNote = 1000, 2000, 1000
)

// DeskFilter says which programmes the desk's list holds, and in what order. The zero DeskFilter is all of them, what changed
// last on top.
type DeskFilter struct {
	// Q is a part of the title or the public ID.
	Q     string
	Stage Stage // "" for any
	// ByDay puts those first that have been at their stage for longest.
	ByDay bool
	// Page is the number of the page, from 1.
	Page int
}

// readDeskFilter reads a filter from the query of an address; what it does not know is left out.
func readDeskFilter(q url.Values) DeskFilter {
	f := DeskFilter{Q: line(q.Get("q")), ByDay: q.Get("sort") == "since", Page: 1}
	if form.Length(f.Q) > maxWords {
		f.Q = ""
	}
	if s := Stage(q.Get("stage")); s.rank() >= 0 {
		f.Stage = s
	}
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 1 {
		f.Page = n
	}
	return f
}

// values is the inverse of readDeskFilter, without the page.
func (f DeskFilter) values() url.Values {
	q := url.Values{}
	if f.Q != "" {
		q.Set("q", f.Q)
	}
	if f.Stage != "" {
		q.Set("stage", string(f.Stage))
	}
	if f.ByDay {
		q.Set("sort", "since")
	}
	return q
}

// perDesk is how many programmes a page of the desk's list shows.
const perDesk = 50

// DeskList is a page of the desk's list. Counts are of the programmes with the words, by stage.
type DeskList struct {
	Filter     DeskFilter
	Programmes []Listed
	Total      int
	Counts     map[Stage]int
}

// Pages is how many pages the list has.
func (l DeskList) Pages() int { return (l.Total + perDesk - 1) / perDesk }

// deskCondition is what the person @who has before them at the fund desk, with the words @q; p is programmes, s the note.
const deskCondition = ` FROM programmes p JOIN submissions s ON s.id = p.id WHERE p.until IS NULL AND ` + workflow.OnDesk + `
	AND (@q::text = '' OR p.public_id = @id::text OR strpos(p.title_folded, fold_name(@q::text)) > 0)`

// DeskList are the programmes that the filter leaves, for the fund desk and without those that the conflict wall keeps from
// the person; others get problem.NotFound. A page beyond the last is the last one; perPage 0 is all of them at once.
func (s *Service) DeskList(ctx context.Context, who identity.User, f DeskFilter, perPage int) (DeskList, error) {
	list := DeskList{Filter: f, Counts: map[Stage]int{}}
	if !who.OnDesk(identity.FundDesk) {
		return list, problem.NotFound
	}
	id, _ := WholeID(f.Q)
	args := database.Args{"who": who.ID, "staff": who.IsStaff(), "q": f.Q, "id": id}
	type count struct {
		Stage Stage
		N     int
	}
	counts, err := database.Rows[count](ctx, s.db.Read(), `SELECT p.stage, count(*) AS n`+deskCondition+` GROUP BY 1`, args)
	if err != nil {
		return list, fmt.Errorf("count the programmes of the desk: %w", err)
	}
	for _, c := range counts {
		list.Counts[c.Stage] = c.N
		if f.Stage == "" || f.Stage == c.Stage {
			list.Total += c.N
		}
	}
	order := "p.changed_at DESC, p.id DESC"
	if f.ByDay {
		order = "p.stage_on, p.id"
	}
	list.Filter.Page = max(1, min(f.Page, list.Pages()))
	args["stage"], args["limit"], args["offset"] = f.Stage, perPage, (list.Filter.Page-1)*perPage
	list.Programmes, err = database.Rows[Listed](ctx, s.db.Read(), `SELECT `+listedColumns+deskCondition+` AND (@stage::text = '' OR p.stage = @stage) ORDER BY `+order+` LIMIT nullif(@limit::int, 0) OFFSET @offset`, args)
	if err != nil {
		return list, fmt.Errorf("list the programmes of the desk: %w", err)
	}
	return list, nil
}

// Desk is a programme as the fund desk sees it: with all that was ever said of its stages.
type Desk struct {
	Programme
	Changes []StageChange
}

// Desk returns a programme for the fund desk; problem.NotFound for everybody else, and for whom the conflict wall keeps out.
func (s *Service) Desk(ctx context.Context, who identity.User, publicID string) (Desk, error) {
	p, err := s.onDesk(ctx, s.db.Read(), who, publicID)
	if err != nil {
		return Desk{}, err
	}
	changes, err := stageChanges(ctx, s.db.Read(), p.ID)
	if err != nil {
		return Desk{}, fmt.Errorf("programme %s: %w", publicID, err)
	}
	return Desk{p, changes}, nil
}

func (s *Service) onDesk(ctx context.Context, q database.Querier, who identity.User, publicID string) (Programme, error) {
	if !who.OnDesk(identity.FundDesk) {
		return Programme{}, problem.NotFound
	}
	p, err := database.Row[Programme](ctx, q, `SELECT `+columns+` FROM programmes p JOIN submissions s ON s.id = p.id WHERE p.public_id = @id AND p.until IS NULL AND `+workflow.OnDesk,
		database.Args{"who": who.ID, "staff": who.IsStaff(), "id": publicID})
	if err != nil {
		return p, fmt.Errorf("programme %s for the desk: %w", publicID, err)
	}
	return p, nil
}

// change changes a programme, locked, on top of the version that was seen; problem.Stale when it was changed since, unless it
// already is as it was to be. do says which fields it has changed.
func (s *Service) change(ctx context.Context, who identity.User, publicID string, seen int, act Act, do func(tx database.Tx, p *Programme) (fields []string, err error)) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT FROM programmes WHERE public_id = $1 FOR UPDATE`, publicID); err != nil {
			return err
		}
		p, err := s.onDesk(ctx, tx, who, publicID)
		if err != nil {
			return err
		}
		if !May(who, act) {
			return problem.Forbidden
		}
		version := p.Version
		fields, err := do(tx, &p)
		switch {
		case err != nil:
			return err
		case len(fields) == 0: // it is so already
			return nil
		case version != seen:
			return problem.Stale
		}
		p.Version++
		p.ChangedAt = s.now()
		if err := update(ctx, tx, p, s.words()); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "programme." + string(act), Subject: "programme", SubjectID: p.ID, Fields: fields, At: p.ChangedAt})
	})
	if err != nil {
		return fmt.Errorf("%s programme %s: %w", act, publicID, err)
	}
	return nil
}

// Correct puts right the wording of title, purpose and names of organizations, as the form says.
func (s *Service) Correct(ctx context.Context, who identity.User, publicID string, seen int, posted url.Values) error {
	return s.change(ctx, who, publicID, seen, ActCorrect, func(_ database.Tx, p *Programme) (fields []string, err error) {
		f := p.Facts
		f.Organizations = slices.Clone(f.Organizations)
		var wrong []problem.Field
		read := func(name, field string, to *string, typed string, most int) {
			switch n := form.Length(typed); {
			case n == 0:
				wrong = append(wrong, problem.Field{Name: name, Key: "programme.wrong.blank"})
			case n > most:
				wrong = append(wrong, problem.Field{Name: name, Key: "programme.wrong.long", Args: []any{most, n}})
			}
			if *to != typed && !slices.Contains(fields, field) {
				fields = append(fields, field)
			}
			*to = typed
		}
		read("title", "title", &f.Title, line(posted.Get("title")), MaxTitle)
		read("purpose", "purpose", &f.Purpose, strings.TrimSpace(form.Clean(posted.Get("purpose"))), MaxPurpose)
		for i := range f.Organizations {
			name := nameOf(i)
			read(name, "organizations", &f.Organizations[i].Name, line(posted.Get(name)), maxName)
		}
		if p.Facts = f; len(wrong) > 0 {
			return nil, problem.Invalid(wrong...)
		}
		return fields, nil
	})
}

// line is what was typed into one line, without characters that turn the direction of what stands behind them.
func line(typed string) string { return strings.Join(strings.Fields(form.Clean(typed)), " ") }

// instant writes when something was said.
func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }
