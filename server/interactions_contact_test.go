package server

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/google/uuid"

	"marshrut/crm"
)

// meddled lets somebody else come first where an interaction is changed for the nth time.
type meddled struct {
	Interactions
	mu     sync.Mutex
	calls  int
	before func(call int) error
}

// PatchInteraction is refused with what came before.
func (m *meddled) PatchInteraction(ctx context.Context, id uuid.UUID, version int, p crm.InteractionPatch, by uuid.UUID) (*crm.Interaction, error) {
	m.mu.Lock()
	m.calls++
	call := m.calls
	m.mu.Unlock()
	if m.before != nil {
		if err := m.before(call); err != nil {
			return nil, err
		}
	}
	return m.Interactions.PatchInteraction(ctx, id, version, p, by)
}

// TestR29_WhoWasMetIsFoundAgain: the participants are changed between the reading and the writing.
func TestR29_WhoWasMetIsFoundAgain(t *testing.T) {
	t.Parallel()
	between := &meddled{}
	r := newRig(t, func(s *Services) { between.Interactions, s.Interactions = s.Interactions, between })
	anna, boris := crm.Participant{Name: "Анна Лунина"}, crm.Participant{Name: "Борис Ветров"}
	call := r.called(map[string]any{"participants": []any{map[string]any{"name": anna.Name}, map[string]any{"name": boris.Name}}})
	id := uuid.MustParse(call.text("id"))
	leave := func(all ...crm.Participant) {
		between.calls = 0
		between.before = func(call int) error {
			if call > 1 {
				return nil
			}
			_, err := between.Interactions.PatchInteraction(t.Context(), id, anyVersion, crm.InteractionPatch{Participants: &all}, r.users["manager"].ID)
			return err
		}
	}
	enter := request{as: "manager", method: post, path: "/interactions/" + id.String() + "/contact", body: `{"as":"individual","participant":0}`}
	leave(boris, anna)
	entered := r.do(enter).want(http.StatusOK)
	if entered.text("participants.0.name") != boris.Name || entered.text("participants.1.client_id") != entered.text("client_id") {
		t.Errorf("filled in %s", entered.body)
	}
	leave(anna)
	r.do(enter).problem(http.StatusConflict, "participant_changed")
}

func TestR29_WhoMayBeThereAlreadyIsNotEntered(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	known := r.clientNamed("ООО Василёк", nil)
	call := r.called(map[string]any{"participants": []any{map[string]any{"name": "Василёк"}, map[string]any{"name": "Пётр", "detail_kind": "phone", "detail": "позвоните"}}})
	enter := request{as: "manager", method: post, path: "/interactions/" + call.text("id") + "/contact", body: `{"as":"partner","participant":0}`}
	p := r.do(enter).problem(http.StatusConflict, "possible_duplicates")
	if len(p.Errors) != 1 || p.Errors[0].Record != apiPrefix+"/clients/"+known {
		t.Errorf("errors %+v", p.Errors)
	}
	enter.body = `{"as":"individual","participant":1}`
	if p := r.do(enter).problem(http.StatusUnprocessableEntity, "validation_failed"); p.Errors[0].Pointer != "/participant" || p.Errors[0].Code != "expected_phone" {
		t.Errorf("errors %+v", p.Errors)
	}
	enter.body = `{"as":"partner","participant":0,"create_anyway":true}`
	r.do(enter).want(http.StatusOK)
	r.do(request{as: "manager", method: post, path: "/interactions", body: map[string]any{
		"kind": "call", "at": r.now.now(), "participants": []any{map[string]any{"name": "Иван", "detail_kind": "skype", "detail": "ivan"}},
	}}).problem(http.StatusUnprocessableEntity, "validation_failed")
}

// TestR27_ManyAtOnceTellWhatBecameOfEach: the value goes wrong when one has been changed already.
func TestR27_ManyAtOnceTellWhatBecameOfEach(t *testing.T) {
	t.Parallel()
	between := &meddled{before: func(call int) error {
		if call == 1 {
			return nil
		}
		return &crm.Error{Kind: crm.KindUnprocessed, Code: "validation_failed", Fields: []crm.FieldError{{Pointer: "/responsible_id", Code: "user_not_active"}}}
	}}
	r := newRig(t, func(s *Services) { between.Interactions, s.Interactions = s.Interactions, between })
	var ids []string
	for range 2 {
		ids = append(ids, r.called(map[string]any{"participants": []any{map[string]any{"name": "Кто-то"}}}).text("id"))
	}
	given := r.do(request{as: "manager", method: post, path: "/interactions/bulk", body: map[string]any{"ids": ids, "responsible_id": r.users["manager2"].ID}}).want(http.StatusOK)
	if given.at("changed") != 1.0 || given.text("items.1.code") != "user_not_active" || given.text("items.1.text") == "" {
		t.Errorf("answer %s", given.body)
	}
}

// TestR29_AContactIsEnteredAtTheInteractionsClient: another client is not taken for it in silence, nor is one told to be his own client.
func TestR29_AContactIsEnteredAtTheInteractionsClient(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client, other := r.clientNamed("Ромашка", nil), r.clientNamed("Василёк", nil)
	enter := func(of, as, client string) *answer {
		return r.act("manager", "/interactions/"+of+"/contact", map[string]any{"as": as, "name": "Анна Лунина", "client_id": client, "create_anyway": true})
	}
	call := r.called(map[string]any{"client_id": client}).text("id")
	nobodys := func() string {
		return r.called(map[string]any{"participants": []any{map[string]any{"name": "Анна Лунина"}}}).text("id")
	}
	for _, wrong := range []*answer{enter(call, "contact", other), enter(nobodys(), "individual", other), enter(nobodys(), "partner", other)} {
		if p := wrong.problem(http.StatusUnprocessableEntity, "validation_failed"); p.Errors[0].Pointer != "/client_id" || p.Errors[0].Code != "not_asked" {
			t.Errorf("errors %+v", p.Errors)
		}
	}
	if made := enter(call, "contact", client).want(http.StatusOK); made.text("contact_id") == "" || made.text("client_id") != client {
		t.Errorf("filled in %s", made.body)
	}
	if made := enter(nobodys(), "contact", other).want(http.StatusOK); made.text("client_id") != other {
		t.Errorf("filled in %s", made.body)
	}
}
