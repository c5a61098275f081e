package pgserver

import (
	"cmp"
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
)

// ErrNoPrograms says that PostgreSQL is not installed on this machine, and what to do about it.
var ErrNoPrograms = errors.New("PostgreSQL is not installed: `apt-get install postgresql` (Debian, Ubuntu), " +
	"or name the folder of its programs in MARSHRUT_PG_BIN, or a server of yours in DATABASE_URL")

var versionPattern = regexp.MustCompile(`^postgres \(PostgreSQL\) (\d+)`)

// programs is one installed version of PostgreSQL.
type programs struct {
	dir   string
	major int
}

func (p programs) path(name string) string { return filepath.Join(p.dir, name) }

// installed lists the versions found, newest first: those in bin alone when it is given, otherwise those where Debian and
// Red Hat put them and the one on the PATH (Debian keeps the server's programs off it).
func installed(ctx context.Context, bin string) ([]programs, error) {
	if bin != "" {
		found, err := probe(ctx, bin)
		if err != nil {
			return nil, fmt.Errorf("no PostgreSQL in MARSHRUT_PG_BIN: %w", err)
		}
		return []programs{found}, nil
	}
	var all []programs
	for _, dir := range usualFolders() {
		if found, err := probe(ctx, dir); err == nil {
			all = append(all, found)
		}
	}
	if len(all) == 0 {
		return nil, ErrNoPrograms
	}
	slices.SortStableFunc(all, func(a, b programs) int { return cmp.Compare(b.major, a.major) })
	return all, nil
}

func usualFolders() []string {
	var dirs []string
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"} {
		// Glob fails on a malformed pattern only, and these are constants.
		matches, _ := filepath.Glob(pattern)
		dirs = append(dirs, matches...)
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		// The other programs are beside the file itself, not beside a link to it.
		if file, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(file))
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

func probe(ctx context.Context, dir string) (programs, error) {
	found := programs{dir: dir}
	if _, err := os.Stat(found.path("initdb")); err != nil {
		return programs{}, err
	}
	out, err := exec.CommandContext(ctx, found.path("postgres"), "--version").Output()
	if err != nil {
		return programs{}, fmt.Errorf("ask %s for its version: %w", found.path("postgres"), err)
	}
	match := versionPattern.FindSubmatch(out)
	if match == nil {
		return programs{}, fmt.Errorf("%s calls itself %q", found.path("postgres"), strings.TrimSpace(string(out)))
	}
	found.major, err = strconv.Atoi(string(match[1]))
	return found, err
}

// choose takes the newest version for a new data folder and the very version which made an existing one: PostgreSQL opens
// no other version's data.
func choose(all []programs, data string) (programs, error) {
	text, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return all[0], nil
	}
	if err != nil {
		return programs{}, fmt.Errorf("read the version of the database: %w", err)
	}
	version := strings.TrimSpace(string(text))
	var have []string
	for _, p := range all {
		if strconv.Itoa(p.major) == version {
			return p, nil
		}
		have = append(have, strconv.Itoa(p.major))
	}
	return programs{}, fmt.Errorf("the database in %s was made by PostgreSQL %s, and only %s is installed: "+
		"`apt-get install postgresql-%s`, or start anew with another MARSHRUT_DATA",
		data, version, strings.Join(have, ", "), version)
}
