package conceptnote

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/problem"
)

// ResidentCoordinator is one whose countries a note names.
type ResidentCoordinator struct {
	Name string
	// Office is the portal's office that acts for them; 0 while none does.
	Office int64
}

// ruleTime is how long the rules of the form may ask the database.
const ruleTime = 5 * time.Second

// filer is what the database says of who files a note.
type filer struct {
	Office       int64  `db:"office_id"`
	Category     string `db:"category"`
	coordinators []ResidentCoordinator
}

// filerWrong finds out whether the office of a note may file it (fund.md: in countries with a Resident Coordinator by them). A
// draft can come from elsewhere than Begin, from a Word file or from another office.
func (s *Service) filerWrong(a form.Answers, env form.Env) []form.Wrong {
	if env.Submission == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), ruleTime)
	defer cancel()
	f, err := database.Row[filer](ctx, s.db.Read(), `SELECT s.office_id, o.category FROM submissions s JOIN offices o ON o.id = s.office_id WHERE s.id = $1`, env.Submission)
	if errors.Is(err, problem.NotFound) {
		return nil
	}
	if err == nil {
		f.coordinators, _, err = s.coordinators(ctx, s.db.Read(), countriesOf(a.All("countries"), env.Vocabulary))
	}
	if err != nil {
		slog.WarnContext(ctx, "the office of a concept note cannot be checked", "error", err, "submission", env.Submission)
		return []form.Wrong{{Name: "way", Key: "concept_note.wrong.not_checked"}}
	}
	return f.wrong(Way(a.First("way")), len(a.All("countries")) > 0)
}

// wrong is what is wrong with the way in which the note is filed; known says that its countries are known.
func (f filer) wrong(way Way, known bool) []form.Wrong {
	one := func(key string, args ...any) []form.Wrong {
		return []form.Wrong{{Name: "way", Key: "concept_note.wrong." + key, Args: args}}
	}
	var all []string
	for _, c := range f.coordinators {
		all = append(all, c.Name)
	}
	names := strings.Join(all, "; ")
	switch {
	case f.Category != FilingCategory:
		return one("office")
	case !known:
		return nil
	case way == ByCoordinator && len(f.coordinators) == 0:
		return one("coordinator_none")
	case way == ByCoordinator && !slices.ContainsFunc(f.coordinators, func(c ResidentCoordinator) bool { return c.Office == f.Office }):
		return one("coordinator", names)
	case way == OtherWay && len(f.coordinators) > 0:
		return one("coordinator_there", names)
	}
	return nil
}

// concerned are the Resident Coordinators of the countries, for people who choose them.
type concerned struct {
	Coordinators []ResidentCoordinator
	// Missing are the names of the countries without one.
	Missing []string
}

func (s *Service) concerned(ctx context.Context, countries []string) (concerned, error) {
	all, missing, err := s.coordinators(ctx, s.db.Read(), countries)
	if err != nil {
		return concerned{}, fmt.Errorf("the Resident Coordinators of a concept note: %w", err)
	}
	return concerned{all, s.vocabulary().CountryNames(i18n.From(ctx), missing)}, nil
}
