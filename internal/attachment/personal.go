package attachment

import "portal/internal/personal"

// Personal is what this package keeps of a person.
var Personal = personal.Data{
	Sections: []personal.Section{{Name: "files", Columns: []string{"attachments.uploaded_by"}, SQL: `SELECT coalesce(submission_id, 0) AS submission_id, name, media_type, size, uploaded_at
		FROM attachments WHERE uploaded_by = $1 ORDER BY id`}},
	Kept: map[string]string{"attachments.uploaded_by": "documents stay with the office's submission, minutes with their meeting, and documents of Champion countries with the registry"},
}
