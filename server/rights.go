package server

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// relation is what one has to be to the record that a path names, besides seeing it and having the right of the route. Where the record is
// locked it is looked at once more, by the rules that are named here; a test walks every route as everybody and compares.
type relation string

// The relations. A route that changes a record names one in routes.go; the zero value is for those that read, and for settings.
const (
	undeclared relation = ""
	sees       relation = "sees it"
	directs    relation = "is responsible for the case, heads its responsible, or leads"     // engine.MayDirect
	heads      relation = "heads the case's responsible, or leads"                           // engine.MayReopen (R60)
	worksOn    relation = "directs the case or has an open task of it"                       // engine.MayWork
	partakes   relation = "works on the case or takes part in it"                            // (R65)
	performs   relation = "has the task, stands in for who has it, is of its pool, or leads" // (R52)
	inPool     relation = "is of the task's pool, or leads"
	took       relation = "has taken the task or stands in for who has, or leads"
	handsOver  relation = "has the task, stands in for who has it, is of its pool, directs its case, or leads"
	assigned   relation = "is to do the assignment, stands in for who is, or leads" // crm.Task.Actions
	author     relation = "is its author, or leads"
	wrote      relation = "wrote it"
	heOrHead   relation = "is absent himself, heads who is, or leads" // engine.MayPlanAbsence
)

// state is how the record stands for a route to do something; otherwise it is refused with 409. What a form or a value adds to that is
// said where it is described.
type state string

// The states. Without one a route does the same however the record stands.
const (
	whileOpen   state = "while it is open"
	whileLed    state = "while its process leads it"
	whileManual state = "while it is led by hand"
	leftToRoute state = "while it is open and not led by hand"
	casesClosed state = "once all its cases have been closed"
	onceClosed  state = "when it has been closed"
	onceTaken   state = "while somebody has taken it"
	onceDone    state = "when it has been done, for review" // of an assignment whose author looks at the result
	untilTaken  state = "until it has been accepted"
	unsent      state = "while it has not been sent"
	untilOver   state = "until it is over"
	never       state = "never: it is always refused"
)

// to declares what one has to be to the record of the path, and how that has to stand.
func to(who relation, when ...state) option {
	return func(_ *huma.Operation, r *route) { r.to, r.when = who, when }
}

// describe says for the API's description who may use a route.
func (r *route) describe() string {
	var s strings.Builder
	s.WriteString("For " + r.who.String())
	if r.to != undeclared {
		s.WriteString(" and " + string(r.to))
	}
	for _, when := range r.when {
		s.WriteString(", " + string(when))
	}
	s.WriteString(".")
	return s.String()
}
