package routemaps

import (
	"strings"
	"unicode"
)

// maxListed is how many choices a hint lists before it gives up listing.
const maxListed = 12

// suggest is a hint for an unknown name: the nearest of the known ones, or all of them when they are few.
func suggest(name string, known []string) string {
	if near := nearest(name, known); near != "" {
		return "did you mean " + near + "?"
	}
	if len(known) == 0 || len(known) > maxListed {
		return ""
	}
	return "possible: " + strings.Join(known, ", ")
}

// nearest is the known name that most resembles name, or empty when none does.
func nearest(name string, known []string) string {
	best, bestDistance := "", len([]rune(name))/3+2
	for _, k := range known {
		if d := distance(plain(name), plain(k), bestDistance); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

// plain is a name without what people mix up: case, hyphens and underscores.
func plain(name string) []rune {
	return []rune(strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == ' ' {
			return -1
		}
		return unicode.ToLower(r)
	}, name))
}

// distance is how many letters must be added, left out or changed to make a of b (Levenshtein); limit stands for "many".
func distance(a, b []rune, limit int) int {
	const longest = 64
	if len(a) > longest || len(b) > longest {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			changed := diagonal
			if a[i] != b[j] {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(row[j+1]+1, row[j]+1, changed)
		}
	}
	return row[len(b)]
}
