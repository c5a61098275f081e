package render

import (
	"math"
	"strings"

	"marshrut/routemaps"
)

// Measures of cards and labels, in pixels.
const (
	cardWidth  = 240.0
	cardPad    = 12.0
	nameSize   = 13.0
	nameLine   = 17.0
	smallSize  = 11.0
	smallLine  = 16.0
	iconRoom   = 16.0 // before a line with an icon
	markRoom   = 14.0 // before a label with an icon
	tickRoom   = 20.0 // for the tick at the end of the name
	nameLines  = 3
	tagWidth   = 150.0 // where labels wrap
	tagLine    = 15.0
	sideLine   = 16.0 // from a card to the icon at its side
	sideIcon   = 9.0  // radius
	sideGap    = 6.0
	panelPad   = 16.0
	frameTitle = 26.0
)

// tag is the text at a way: the names of the outcomes that take it.
type tag struct {
	lines []tagText
	full  []string
	w, h  float64
}

type tagText struct {
	text    string
	trigger bool // an outside event may choose it
	timeout bool
}

func (t *tag) add(text string, trigger, timeout bool) {
	t.full = append(t.full, text)
	for i, line := range wrapText(text, tagWidth, smallSize, false, 2) {
		mark := tagText{line, trigger && i == 0, timeout && i == 0}
		t.lines = append(t.lines, mark)
		width := textWidth(line, smallSize, false) + 10
		if mark.trigger || mark.timeout {
			width += markRoom
		}
		t.w = max(t.w, width)
	}
	t.h = float64(len(t.lines))*tagLine + 4
}

// sideKind is what hangs on a card's right side.
type sideKind int

const (
	sideLoop sideKind = iota
	sidePositive
	sideNegative
	sideJump // to a stage too far away for a line
)

type side struct {
	kind    sideKind
	tag     *tag
	outcome *routemaps.Outcome
	y       float64 // of the middle, relative to the card
}

type metaIcon int

const (
	iconNone metaIcon = iota
	iconIndent
	iconPerson
	iconClock
	iconBolt
	iconInto
	iconAlert
)

type meta struct {
	icon  metaIcon
	text  string
	class string
}

// panel is the frame of one branch within a parallel stage.
type panel struct {
	name       string
	scene      *scene
	x, y, w, h float64 // relative to the stage's frame
}

// figure is a measured stage.
type figure struct {
	row    *Row
	name   string
	lines  []string
	metas  []meta
	panels []panel
	rights []*side
	backs  []*way

	x, y, w, h            float64 // of the card
	leftReach, rightReach float64 // beyond the card
}

func (r *renderer) figure(row *Row, rows map[string]*Row) *figure {
	f := &figure{row: row, name: r.stageName(row.Stage), w: cardWidth}
	room := cardWidth - 2*cardPad - tickRoom
	if row.Stage.Kind == routemaps.StageParallel {
		r.frame(f, rows)
		return f
	}
	f.lines = wrapText(f.name, room, nameSize, true, nameLines)
	f.metas = r.metas(f, rows)
	f.h = 2*cardPad - 4 + float64(len(f.lines))*nameLine + float64(len(f.metas))*smallLine
	return f
}

// metas are the small lines of a card: what it does, who performs, until when.
func (r *renderer) metas(f *figure, rows map[string]*Row) []meta {
	const plain, late = "rm-m", "rm-m rm-late"
	row := f.row
	var all []meta
	add := func(icon metaIcon, text, class string) {
		if text != "" {
			for i, line := range wrapText(text, f.w-2*cardPad-iconRoom, smallSize, class != plain, 2) {
				if i > 0 {
					icon = iconIndent
				}
				all = append(all, meta{icon, line, class})
			}
		}
	}
	st := row.Stage
	switch st.Kind {
	case routemaps.StageRoute:
		add(iconInto, r.nestedText(row, rows), plain)
	case routemaps.StageAction:
		add(iconBolt, r.ruleText(st.Action), plain)
	case routemaps.StageWait:
		add(iconClock, r.waitText(st.Wait), plain)
	case routemaps.StageTask, routemaps.StageChoice, routemaps.StageParallel:
	}
	add(iconPerson, r.performerText(row.Performer), plain)
	class := plain
	if row.Overdue {
		class = late
	}
	add(iconClock, r.dueText(row), class)
	if row.Failed != "" {
		add(iconAlert, r.say("stopped: ", "остановлен: ")+row.Failed, late)
	}
	return all
}

func shortenTo(text string, width float64) string {
	lines := wrapText(text, width, smallSize, false, 1)
	if len(lines) == 0 {
		return ""
	}
	return lines[0]
}

// nestedText names the nested map, and where the case stands in it.
func (r *renderer) nestedText(row *Row, rows map[string]*Row) string {
	name := row.Stage.Route
	nested, ok := r.m.Nested(row.Stage.Route)
	if !ok {
		return name
	}
	if text := r.text(nested.Name); text != "" {
		name = text
	}
	for i := range nested.Stages {
		inner, ok := rows[row.Path+"/"+nested.Stages[i].ID]
		if ok && inner.Mark == routemaps.StageCurrent {
			return name + ": " + r.stageName(inner.Stage)
		}
	}
	return name
}

func (r *renderer) ruleText(rule *routemaps.Rule) string {
	if rule == nil {
		return ""
	}
	switch rule.Kind {
	case routemaps.RuleEmail:
		return r.say("E-mail: ", "Письмо: ") + rule.Template
	case routemaps.RuleSMS:
		return r.say("SMS: ", "СМС: ") + rule.Template
	case routemaps.RuleWebhook:
		return r.say("Webhook", "Вызов внешней системы")
	case routemaps.RuleSetField:
		return r.say("Sets: ", "Заполняет: ") + r.fieldName(rule.Field)
	case routemaps.RuleCreateTask:
		if rule.Task != nil {
			return r.say("Task: ", "Задача: ") + r.text(rule.Task.Name)
		}
	}
	return ""
}

func (r *renderer) fieldName(id string) string {
	if f, ok := r.m.Field(id); ok && !f.Name.Empty() {
		return r.text(f.Name)
	}
	return id
}

func (r *renderer) waitText(w *routemaps.Wait) string {
	switch {
	case w == nil:
		return ""
	case w.For != nil:
		return r.durationText(*w.For)
	case w.Until != "":
		return r.say("until: ", "до: ") + r.fieldName(w.Until)
	case w.Event != "":
		return r.say("for: ", "ждёт: ") + r.eventText(w.Event)
	}
	return r.say("until a condition holds", "пока не выполнится условие")
}

func (r *renderer) eventText(e routemaps.EventName) string {
	switch e {
	case routemaps.EventInboundEmail:
		return r.say("inbound e-mail", "входящее письмо")
	case routemaps.EventCall:
		return r.say("call", "звонок")
	case routemaps.EventPayment:
		return r.say("payment", "оплата")
	case routemaps.EventDocument:
		return r.say("document", "документ")
	case routemaps.EventWebhook:
		return r.say("webhook", "внешнее событие")
	}
	return string(e)
}

// frame measures a parallel stage: its branches side by side.
func (r *renderer) frame(f *figure, rows map[string]*Row) {
	st := f.row.Stage
	x, tallest := panelPad, 0.0
	for b := range st.Branches {
		br := &st.Branches[b]
		p := panel{name: r.text(br.Name), scene: r.scope(br.Stages, f.row.Path+"/"+br.ID+"/", true, rows), x: x}
		if p.name == "" {
			p.name = br.ID
		}
		p.w = max(p.scene.w, textWidth(p.name, smallSize, true)) + 2*panelPad
		p.h = p.scene.h + frameTitle + panelPad
		tallest = max(tallest, p.h)
		x += p.w + panelPad
		f.panels = append(f.panels, p)
	}
	f.w = max(x, cardWidth)
	f.lines = wrapText(f.name, f.w-2*cardPad-tickRoom, nameSize, true, nameLines)
	f.metas = r.metas(f, rows)
	f.metas = append(f.metas, meta{iconNone, r.joinText(st.Join), "rm-m"})
	top := cardPad + float64(len(f.lines))*nameLine + float64(len(f.metas))*smallLine + 8
	for i := range f.panels {
		f.panels[i].y = top
		f.panels[i].h = tallest
	}
	f.h = top + tallest + panelPad
}

func (r *renderer) joinText(j routemaps.Join) string {
	if j == routemaps.JoinAny {
		return r.say("Goes on when the first branch has ended", "Дальше, когда закончена первая из ветвей")
	}
	return r.say("Goes on when all branches have ended", "Дальше, когда закончены все ветви")
}

// jump says at the card's side where a way leads that is too long to be drawn.
func (f *figure) jump(t *tag, to int, figures []*figure) {
	label := &tag{}
	where := "…"
	if to < len(figures) {
		where = figures[to].name
	}
	names := ""
	if t != nil {
		names = strings.Join(t.full, ", ")
	}
	label.add(names+" → "+where, false, false)
	f.rights = append(f.rights, &side{kind: sideJump, tag: label})
}

// settle stacks what hangs on both sides, makes the card high enough for it and puts the stacks in its middle.
func (f *figure) settle() {
	const edge = 8.0
	right := 0.0
	for _, s := range f.rights {
		h := max(s.tag.h, 2*sideIcon)
		s.y = right + h/2
		right += h + sideGap
		f.rightReach = max(f.rightReach, sideLine+2*sideIcon+2+s.tag.w)
	}
	left := 0.0
	for _, w := range f.backs {
		if w.pill == nil {
			w.pill = &tag{w: 8, h: 4}
		}
		f.leftReach += pillGap + w.pill.w
		w.pillX = math.Round(-f.w/2 - f.leftReach + w.pill.w/2)
		w.pillY = left + w.pill.h/2
		left += w.pill.h + sideGap
	}
	f.h = max(f.h, right-sideGap+2*edge, left-sideGap+2*edge)
	for _, s := range f.rights {
		s.y += (f.h - right + sideGap) / 2
	}
	for _, w := range f.backs {
		w.pillY += (f.h - left + sideGap) / 2
	}
}
