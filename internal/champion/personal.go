package champion

import "portal/internal/personal"

// Personal is what this package keeps of a person: what they wrote to other Champions for their office, and who of the network desk
// has changed the registry.
var Personal = personal.Data{
	Sections: []personal.Section{
		{Name: "champion_exchanges", Columns: []string{"champion_exchanges.author_id"}, SQL: `SELECT kind, title, text, lang, created_at FROM champion_exchanges WHERE author_id = $1`,
			Texts: map[string]string{"kind": "champion.exchange.kind."}},
		{Name: "champion_messages", Columns: []string{"champion_exchange_messages.author_id"}, SQL: `SELECT at, body FROM champion_exchange_messages WHERE author_id = $1`},
	},
	LeftOut: map[string]string{"champion_events.actor_id": "an act for the secretariat; it is among the person's acts"},
	Erasures: []personal.Erasure{
		personal.Erase(`UPDATE champion_exchange_messages SET body = '' WHERE author_id = $1 AND body <> ''`, "champion_exchange_messages.body"),
	},
	Kept: map[string]string{
		"champion_events.actor_id":             "who has changed the registry of Champion countries, for the record",
		"champion_exchanges.author_id":         "who posted it for the office, whose it is",
		"champion_exchange_messages.author_id": "who wrote to another office, for the record",
	},
}
