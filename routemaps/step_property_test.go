package routemaps

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"marshrut/crm"
)

// TestRandomCasesOnRandomMaps leads cases along random sound maps by random events, and tests after each event what must
// hold whatever the map. A failure names the seed; the same seed gives the same cases.
func TestRandomCasesOnRandomMaps(t *testing.T) {
	seeds, shares := uint64(2000), uint64(4)
	if testing.Short() {
		seeds = 200
	}
	parts := newMapParts()
	seen := make([]*books, shares)
	t.Run("share", func(t *testing.T) {
		for share := range shares {
			seen[share] = newBooks()
			t.Run(strconv.FormatUint(share, 10), func(t *testing.T) {
				t.Parallel()
				for seed := share; seed < seeds; seed += shares {
					if err := randomCases(seed, parts, seen[share]); err != nil {
						t.Fatalf("seed %d: %v", seed, err)
					}
				}
			})
		}
	})
	for _, more := range seen[1:] {
		seen[0].add(more)
	}
	t.Log(seen[0])
	seen[0].check(t)
}

// randomCases leads cases along one map.
func randomCases(seed uint64, parts *mapParts, seen *books) error {
	const events = 60
	random := rand.New(rand.NewPCG(seed, 1))
	maker := &mapMaker{chooser: random, parts: parts, left: 20}
	l := newLife(random, parts, maker.newMap(3))
	w := newWatcher(l.m, seen)
	for i := range events {
		if err := w.step(l.event(w.state), l.facts); err != nil {
			return fmt.Errorf("event %d: %w", i, err)
		}
		if w.state.Status.Closed() && w.state.Status != "" && chance(random, 70) {
			w = newWatcher(l.m, seen) // the next case of the same map
		}
	}
	if w.state.Status == crm.StatusOpen && w.state.Mode == crm.ModeProcess {
		return finishCase(w, l)
	}
	return nil
}

// finishCase brings a case to an end without anybody giving up: no map-level outcome, no cancelling.
func finishCase(w *watcher, l *life) error {
	for range 4000 {
		e, ok := l.onward(w.state)
		if !ok {
			return fmt.Errorf("nothing can move the case: %s", stateText(w.state))
		}
		if err := w.step(e, l.facts); err != nil {
			return err
		}
		if w.state.Status.Closed() {
			return nil
		}
	}
	return fmt.Errorf("the case came to no end: %s", stateText(w.state))
}

// watcher leads one case and keeps books of its effects.
type watcher struct {
	m     *Map
	state State
	text  string // the state as JSON

	tasks     map[Ref]bool
	entered   map[string]bool // paths
	incidents map[Ref]bool
	dues      map[string]time.Time // by path; "" is the case; zero: none
	books     *books
}

func newWatcher(m *Map, seen *books) *watcher {
	w := &watcher{m: m, tasks: map[Ref]bool{}, entered: map[string]bool{}, incidents: map[Ref]bool{}, dues: map[string]time.Time{}, books: seen}
	w.text = stateText(w.state)
	return w
}

// step makes an event happen and tests everything that must hold.
func (w *watcher) step(e Event, f Facts) error {
	values, received := maps.Clone(f.Values), maps.Clone(f.Received)
	next, effects, err := Step(w.m, w.state, e, f)
	if stateText(w.state) != w.text || !reflect.DeepEqual(f.Values, values) || !maps.Equal(f.Received, received) {
		return fmt.Errorf("%s changed its input", e.Kind)
	}
	reread, decodeErr := DecodeState([]byte(w.text))
	if decodeErr != nil {
		return decodeErr
	}
	again, sameEffects, sameErr := Step(w.m, reread, e, f)
	text := stateText(next)
	if !reflect.DeepEqual(again, next) || !reflect.DeepEqual(sameEffects, effects) || fmt.Sprint(err) != fmt.Sprint(sameErr) {
		return fmt.Errorf("%s twice, the state written and read between, gave two results", e.Kind)
	}
	if err != nil {
		w.books.refused++
		return w.checkRefusal(err, text, effects)
	}
	if err := w.checkAccepted(e, next, effects); err != nil {
		return fmt.Errorf("%s: %w\nfrom %s\nto %s\neffects %v", e.Kind, err, w.text, text, short(effects))
	}
	w.text = text
	return nil
}

func (w *watcher) checkAccepted(e Event, next State, effects []Effect) error {
	if err := next.Validate(w.m); err != nil {
		return err
	}
	if err := w.checkFinal(e.Kind, next); err != nil {
		return err
	}
	w.state = next
	w.books.accepted[e.Kind]++
	if err := w.follow(effects); err != nil {
		return err
	}
	if err := w.checkBooks(); err != nil {
		return err
	}
	if wake, ok := next.NextWake(); ok && e.Kind == OnTimer && !wake.After(moment(e.At)) {
		return fmt.Errorf("the timer of %v left one for %v", e.At, wake)
	}
	return w.checkMovable()
}

func (w *watcher) checkRefusal(err error, text string, effects []Effect) error {
	var refusal *Refusal
	switch {
	case !errors.As(err, &refusal):
		return fmt.Errorf("an error that is no refusal: %w", err)
	case refusal.Code == RefusedBadState:
		return fmt.Errorf("a state of Step's own was refused: %w", err)
	case text != w.text || len(effects) > 0:
		return fmt.Errorf("refused with %w, but something changed", err)
	}
	return nil
}

// checkFinal: closed is final but for reopening, manual is final.
func (w *watcher) checkFinal(kind EventKind, next State) error {
	switch {
	case w.state.Status != "" && w.state.Status.Closed() && kind != OnReopen:
		return errors.New("a closed case accepted the event")
	case kind == OnReopen && (next.Status != crm.StatusOpen && next.Visits[next.Ended] == 0 || next.Mode != w.state.Mode):
		return errors.New("a reopened case is not open, or in another mode")
	case w.state.Mode == crm.ModeManual && next.Mode != crm.ModeManual:
		return errors.New("a manual case went back to its process")
	case next.Mode == crm.ModeManual && len(next.Open()) > 0:
		return errors.New("a manual case has tasks")
	}
	return nil
}

// follow enters the effects: what is opened must be closed, once, and in order.
func (w *watcher) follow(effects []Effect) error {
	for i, e := range effects {
		w.books.effects[e.Kind]++
		ref := Ref{Path: e.Path, Visit: e.Visit}
		ok := true
		switch e.Kind {
		case EffectEnterStage:
			ok = w.entered[e.Path] == e.Cyclic
			w.entered[e.Path] = true
			w.dues[e.Path] = timeOf(e.Due)
		case EffectLeaveStage:
			ok = w.entered[e.Path]
			delete(w.entered, e.Path)
			delete(w.dues, e.Path)
		case EffectOpenTask:
			ok = !w.tasks[ref] && w.entered[e.Path] && e.Performer != nil && e.Performer.Kind != PerformFrom
			w.tasks[ref] = true
			w.dues[e.Path] = timeOf(e.Due)
		case EffectCompleteTask, EffectWithdrawTask:
			ok = w.tasks[ref]
			delete(w.tasks, ref)
		case EffectMoveDue:
			ok = e.Path == "" || w.entered[e.Path]
			w.dues[e.Path] = timeOf(e.Due)
		case EffectOverdue:
			ok = e.Path == "" || w.entered[e.Path]
		case EffectOpenIncident:
			w.books.incidents[e.Code]++
			if e.Code != IncidentRuleFailed && e.Code != IncidentNoDue {
				w.incidents[ref] = true
			}
		case EffectCloseIncident:
			ok = w.incidents[ref]
			delete(w.incidents, ref)
		case EffectFinish:
			ok = i == len(effects)-1
			w.dues = map[string]time.Time{}
		case EffectManual:
			w.dues = map[string]time.Time{}
		case EffectNotify, EffectWebhook, EffectSetField, EffectCreateTask, EffectCreateCase:
		}
		if !ok {
			return fmt.Errorf("effect %d (%s) has no place there", i, shortEffect(e))
		}
	}
	return nil
}

// checkBooks compares the books with the state.
func (w *watcher) checkBooks() error {
	tasks, entered, incidents := map[Ref]bool{}, map[string]bool{}, map[Ref]bool{}
	for _, ref := range w.state.Open() {
		tasks[ref] = true
	}
	for _, p := range Current(w.m, w.state) {
		entered[p.Path] = true
		if p.Position.Failed != "" {
			incidents[p.Ref] = true
		}
		if w.state.Mode == crm.ModeProcess && !w.dues[p.Path].Equal(timeOf(p.Position.Due)) {
			return fmt.Errorf("the due of %s is %v, the effects say %v", p.Path, p.Position.Due, w.dues[p.Path])
		}
	}
	if !w.dues[""].Equal(timeOf(w.state.Due)) {
		return fmt.Errorf("the due of the case is %v, the effects say %v", w.state.Due, w.dues[""])
	}
	switch {
	case !maps.Equal(tasks, w.tasks):
		return fmt.Errorf("open tasks %v, the effects say %v", tasks, w.tasks)
	case !maps.Equal(entered, w.entered):
		return fmt.Errorf("the case stands at %v, the effects say %v", entered, w.entered)
	case !maps.Equal(incidents, w.incidents):
		return fmt.Errorf("failed stages %v, the effects say %v", incidents, w.incidents)
	}
	return nil
}

// checkMovable: each innermost place of an open case waits for something that can come, and the case's clock stands
// still exactly while a stage's does.
func (w *watcher) checkMovable() error {
	if w.state.Status != crm.StatusOpen || w.state.Mode != crm.ModeProcess {
		return nil
	}
	if _, paused := w.state.pausedUntil(); w.state.Paused != nil && !paused {
		return errors.New("the case is paused, but none of its stages")
	}
	for _, p := range Current(w.m, w.state) {
		pos := p.Position
		running := func(b BranchAt) bool { return b.At != nil }
		inside := pos.Nested != nil || slices.ContainsFunc(pos.Branches, running)
		if !inside && pos.Performer == nil && pos.Failed == "" && !pos.Pending && p.Stage.Kind != StageWait {
			return fmt.Errorf("nothing can move %s: %s", p.Path, stateText(w.state))
		}
		if w := p.Stage.Wait; w != nil && pos.Failed == "" && (w.For != nil || w.Until != "") && pos.Wake == nil {
			return fmt.Errorf("the wait %s has no timer", p.Path)
		}
	}
	return nil
}

// books count what random cases went through, to tell whether they were worth it.
type books struct {
	accepted  map[EventKind]int
	effects   map[EffectKind]int
	incidents map[string]int
	refused   int
}

func newBooks() *books {
	return &books{accepted: map[EventKind]int{}, effects: map[EffectKind]int{}, incidents: map[string]int{}}
}

func (b *books) add(other *books) {
	addCounts(b.accepted, other.accepted)
	addCounts(b.effects, other.effects)
	addCounts(b.incidents, other.incidents)
	b.refused += other.refused
}

func addCounts[K comparable](all, more map[K]int) {
	for k, n := range more {
		all[k] += n
	}
}

func (b *books) String() string {
	return fmt.Sprintf("accepted %v, refused %d, effects %v, incidents %v", b.accepted, b.refused, b.effects, b.incidents)
}

func (b *books) check(t *testing.T) {
	t.Helper()
	for _, kind := range []EventKind{
		OnStart, OnOutcome, OnTrigger, OnTimer, OnFactsChanged, OnDelivered, OnFailed, OnRetry, OnSwitchManual, OnMove, OnClose, OnCancel, OnRecomputeDues,
		OnSetDue, OnReopen,
	} {
		if b.accepted[kind] == 0 {
			t.Errorf("no random case accepted %s", kind)
		}
	}
	for _, kind := range []EffectKind{
		EffectEnterStage, EffectLeaveStage, EffectOpenTask, EffectCompleteTask, EffectWithdrawTask, EffectMoveDue, EffectOverdue, EffectNotify,
		EffectWebhook, EffectSetField, EffectCreateTask, EffectCreateCase, EffectOpenIncident, EffectCloseIncident, EffectManual, EffectFinish,
	} {
		if b.effects[kind] == 0 {
			t.Errorf("no random case had the effect %s", kind)
		}
	}
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

func stateText(s State) string {
	data, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// FuzzStep makes a map of the first bytes and events of the others.
func FuzzStep(f *testing.F) {
	for seed := range uint64(20) {
		data := make([]byte, 600)
		random := rand.New(rand.NewPCG(seed, 2))
		for i := range data {
			data[i] = byte(random.IntN(256))
		}
		f.Add(data)
	}
	parts := newMapParts()
	f.Fuzz(func(t *testing.T, data []byte) {
		half := min(len(data), 200)
		maker := &mapMaker{chooser: &byteChooser{data: data[:half]}, parts: parts, left: 20}
		source := &byteChooser{data: data[half:]}
		l := newLife(source, parts, maker.newMap(3))
		w := newWatcher(l.m, newBooks())
		for range 200 {
			if err := w.step(l.event(w.state), l.facts); err != nil {
				t.Fatal(err)
			}
			if len(source.data) == 0 {
				break
			}
		}
	})
}
