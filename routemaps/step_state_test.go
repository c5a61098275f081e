package routemaps

import (
	"errors"
	"strings"
	"testing"
	"time"

	"marshrut/crm"
)

func TestStateIsReadAsItWasWritten(t *testing.T) {
	c := started(t, deepMap())
	c.choose("a", "on")
	text := encode(t, c.s)
	s, err := DecodeState([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if again := encode(t, s); again != text {
		t.Fatalf("read and written again:\n%s\nwas:\n%s", again, text)
	}
}

func TestStatesThatAreNoneAreRefused(t *testing.T) {
	for _, text := range []string{"", "null null", "[]", "{", `{"format":"1"}`, `{"format":1,"colour":"red"}`, `{"format":1} x`, `{"format":1,"at":{"stage":7}}`} {
		if s, err := DecodeState([]byte(text)); err == nil {
			t.Errorf("%s was read as %+v", text, s)
		} else if errors.Is(err, ErrNewerState) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{`{"format":2}`, `{"format":2,"colour":"red"}`} {
		if _, err := DecodeState([]byte(text)); !errors.Is(err, ErrNewerState) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestStatesOfAnotherMapAreRefused(t *testing.T) {
	m := link(deepMap())
	c := started(t, m)
	c.choose("a", "on")
	fine := encode(t, c.s)
	due := time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)
	for name, spoil := range map[string]func(s *State){
		"newer":                    func(s *State) { s.Format = StateFormat + 1 },
		"unknown status":           func(s *State) { s.Status = "lost" },
		"unknown mode":             func(s *State) { s.Mode = crm.ModeNone },
		"no position":              func(s *State) { s.At = nil },
		"closed with a position":   func(s *State) { s.Status = crm.StatusPositive },
		"not started but visited":  func(s *State) { *s = State{Visits: map[string]int{"a": 1}} },
		"unknown stage":            func(s *State) { s.At.Stage = "gone" },
		"unknown inner stage":      func(s *State) { s.At.Branches[1].At.Stage = "gone" },
		"unknown branch":           func(s *State) { s.At.Branches[1].ID = "gone" },
		"a branch too few":         func(s *State) { s.At.Branches = s.At.Branches[:1] },
		"branches of a task":       func(s *State) { s.At.Branches[1].At.Branches = []BranchAt{{ID: "x"}} },
		"nested in a task":         func(s *State) { s.At.Branches[1].At.Nested = &Position{Stage: "a", Visit: 1} },
		"visit without visits":     func(s *State) { s.Visits = nil },
		"another visit":            func(s *State) { s.At.Visit = 2 },
		"task without performer":   func(s *State) { s.At.Branches[1].At.Performer = nil },
		"performer without a task": func(s *State) { s.At.Performer = by(PerformHead, "") },
		"failed task":              func(s *State) { s.At.Branches[1].At.Failed = "x" },
		"webhook of a task":        func(s *State) { s.At.Branches[1].At.Pending = true },
		"wake of a task":           func(s *State) { s.At.Branches[1].At.Wake = &due },
		"timeout of a task":        func(s *State) { s.At.Branches[1].At.Timeout = &due },
		"manual with tasks":        func(s *State) { s.Mode = crm.ModeManual },
		"manual at no stage":       func(s *State) { s.Mode, s.At = crm.ModeManual, &Position{Stage: "gone", Visit: 1} },
		"manual without visits":    func(s *State) { s.Mode, s.At = crm.ModeManual, &Position{Stage: "a"} },
	} {
		s, err := DecodeState([]byte(fine))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(m); err != nil {
			t.Fatalf("the state was not fine before: %v", err)
		}
		spoil(&s)
		var refusal *Refusal
		if err := s.Validate(m); !errors.As(err, &refusal) || refusal.Code != RefusedBadState || !strings.HasPrefix(err.Error(), RefusedBadState) {
			t.Errorf("%s: Validate says %v", name, err)
		}
		for _, kind := range []EventKind{OnStart, OnTimer, OnCancel, OnMove} {
			if _, _, err := Step(m, s, Event{Kind: kind, At: t0}, c.f); !errors.As(err, &refusal) || refusal.Code != RefusedBadState {
				t.Errorf("%s: Step on %s says %v", name, kind, err)
			}
		}
	}
}

func TestWaitStateThatTheStageDoesNotHaveIsRefused(t *testing.T) {
	c := started(t, &Map{Stages: []Stage{waitFor("w", Wait{Event: EventCall}), task("a", positive("done"))}})
	due := t0
	c.s.At.Timeout = &due
	c.refused(RefusedBadState, Event{Kind: OnTimer})
}

func TestStepDoesNotShareMemoryWithItsInput(t *testing.T) {
	c := started(t, pausing())
	before := c.s
	text := encode(t, before)
	c.pauseUntil("a", at(48*time.Hour))
	c.later(48 * time.Hour)
	for i := range c.effects {
		if due := c.effects[i].Due; due != nil {
			*due = time.Time{}
		}
	}
	c.s.At.Performer.Key = "somebody"
	if encode(t, before) != text {
		t.Fatal("the old state has changed")
	}
	if c.s.At.Due == nil || c.s.At.Due.IsZero() || c.s.Due.IsZero() {
		t.Fatal("effects share memory with the state")
	}
	if c.m.Stages[0].Performer.Key != "r" {
		t.Fatal("the state shares memory with the map")
	}
}
