package routemaps

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// scopePlace is where a sequence of stages stands: on the map's own level or in a branch.
type scopePlace struct {
	what string // "the map", "the branch a"
	path string // of the stages in it, "parallel/branch/"; empty on the map's own level
}

// stageKeys are the keys that stages of a kind have besides those that all have.
func stageKeys(kind StageKind) []string {
	switch kind {
	case StageTask:
		return []string{"performer", "time_limit", "on_overdue", "on_event", "outcomes"}
	case StageChoice:
		return []string{"switch", "outcomes"}
	case StageParallel:
		return []string{"join", "branches", "time_limit", "on_overdue", "outcomes"}
	case StageRoute:
		return []string{"map", "time_limit", "on_overdue", "outcomes"}
	case StageAction:
		return []string{"action", "outcomes"}
	case StageWait:
		return []string{"wait", "time_limit", "on_overdue", "outcomes"}
	}
	return nil
}

func stageKinds() []StageKind {
	return []StageKind{StageTask, StageChoice, StageParallel, StageRoute, StageAction, StageWait}
}

func commonStageKeys() []string {
	return []string{"id", "kind", "name", "instructions", "on_entry", "on_completion"}
}

// allStageKeys are the keys that some stage has.
func allStageKeys() []string {
	keys := commonStageKeys()
	for _, kind := range stageKinds() {
		for _, key := range stageKeys(kind) {
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// readStages reads the key stages of the map or of a branch.
func (l *loader) readStages(o *object, at scopePlace) []Stage {
	var stages []Stage
	nodes := o.strictList("stages", "stages: [{id: ..., name: {en: ..., ru: ...}}]")
	if len(nodes) == 0 && o.get("stages") != nil && o.get("stages").kind == listNode {
		l.error(o.pos("stages"), "missing_key", "stages: [{id: ..., name: {en: ..., ru: ...}}]", "%s has no stages", at.what)
	}
	for _, n := range nodes {
		l.stages++
		if l.stages > maxStages {
			l.tooManyStages(n.pos)
			return stages
		}
		s, ok := l.stage(n, at.path)
		if !ok {
			continue
		}
		if first, twice := findStage(stages, s.ID); twice && s.ID != "" {
			l.error(l.placeOf(n.pos, "id"), "duplicate_id", fmt.Sprintf("the first is on line %d", first.Pos.Line),
				"the stage %s stands twice in %s", quote(s.ID), at.what)
		}
		stages = append(stages, s)
	}
	return stages
}

// tooManyStages says so at the first stage that is too many.
func (l *loader) tooManyStages(at Pos) {
	if l.stages == maxStages+1 {
		l.error(at, "too_many", fmt.Sprintf("at most %d in all; split the map into nested ones (kind: route)", maxStages),
			"too many stages: %d or more", maxStages+1)
	}
}

// placeOf is where the value of a key of the mapping at owner stands; owner itself where it has none.
func (l *loader) placeOf(owner Pos, key string) Pos {
	if p, ok := l.places[place{owner: owner, key: key}]; ok {
		return p
	}
	return owner
}

func (l *loader) stage(n *node, path string) (Stage, bool) {
	o := l.object(n, "the stage", allStageKeys()...)
	if o == nil {
		return Stage{}, false
	}
	s := Stage{ID: o.id("id"), Pos: n.pos}
	if s.ID != "" {
		o.what = "the stage " + s.ID
	}
	if s.ID == ToJoin {
		l.error(o.pos("id"), "bad_id", "choose another id", `"join" is the end of a branch, not a stage`)
	}
	s.Kind = word(o, "kind", StageTask, stageKinds()...)
	l.checkStageKeys(o, s.Kind)
	path += s.ID

	s.Name = o.name()
	s.Instructions = o.prose("instructions")
	s.TimeLimit = o.duration("time_limit")
	s.OnEntry = l.rules(o, "on_entry", path+"/on_entry", l.scope)
	s.Outcomes = l.outcomes(o, outcomePlace{kind: s.Kind})
	s.OnCompletion = l.rules(o, "on_completion", path+"/on_completion", l.scope.withOutcomes(s.Outcomes))
	s.OnOverdue = l.rules(o, "on_overdue", path+"/on_overdue", l.scope)
	switch s.Kind {
	case StageTask:
		s.Performer = l.performerKey(o, "performer")
		s.OnEvent = l.triggers(o, path+"/on_event")
	case StageChoice:
		s.Switch = l.fieldKey(o, "switch")
	case StageParallel:
		s.Join = word(o, "join", JoinAll, JoinAll, JoinAny)
		s.Branches = l.branches(o, path+"/")
	case StageRoute:
		if o.need("map", "map: the id of the nested map") != nil {
			s.Route = o.id("map")
		}
	case StageAction:
		s.Action = l.action(o, path+"/action")
	case StageWait:
		s.Wait = l.wait(o)
	}
	return s, true
}

// checkStageKeys reports keys that stages of other kinds have.
func (l *loader) checkStageKeys(o *object, kind StageKind) {
	allowed := slices.Concat(commonStageKeys(), stageKeys(kind))
	for _, e := range o.n.entries {
		if slices.Contains(allowed, e.key) || !slices.Contains(allStageKeys(), e.key) {
			continue
		}
		var kinds []string
		for _, k := range stageKinds() {
			if slices.Contains(stageKeys(k), e.key) {
				kinds = append(kinds, string(k))
			}
		}
		l.error(e.keyPos, "key_not_here", "it belongs to kind: "+strings.Join(kinds, ", "), "%s is of the kind %s and has no %s", o.what, kind, e.key)
	}
}

func (l *loader) branches(o *object, path string) []Branch {
	if o.need("branches", "branches: [{id: ..., name: {en: ..., ru: ...}, stages: [...]}]") == nil {
		return nil
	}
	var branches []Branch
	nodes := o.strictList("branches", "branches: [{id: ..., stages: [...]}]")
	if len(nodes) < 2 {
		l.error(o.pos("branches"), "missing_key", "without them no parallel stage is needed", "%s has fewer than two branches", o.what)
	}
	for _, n := range capped(l, o.pos("branches"), "branches", maxBranches, nodes) {
		b, ok := l.branch(n, path)
		if !ok {
			continue
		}
		if slices.ContainsFunc(branches, func(other Branch) bool { return other.ID == b.ID && b.ID != "" }) {
			l.error(l.placeOf(n.pos, "id"), "duplicate_id", "each branch of a stage has an id of its own", "the branch %s stands twice", quote(b.ID))
		}
		branches = append(branches, b)
	}
	return branches
}

func (l *loader) branch(n *node, path string) (Branch, bool) {
	o := l.object(n, "the branch", "id", "name", "stages")
	if o == nil {
		return Branch{}, false
	}
	b := Branch{ID: o.id("id"), Name: o.name(), Pos: n.pos}
	if b.ID != "" {
		o.what = "the branch " + b.ID
	}
	if o.need("stages", "stages: [{id: ..., name: {en: ..., ru: ...}}]") != nil {
		b.Stages = l.readStages(o, scopePlace{what: o.what, path: path + b.ID + "/"})
		l.resolve(b.Stages, true)
	}
	return b, true
}

// wait reads what a wait stage waits for.
func (l *loader) wait(o *object) *Wait {
	n := o.need("wait", "wait: {for: 2 working days}")
	if n == nil {
		return nil
	}
	w := l.object(n, "wait", "for", "until", "event", "when", "timeout")
	if w == nil {
		return nil
	}
	wait := &Wait{For: w.duration("for"), Until: l.fieldKey(w, "until"), Event: word(w, "event", "", eventNames()...)}
	wait.When = l.condition(w, "when", Field{Type: FieldFlag}, l.scope)
	wait.Timeout = l.timeout(w)

	var named []string
	for _, key := range []string{"for", "until", "event"} {
		if w.get(key) != nil {
			named = append(named, key)
		}
	}
	const hint = "one of for, until, event, or when alone"
	switch {
	case len(named) > 1:
		l.error(w.pos(named[1]), "wait_for_what", hint, "%s waits for several things: %s", o.what, strings.Join(named, ", "))
	case len(named) == 0 && w.get("when") == nil:
		l.error(w.n.pos, "wait_for_what", hint, "%s does not say what it waits for", o.what)
	case w.get("when") != nil && len(named) == 1 && named[0] != "event":
		l.error(w.pos("when"), "wait_for_what", "when goes with event, or stands alone", "%s cannot have both %s and when", o.what, named[0])
	case wait.Timeout != nil && w.get("for") != nil:
		l.error(w.pos("timeout"), "key_not_here", "the time of for is its limit", "%s waits for a length of time and needs no timeout", o.what)
	}
	return wait
}

func (l *loader) timeout(w *object) *Timeout {
	n := w.get("timeout")
	if n == nil {
		return nil
	}
	t := l.object(n, "the timeout", "after", "to")
	if t == nil || t.need("after", "after: 5 working days") == nil {
		return nil
	}
	after := t.duration("after")
	timeout := &Timeout{}
	if after != nil {
		timeout.After = *after
	}
	if to := t.get("to"); to != nil {
		timeout.To = l.id(to, "the timeout's to")
	}
	return timeout
}

func eventNames() []EventName {
	return []EventName{EventInboundEmail, EventCall, EventPayment, EventDocument, EventWebhook}
}

// resolve gives every outcome and timeout without a target of its own the next stage of the file, or the join.
func (l *loader) resolve(stages []Stage, inBranch bool) {
	for i := range stages {
		s := &stages[i]
		next := ""
		switch {
		case i+1 < len(stages):
			next = stages[i+1].ID
		case inBranch:
			next = ToJoin
		}
		for j := range s.Outcomes {
			if oc := &s.Outcomes[j]; oc.To == "" && oc.Finish == FinishNone {
				oc.To = l.next(oc.Pos, next, "the outcome "+oc.ID)
			}
		}
		if s.Wait != nil && s.Wait.Timeout != nil && s.Wait.Timeout.To == "" {
			s.Wait.Timeout.To = l.next(s.Pos, next, "the timeout of "+s.ID)
		}
		if len(s.Outcomes) == 0 && s.Kind != StageTask && s.Kind != StageChoice && next == "" {
			l.error(s.Pos, "leads_nowhere", "outcomes: [{id: done, finish: positive}]", "the stage %s is the last one and does not finish the case", s.ID)
		}
	}
}

func (l *loader) next(at Pos, next, what string) string {
	if next == "" {
		l.error(at, "leads_nowhere", "say to: a stage, or finish: positive or negative", "%s is in the last stage and leads nowhere", what)
	}
	return next
}

// withOutcomes is the scope of rules that fire when a stage is completed by one of its outcomes.
func (s *conditionScope) withOutcomes(outcomes []Outcome) *conditionScope {
	f := Field{ID: ConditionOutcome, Type: FieldText}
	for _, o := range outcomes {
		f.Type = FieldChoice
		f.Options = append(f.Options, Option{ID: o.ID, Name: o.Name})
	}
	with := *s
	with.fields = maps.Clone(s.fields)
	with.fields[ConditionOutcome] = f
	return &with
}

// withoutOutcome is the scope of everything else.
func (s *conditionScope) withoutOutcome() *conditionScope {
	without := *s
	without.fields = maps.Clone(s.fields)
	delete(without.fields, ConditionOutcome)
	return &without
}

func itemPath(path string, i int) string { return path + "/" + strconv.Itoa(i+1) }
