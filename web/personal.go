package web

import "portal/internal/personal"

// Personal is what this package keeps of a person.
var Personal = personal.Data{
	Sections: []personal.Section{
		{Name: "sessions", Columns: []string{"sessions.user_id"}, SQL: `SELECT user_agent, created_at, last_used_at, expires_at FROM sessions WHERE user_id = $1 ORDER BY created_at`},
		{Name: "held_posts", Columns: []string{"held_posts.user_id"}, SQL: `SELECT path, form, expires_at FROM held_posts WHERE user_id = $1 ORDER BY expires_at`},
	},
	Erasures: []personal.Erasure{
		personal.Erase(`DELETE FROM sessions WHERE user_id = $1`, "sessions.user_id"),
		personal.Erase(`DELETE FROM held_posts WHERE user_id = $1`, "held_posts.user_id"),
	},
}
