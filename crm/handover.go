package crm

import (
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// WorkKind is a sort of thing that somebody has to go on with when its user leaves (R61).
type WorkKind string

// The kinds of work.
const (
	WorkClients      WorkKind = "clients"      // that belong to him, alone or shared
	WorkCases        WorkKind = "cases"        // open ones that he is responsible for
	WorkInteractions WorkKind = "interactions" // planned ones that he is to hold
	WorkTasks        WorkKind = "tasks"        // of routes, on his desk
	WorkPersonal     WorkKind = "personal"     // his open personal tasks
	WorkAssignments  WorkKind = "assignments"  // open ones that he is to do
	WorkGiven        WorkKind = "given"        // open ones that he has given to others and looks after
	WorkDepartments  WorkKind = "departments"  // that he is the head of
)

// WorkKinds are all of them, in the order in which they are shown and handed over.
func WorkKinds() []WorkKind {
	return []WorkKind{
		WorkClients, WorkCases, WorkInteractions, WorkTasks, WorkPersonal, WorkAssignments, WorkGiven, WorkDepartments,
	}
}

// Known tells whether there is such a kind.
func (k WorkKind) Known() bool { return slices.Contains(WorkKinds(), k) }

// OpenWork counts what a user has by kind; a kind of which he has nothing is missing.
type OpenWork map[WorkKind]int

// Refusal is the answer to who would leave all this lying; nil where there is nothing.
func (w OpenWork) Refusal() *Error {
	refusal := Errorf(KindConflict, "user_has_open_work", "the user has open work: hand it over first")
	open := 0
	for _, kind := range WorkKinds() {
		open += w[kind]
		refusal = refusal.With(string(kind), strconv.Itoa(w[kind]))
	}
	if open == 0 {
		return nil
	}
	return refusal
}

// Share is one who takes over a part of a leaver's work.
type Share struct {
	UserID uuid.UUID
	Weight int // how many parts are his, where others have theirs; 1 to 100
}

// Handover is what is asked for when a user leaves (R61).
type Handover struct {
	ID     uuid.UUID // zero: a new one
	FromID uuid.UUID
	To     []Share // of what no kind says otherwise
	// ByKind names others for a kind. A kind for which nobody is named, here or in To, stays where it is.
	ByKind     map[WorkKind][]Share
	Reason     string
	Deactivate bool // his account ends with it
	Preview    bool // nothing is written
	By         uuid.UUID
}

// HandedOver is what became of a handover.
type HandedOver struct {
	Handover

	At     time.Time
	Counts OpenWork               // what was handed over
	ByUser map[uuid.UUID]OpenWork // to whom
	Left   OpenWork               // what stays, as nobody was named for it
}

// Dealer deals out the parts of a leaver's work, always in the same way: what belongs together stays together unless others
// were named for it. A case goes with its client, and work on a case with the case; the rest is dealt out by shares.
type Dealer struct {
	common *hand
	own    map[WorkKind]*hand
	with   map[uuid.UUID]uuid.UUID // who got a client or a case
}

// NewDealer gives a dealer for the handover.
func NewDealer(h *Handover) *Dealer {
	d := &Dealer{common: newHand(h.To), own: map[WorkKind]*hand{}, with: map[uuid.UUID]uuid.UUID{}}
	for kind, shares := range h.ByKind {
		d.own[kind] = newHand(shares)
	}
	return d
}

// Give says who gets the thing; belongsTo is the client or the case that it is of, zero for none. The zero id: it stays.
func (d *Dealer) Give(kind WorkKind, id, belongsTo uuid.UUID) uuid.UUID {
	var to uuid.UUID
	switch own := d.own[kind]; {
	case own != nil:
		to = own.next()
	case d.with[belongsTo] != uuid.Nil:
		to = d.with[belongsTo]
	default:
		to = d.common.next()
	}
	if kind == WorkClients || kind == WorkCases {
		d.with[id] = to
	}
	return to
}

// hand is a round of people, each as often in it as his share says.
type hand struct {
	round []uuid.UUID
	dealt int
}

// newHand mixes the shares, so that a few things are not all the first one's.
func newHand(shares []Share) *hand {
	if len(shares) == 0 {
		return nil
	}
	h := &hand{}
	for turn, more := 0, true; more; turn++ {
		more = false
		for _, share := range shares {
			if turn < max(share.Weight, 1) {
				h.round, more = append(h.round, share.UserID), true
			}
		}
	}
	return h
}

func (h *hand) next() uuid.UUID {
	if h == nil {
		return uuid.Nil
	}
	to := h.round[h.dealt%len(h.round)]
	h.dealt++
	return to
}
