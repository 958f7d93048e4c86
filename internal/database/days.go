package database

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"portal/internal/problem"
)

// Days returns a number of days from the table of settings, for how long something is kept; usual when the setting is not
// there. One that is no number of days from 1 is an error: nothing is erased by mistake.
func Days(ctx context.Context, q Querier, setting string, usual int) (int, error) {
	value, err := Value[string](ctx, q, `SELECT value FROM settings WHERE name = $1`, setting)
	if errors.Is(err, problem.NotFound) {
		return usual, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the setting %s: %w", setting, err)
	}
	days, err := strconv.Atoi(value)
	if err != nil || days < 1 {
		return 0, fmt.Errorf("the setting %s is %q; it must be a number of days from 1", setting, value)
	}
	return days, nil
}
