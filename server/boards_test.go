package server

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"marshrut/routemaps"
)

// TestR13_R31_ABoardThroughTheAPI: columns of the newest version, and of an earlier one where a case still stands.
func TestR13_R31_ABoardThroughTheAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	body := map[string]any{"client_id": r.client(), "source": "site", "kind": "manual", "map": "free-sale", "potential": "500", "probability": 10}
	for _, topic := range []string{"a", "b", "c"} {
		body["topic"] = topic
		r.do(request{as: "manager", method: post, path: "/deals", body: body}).want(http.StatusCreated)
	}
	board := func(query string) *answer {
		return r.do(request{as: "auditor", method: get, path: "/boards/free-sale" + query}).want(http.StatusOK)
	}
	columns := func(a *answer) string {
		var names []string
		for _, one := range a.at("columns").([]any) {
			column := one.(map[string]any)
			name := fmt.Sprintf("%s %v", column["stage"], column["found"].(map[string]any)["count"])
			if column["former"] == true {
				name += " former"
			}
			names = append(names, name)
		}
		return strings.Join(names, ", ")
	}
	first := board("?cards=2")
	if got := columns(first); got != "new 3, in-progress 0, offer 0, agreement 0, fulfilment 0" {
		t.Errorf("columns %s", got)
	}
	if first.text("columns.0.cards.items.0.topic") != "c" || first.text("columns.0.sums.0.potential") != "1500.00" ||
		first.text("columns.0.sums.0.weighted") != "150.00" || first.text("columns.0.name") != "New" || first.text("kind") != "deal" {
		t.Errorf("the board: %s", first.body)
	}
	column := func(stage, query string) *answer {
		return r.do(request{as: "manager", method: get, path: "/boards/free-sale/columns/" + stage + query})
	}
	rest := column("new", "?limit=2&after="+first.text("columns.0.cards.next")).want(http.StatusOK)
	if items := rest.at("items").([]any); len(items) != 1 || rest.text("items.0.topic") != "a" || rest.at("next") != nil {
		t.Errorf("the rest of a column: %s", rest.body)
	}
	if got := columns(board("?q=b")); !strings.HasPrefix(got, "new 1,") {
		t.Errorf("narrowed: %s", got)
	}

	// A version without the stage, and with another one in its place.
	source := r.do(request{as: "designer", method: get, path: "/route-maps/free-sale/versions/1"}).text("source")
	source = strings.Replace(source, "id: new\n", "id: fresh\n", 1)
	r.do(request{as: "designer", method: post, path: "/route-maps", body: map[string]any{"source": source}}).want(http.StatusCreated)
	r.do(request{as: "manager", method: post, path: "/deals", body: body}).want(http.StatusCreated)
	if got := columns(board("")); got != "new 3 former, fresh 1, in-progress 0, offer 0, agreement 0, fulfilment 0" {
		t.Errorf("columns of two versions: %s", got)
	}
	column("new", "").want(http.StatusOK)
	column("nowhere", "").problem(http.StatusNotFound, "stage_not_found")
	column("new", "?responsible=x").problem(http.StatusUnprocessableEntity, "validation_failed")
	column("new", "?after=x").problem(http.StatusBadRequest, "invalid_cursor")
	r.do(request{as: "manager", method: get, path: "/boards/nothing"}).problem(http.StatusNotFound, "route_map_not_found")
	r.do(request{as: "manager", method: get, path: "/boards/free-sale?cards=1000"}).problem(http.StatusUnprocessableEntity, "validation_failed")
}

func TestR35_ColumnsOfVersions(t *testing.T) {
	t.Parallel()
	version := func(ids string) *routemaps.Map {
		m := &routemaps.Map{}
		for id := range strings.FieldsSeq(ids) {
			kind := routemaps.StageTask
			if id, found := strings.CutSuffix(id, "?"); found {
				kind = routemaps.StageChoice
				m.Stages = append(m.Stages, routemaps.Stage{ID: id, Kind: kind})
				continue
			}
			m.Stages = append(m.Stages, routemaps.Stage{ID: id, Kind: kind})
		}
		return m
	}
	old := version("x a y b z")
	newest := version("a c? b d")
	for name, c := range map[string]struct {
		held map[string]*routemaps.Map
		want string
	}{
		"nothing held":         {nil, "a b d"},
		"those of the newest":  {map[string]*routemaps.Map{"a": newest, "d": old}, "a b d"},
		"held where it passes": {map[string]*routemaps.Map{"c": newest}, "a c b d"},
		"earlier ones":         {map[string]*routemaps.Map{"x": old, "y": old, "z": old}, "x a y b z d"},
		"one of them":          {map[string]*routemaps.Map{"y": old}, "a y b d"},
	} {
		var got []string
		for _, column := range columnsOf(newest, c.held) {
			got = append(got, column.stage.ID)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
}
