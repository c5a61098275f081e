package server

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// page is a page of a feed.
type page struct {
	Planned        []interactionView
	Items          []feedView
	Next, Previous string
}

func (r *rig) feedPage(path string) page {
	r.t.Helper()
	var p page
	r.do(request{as: "manager", method: get, path: path}).want(http.StatusOK).into(&p)
	return p
}

func (p page) topics() (planned, done []string) {
	for _, i := range p.Planned {
		planned = append(planned, i.Topic)
	}
	for _, e := range p.Items {
		if e.Interaction != nil {
			done = append(done, e.Interaction.Topic)
		}
	}
	return planned, done
}

// dealWithTalks is a deal with a call planned, one held, one cancelled; and a talk with its client that is of no case.
func (r *rig) dealWithTalks() (id, client string) {
	r.t.Helper()
	id, _ = r.deal()
	held := r.called(map[string]any{"case_id": id, "topic": "held", "at": r.now.now().Add(-time.Hour)})
	r.called(map[string]any{"case_id": id, "topic": "earlier", "at": r.now.now().Add(-2 * time.Hour), "kind": "email"})
	r.called(map[string]any{"client_id": held.text("client_id"), "topic": "elsewhere", "at": r.now.now().Add(-3 * time.Hour)})
	for _, topic := range []string{"planned", "cancelled"} {
		one := r.do(request{as: "manager", method: post, path: "/interactions", body: map[string]any{
			"case_id": id, "kind": "call", "status": "planned", "at": r.now.now().Add(time.Hour), "topic": topic,
		}}).want(http.StatusCreated)
		if topic == "cancelled" {
			r.changeInteraction(one.text("id"), `{"status":"cancelled"}`).want(http.StatusOK)
		}
	}
	return id, held.text("client_id")
}

func TestR5_R6_PlannedOnTopWhateverTheFilter(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id, _ := r.dealWithTalks()
	for groups, want := range map[string][]string{
		"": {"earlier", "held", "cancelled"}, "?groups=interactions": {"earlier", "held", "cancelled"}, "?groups=letters": {"earlier"},
		"?groups=tasks": nil, "?groups=files,notes,route,changes": nil,
	} {
		p := r.feedPage("/cases/" + id + "/feed" + groups)
		planned, done := p.topics()
		if !slices.Equal(planned, []string{"planned"}) || !slices.Equal(done, want) {
			t.Errorf("%q: planned %v, done %v", groups, planned, done)
		}
		for k, e := range p.Items {
			if strings.Contains(e.Text, "{") || e.Text == e.Kind || k > 0 && e.At.Before(p.Items[k-1].At) {
				t.Errorf("%q: entry %d: %+v", groups, k, e)
			}
			if groups == "?groups=tasks" && !strings.HasPrefix(e.Kind, "task") {
				t.Errorf("%s is no task", e.Kind)
			}
		}
	}
	if p := r.feedPage("/cases/" + id + "/feed?groups=route"); len(p.Items) == 0 || p.Items[0].Kind != "created" {
		t.Errorf("the route's: %+v", p.Items)
	}
	r.do(request{as: "manager", method: get, path: "/cases/" + id + "/feed?groups=everything"}).problem(http.StatusUnprocessableEntity, "validation_failed")
}

func TestR4_ACancelledOneStaysAndComesBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id, _ := r.dealWithTalks()
	entries := r.feedPage("/cases/" + id + "/feed").Items
	at := slices.IndexFunc(entries, func(e feedView) bool { return e.Interaction != nil && e.Interaction.Status == "cancelled" })
	if at < 0 {
		t.Fatalf("the cancelled one is gone: %+v", entries)
	}
	r.changeInteraction(entries[at].Interaction.ID.String(), `{"status":"planned"}`).want(http.StatusOK)
	planned, done := r.feedPage("/cases/" + id + "/feed").topics()
	slices.Sort(planned)
	if !slices.Equal(planned, []string{"cancelled", "planned"}) || slices.Contains(done, "cancelled") {
		t.Errorf("after restoring: planned %v, done %v", planned, done)
	}
}

func TestR7_TheClientsWholeHistory(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id, client := r.dealWithTalks()
	other := r.do(request{as: "manager", method: post, path: "/appeals", body: map[string]any{"client_id": client, "topic": "Другой вопрос", "source": "site"}}).want(http.StatusCreated)
	for _, path := range []string{"/clients/" + client + "/feed", "/cases/" + id + "/feed?client=true"} {
		p := r.feedPage(path)
		_, done := p.topics()
		if !slices.Equal(done, []string{"elsewhere", "earlier", "held", "cancelled"}) {
			t.Errorf("%s: %v", path, done)
		}
		if !slices.ContainsFunc(p.Items, func(e feedView) bool { return e.CaseID.String() == other.text("case.id") && e.Kind == "created" }) {
			t.Errorf("%s: the other case is not there", path)
		}
	}
	if _, done := r.feedPage("/cases/" + id + "/feed").topics(); slices.Contains(done, "elsewhere") {
		t.Error("the case's own feed has what is not of it")
	}
	r.do(request{as: "manager", method: get, path: "/clients/" + uuid.NewString() + "/feed"}).problem(http.StatusNotFound, "client_not_found")
}

// TestR5_PagesGoBothWays: from either end, forwards and back again, each page comes whole and none twice.
func TestR5_PagesGoBothWays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id, _ := r.dealWithTalks()
	for _, path := range []string{"/cases/" + id + "/feed?order=oldest", "/cases/" + id + "/feed?order=newest", "/cases/" + id + "/feed?client=true"} {
		whole := r.feedPage(path + "&limit=200").Items
		var pages [][]feedView
		p := r.feedPage(path + "&limit=3")
		for {
			pages = append(pages, p.Items)
			if p.Next == "" {
				break
			}
			if p = r.feedPage(path + "&limit=3&after=" + p.Next); len(p.Planned) > 0 {
				t.Errorf("%s: what is planned is repeated", path)
			}
		}
		ids := func(entries []feedView) (all []uuid.UUID) {
			for _, e := range entries {
				all = append(all, e.ID)
			}
			return all
		}
		if got := slices.Concat(pages...); !slices.Equal(ids(got), ids(whole)) || len(pages) < 3 {
			t.Fatalf("%s: %d pages of %d entries, want %d", path, len(pages), len(got), len(whole))
		}
		for k := len(pages) - 2; k >= 0; k-- {
			p = r.feedPage(path + "&limit=3&before=" + p.Previous)
			if !slices.Equal(ids(p.Items), ids(pages[k])) || (p.Previous == "") != (k == 0) {
				t.Errorf("%s: page %d backwards is %v, previous %q", path, k, ids(p.Items), p.Previous)
			}
		}
	}
}
