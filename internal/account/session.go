package account

import (
	"context"
	"fmt"
	"strings"

	"portal/internal/database"
	"portal/internal/identity"
)

// device is what a session was opened with, as far as the browser says so: names that people know. Both are "" when
// neither is known.
type device struct{ browser, system string }

// known are names by a word of the User-Agent header. Nearly all browsers say that they are others as well, so the more
// particular comes first.
var (
	knownBrowsers = [][2]string{
		{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"EdgiOS/", "Edge"}, {"OPR/", "Opera"}, {"Opera", "Opera"}, {"SamsungBrowser/", "Samsung Internet"},
		{"YaBrowser/", "Yandex Browser"}, {"Vivaldi/", "Vivaldi"}, {"UCBrowser/", "UC Browser"}, {"FxiOS/", "Firefox"}, {"Firefox/", "Firefox"},
		{"CriOS/", "Chrome"}, {"HeadlessChrome/", "Chrome"}, {"Chromium/", "Chromium"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	}
	knownSystems = [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"CrOS", "ChromeOS"},
		{"Macintosh", "Mac"}, {"Mac OS X", "Mac"}, {"Linux", "Linux"},
	}
)

// readDevice finds browser and system in a User-Agent header.
func readDevice(agent string) device {
	find := func(known [][2]string) string {
		for _, k := range known {
			if strings.Contains(agent, k[0]) {
				return k[1]
			}
		}
		return ""
	}
	return device{find(knownBrowsers), find(knownSystems)}
}

// SignOutEverywhere ends all sessions of the person, and the links and half sign-ins under way.
func (s *Service) SignOutEverywhere(ctx context.Context, who identity.User) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		if err := endSessions(ctx, tx, who.ID, s.now()); err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "sign_out.everywhere", "user", who.ID)
	})
	if err != nil {
		return fmt.Errorf("sign out user %d everywhere: %w", who.ID, err)
	}
	return nil
}

// SessionEnded records that the person has ended one of their sessions.
func (s *Service) SessionEnded(ctx context.Context, who identity.User, session int64) error {
	return s.db.InTx(ctx, func(tx database.Tx) error {
		return s.record(ctx, tx, who.ID, "sign_out", "session", session)
	})
}
