package server

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// auditView is one change.
type auditView struct {
	N         int64                      `json:"n" doc:"In the order they were sealed in"`
	Chain     string                     `json:"chain" example:"case:0190a7d0-0000-7000-8000-000000000000" doc:"Of hashes: of a case, a client, a user, or the office's"`
	Seq       int64                      `json:"seq" doc:"In its chain"`
	Hash      string                     `json:"hash" doc:"SHA-256 of everything stored and of the hash before it in the chain"`
	At        time.Time                  `json:"at"`
	ActorID   uuid.UUID                  `json:"actor_id,omitzero" format:"uuid" doc:"Missing: the program itself"`
	Address   string                     `json:"address,omitempty" doc:"Where the request came from"`
	RequestID string                     `json:"request_id,omitempty"`
	Program   string                     `json:"program" doc:"The part of the program that made the change, or the name of the database connection"`
	Table     string                     `json:"table" example:"cases"`
	Action    string                     `json:"action" example:"update" doc:"insert, update, delete, or what happened besides"`
	RecordID  string                     `json:"record_id,omitempty" doc:"Id or key in its table"`
	CaseID    uuid.UUID                  `json:"case_id,omitzero" format:"uuid"`
	ClientID  uuid.UUID                  `json:"client_id,omitzero" format:"uuid"`
	Before    map[string]json.RawMessage `json:"before" doc:"Of an update: the columns that have changed"`
	After     map[string]json.RawMessage `json:"after"`
	Erased    bool                       `json:"erased,omitempty" doc:"What was personal can be read by nobody any more"`
}

func viewAudit(e *crm.AuditEntry) auditView {
	v := auditView{
		N: e.N, Chain: e.Chain, Seq: e.Seq, Hash: hex.EncodeToString(e.Hash), At: e.At, ActorID: e.ActorID, Address: e.Address, RequestID: e.RequestID,
		Program: e.Program, Table: e.Table, Action: e.Action, RecordID: e.RecordID, CaseID: e.CaseID, ClientID: e.ClientID, Before: e.Before,
		After: e.After, Erased: e.Erased,
	}
	if v.Before == nil {
		v.Before = map[string]json.RawMessage{}
	}
	if v.After == nil {
		v.After = map[string]json.RawMessage{}
	}
	return v
}

type auditInput struct {
	Case   string    `query:"case" format:"uuid"`
	Client string    `query:"client" format:"uuid"`
	Actor  string    `query:"actor" format:"uuid" doc:"Who has made the change"`
	Table  string    `query:"table" maxLength:"63" example:"clients"`
	Action string    `query:"action" maxLength:"63" example:"update"`
	Record string    `query:"record" maxLength:"200" doc:"Id or key in its table"`
	From   time.Time `query:"from" doc:"At this time or after it"`
	Until  time.Time `query:"until" doc:"Before this time"`
	After  int64     `query:"after" minimum:"0" doc:"The next of the page before"`
	Limit  int       `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Rows at most"`
}

// filter reads the query; ids that are none are refused by huma already.
func (in *auditInput) filter() (crm.AuditFilter, error) {
	f := crm.AuditFilter{Table: in.Table, Action: in.Action, RecordID: in.Record, Before: in.After, Limit: min(max(in.Limit, 1), maxPage)}
	for _, named := range []struct {
		parameter, text string
		id              *uuid.UUID
	}{{"case", in.Case, &f.CaseID}, {"client", in.Client, &f.ClientID}, {"actor", in.Actor, &f.ActorID}} {
		if named.text == "" {
			continue
		}
		var err error
		if *named.id, err = idParameter(named.parameter, named.text); err != nil {
			return f, err
		}
	}
	if !in.From.IsZero() {
		f.From = &in.From
	}
	if !in.Until.IsZero() {
		f.Until = &in.Until
	}
	return f, nil
}

func (s *Server) listAudit(ctx context.Context, in *auditInput) (*listOutput[auditView], error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	limit := f.Limit
	f.Limit++
	entries, err := s.services.Audit.ListAudit(ctx, f)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(entries) > limit {
		entries = entries[:limit]
		next = strconv.FormatInt(entries[limit-1].N, 10)
	}
	out := listOf(entries, viewAudit)
	out.Body.Next = next
	return out, nil
}

type storyView struct {
	Case    CaseView                     `json:"case"`
	Records map[string][]json.RawMessage `json:"records" doc:"Rows of the case's records as they are now, by table"`
	Audit   []auditView                  `json:"audit" doc:"Every change, oldest first"`
}

type storyOutput struct {
	Disposition string `header:"Content-Disposition"`
	Body        storyView
}

func (s *Server) getStory(ctx context.Context, in *CaseInput) (*storyOutput, error) {
	story, err := s.story(ctx, in)
	if err != nil {
		return nil, err
	}
	out := &storyOutput{Disposition: `attachment; filename="` + story.Case.Number + `.json"`}
	out.Body = storyView{Case: viewCase(&story.Case), Records: story.Records, Audit: listOf(story.Entries, viewAudit).Body.Items}
	return out, nil
}

func (s *Server) story(ctx context.Context, in *CaseInput) (*crm.Story, error) {
	c, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return s.services.Audit.CaseStory(ctx, c.ID)
}

type textOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// storyWords are what a story says in each language.
var storyWords = map[string]crm.Text{
	"title":   {EN: "Case {number}, as it was on {at}", RU: "Карточка {number}, по состоянию на {at}"},
	"nobody":  {EN: "the program", RU: "программа"},
	"from":    {EN: "from", RU: "с адреса"},
	"insert":  {EN: "added", RU: "добавлено"},
	"update":  {EN: "changed", RU: "изменено"},
	"delete":  {EN: "removed", RU: "удалено"},
	"erased":  {EN: "the rest has been erased", RU: "остальное стёрто"},
	"nothing": {EN: "nothing", RU: "пусто"},
}

// getStoryText tells the audit of a case line by line.
func (s *Server) getStoryText(ctx context.Context, in *CaseInput) (*textOutput, error) {
	story, err := s.story(ctx, in)
	if err != nil {
		return nil, err
	}
	users, err := s.services.Users.ListUsers(ctx)
	if err != nil {
		return nil, err
	}
	names := map[uuid.UUID]string{}
	for i := range users {
		names[users[i].ID] = users[i].Name
	}
	word := func(key string) string { return storyWords[key].In(langOf(ctx)) }
	var text strings.Builder
	title := strings.NewReplacer("{number}", story.Case.Number, "{at}", s.clock().UTC().Format(time.RFC3339)).Replace(word("title"))
	fmt.Fprintf(&text, "%s\n%s\n\n", title, strings.Repeat("=", len([]rune(title))))
	for i := range story.Entries {
		tellEntry(&text, &story.Entries[i], names, word)
	}
	return &textOutput{
		ContentType: "text/plain; charset=utf-8", Disposition: `attachment; filename="` + story.Case.Number + `.txt"`, Body: []byte(text.String()),
	}, nil
}

func tellEntry(text *strings.Builder, e *crm.AuditEntry, names map[uuid.UUID]string, word func(string) string) {
	who := cmp.Or(names[e.ActorID], word("nobody")+" ("+e.Program+")")
	if e.Address != "" {
		who += ", " + word("from") + " " + e.Address
	}
	action := e.Action
	if _, known := storyWords[action]; known {
		action = word(action)
	}
	fmt.Fprintf(text, "%s  #%d  %s\n    %s %s %s\n", e.At.UTC().Format(time.RFC3339), e.Seq, who, e.Table, e.RecordID, action)
	columns := slices.Collect(maps.Keys(e.After))
	for column := range e.Before {
		if _, also := e.After[column]; !also {
			columns = append(columns, column)
		}
	}
	slices.Sort(columns)
	for _, column := range columns {
		fmt.Fprintf(text, "      %s: %s → %s\n", column, valueText(e.Before[column], word), valueText(e.After[column], word))
	}
	if e.Erased {
		fmt.Fprintf(text, "      (%s)\n", word("erased"))
	}
}

// valueText is a column's value on one line.
func valueText(value json.RawMessage, word func(string) string) string {
	var line string
	switch {
	case len(value) == 0 || string(value) == "null":
		return word("nothing")
	case json.Unmarshal(value, &line) == nil:
		return strings.Join(strings.Fields(line), " ")
	}
	return string(value)
}
