package server

import (
	"net/http"
	"testing"
)

func TestR16_ClientsByStages(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	interest := func(client string) *answer {
		return r.do(request{as: "manager", method: post, path: "/interests", body: map[string]any{
			"client_id": client, "map": "new-clients", "topic": "Станок", "source": "site",
		}}).want(http.StatusCreated)
	}
	rose, tulip := r.clientNamed("Роза", nil), r.clientNamed("Тюльпан", nil)
	r.clientNamed("Без интереса", nil)
	first := interest(rose)
	interest(rose)
	interest(tulip)
	counted := func() (at []float64) {
		stages := r.do(request{as: "manager", method: get, path: "/clients/stages?map=new-clients"}).want(http.StatusOK)
		for i := range stages.at("stages").([]any) {
			stage := stages.at("stages").([]any)[i].(map[string]any)
			at = append(at, stage["found"].(map[string]any)["count"].(float64))
		}
		return at
	}
	if at := counted(); at[0] != 2 || at[1] != 0 {
		t.Errorf("counted %v, want 2 clients at the first stage: one of them has two interests", at)
	}
	r.exec("update cases set stage = 'commercial-offer' where id = $1", first.text("case.id"))
	if at := counted(); at[0] != 2 || at[1] != 1 {
		t.Errorf("counted %v: the client with two interests is at both stages", at)
	}
	names := func(query string) (names []string) {
		for _, item := range r.do(request{as: "manager", method: get, path: "/clients?" + query}).want(http.StatusOK).at("items").([]any) {
			names = append(names, item.(map[string]any)["name"].(string))
		}
		return names
	}
	if at := names("map=new-clients&stage=commercial-offer"); len(at) != 1 || at[0] != "Роза" {
		t.Errorf("at the second stage: %v", at)
	}
	if all := names("map=new-clients"); len(all) != 2 || all[1] != "Тюльпан" {
		t.Errorf("of the map: %v", all)
	}
	if found := names("map=new-clients&stage=commercial-offer&q=%D1%80%D0%BE%D0%B7%D0%B0"); len(found) != 1 {
		t.Errorf("found at the stage: %v", found)
	}
	r.exec("update cases set status = 'cancelled', closed_at = now() where client_id = $1", rose)
	if at := counted(); at[0] != 1 || at[1] != 0 {
		t.Errorf("counted %v: closed cases do not count", at)
	}
	r.do(request{as: "manager", method: get, path: "/clients?stage=invoice"}).problem(http.StatusUnprocessableEntity, "validation_failed")
	r.do(request{as: "manager", method: get, path: "/clients/stages"}).problem(http.StatusUnprocessableEntity, "validation_failed")
	r.do(request{as: "manager", method: get, path: "/clients/stages?map=nothing"}).problem(http.StatusNotFound, "route_map_not_found")
}
