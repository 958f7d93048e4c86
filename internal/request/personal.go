package request

import "portal/internal/personal"

// Personal is what this package keeps of a person: of staff only. What somebody asked for is in the submissions.
var Personal = personal.Data{
	LeftOut:  map[string]string{"request_mails.filed_by": "an act at a desk; it is among the person's acts"},
	Erasures: []personal.Erasure{eraseUnproven},
	Kept:     map[string]string{"request_mails.filed_by": "who filed it, for the record"},
}
