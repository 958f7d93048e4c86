package form

// Of returns the answers to one question, a group's rows included.
func (a Answers) Of(f Field) Answers { return pick(f, a, true) }

// With returns the answers with those to one question replaced; of the others only those to that question are taken.
func (a Answers) With(f Field, others Answers) Answers {
	old := pick(f, a, true)
	out := Answers{}
	for name, values := range a {
		if _, ok := old[name]; !ok {
			out[name] = values
		}
	}
	for name, values := range pick(f, others, true) {
		out[name] = values
	}
	return out
}
