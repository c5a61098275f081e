package render

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"marshrut/crm"
	"marshrut/routemaps"
)

// Bounds of a Markdown table.
const (
	maxMarkdown     = 4_000 // bytes
	maxMarkdownCell = 80    // characters
)

// Markdown is a table of the stages (GitHub's dialect) with where the case stands, as operators see it in Temporal UI
// (R53): done, current or ahead, performer, due time. rows are those of Rows. What people wrote cannot break out of
// its cell or become a link. The table is never longer than 4,000 bytes: of a long map it shows the stages around the
// current ones, and says how many are left out.
func Markdown(m *routemaps.Map, lang crm.Lang, rows []Row, options ...Option) string {
	r := newRenderer(m, lang, options)
	lines := make([]string, len(rows))
	for i := range rows {
		lines[i] = r.markdownRow(&rows[i])
	}
	shown := window(rows, lines, maxMarkdown-300)
	var b strings.Builder
	// Times in cells name no zone; the heading does.
	fmt.Fprintf(&b, "| | %s | %s | %s (%s) |\n|---|---|---|---|\n", r.say("Stage", "Этап"), r.say("Performer", "Исполнитель"), r.say("Due", "Срок"), r.location)
	left := 0
	skipped := func() {
		if left > 0 {
			fmt.Fprintf(&b, "| | *%s: %d* | | |\n", r.say("stages not shown", "не показано этапов"), left)
		}
		left = 0
	}
	for i, line := range lines {
		if !shown[i] {
			left++
			continue
		}
		skipped()
		b.WriteString(line)
	}
	skipped()
	return b.String()
}

func (r *renderer) markdownRow(row *Row) string {
	name := strings.Repeat("— ", row.Depth) + cell(r.stageName(row.Stage))
	mark := ""
	switch row.Mark {
	case routemaps.StageDone:
		mark = "✓"
	case routemaps.StageCurrent:
		mark, name = "▶", "**"+name+"**"
	case routemaps.StageAhead:
	}
	if row.Visit > 1 {
		name += fmt.Sprintf(" ×%d", row.Visit)
	}
	due := cell(r.dueText(row))
	if row.Overdue {
		due = "**" + due + "**"
	}
	if row.Failed != "" {
		due = strings.TrimPrefix(due+", **"+r.say("stopped: ", "остановлен: ")+cell(row.Failed)+"**", ", ")
	}
	return fmt.Sprintf("| %s | %s | %s | %s |\n", mark, name, cell(r.performerText(row.Performer)), due)
}

// window chooses the rows to show within budget bytes: the current ones, then their neighbours, near ones first; where
// none is current, from the last one done.
func window(rows []Row, lines []string, budget int) []bool {
	shown := make([]bool, len(rows))
	take := func(i int) bool {
		if i < 0 || i >= len(rows) || shown[i] {
			return true
		}
		if budget -= len(lines[i]); budget < 0 {
			return false
		}
		shown[i] = true
		return true
	}
	centres := centresOf(rows)
	for distance := range rows {
		for _, c := range centres {
			if !take(c-distance) || !take(c+distance) {
				return shown
			}
		}
	}
	return shown
}

func centresOf(rows []Row) []int {
	var current []int
	last := 0
	for i := range rows {
		switch rows[i].Mark {
		case routemaps.StageCurrent:
			current = append(current, i)
		case routemaps.StageDone:
			last = i
		case routemaps.StageAhead:
		}
	}
	if len(current) == 0 {
		return []int{last}
	}
	return current
}

// cell makes a text safe in a cell of a table, and short: all characters that Markdown gives a meaning to inside a line
// lose it, those of bare links (an at sign, "://", "www.") included.
func cell(s string) string {
	s = oneLine(s)
	if utf8.RuneCountInString(s) > maxMarkdownCell {
		s = string([]rune(s)[:maxMarkdownCell-1]) + "…"
	}
	var b strings.Builder
	for _, c := range s {
		if strings.ContainsRune("\\`*_[]<>&|~!#$@", c) {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return strings.NewReplacer("://", `\://`, "www.", `www\.`).Replace(b.String())
}
