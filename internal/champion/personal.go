package champion

import "portal/internal/personal"

// Personal is what this package keeps of a person: who of the network desk has changed the registry.
var Personal = personal.Data{
	LeftOut: map[string]string{"champion_events.actor_id": "an act for the secretariat; it is among the person's acts"},
	Kept:    map[string]string{"champion_events.actor_id": "who has changed the registry of Champion countries, for the record"},
}
