package render

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"

	"marshrut/crm"
	"marshrut/routemaps"
)

// Measures of the whole picture, in pixels.
const (
	margin      = 20.0
	titleSize   = 16.0
	minWidth    = 340.0
	cornerRound = 7.0
)

// svgStyle gives every colour twice: plainly for programs that know no variables, then by a variable that a page may set
// (--rm-...) and that follows the reader's light or dark scheme.
const svgStyle = `.rm{--rm-paper:#fff;--rm-card:#fff;--rm-line:#94a3b8;--rm-edge:#cbd5e1;--rm-text:#0f172a;--rm-soft:#475569;--rm-panel:#f8fafc;--rm-now:#2563eb;--rm-now-card:#eff6ff;--rm-done:#15803d;--rm-done-card:#f0fdf4;--rm-bad:#dc2626;--rm-loop:#7c3aed;--rm-on:#fff;background:#fff;background:var(--rm-paper)}
@media (prefers-color-scheme:dark){.rm{--rm-paper:#0f172a;--rm-card:#1e293b;--rm-line:#64748b;--rm-edge:#475569;--rm-text:#f1f5f9;--rm-soft:#cbd5e1;--rm-panel:#172033;--rm-now:#60a5fa;--rm-now-card:#1e3a5f;--rm-done:#4ade80;--rm-done-card:#14321f;--rm-bad:#f87171;--rm-loop:#c4b5fd;--rm-on:#0f172a}}
.rm text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;fill:#0f172a;fill:var(--rm-text)}
.rm .rm-t{font-size:16px;font-weight:600}
.rm .rm-n{font-size:13px;font-weight:600}
.rm .rm-b{font-size:11px;font-weight:600}
.rm .rm-m,.rm .rm-l{font-size:11px;fill:#475569;fill:var(--rm-soft)}
.rm .rm-late{fill:#dc2626;fill:var(--rm-bad);font-weight:600}
.rm .rm-bg{fill:#fff;fill:var(--rm-paper)}
.rm .rm-in .rm-bg{fill:#f8fafc;fill:var(--rm-panel)}
.rm .rm-c{fill:#fff;fill:var(--rm-card);stroke:#cbd5e1;stroke:var(--rm-edge);stroke-width:1.3}
.rm .rm-p{fill:#f8fafc;fill:var(--rm-panel);stroke:#cbd5e1;stroke:var(--rm-edge);stroke-width:1}
.rm .rm-done .rm-c{fill:#f0fdf4;fill:var(--rm-done-card);stroke:#15803d;stroke:var(--rm-done)}
.rm .rm-current .rm-c{fill:#eff6ff;fill:var(--rm-now-card);stroke:#2563eb;stroke:var(--rm-now);stroke-width:2.4}
.rm .rm-c.rm-f{fill:#fff;fill:var(--rm-paper)}
.rm .rm-w{fill:none;stroke:#94a3b8;stroke:var(--rm-line);stroke-width:1.5}
.rm .rm-free{stroke-dasharray:3 4}
.rm .rm-a{fill:#94a3b8;fill:var(--rm-line)}
.rm .rm-i{fill:none;stroke:#475569;stroke:var(--rm-soft);stroke-width:1.2;stroke-linecap:round;stroke-linejoin:round}
.rm .rm-late .rm-i,.rm .rm-i.rm-late{stroke:#dc2626;stroke:var(--rm-bad);fill:none}
.rm .rm-tick{fill:none;stroke:#15803d;stroke:var(--rm-done);stroke-width:2.2;stroke-linecap:round;stroke-linejoin:round}
.rm .rm-dot{fill:#2563eb;fill:var(--rm-now)}
.rm .rm-start{fill:#475569;fill:var(--rm-soft)}
.rm .rm-good{fill:#15803d;fill:var(--rm-done)}
.rm .rm-poor{fill:#dc2626;fill:var(--rm-bad)}
.rm .rm-round{fill:#7c3aed;fill:var(--rm-loop)}
.rm .rm-far{fill:#475569;fill:var(--rm-soft)}
.rm .rm-on{fill:none;stroke:#fff;stroke:var(--rm-on);stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.rm .rm-taken{font-weight:700;fill:#0f172a;fill:var(--rm-text)}
`

// SVG draws a map, and where the case of state s stands on it (R33); a nil state draws the map alone. Stages done are
// ticked, current ones highlighted; outcomes that end the case and cyclic ones carry icons of their own (R20). The
// picture is one self-contained document, the same for the same input, without scripts or outside references; a stage's
// group carries its path in data-stage. It follows the reader's light or dark scheme, and a page's --rm- colours.
func SVG(m *routemaps.Map, lang crm.Lang, s *routemaps.State, options ...Option) []byte {
	r := newRenderer(m, lang, options)
	progress := Rows(m, s)
	rows := make(map[string]*Row, len(progress))
	for i := range progress {
		rows[progress[i].Path] = &progress[i]
	}
	top := r.scope(m.Stages, "", false, rows)
	d := &drawing{renderer: r, state: s}
	d.document(top, progress)
	return d.out.Bytes()
}

// scope measures the stages of a scope and lays them out.
func (r *renderer) scope(stages []routemaps.Stage, prefix string, inBranch bool, rows map[string]*Row) *scene {
	figures := make([]*figure, len(stages))
	places := make(map[string]int, len(stages)+1)
	for i := range stages {
		figures[i] = r.figure(rows[prefix+stages[i].ID], rows)
		places[stages[i].ID] = i
	}
	last := ""
	if inBranch {
		last = routemaps.ToJoin
		places[routemaps.ToJoin] = len(stages)
	}
	var ways []*way
	if len(stages) > 0 {
		ways = append(ways, &way{from: -1, to: 0})
	}
	for i := range stages {
		ways = append(ways, r.ways(stages, i, last, places, figures[i])...)
	}
	return arrange(figures, ways, inBranch)
}

// ways turns a stage's links into ways, one for each target, and what hangs at its side.
func (r *renderer) ways(stages []routemaps.Stage, i int, last string, places map[string]int, f *figure) []*way {
	var ways []*way
	byTarget := map[int]*way{}
	for _, k := range r.linksOf(stages, i, last) {
		kind, aside := sideOf(&k, stages[i].ID)
		if aside {
			t := &tag{}
			t.add(k.label, k.trigger, k.timeout)
			f.rights = append(f.rights, &side{kind: kind, tag: t, outcome: k.outcome})
			continue
		}
		to, known := places[k.to]
		if !known {
			continue
		}
		w := byTarget[to]
		if w == nil {
			w = &way{from: i, to: to, free: k.free}
			byTarget[to] = w
			ways = append(ways, w)
		}
		if k.label != "" {
			if w.tag == nil {
				w.tag = &tag{}
			}
			w.tag.add(k.label, k.trigger, k.timeout)
		}
	}
	return ways
}

// sideOf tells whether a link ends at the card's side, and as what.
func sideOf(k *link, stage string) (kind sideKind, aside bool) {
	switch {
	case k.finish == routemaps.FinishPositive:
		return sidePositive, true
	case k.finish == routemaps.FinishNegative:
		return sideNegative, true
	case k.to == stage:
		return sideLoop, true
	}
	return 0, false
}

// drawing writes the picture.
type drawing struct {
	*renderer
	state *routemaps.State
	out   bytes.Buffer
}

func (d *drawing) document(top *scene, progress []Row) {
	title := d.text(d.m.Name)
	if title == "" {
		title = d.m.ID
	}
	titleLines := wrapText(title, max(top.w, minWidth), titleSize, true, 2)
	head := margin + float64(len(titleLines))*22
	if d.m.TimeLimit != nil {
		head += smallLine
	}
	head += 10
	width := max(top.w, minWidth, d.widestMapOutcome()) + 2*margin
	ends, endsHeight := d.mapOutcomes(width - 2*margin)
	height := head + top.h + margin
	if len(ends) > 0 {
		height += endsHeight + 14
	}
	fmt.Fprintf(&d.out, `<svg xmlns="http://www.w3.org/2000/svg" class="rm" role="img" aria-label="%s" width="%s" height="%s" viewBox="0 0 %[2]s %[3]s">`,
		escape(d.say("Route map: ", "Карта маршрута: ")+title), num(width), num(height))
	fmt.Fprintf(&d.out, "\n<title>%s</title>\n<desc>%s</desc>\n<style>%s</style>\n",
		escape(title), escape(d.description(progress)), svgStyle)
	fmt.Fprintf(&d.out, `<rect class="rm-bg" width="%s" height="%s"/>`+"\n", num(width), num(height))
	y := margin + 14
	for _, line := range titleLines {
		d.textAt(margin, y, "rm-t", line)
		y += 22
	}
	if d.m.TimeLimit != nil {
		d.textAt(margin, y-4, "rm-m", d.limitText())
	}
	d.scene(top, margin+max(0, (width-2*margin-top.w)/2), head)
	d.mapEnds(ends, head+top.h+14, width)
	d.out.WriteString("</svg>\n")
}

// limitText is the case's own time limit, or when it is due.
func (d *drawing) limitText() string {
	if d.state != nil && d.state.Due != nil {
		if d.state.Overdue {
			return d.say("Overdue since ", "Просрочено с ") + d.timeText(*d.state.Due)
		}
		return d.say("Due ", "Срок: ") + d.timeText(*d.state.Due)
	}
	return d.say("Time limit: ", "Срок: ") + d.durationText(*d.m.TimeLimit)
}

// description tells in words what the picture shows, for those who do not see it.
func (d *drawing) description(progress []Row) string {
	parts := make([]string, 0, len(progress))
	for i := range progress {
		row := &progress[i]
		var text strings.Builder
		text.WriteString(d.stageName(row.Stage))
		if d.state != nil {
			text.WriteString(": " + d.markText(row.Mark))
		}
		for _, more := range []string{d.performerText(row.Performer), d.dueText(row)} {
			if more != "" {
				text.WriteString(", " + more)
			}
		}
		parts = append(parts, text.String())
	}
	return strings.Join(parts, "; ")
}

// mapEnd is a map-level outcome in its place in the strip below the map.
type mapEnd struct {
	side side
	x, y float64
}

func (d *drawing) mapOutcomeTag(o *routemaps.Outcome) *tag {
	t := &tag{}
	t.add(d.outcomeName(o), false, false)
	return t
}

func (d *drawing) widestMapOutcome() float64 {
	widest := 0.0
	for i := range d.m.Outcomes {
		widest = max(widest, d.mapOutcomeTag(&d.m.Outcomes[i]).w)
	}
	if widest > 0 {
		widest += 2*sideIcon + 2*cardPad
	}
	return widest
}

// mapOutcomes places the outcomes possible from any stage in rows no wider than width.
func (d *drawing) mapOutcomes(width float64) (ends []mapEnd, height float64) {
	x, y, row := cardPad, frameTitle, 0.0
	for i := range d.m.Outcomes {
		o := &d.m.Outcomes[i]
		kind := sideNegative
		if o.Finish == routemaps.FinishPositive {
			kind = sidePositive
		}
		t := d.mapOutcomeTag(o)
		w := 2*sideIcon + 4 + t.w + cardPad
		if x > cardPad && x+w > width {
			x, y, row = cardPad, y+row+sideGap, 0
		}
		ends = append(ends, mapEnd{side{kind: kind, tag: t, outcome: o}, x, y})
		x += w
		row = max(row, t.h, 2*sideIcon)
	}
	return ends, y + row + cardPad
}

func (d *drawing) mapEnds(ends []mapEnd, top, width float64) {
	if len(ends) == 0 {
		return
	}
	last := ends[len(ends)-1]
	bottom := last.y + max(last.side.tag.h, 2*sideIcon) + cardPad
	fmt.Fprintf(&d.out, `<g class="rm-any"><rect class="rm-p" x="%s" y="%s" width="%s" height="%s" rx="8"/>`,
		num(margin), num(top), num(width-2*margin), num(bottom))
	d.textAt(margin+cardPad, top+17, "rm-b", d.say("From any stage", "С любого этапа"))
	for i := range ends {
		e := &ends[i]
		y := top + e.y + max(e.side.tag.h, 2*sideIcon)/2
		d.sideIconAt(e.side.kind, margin+e.x+sideIcon, y)
		d.tagAt(e.side.tag, margin+e.x+2*sideIcon+2, y, d.taken("", e.side.outcome))
	}
	d.out.WriteString("</g>\n")
}

// taken tells whether the case has ended with the outcome at the stage; an empty path asks for a map-level one.
func (d *drawing) taken(path string, o *routemaps.Outcome) bool {
	if d.state == nil || o == nil || d.state.Outcome != o.ID || d.state.At != nil {
		return false
	}
	if path == "" {
		ended, ok := d.m.Stage(d.state.Ended)
		if !ok {
			return true
		}
		_, own := ended.Outcome(o.ID)
		return !own
	}
	return d.state.Ended == path
}

func (d *drawing) scene(s *scene, x, y float64) {
	for i := range s.wires {
		d.wire(&s.wires[i], x, y)
	}
	fmt.Fprintf(&d.out, `<circle class="rm-start" cx="%s" cy="%s" r="6"/>`+"\n", num(x+s.start.x), num(y+s.start.y))
	if s.join != nil {
		fmt.Fprintf(&d.out, `<rect class="rm-start" x="%s" y="%s" width="36" height="6" rx="3"/>`+"\n", num(x+s.join.x-18), num(y+s.join.y))
	}
	for _, f := range s.figures {
		d.figure(f, x, y)
	}
	for _, l := range s.labels {
		d.label(l, x, y)
	}
}

// wire draws a line with rounded corners and an arrow at its end.
func (d *drawing) wire(w *wire, x, y float64) {
	p := w.points
	class := "rm-w"
	if w.free {
		class += " rm-free"
	}
	fmt.Fprintf(&d.out, `<path class="%s" d="M%s %s`, class, num(x+p[0].x), num(y+p[0].y))
	for i := 1; i < len(p)-1; i++ {
		in, out := towards(p[i], p[i-1]), towards(p[i], p[i+1])
		fmt.Fprintf(&d.out, "L%s %sQ%s %s %s %s", num(x+in.x), num(y+in.y), num(x+p[i].x), num(y+p[i].y), num(x+out.x), num(y+out.y))
	}
	end := p[len(p)-1]
	tip := 0.0
	if !w.free {
		tip = 6
	}
	fmt.Fprintf(&d.out, `L%s %s"/>`, num(x+end.x), num(y+end.y-tip))
	if !w.free {
		fmt.Fprintf(&d.out, `<path class="rm-a" d="M%s %sl-4.5 -8h9z"/>`, num(x+end.x), num(y+end.y))
	}
	d.out.WriteByte('\n')
}

// towards is the point where the rounding of corner p begins on the line to q.
func towards(p, q point) point {
	length := math.Hypot(q.x-p.x, q.y-p.y)
	if length == 0 {
		return p
	}
	k := min(cornerRound, length/2) / length
	return point{p.x + (q.x-p.x)*k, p.y + (q.y-p.y)*k}
}

// label draws the text of a way over its line.
func (d *drawing) label(l placedTag, x, y float64) {
	t := l.tag
	if len(t.lines) == 0 {
		return
	}
	left, top := x+l.at.x-t.w/2, y+l.at.y-t.h/2
	fmt.Fprintf(&d.out, `<rect class="rm-bg" x="%s" y="%s" width="%s" height="%s" rx="4"/>`, num(left), num(top), num(t.w), num(t.h))
	d.tagAt(t, left, y+l.at.y, false)
	d.out.WriteByte('\n')
}

// tagAt writes a tag's lines from x on, with y in their middle.
func (d *drawing) tagAt(t *tag, x, y float64, taken bool) {
	class := "rm-l"
	if taken {
		class += " rm-taken"
	}
	fmt.Fprintf(&d.out, `<g><title>%s</title>`, escape(strings.Join(t.full, " / ")))
	base := y - float64(len(t.lines))*tagLine/2 + 11
	for i, line := range t.lines {
		at := x + 5
		ly := base + float64(i)*tagLine
		switch {
		case line.trigger:
			d.icon(iconBolt, at+4, ly-4, "rm-i")
			at += markRoom
		case line.timeout:
			d.icon(iconClock, at+4, ly-4, "rm-i")
			at += markRoom
		}
		d.textAt(at, ly, class, line.text)
	}
	d.out.WriteString("</g>")
}

func (d *drawing) figure(f *figure, dx, dy float64) {
	x, y := dx+f.x, dy+f.y
	fmt.Fprintf(&d.out, `<g class="rm-%s" data-stage="%s"><title>%s</title>`, f.row.Mark, escape(f.row.Path), escape(f.name))
	d.outline(f, x, y)
	ty := y + cardPad + 10
	for _, line := range f.lines {
		d.textAt(x+cardPad, ty, "rm-n", line)
		ty += nameLine
	}
	for _, m := range f.metas {
		tx := x + cardPad
		if m.icon != iconNone {
			class := "rm-i"
			if strings.Contains(m.class, "rm-late") {
				class += " rm-late"
			}
			if m.icon != iconIndent {
				d.icon(m.icon, tx+5, ty-5, class)
			}
			tx += iconRoom
		}
		d.textAt(tx, ty-1, m.class, m.text)
		ty += smallLine
	}
	d.mark(f, x, y)
	d.out.WriteString("</g>\n")
	for i := range f.panels {
		d.panel(&f.panels[i], x, y)
	}
	for _, s := range f.rights {
		d.side(f, s, x+f.w, y+s.y)
	}
}

// mark shows at the card's corner whether the stage is done or current.
func (d *drawing) mark(f *figure, x, y float64) {
	cx, cy := x+f.w-cardPad-6, y+cardPad+6
	switch f.row.Mark {
	case routemaps.StageDone:
		fmt.Fprintf(&d.out, `<path class="rm-tick" d="M%s %sl4 4 7 -8"/>`, num(cx-5), num(cy))
	case routemaps.StageCurrent:
		fmt.Fprintf(&d.out, `<circle class="rm-dot" cx="%s" cy="%s" r="5"/>`, num(cx), num(cy))
	case routemaps.StageAhead:
	}
}

// outline draws the card in the shape of its kind.
func (d *drawing) outline(f *figure, x, y float64) {
	switch f.row.Stage.Kind {
	case routemaps.StageChoice:
		const slant = 10.0
		fmt.Fprintf(&d.out, `<path class="rm-c" d="M%s %sh%sl%s %sl-%[4]s %[5]sh-%[3]sl-%[4]s -%[5]sz"/>`,
			num(x+slant), num(y), num(f.w-2*slant), num(slant), num(f.h/2))
	case routemaps.StageRoute:
		d.box("rm-c", x, y, f.w, f.h, 8)
		d.box("rm-c", x+4, y+4, f.w-8, f.h-8, 5)
	case routemaps.StageWait:
		d.box("rm-c", x, y, f.w, f.h, min(f.h/2, 26))
	case routemaps.StageAction:
		d.box("rm-c", x, y, f.w, f.h, 1)
	case routemaps.StageParallel:
		d.box("rm-c rm-f", x, y, f.w, f.h, 8)
	case routemaps.StageTask:
		d.box("rm-c", x, y, f.w, f.h, 8)
	}
}

func (d *drawing) box(class string, x, y, w, h, rx float64) {
	fmt.Fprintf(&d.out, `<rect class="%s" x="%s" y="%s" width="%s" height="%s" rx="%s"/>`, class, num(x), num(y), num(w), num(h), num(rx))
}

func (d *drawing) panel(p *panel, x, y float64) {
	d.box("rm-p", x+p.x, y+p.y, p.w, p.h, 6)
	d.textAt(x+p.x+10, y+p.y+17, "rm-b", shortenTo(p.name, p.w-20))
	fmt.Fprintf(&d.out, `<g class="rm-in"><title>%s</title>`+"\n", escape(p.name))
	d.scene(p.scene, x+p.x+(p.w-p.scene.w)/2, y+p.y+frameTitle)
	d.out.WriteString("</g>\n")
}

// side draws what hangs at a card's right side.
func (d *drawing) side(f *figure, s *side, x, y float64) {
	cx := x + sideLine + sideIcon
	switch s.kind {
	case sideLoop:
		fmt.Fprintf(&d.out, `<path class="rm-w" d="M%s %sH%sM%[3]s %sH%s"/><path class="rm-a" d="M%[1]s %[4]sl7 -4v8z"/>`,
			num(x), num(y-4.5), num(cx), num(y+4.5), num(x+6))
	case sidePositive, sideNegative, sideJump:
		fmt.Fprintf(&d.out, `<path class="rm-w" d="M%s %sH%s"/><path class="rm-a" d="M%s %[2]sl-7 -4v8z"/>`,
			num(x), num(y), num(cx-sideIcon-6), num(cx-sideIcon))
	}
	d.sideIconAt(s.kind, cx, y)
	d.tagAt(s.tag, cx+sideIcon+1, y, d.taken(f.row.Path, s.outcome))
	d.out.WriteByte('\n')
}

func (d *drawing) sideIconAt(kind sideKind, x, y float64) {
	class, path := "rm-far", "M-4 0h8m-3.5 -3.5l3.5 3.5l-3.5 3.5"
	switch kind {
	case sideLoop:
		class, path = "rm-round", "M3.6 -2.6a4.5 4.5 0 1 0 .8 3.4M4.3 -5v2.8h-2.8"
	case sidePositive:
		class, path = "rm-good", "M-4 .5l2.8 2.8l5.2 -6"
	case sideNegative:
		class, path = "rm-poor", "M-3.2 -3.2l6.4 6.4m0 -6.4l-6.4 6.4"
	case sideJump:
	}
	fmt.Fprintf(&d.out, `<g transform="translate(%s %s)"><circle class="%s" r="9"/><path class="rm-on" d="%s"/></g>`, num(x), num(y), class, path)
}

func (d *drawing) icon(icon metaIcon, x, y float64, class string) {
	fmt.Fprintf(&d.out, `<path class="%s" transform="translate(%s %s)" d="%s"/>`, class, num(x), num(y), icon.path())
}

func (i metaIcon) path() string {
	switch i {
	case iconPerson:
		return "M-2.2 -2.4a2.2 2.2 0 1 1 4.4 0a2.2 2.2 0 1 1 -4.4 0M-4 5a4 4 0 0 1 8 0"
	case iconClock:
		return "M-4.5 0a4.5 4.5 0 1 1 9 0a4.5 4.5 0 1 1 -9 0M0 -2.5v2.7l1.9 1.2"
	case iconBolt:
		return "M.8 -5l-3.6 5.6h2.6l-.6 4.4l3.6 -5.6h-2.6z"
	case iconInto:
		return "M-4.5 -4.5h9v9h-9zM-2 0h4m-1.8 -1.8l1.8 1.8l-1.8 1.8"
	case iconAlert:
		return "M0 -4.8l5 9h-10zM0 -1.6v2.8M0 2.8v.2"
	case iconNone, iconIndent:
	}
	return ""
}

func (d *drawing) textAt(x, y float64, class, text string) {
	fmt.Fprintf(&d.out, `<text class="%s" x="%s" y="%s">%s</text>`, class, num(x), num(y), escape(text))
}

func num(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }

// escape makes a text safe in an element or an attribute.
func escape(s string) string {
	var b strings.Builder
	xml.Escape(&b, []byte(oneLine(s)))
	return b.String()
}

// markText says a mark in words.
func (r *renderer) markText(k routemaps.StageState) string {
	switch k {
	case routemaps.StageDone:
		return r.say("done", "пройден")
	case routemaps.StageCurrent:
		return r.say("current", "текущий")
	case routemaps.StageAhead:
	}
	return r.say("ahead", "впереди")
}
