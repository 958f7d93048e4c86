package ui

import (
	"context"

	"portal/internal/i18n"
	"portal/internal/identity"
)

// PersonName is how a page names a person: by their name, or as a former user once their account is closed. Every name
// that is shown beside what somebody did goes through it.
func PersonName(ctx context.Context, name string) string {
	if name == identity.Former {
		return i18n.T(ctx, "ui.former_user")
	}
	return name
}
