package routemaps

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"marshrut/crm"
)

// Encode writes the state as JSON; equal states give equal bytes.
func (s State) Encode() ([]byte, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode state: %w", err)
	}
	return data, nil
}

// ErrNewerState says that a state was written by a newer program: this one would lose what it does not know.
var ErrNewerState = errors.New("the state was written by a newer version of the program")

// DecodeState reads what Encode wrote. It refuses newer formats (ErrNewerState), unknown fields and anything else that
// is not a state; whether the state is one of a given map, Validate tells.
func DecodeState(data []byte) (State, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var s State
	err := decoder.Decode(&s)
	if format := formatOf(data, s, err); format > StateFormat {
		return State{}, fmt.Errorf("decode state of format %d: %w", format, ErrNewerState)
	}
	if err != nil {
		return State{}, fmt.Errorf("decode state: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return State{}, errors.New("decode state: there is something after its end")
	}
	return s, nil
}

// formatOf is the format of an encoded state, of one that could not be decoded too: that may be because it is newer.
func formatOf(data []byte, s State, err error) int {
	if err == nil {
		return s.Format
	}
	var head struct {
		Format int `json:"format"`
	}
	if json.Unmarshal(data, &head) != nil {
		return 0 // the first error tells more
	}
	return head.Format
}

// Validate tells whether s can be a state of a case on m: of a format this program knows, and standing only where the
// map has stages. The error is a *Refusal with the code bad_state.
func (s State) Validate(m *Map) error {
	if refusal := s.check(m); refusal != nil {
		return refusal
	}
	return nil
}

func (s State) check(m *Map) *Refusal {
	if s.Format > StateFormat {
		return refuse(RefusedBadState, "the state has format %d; this program knows formats up to %d", s.Format, StateFormat)
	}
	switch s.Status {
	case "":
		if s.At != nil || s.Mode != "" || len(s.Visits) > 0 {
			return refuse(RefusedBadState, "the case has a position but was never started")
		}
		return nil
	case crm.StatusOpen:
		return s.checkOpen(m)
	case crm.StatusPositive, crm.StatusNegative, crm.StatusCancelled:
		if s.At != nil {
			return refuse(RefusedBadState, "the case is closed but has a position")
		}
		return nil
	}
	return refuse(RefusedBadState, "the case has the unknown status %q", s.Status)
}

func (s State) checkOpen(m *Map) *Refusal {
	switch {
	case s.At == nil:
		return refuse(RefusedBadState, "the case is open but has no position")
	case s.Mode != crm.ModeManual && s.Mode != crm.ModeProcess:
		return refuse(RefusedBadState, "the case has the unknown mode %q", s.Mode)
	case s.Mode == crm.ModeManual && !s.At.bare():
		return refuse(RefusedBadState, "the case is in manual mode but has tasks or timers")
	}
	return s.checkScope(top(m, &s))
}

// bare tells whether nothing but a stage is known of the position, as in manual mode.
func (p *Position) bare() bool {
	return p.Due == nil && p.Paused == nil && p.Wake == nil && p.Timeout == nil && p.Failed == "" && !p.Pending &&
		len(p.Branches) == 0 && p.Nested == nil && p.Performer == nil
}

// checkScope checks that the scope's marker stands on a stage of it and has what that kind of stage needs.
func (s State) checkScope(in *scope) *Refusal {
	t := in.marker()
	if t == nil {
		return refuse(RefusedBadState, "the map has no stage %q at %q", (*in.slot).Stage, in.prefix)
	}
	if t.pos.Visit < 1 || t.pos.Visit != s.Visits[t.path] {
		return refuse(RefusedBadState, "the visits of %q do not agree", t.path)
	}
	if s.Mode == crm.ModeManual {
		return nil
	}
	if trouble := t.misfit(); trouble != "" {
		return refuse(RefusedBadState, "the position at %q %s", t.path, trouble)
	}
	for _, inner := range t.inner() {
		if *inner.slot == nil {
			continue
		}
		if refusal := s.checkScope(inner); refusal != nil {
			return refusal
		}
	}
	return nil
}

// misfit says what in a marker's position does not fit the kind of its stage.
func (t *marker) misfit() string {
	pos, kind := t.pos, t.stage.Kind
	_, hasNested := t.in.m.Nested(t.stage.Route)
	switch {
	case (pos.Performer != nil) != (kind == StageTask):
		return "must have a performer exactly if it is a task"
	case kind == StageTask && pos.Failed != "":
		return "is a task, which cannot fail"
	case len(pos.Branches) > 0 && !slices.EqualFunc(pos.Branches, t.stage.Branches, sameBranch):
		return "does not have the stage's branches"
	case pos.Nested != nil && (kind != StageRoute || !hasNested):
		return "is in a nested map that the stage does not have"
	case pos.Pending && (kind != StageAction || t.stage.Action == nil):
		return "waits for a webhook that the stage does not send"
	case !t.timersFit():
		return "has a timer that the stage does not have"
	}
	return ""
}

// timersFit tells whether the timers set are those of the stage's wait, if it has one.
func (t *marker) timersFit() bool {
	if t.stage.Kind != StageWait || t.stage.Wait == nil {
		return t.pos.Wake == nil && t.pos.Timeout == nil
	}
	return t.pos.Timeout == nil || t.stage.Wait.Timeout != nil
}

func sameBranch(at BranchAt, b Branch) bool { return at.ID == b.ID }

// clone copies all that Step may change.
func (s State) clone() State {
	c := s
	c.At = s.At.clone()
	c.Visits = maps.Clone(s.Visits)
	c.Given = maps.Clone(s.Given)
	c.Consumed = maps.Clone(s.Consumed)
	c.Due = copyOf(s.Due)
	c.Paused = copyOf(s.Paused)
	c.Resumed = copyOf(s.Resumed)
	c.IdleAt = copyOf(s.IdleAt)
	return c
}

func (p *Position) clone() *Position {
	if p == nil {
		return nil
	}
	c := *p
	c.Due = copyOf(p.Due)
	c.Paused = copyOf(p.Paused)
	c.Resumed = copyOf(p.Resumed)
	c.Wake = copyOf(p.Wake)
	c.Timeout = copyOf(p.Timeout)
	c.Performer = copyOf(p.Performer)
	c.Nested = p.Nested.clone()
	c.Branches = slices.Clone(p.Branches)
	for i := range c.Branches {
		c.Branches[i].At = p.Branches[i].At.clone()
	}
	return &c
}
