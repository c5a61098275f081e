package server

import (
	"context"

	"github.com/google/uuid"

	"marshrut/crm"
)

// OwnTasks are personal tasks and assignments (R10, R12).
type OwnTasks interface {
	// CreateTask gives a task of this id as it is; user_not_active or user_reads_only when whoever is to do it cannot work.
	CreateTask(ctx context.Context, n crm.NewTask) (*crm.TaskItem, error)
	// ActOnTask refuses as crm.Task.Do does; task_of_the_route for the others.
	ActOnTask(ctx context.Context, id uuid.UUID, action crm.TaskAction, text string, by *crm.User) (*crm.TaskItem, error)
	// PatchTask changes a task of this version; crm.KindStale when it has another.
	PatchTask(ctx context.Context, id uuid.UUID, version int, p crm.TaskPatch, by *crm.User) (*crm.TaskItem, error)
	TaskHistory(ctx context.Context, id uuid.UUID) ([]crm.TaskEvent, error)
}

// CaseLists are lists and boards of cases.
type CaseLists interface {
	ListCases(ctx context.Context, f crm.CaseFilter) (crm.Page[crm.CaseItem], error)
	// CountCases counts those that the filter is for, up to a bound.
	CountCases(ctx context.Context, f crm.CaseFilter, bound int) (crm.Count, error)
	// BoardStages are the stages of a map at which open cases stand, of whatever version.
	BoardStages(ctx context.Context, kind crm.Kind, mapID string) ([]crm.BoardStage, error)
	// Board reads columns with their first cards, in the order of the filter's stages.
	// ClientStages counts the clients with open cases at the stages of a map, in the order of the stages (R16).
	ClientStages(ctx context.Context, kind crm.Kind, mapID string, stages []string) ([]crm.Count, error)
	Board(ctx context.Context, f crm.BoardFilter) ([]crm.BoardColumn, error)
	// BoardCards reads a page of one column.
	BoardCards(ctx context.Context, f crm.BoardFilter) (crm.Page[crm.CaseItem], error)
	// Agenda lists what a user has before him (R13).
	Agenda(ctx context.Context, f crm.AgendaFilter) (crm.Page[crm.AgendaItem], error)
}

// Comments are notes and comments on cases (R10, R42).
type Comments interface {
	// Comments lists those of a case, oldest first; after: ID.
	Comments(ctx context.Context, caseID uuid.UUID, after *crm.Cursor, limit int) (crm.Page[crm.Comment], error)
	// Comment reads one that was not removed.
	Comment(ctx context.Context, id uuid.UUID) (*crm.Comment, error)
	// CreateComment gives a comment of this id as it is.
	CreateComment(ctx context.Context, c crm.Comment) (*crm.Comment, error)
	// EditComment refuses everybody but the author with not_your_comment; crm.KindStale when it has another version.
	EditComment(ctx context.Context, id uuid.UUID, version int, text string, by uuid.UUID) (*crm.Comment, error)
	// RemoveComment takes one away, or puts it back.
	RemoveComment(ctx context.Context, id uuid.UUID, removed bool, by *crm.User) (*crm.Comment, error)
	CommentVersions(ctx context.Context, id uuid.UUID) ([]crm.CommentVersion, error)
	// Mentions lists where the user is named, newest first; after: At, ID.
	Mentions(ctx context.Context, user uuid.UUID, after *crm.Cursor, limit int) (crm.Page[crm.Mention], error)
}

// CaseParties are who takes part in cases, and the lists that their forms choose from.
type CaseParties interface {
	// Participants lists those of a case, in the order in which they were added.
	Participants(ctx context.Context, caseID uuid.UUID) ([]crm.CaseParticipant, error)
	// AddParticipant gives whoever takes part in the role already as he is; not_on_the_case: only who works on it may.
	AddParticipant(ctx context.Context, p crm.CaseParticipant) (*crm.CaseParticipant, error)
	// RemoveParticipant refuses to take off the competitor that a case was lost to: competitor_named.
	RemoveParticipant(ctx context.Context, caseID, id, by uuid.UUID) error
	// ClientOwners lists who shares a client (R18).
	ClientOwners(ctx context.Context, client uuid.UUID) ([]crm.ClientOwner, error)
	// ReferenceItems lists what there is to choose of a list, what is out of use included.
	ReferenceItems(ctx context.Context, list crm.ReferenceList) ([]crm.ReferenceItem, error)
	// PutReferenceItem adds (version 0) or changes an item; crm.KindStale when there is another version.
	PutReferenceItem(ctx context.Context, i crm.ReferenceItem, version int) (*crm.ReferenceItem, error)
}
