package server

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// event is one server-sent event.
type event struct {
	name, id string
	data     map[string]any
}

// live is a stream that is being read.
type live struct {
	t      *testing.T
	events chan event
	cancel context.CancelFunc
	last   string
}

// listen opens a stream over a real connection.
func (r *rig) listen(server *httptest.Server, as, query, last string) *live {
	r.t.Helper()
	ctx, cancel := context.WithCancel(r.t.Context())
	r.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, get, server.URL+apiPrefix+"/events"+query, http.NoBody)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.token[as])
	req.Header.Set("Last-Event-ID", last)
	response, err := server.Client().Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	if kind := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || kind != "text/event-stream" {
		r.t.Fatalf("status %d, type %s", response.StatusCode, kind)
	}
	l := &live{t: r.t, events: make(chan event, 10_000), cancel: cancel}
	go func() {
		defer func() { _ = response.Body.Close() }()
		defer close(l.events)
		var e event
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "event":
				e.name = value
			case "id":
				e.id = value
			case "data":
				_ = json.Unmarshal([]byte(value), &e.data) // a test that wants data misses it
			case "":
				l.events <- e
				e = event{}
			}
		}
	}()
	return l
}

// next is the next event of one of these names; the zero event: the stream has ended.
func (l *live) next(names ...string) event {
	l.t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case e, open := <-l.events:
			if !open {
				return event{}
			}
			l.last = e.id
			if slices.Contains(names, e.name) {
				return e
			}
		case <-deadline:
			l.t.Fatalf("no event of %v has come", names)
		}
	}
}

func (r *rig) liveServer() *httptest.Server {
	r.config.Heartbeat, r.hub.interval = 50*time.Millisecond, 10*time.Millisecond
	server := httptest.NewServer(r.Server)
	r.t.Cleanup(func() {
		r.hub.close()
		server.Close()
	})
	return server
}

func TestR42_AFeedIsLive(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	server := r.liveServer()
	id, _ := r.deal()
	other, _ := r.deal()
	l := r.listen(server, "manager", "?cases="+id+"&topics=interactions", "")
	l.next("ready")
	r.called(map[string]any{"case_id": other})
	call := r.called(map[string]any{"case_id": id})
	var fed, registered bool
	for !fed || !registered {
		e := l.next("change")
		switch e.data["topic"] {
		case "feed":
			if fed = true; e.data["case_id"] != id {
				t.Errorf("of another case: %+v", e)
			}
		case "interactions":
			registered = registered || e.data["id"] == call.text("id")
		default:
			t.Errorf("not asked for: %+v", e)
		}
	}
}

// TestR42_BoardsHearOfEveryCaseOneSees: once for what comes together, and of nothing that one does not see.
func TestR42_BoardsHearOfEveryCaseOneSees(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	server := r.liveServer()
	id, _ := r.deal()
	other, _ := r.deal()
	r.narrow("dispatcher", crm.SeesOwn)
	l, narrow := r.listen(server, "manager", "?topics=cases", ""), r.listen(server, "dispatcher", "?topics=cases", "")
	l.next("ready")
	narrow.next("ready")
	var together string
	err := r.db.Pool().QueryRow(t.Context(), `with made as (insert into feed (id, case_id, at, kind)
		select gen_random_uuid(), c, now(), 'note' from generate_series(1, 5), unnest($1::uuid[]) c returning id) select pg_current_xact_id()::text from made limit 1`, []string{id, other}).Scan(&together)
	if err != nil {
		t.Fatal(err)
	}
	told := map[any]int{}
	for told[id] == 0 || told[other] == 0 {
		// What made the deals may have been held back until now by transactions of other databases.
		if e := l.next("change"); strings.HasPrefix(e.id, together+"-") {
			told[e.data["case_id"]]++
		}
	}
	if e := l.next("change", "heartbeat"); e.name != "heartbeat" || told[id] != 1 || told[other] != 1 {
		t.Errorf("told %v, then %+v", told, e)
	}
	if e := narrow.next("change", "heartbeat"); e.name != "heartbeat" {
		t.Errorf("who does not see it hears of it: %+v", e)
	}
}

// TestR42_AStreamGoesOnWithoutAGapOrARepeat breaks the stream again and again while others write.
func TestR42_AStreamGoesOnWithoutAGapOrARepeat(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	server := r.liveServer()
	id, _ := r.deal()
	first := r.listen(server, "manager", "?cases="+id, "")
	last := first.next("ready").id
	first.cancel()
	// The deal's task and what else made it may have been held back by transactions of other databases, and come now.
	made := map[string]bool{}
	for _, e := range r.feedPage("/cases/" + id + "/feed").Items {
		made[e.ID.String()] = true
	}
	const writers, each = 4, 25
	failed := make(chan error, writers)
	for range writers {
		go func() {
			var err error
			for n := 0; n < each && err == nil; n++ {
				_, err = r.db.Pool().Exec(context.Background(), "insert into feed (id, case_id, at, kind) values (gen_random_uuid(), $1, now(), 'note')", id)
			}
			failed <- err
		}()
	}
	seen := map[string]bool{}
	var reached crm.Position
	for breaks := 0; len(seen) < writers*each; breaks++ {
		l := r.listen(server, "manager", "?cases="+id, last)
		for range 1 + breaks%9 {
			e := l.next("change", "reset")
			if e.name != "change" {
				t.Fatalf("got %+v", e)
			}
			if ref, _ := e.data["id"].(string); seen[ref] {
				t.Fatalf("%s came twice", ref)
			} else if !made[ref] && e.data["topic"] == "feed" {
				seen[ref] = true
			}
			if at, _ := crm.ParsePosition(e.id); at.Compare(reached) <= 0 {
				t.Fatalf("%s comes after %s", at, reached)
			} else {
				reached = at
			}
			if last = e.id; len(seen) == writers*each {
				break
			}
		}
		l.cancel()
	}
	for range writers {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	// Nothing is left.
	l := r.listen(server, "manager", "?cases="+id+"&topics=interactions", last)
	if e := l.next("heartbeat", "change"); e.name != "heartbeat" {
		t.Errorf("there was more: %+v", e)
	}
}

func TestLive_AStreamEndsWithItsToken(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	l := r.listen(r.liveServer(), "manager", "", "")
	l.next("heartbeat")
	if err := r.db.RevokeToken(t.Context(), hashSecret(r.token["manager"])); err != nil {
		t.Fatal(err)
	}
	if e := l.next("end"); e.data["code"] != "session_expired" {
		t.Errorf("the end is %+v", e)
	}
	if e := l.next("heartbeat"); e.name != "" {
		t.Errorf("after its end came %+v", e)
	}
}

func TestLive_OnesInboxAndNoOthers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	server := r.liveServer()
	manager, dispatcher := r.listen(server, "manager", "", ""), r.listen(server, "dispatcher", "", "")
	manager.next("ready")
	dispatcher.next("ready")
	_, task := r.appeal()
	if e := dispatcher.next("change"); e.data["id"] != task || e.data["topic"] != "inbox" {
		t.Errorf("the dispatcher hears of %+v", e)
	}
	if e := manager.next("change", "heartbeat"); e.name != "heartbeat" {
		t.Errorf("the manager hears of %+v", e)
	}
}

// TestLive_OfAClientHearsWhoSeesIt; that something of the set-up has changed everybody hears, without what it was.
func TestLive_OfAClientHearsWhoSeesIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	server := r.liveServer()
	r.narrow("dispatcher", crm.SeesOwn)
	client := r.do(request{as: "manager", method: post, path: "/clients", body: map[string]any{"name": "ООО Скрытое", "owner_id": r.users["manager"].ID}}).want(http.StatusCreated).text("id")
	sees, narrow := r.listen(server, "manager", "?topics=clients,templates", ""), r.listen(server, "dispatcher", "?topics=clients,templates", "")
	sees.next("ready")
	narrow.next("ready")
	r.exec("update clients set version = version + 1 where id = $1", client)
	r.exec("insert into templates (key, lang, version, channel, body_text) values ('mine', 'ru', 1, 'sms', 'x')")
	// What was done before may have been held back until now by other databases.
	heard := func(l *live) (told bool) {
		for e := l.next("change"); ; e = l.next("change") {
			told = told || e.data["id"] == client
			if e.data["topic"] == "templates" {
				if e.data["id"] != nil {
					t.Errorf("of the set-up it is told what has changed: %+v", e)
				}
				return told
			}
		}
	}
	if !heard(sees) {
		t.Error("who sees the client does not hear of it")
	}
	if heard(narrow) {
		t.Error("who does not see the client hears of it")
	}
}

// TestLive_WhomSomethingIsTakenFromHears though he does not see it any more, and not what it was; who sees it hears of it as before, and
// nobody else of anything.
func TestLive_WhomSomethingIsTakenFromHears(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	server := r.liveServer()
	r.narrow("manager", crm.SeesOwn)
	r.narrow("dispatcher", crm.SeesOwn)
	client := r.do(request{as: "manager", method: post, path: "/clients", body: map[string]any{"name": "ООО Отданное", "owner_id": r.users["manager"].ID}}).want(http.StatusCreated).text("id")
	const topics = "?topics=clients,cases,templates"
	had, never, sees := r.listen(server, "manager", topics, ""), r.listen(server, "dispatcher", topics, ""), r.listen(server, "director", topics, "")
	for _, l := range []*live{had, never, sees} {
		l.next("ready")
	}
	r.exec("update clients set owner_id = $2, created_by = $2, version = version + 1 where id = $1", client, r.users["director"].ID)
	r.exec("insert into templates (key, lang, version, channel, body_text) values ('mine', 'ru', 1, 'sms', 'x')")
	heard := func(l *live) (all []string) {
		for e := l.next("change"); e.data["topic"] != "templates"; e = l.next("change") {
			all = append(all, fmt.Sprintf("%v of %v, case %v, taken %v", e.data["topic"], e.data["id"], e.data["case_id"], e.data["taken"]))
		}
		return all
	}
	const taken = "clients of <nil>, case <nil>, taken true"
	named := "clients of " + client + ", case <nil>, taken <nil>"
	if got := heard(had); !slices.Contains(got, taken) {
		t.Errorf("whom it was taken from hears %q", got)
	}
	if got := heard(sees); !slices.Contains(got, named) || slices.Contains(got, taken) {
		t.Errorf("who sees it hears %q", got)
	}
	if got := heard(never); len(got) > 0 {
		t.Errorf("who never saw it hears %q", got)
	}
}

// TestLive_ACaseTakenAwayIsToldToWhoFollowsCases: of the boards, or of any one case.
func TestLive_ACaseTakenAwayIsToldToWhoFollowsCases(t *testing.T) {
	t.Parallel()
	manager, other := uuid.New(), uuid.New()
	taken := crm.ChangeRecord{Topic: crm.TopicFeed, UserIDs: []uuid.UUID{manager}}
	for _, one := range []struct {
		wanted wanted
		user   uuid.UUID
		hears  bool
	}{
		{wanted{every: true}, manager, true},
		{wanted{cases: []uuid.UUID{uuid.New()}}, manager, true},
		{wanted{topics: []crm.ChangeTopic{crm.TopicClients}}, manager, false},
		{wanted{every: true}, other, false},
	} {
		one.wanted.user = &crm.User{ID: one.user}
		if got := one.wanted.has(&taken); got != one.hears {
			t.Errorf("%+v hears: %v", one.wanted, got)
		}
	}
	named := crm.ChangeRecord{Topic: crm.TopicFeed, RefID: uuid.New(), CaseID: uuid.New()}
	both := (&wanted{every: true}).latest([]crm.ChangeRecord{taken, named})
	if len(both) != 2 {
		t.Errorf("of a batch is left %+v", both)
	}
}

func TestLive_WhatCannotGoOnIsReset(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	server := r.liveServer()
	for _, last := range []string{"0-0", "9000000000-1"} {
		l := r.listen(server, "manager", "", last)
		if e := l.next("ready", "reset"); e.name != "reset" {
			t.Errorf("after %s: %+v", last, e)
		}
		l.cancel()
	}
	r.do(request{as: "manager", method: get, path: "/events", headers: map[string]string{"Last-Event-ID": "yesterday"}}).problem(http.StatusBadRequest, "invalid_event_id")
	r.do(request{as: "manager", method: get, path: "/events?topics=everything"}).problem(http.StatusUnprocessableEntity, "validation_failed")
}

// endlessLog has one more whenever it is asked for it.
type endlessLog struct {
	number int64
	wanted chan struct{}
}

// ChangesHead is the beginning.
func (*endlessLog) ChangesHead(context.Context) (crm.Position, error) { return crm.Position{}, nil }

// ChangesAfter gives one more.
func (e *endlessLog) ChangesAfter(ctx context.Context, _ crm.Position, _ int) (*crm.ChangeBatch, error) {
	select {
	case <-e.wanted:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	e.number++
	p := crm.Position{Transaction: 1, Number: e.number}
	return &crm.ChangeBatch{Changes: []crm.ChangeRecord{{Position: p, RefID: uuid.New()}}, Through: p}, nil
}

// TestLive_ASlowStreamIsLetGo, and what it was given is whole up to where it was let go.
func TestLive_ASlowStreamIsLetGo(t *testing.T) {
	t.Parallel()
	changes := &endlessLog{wanted: make(chan struct{})}
	h := newHub(changes, nil, time.Microsecond)
	slow, _, err := h.join(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	quick, _, err := h.join(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for n := int64(1); n <= 3*slowAfter; n++ {
		changes.wanted <- struct{}{}
		if batch := <-quick.batches; batch == nil || batch.Through.Number != n {
			t.Fatalf("the quick one got %+v as its %dth", batch, n)
		}
	}
	n := int64(0)
	for batch := range slow.batches {
		n++
		if batch.Through.Number != n {
			t.Fatalf("the slow one got %s as its %dth", batch.Through, n)
		}
	}
	if n != slowAfter {
		t.Errorf("the slow one got %d", n)
	}
	h.close()
	if _, open := <-slow.batches; open {
		t.Error("it goes on")
	}
}
