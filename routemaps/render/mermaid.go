package render

import (
	"fmt"
	"strings"
	"unicode"

	"marshrut/crm"
	"marshrut/routemaps"
)

// Mermaid is the map as a Mermaid flowchart (https://mermaid.js.org), for pages that draw it themselves: stages, ways and
// ends, parallel branches as subgraphs, and where the case of state s stands; a nil state gives the map alone. Texts are
// escaped so that none can end its label or turn into Mermaid's own words.
func Mermaid(m *routemaps.Map, lang crm.Lang, s *routemaps.State, options ...Option) string {
	r := newRenderer(m, lang, options)
	progress := Rows(m, s)
	c := &chart{renderer: r, rows: make(map[string]*Row, len(progress)), live: s != nil}
	for i := range progress {
		c.rows[progress[i].Path] = &progress[i]
	}
	c.line("flowchart TD")
	c.line("  start((%s))", quoted(" "))
	if len(m.Stages) > 0 {
		c.scope(m.Stages, "", "start", "", "  ")
	}
	c.mapOutcomes()
	c.classes()
	return c.out.String()
}

// chart writes the text. Nodes are named by number: a stage's id could be a word of Mermaid's.
type chart struct {
	*renderer
	out   strings.Builder
	rows  map[string]*Row
	live  bool
	count int
	marks map[routemaps.StageState][]string
}

func (c *chart) line(format string, args ...any) {
	fmt.Fprintf(&c.out, format+"\n", args...)
}

func (c *chart) next(prefix string) string {
	c.count++
	return fmt.Sprint(prefix, c.count)
}

// scope writes the stages of a scope and the ways between them; end is the node of a branch's end.
func (c *chart) scope(stages []routemaps.Stage, prefix, start, end, indent string) {
	nodes := map[string]string{}
	last := ""
	if end != "" {
		last = routemaps.ToJoin
		nodes[routemaps.ToJoin] = end
	}
	for i := range stages {
		nodes[stages[i].ID] = c.stage(&stages[i], prefix+stages[i].ID, indent)
	}
	c.line("%s%s --> %s", indent, start, nodes[stages[0].ID])
	for i := range stages {
		for _, k := range c.linksOf(stages, i, last) {
			c.link(nodes[stages[i].ID], &k, nodes, indent)
		}
	}
}

func (c *chart) stage(st *routemaps.Stage, path, indent string) string {
	id := c.next("n")
	c.mark(c.rows[path].Mark, id)
	text := c.stageText(c.rows[path])
	if st.Kind == routemaps.StageParallel {
		c.line("%ssubgraph %s [%s]", indent, id, quoted(text))
		for b := range st.Branches {
			c.branch(&st.Branches[b], path, indent+"  ")
		}
		c.line("%send", indent)
		return id
	}
	shapes := map[routemaps.StageKind][2]string{
		routemaps.StageChoice: {"{", "}"}, routemaps.StageRoute: {"[[", "]]"}, routemaps.StageAction: {"[/", "/]"}, routemaps.StageWait: {"([", "])"},
	}
	shape, ok := shapes[st.Kind]
	if !ok {
		shape = [2]string{"[", "]"}
	}
	c.line("%s%s%s%s%s", indent, id, shape[0], quoted(text), shape[1])
	return id
}

// stageText is the label of a stage: name, performer, time; on lines of their own.
func (c *chart) stageText(row *Row) string {
	parts := []string{c.stageName(row.Stage)}
	for _, more := range []string{c.performerText(row.Performer), c.dueText(row)} {
		if more != "" {
			parts = append(parts, more)
		}
	}
	return strings.Join(parts, "\n")
}

func (c *chart) branch(b *routemaps.Branch, path, indent string) {
	id := c.next("b")
	name := c.text(b.Name)
	if name == "" {
		name = b.ID
	}
	c.line("%ssubgraph %s [%s]", indent, id, quoted(name))
	start, end := c.next("s"), c.next("j")
	c.line("%s  %s((%s))", indent, start, quoted(" "))
	c.line("%s  %s((%s))", indent, end, quoted(" "))
	if len(b.Stages) > 0 {
		c.scope(b.Stages, path+"/"+b.ID+"/", start, end, indent+"  ")
	}
	c.line("%send", indent)
}

func (c *chart) link(from string, k *link, nodes map[string]string, indent string) {
	if k.finish != routemaps.FinishNone {
		c.line("%s%s -->|%s| %s", indent, from, quoted(k.label), c.end(k.finish, indent))
		return
	}
	to, ok := nodes[k.to]
	switch {
	case !ok:
	case k.free:
		c.line("%s%s -.- %s", indent, from, to)
	case k.label == "":
		c.line("%s%s --> %s", indent, from, to)
	default:
		c.line("%s%s -->|%s| %s", indent, from, quoted(k.label), to)
	}
}

// end is a node where the case ends.
func (c *chart) end(f routemaps.Finish, indent string) string {
	id := c.next("e")
	sign := "✓"
	if f == routemaps.FinishNegative {
		sign = "✗"
	}
	c.line("%s%s(((%s))):::%s", indent, id, quoted(sign), f)
	return id
}

func (c *chart) mapOutcomes() {
	if len(c.m.Outcomes) == 0 {
		return
	}
	c.line("  anywhere>%s]", quoted(c.say("From any stage", "С любого этапа")))
	for i := range c.m.Outcomes {
		o := &c.m.Outcomes[i]
		c.line("  anywhere -.->|%s| %s", quoted(c.outcomeName(o)), c.end(o.Finish, "  "))
	}
}

func (c *chart) mark(k routemaps.StageState, id string) {
	if c.marks == nil {
		c.marks = map[routemaps.StageState][]string{}
	}
	c.marks[k] = append(c.marks[k], id)
}

func (c *chart) classes() {
	c.line("  classDef positive fill:#15803d,stroke:#15803d,color:#fff")
	c.line("  classDef negative fill:#dc2626,stroke:#dc2626,color:#fff")
	if !c.live {
		return
	}
	c.line("  classDef done fill:#f0fdf4,stroke:#15803d,color:#0f172a")
	c.line("  classDef current fill:#eff6ff,stroke:#2563eb,stroke-width:3px,color:#0f172a")
	for _, k := range []routemaps.StageState{routemaps.StageDone, routemaps.StageCurrent} {
		if ids := c.marks[k]; len(ids) > 0 {
			c.line("  class %s %s", strings.Join(ids, ","), k)
		}
	}
}

// quoted is a text as a Mermaid label: whatever is neither a letter, a digit nor harmless is written as a numeric entity.
func quoted(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = mermaidText(oneLine(lines[i]))
	}
	text := strings.Join(lines, "<br/>")
	if text == "" {
		text = " "
	}
	return `"` + text + `"`
}

func mermaidText(s string) string {
	var b strings.Builder
	list := true // so far it could begin a list: "1. ", "- "
	for _, c := range s {
		safe := " ,(/"
		if !list {
			safe = " .,()/+-"
		}
		list = list && unicode.IsDigit(c)
		if c > 0x7e || unicode.IsLetter(c) || unicode.IsDigit(c) || strings.ContainsRune(safe, c) {
			b.WriteRune(c)
			continue
		}
		fmt.Fprintf(&b, "#%d;", c)
	}
	return b.String()
}
