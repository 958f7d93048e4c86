package newsletter

import (
	"context"
	"fmt"
	"strconv"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
)

// Settings are how fast an issue goes out, of all processes together.
type Settings struct {
	// PerSecond is how many mails are handed over in a second at most; 0 is as many as the mail server takes.
	PerSecond int
	// Connections is how many connections to the mail server one campaign has.
	Connections int
}

// The limits and the defaults of the settings.
const (
	MaxPerSecond       = 100_000
	MaxConnections     = 100
	defaultPerSecond   = 50
	defaultConnections = 10
)

const (
	settingPerSecond   = "news.per_second"
	settingConnections = "news.connections"
)

func readSettings(ctx context.Context, q database.Querier) (Settings, error) {
	s := Settings{defaultPerSecond, defaultConnections}
	type row struct{ Name, Value string }
	rows, err := database.Rows[row](ctx, q, `SELECT name, value FROM settings WHERE name IN ($1, $2)`, settingPerSecond, settingConnections)
	if err != nil {
		return s, fmt.Errorf("read the settings of the newsletter: %w", err)
	}
	for _, r := range rows {
		n, err := strconv.Atoi(r.Value)
		if err != nil {
			return s, fmt.Errorf("the setting %s is %q, and no number", r.Name, r.Value)
		}
		if r.Name == settingPerSecond {
			s.PerSecond = min(max(n, 0), MaxPerSecond)
		} else {
			s.Connections = min(max(n, 1), MaxConnections)
		}
	}
	return s, nil
}

// Set keeps the settings; a campaign that runs takes them up within some seconds.
func (s *Service) Set(ctx context.Context, who identity.User, to Settings) error {
	if err := mayEdit(who); err != nil {
		return err
	}
	var wrong []problem.Field
	if to.PerSecond < 0 || to.PerSecond > MaxPerSecond {
		wrong = append(wrong, problem.Field{Name: "per_second", Key: "newsletter.wrong.per_second", Args: []any{MaxPerSecond}})
	}
	if to.Connections < 1 || to.Connections > MaxConnections {
		wrong = append(wrong, problem.Field{Name: "connections", Key: "newsletter.wrong.connections", Args: []any{MaxConnections}})
	}
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	return s.db.InTx(ctx, func(tx database.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO settings (name, value) VALUES ($1, $2), ($3, $4) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
			settingPerSecond, strconv.Itoa(to.PerSecond), settingConnections, strconv.Itoa(to.Connections)); err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "set", 0)
	})
}
