package server

import (
	"net/http"
	"sync"
	"testing"
)

// inline asks for an appeal of a client made with it.
func inline(client map[string]any, source string) request {
	return request{as: "dispatcher", method: post, path: "/appeals", body: map[string]any{"client": client, "topic": "Вопрос", "source": source}}
}

func TestR30_AClientMadeWithACaseIsCheckedLikeAnyCard(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.do(inline(map[string]any{"name": "Анна", "phone": "позвоните"}, "site")).problem(http.StatusUnprocessableEntity, "validation_failed")
	if p.Errors[0].Pointer != "/client/phone" || p.Errors[0].Code != "expected_phone" {
		t.Errorf("errors %+v", p.Errors)
	}
	made := r.do(inline(map[string]any{"name": "Анна", "phone": "8 (916) 000-11-22"}, "site")).want(http.StatusCreated)
	path := "/clients/" + made.text("case.client_id")
	card := r.do(request{as: "manager", method: get, path: path}).want(http.StatusOK)
	if card.text("details.0.number") != "+79160001122" || card.text("kind") != "company" {
		t.Errorf("the card %s", card.body)
	}
	history := r.do(request{as: "manager", method: get, path: path + "/history"}).want(http.StatusOK)
	if history.text("items.0.kind") != "created" || history.text("items.0.actor_id") != r.users["dispatcher"].ID.String() {
		t.Errorf("its history %s", history.body)
	}
	r.attribute("client/employees", `{"type":"number","name":{"ru":"Сотрудников"},"required":true}`)
	p = r.do(inline(map[string]any{"name": "Лютик"}, "site")).problem(http.StatusUnprocessableEntity, "validation_failed")
	if p.Errors[0].Pointer != "/client/attributes/employees" || p.Errors[0].Code != "required" {
		t.Errorf("errors %+v", p.Errors)
	}
	r.do(inline(map[string]any{"name": "Лютик", "attributes": map[string]any{"employees": 3}}, "site")).want(http.StatusCreated)
}

func TestAClientMadeWithACaseMayBeThereAlready(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.do(inline(map[string]any{"name": "Анна", "email": "anna@example.org"}, "site")).want(http.StatusCreated)
	p := r.do(inline(map[string]any{"name": "Лютик", "email": "ANNA@example.org"}, "site")).problem(http.StatusConflict, "possible_duplicates")
	if len(p.Errors) != 1 || p.Errors[0].Record != apiPrefix+"/clients/"+first.text("case.client_id") {
		t.Errorf("errors %+v", p.Errors)
	}
	if cases := r.do(request{as: "manager", method: get, path: "/cases"}).at("items").([]any); len(cases) != 1 {
		t.Errorf("%d cases after the refusal", len(cases))
	}
	r.do(inline(map[string]any{"name": "Лютик", "email": "ANNA@example.org", "create_anyway": true}, "site")).want(http.StatusCreated)
}

func TestTwoAtOnceMakeOneClientWithTheirCases(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	answers := make([]*answer, 2)
	var done sync.WaitGroup
	for k := range answers {
		done.Go(func() {
			answers[k] = r.do(inline(map[string]any{"name": "Анна", "email": "anna@example.org"}, "site"))
		})
	}
	done.Wait()
	if answers[0].status+answers[1].status != http.StatusCreated+http.StatusConflict {
		t.Errorf("answers %s, %s", answers[0].body, answers[1].body)
	}
}

func TestR30_TheSourceOfACaseIsOneOfThoseListedWhereItNamesOne(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client := func(made *answer) *answer {
		return r.do(request{as: "manager", method: get, path: "/clients/" + made.text("case.client_id")}).want(http.StatusOK)
	}
	listed := r.do(inline(map[string]any{"name": "Анна"}, "Выставка")).want(http.StatusCreated)
	if listed.text("case.source") != "exhibition" || client(listed).text("source") != "exhibition" {
		t.Errorf("the case %s", listed.body)
	}
	free := r.do(inline(map[string]any{"name": "Лютик"}, "С неба")).want(http.StatusCreated)
	if free.text("case.source") != "С неба" || client(free).at("source") != nil {
		t.Errorf("the case %s", free.body)
	}
	changed := r.do(request{as: "director", method: patch, path: "/cases/" + free.text("case.id"), body: `{"source":"реклама"}`, headers: map[string]string{"If-Match": "*"}}).want(http.StatusOK)
	if changed.text("source") != "advertising" {
		t.Errorf("after the change %s", changed.body)
	}
	for _, one := range r.do(request{as: "manager", method: get, path: "/acquisition-sources"}).at("items").([]any) {
		if key := one.(map[string]any)["key"]; key == "С неба" || key == "Выставка" {
			t.Errorf("%s has become a source", key)
		}
	}
}
