package server

import (
	"context"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// workView counts what a user has that somebody would have to go on with.
type workView struct {
	Clients      int `json:"clients" doc:"That belong to him, alone or shared"`
	Cases        int `json:"cases" doc:"Open ones that he is responsible for"`
	Interactions int `json:"interactions" doc:"Planned ones that he is to hold"`
	Tasks        int `json:"tasks" doc:"Of routes, on his desk"`
	Personal     int `json:"personal" doc:"His open personal tasks"`
	Assignments  int `json:"assignments" doc:"Open ones that he is to do"`
	Given        int `json:"given" doc:"Open ones that he has given to others"`
	Departments  int `json:"departments" doc:"That he is the head of"`
}

func viewWork(w crm.OpenWork) workView {
	return workView{
		Clients: w[crm.WorkClients], Cases: w[crm.WorkCases], Interactions: w[crm.WorkInteractions], Tasks: w[crm.WorkTasks],
		Personal: w[crm.WorkPersonal], Assignments: w[crm.WorkAssignments], Given: w[crm.WorkGiven], Departments: w[crm.WorkDepartments],
	}
}

type openWorkOutput struct {
	Body workView
}

func (s *Server) getOpenWork(ctx context.Context, in *UserInput) (*openWorkOutput, error) {
	id, err := idOf(in.ID, "user_not_found")
	if err != nil {
		return nil, err
	}
	work, err := s.services.Users.OpenWork(ctx, id)
	if err != nil {
		return nil, err
	}
	return &openWorkOutput{Body: viewWork(work)}, nil
}

// shareBody is a colleague who takes over a part.
type shareBody struct {
	UserID uuid.UUID `json:"user_id" format:"uuid"`
	Share  int       `json:"share,omitempty" minimum:"1" maximum:"100" default:"1" doc:"How many parts are his, where the others have theirs"`
}

func sharesOf(bodies []shareBody) []crm.Share {
	shares := make([]crm.Share, len(bodies))
	for i, b := range bodies {
		shares[i] = crm.Share{UserID: b.UserID, Weight: b.Share}
	}
	return shares
}

type handoverInput struct {
	UserInput
	Body struct {
		To         []shareBody                  `json:"to,omitempty" maxItems:"50" nullable:"false" doc:"Who takes over what by_kind does not give to others. A case goes with its client, and work on a case with the case; the rest is dealt out by shares"`
		ByKind     map[crm.WorkKind][]shareBody `json:"by_kind,omitempty" doc:"Others for clients, cases, interactions, tasks, personal, assignments, given or departments. A kind for which nobody is named stays where it is"`
		Reason     string                       `json:"reason,omitempty" maxLength:"1000"`
		Deactivate bool                         `json:"deactivate,omitempty" doc:"The user's account ends with it; for administrators"`
		Preview    bool                         `json:"preview,omitempty" doc:"Only tell who would get what: nothing is written"`
	}
}

type handoverView struct {
	FromID  uuid.UUID              `json:"from_id" format:"uuid"`
	At      time.Time              `json:"at"`
	Preview bool                   `json:"preview"`
	Handed  workView               `json:"handed" doc:"What was handed over"`
	ByUser  map[uuid.UUID]workView `json:"by_user" doc:"To whom"`
	Left    workView               `json:"left" doc:"What stays, as nobody was named for it"`
}

type handoverOutput struct {
	Body handoverView
}

// handOver hands over all that a leaver has, in one action (R61).
func (s *Server) handOver(ctx context.Context, in *handoverInput) (*handoverOutput, error) {
	id, err := idOf(in.ID, "user_not_found")
	if err != nil {
		return nil, err
	}
	b := &in.Body
	h := crm.Handover{
		ID: recordID(ctx), FromID: id, To: sharesOf(b.To), ByKind: map[crm.WorkKind][]crm.Share{}, Reason: crm.Lines(b.Reason),
		Deactivate: b.Deactivate, Preview: b.Preview, By: userOf(ctx).ID,
	}
	for kind, shares := range b.ByKind {
		if !kind.Known() {
			return nil, invalid("/by_kind/"+string(kind), "unknown_field")
		}
		h.ByKind[kind] = sharesOf(shares)
	}
	switch {
	case len(h.To) == 0 && len(h.ByKind) == 0 && !h.Deactivate:
		return nil, invalid("/to", codeRequired)
	case h.Deactivate && !admins.allows(userOf(ctx)):
		return nil, crm.Errorf(crm.KindForbidden, "not_allowed", "only an administrator ends accounts")
	}
	done, err := s.services.Users.Handover(ctx, h)
	if err != nil {
		return nil, err
	}
	v := handoverView{
		FromID: id, At: done.At, Preview: done.Preview, Handed: viewWork(done.Counts), ByUser: map[uuid.UUID]workView{}, Left: viewWork(done.Left),
	}
	for user, work := range done.ByUser {
		v.ByUser[user] = viewWork(work)
	}
	return &handoverOutput{Body: v}, nil
}
