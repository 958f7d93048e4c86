package pledge

import "portal/internal/personal"

// Personal is what this package keeps of a person. An update is public and the office's; it goes on naming the account,
// whose name is gone, by its id.
var Personal = personal.Data{
	Sections: []personal.Section{
		{Name: "pledge_updates", Columns: []string{"pledge_updates.author_id"}, SQL: `SELECT p.public_id, u.published_at, u.status, u.evidence, u.obstacles, u.support
			FROM pledge_updates u JOIN pledges p ON p.id = u.pledge_id AND p.revision = u.revision WHERE u.author_id = $1 ORDER BY u.id`,
			Texts: map[string]string{"status": "pledge.status."}},
	},
	Kept: map[string]string{"pledge_updates.author_id": "who reported on a pledge, for the record"},
}
