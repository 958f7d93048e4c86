package signoff

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"portal/internal/attachment"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// Coordinator is a Resident Coordinator of countries that a note names.
type Coordinator struct {
	ID   int64
	Name string
	// Office is the portal's office that acts for them; 0 while none does.
	Office int64
}

// named is a party as the answers name it.
type named struct {
	party              Party
	key, name, country string
	office             int64 // of a Resident Coordinator
}

// folded is a name as it is compared.
func folded(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// partiesOf are the parties of a note, each once, in the order of its answers. The office that files signs as no organization:
// it sends the note in.
func partiesOf(a form.Answers, filer string, coordinators []Coordinator) []named {
	var all []named
	add := func(n named) {
		if n.name != "" && !slices.ContainsFunc(all, func(other named) bool { return other.key == n.key }) {
			all = append(all, n)
		}
	}
	for n := range a.Rows("organizations") {
		name := a.Row("organizations", n).First("name")
		if folded(name) != folded(filer) {
			add(named{party: Organizations, key: "organizations:" + folded(name), name: name})
		}
	}
	for n := range a.Rows("governments") {
		row := a.Row("governments", n)
		add(named{party: Governments, key: "governments:" + row.First("country") + ":" + folded(row.First("name")), name: row.First("name"), country: row.First("country")})
	}
	for _, c := range coordinators {
		add(named{party: Coordinators, key: "coordinators:" + strconv.FormatInt(c.ID, 10), name: c.Name, office: c.Office})
	}
	return all
}

// parties are those of the note as it is now.
func (s *Service) parties(ctx context.Context, q database.Querier, sub workflow.Submission, a form.Answers) ([]named, error) {
	coordinators, err := s.coordinators(ctx, q, a.All("countries"))
	if err != nil {
		return nil, fmt.Errorf("the parties of note %d: %w", sub.ID, err)
	}
	return partiesOf(a, sub.OfficeName, coordinators), nil
}

// officeOf is the portal's office in which the party signs: that of the Resident Coordinator, or the only approved one of its
// name, of its country for a government, for which somebody acts. 0 is none: then it signs by a link.
func officeOf(ctx context.Context, q database.Querier, n named) (int64, error) {
	if n.party == Coordinators && n.office == 0 {
		return 0, nil
	}
	ids, err := database.Values[int64](ctx, q, `SELECT DISTINCT o.id FROM offices o`+workflow.JoinActors+`
		WHERE CASE WHEN @office::bigint <> 0 THEN o.id = @office ELSE o.folded = fold_name(@name)
			AND (@country::text = '' OR o.country = @country) AND (o.category = 'un_entity') = (@country::text = '') END LIMIT 2`,
		database.Args{"office": n.office, "name": n.name, "country": n.country})
	if err != nil || len(ids) != 1 {
		return 0, err
	}
	return ids[0], nil
}

// digests are the digests by step of all that a party can read of a note: answers and documents, without what is private.
func digests(d *form.Definition, a form.Answers, files []attachment.Attachment) map[string]string {
	all := map[string]string{}
	for _, step := range d.Steps {
		var parts []string
		for _, f := range step.Fields {
			if f.Private {
				continue
			}
			for name, values := range a.Of(f) {
				if given := form.Answers(map[string][]string{name: values}).All(name); len(given) > 0 {
					parts = append(parts, name+"\x01"+strings.Join(given, "\x02"))
				}
			}
			for _, file := range files {
				if file.Field == f.ID {
					parts = append(parts, f.ID+"\x01"+hex.EncodeToString(file.SHA256))
				}
			}
		}
		if len(parts) > 0 {
			slices.Sort(parts)
			sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
			all[step.ID] = hex.EncodeToString(sum[:12])
		}
	}
	return all
}

// changedSteps are the steps that differ, in the order of the form.
func changedSteps(d *form.Definition, before, after map[string]string) []string {
	var all []string
	for _, step := range d.Steps {
		if before[step.ID] != after[step.ID] {
			all = append(all, step.ID)
		}
	}
	return all
}

// asRead is a fingerprint of the whole, which the form to sign carries: nobody signs what has changed since they read it.
func asRead(covered map[string]string) string {
	var parts []string
	for step, digest := range covered {
		parts = append(parts, step+":"+digest)
	}
	slices.Sort(parts)
	sum := sha256.Sum256([]byte(strings.Join(parts, " ")))
	return hex.EncodeToString(sum[:8])
}

// note is a note as its parties read it.
type note struct {
	workflow.Submission
	text    workflow.Text
	answers form.Answers
	files   []attachment.Attachment
	covered map[string]string
}

// read completes what was found.
func (s *Service) read(ctx context.Context, q database.Querier, sub workflow.Submission) (note, error) {
	n := note{Submission: sub}
	if sub.Kind != s.kind.Name {
		return n, fmt.Errorf("submission %d is no concept note: %w", sub.ID, problem.NotFound)
	}
	revision := sub.Revision
	if sub.Side == workflow.ByDesk {
		revision = sub.DeskRevision()
	}
	var err error
	if n.text, err = workflow.ReadText(ctx, q, sub.ID, revision); err != nil {
		return n, err
	}
	if n.files, err = attachment.List(ctx, q, sub.ID, revision); err != nil {
		return n, err
	}
	n.answers = n.text.Answers()
	n.covered = digests(s.kind.Form, n.answers, n.files)
	return n, nil
}

// changedBy is who saved any of the steps last.
func (n note) changedBy(steps []string) int64 {
	var last workflow.Saved
	for _, step := range steps {
		if saved, ok := n.text.Steps[step]; ok && saved.SavedAt.After(last.SavedAt) {
			last = saved
		}
	}
	return last.SavedBy
}

func isNotFound(err error) bool { return errors.Is(err, problem.NotFound) }
