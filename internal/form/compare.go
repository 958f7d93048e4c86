package form

// Change is a question that two revisions answer differently.
type Change struct {
	Step  Step
	Field Field
}

// Compare returns the questions whose answers differ between two revisions, in the order of the form. A question that
// is asked in neither is left out, whatever was typed there once.
func (d *Definition) Compare(before, after Answers) []Change {
	var changes []Change
	for _, s := range d.Steps {
		for _, f := range s.Fields {
			was := d.asks(s, f, before)
			is := d.asks(s, f, after)
			if (was || is) && !pick(f, before, was).Equal(pick(f, after, is)) {
				changes = append(changes, Change{Step: s, Field: f})
			}
		}
	}
	return changes
}

func (d *Definition) asks(s Step, f Field, a Answers) bool { return s.When.Holds(a) && f.When.Holds(a) }

// Given returns only the answers to questions that are asked: what the form says, as opposed to what was once typed.
func (d *Definition) Given(a Answers) Answers {
	given := Answers{}
	for _, s := range d.AskedSteps(a) {
		for _, f := range s.Asked(a) {
			for name, values := range pick(f, a, true) {
				given[name] = values
			}
		}
	}
	return given
}

// Public returns the given answers less the private ones (README rule 3).
func (d *Definition) Public(a Answers) Answers {
	public := d.Given(a)
	for _, s := range d.Steps {
		for _, f := range s.Fields {
			if f.Private {
				for name := range pick(f, public, true) {
					delete(public, name)
				}
				continue
			}
			for _, sub := range f.Fields {
				if !sub.Private {
					continue
				}
				for n := range public.Rows(f.ID) {
					for _, c := range Controls(RowName(f.ID, n, sub.ID), sub) {
						delete(public, c)
					}
				}
			}
		}
	}
	return public
}

// pick returns the answers to one question.
func pick(f Field, a Answers, asked bool) Answers {
	picked := Answers{}
	if !asked {
		return picked
	}
	if f.InRows() {
		for name, values := range a {
			if _, ok := rowOf(name, f.ID); ok {
				picked[name] = values
			}
		}
		return picked
	}
	for _, c := range Controls(f.ID, f) {
		if values, ok := a[c]; ok {
			picked[c] = values
		}
	}
	return picked
}
