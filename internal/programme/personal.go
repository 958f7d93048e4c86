package programme

import "portal/internal/personal"

// Personal is what this package keeps of a person: who of the secretariat has said at which stage a programme is.
var Personal = personal.Data{
	LeftOut: map[string]string{"programme_stages.actor_id": "an act for the secretariat; it is among the person's acts"},
	Kept:    map[string]string{"programme_stages.actor_id": "who has said at which stage a programme is, for the record"},
}
