package server

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// TestR44_ACaseIsMadeWithAContact of its client, whom it names; not with one of another, or of a client who is only being made.
func TestR44_ACaseIsMadeWithAContact(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client, other := r.clientNamed("Ромашка", nil), r.clientNamed("Лампа", nil)
	contact := r.act("manager", "/contacts", map[string]any{"client_id": client, "name": "Ольга"}).want(http.StatusCreated).text("id")
	body := func(kind, more string) *answer {
		return r.act("manager", "/"+kind, `{"topic":"Вопрос","source":"site","contact_id":"`+contact+`"`+more+`}`)
	}
	for kind, more := range map[string]string{
		"appeals": "", "deals": `,"client_id":"` + client + `"`, "interests": "",
		"claims": `,"fields":{"date":"2026-03-01","description":"Не горит","reason":"quality"}`,
	} {
		made := body(kind, more).want(http.StatusCreated)
		require.Equal(t, []any{client, contact}, []any{made.at("case.client_id"), made.at("case.contact_id")}, kind)
	}
	none := body("deals", `,"kind":"no_stages"`).want(http.StatusCreated)
	require.Equal(t, contact, none.text("case.contact_id"))
	for more, code := range map[string]string{
		`,"client_id":"` + other + `"`: "other_client",
		`,"client":{"name":"Новый"}`:   "other_client",
	} {
		p := body("appeals", more).problem(http.StatusUnprocessableEntity, "validation_failed")
		require.Equal(t, []string{"/contact_id", code}, []string{p.Errors[0].Pointer, p.Errors[0].Code}, more)
	}
	p := r.act("manager", "/appeals", map[string]any{"topic": "x", "source": "site", "contact_id": uuid.New()}).problem(http.StatusUnprocessableEntity, "validation_failed")
	require.Equal(t, []string{"/contact_id", "not_found"}, []string{p.Errors[0].Pointer, p.Errors[0].Code})

	// Whoever follows it up, or was recorded with the contact before, is with him too.
	next := r.act("manager", "/deals", map[string]any{"parent_id": none.text("case.id"), "kind": "no_stages"}).want(http.StatusCreated)
	require.Equal(t, contact, next.text("case.contact_id"))
	call := r.called(map[string]any{"contact_id": contact, "topic": "Звонок"})
	from := r.act("manager", "/deals", map[string]any{"interaction_id": call.text("id"), "kind": "no_stages"}).want(http.StatusCreated)
	require.Equal(t, contact, from.text("case.contact_id"))

	// A card that was merged is that which has taken it in.
	r.act("manager", "/clients/"+other+"/merge", map[string]any{"from": client}).want(http.StatusOK)
	merged := body("appeals", `,"client_id":"`+client+`"`).want(http.StatusCreated)
	require.Equal(t, []any{other, contact}, []any{merged.at("case.client_id"), merged.at("case.contact_id")})
}

// TestR38_AnIndependentProcessStandsUnderNoInterest: an appeal may follow another case, or come of an interest's interaction.
func TestR38_AnIndependentProcessStandsUnderNoInterest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client := r.client()
	made := func(kind string) string {
		return r.act("manager", "/"+kind, map[string]any{"client_id": client, "topic": "Станок", "source": "site"}).want(http.StatusCreated).text("case.id")
	}
	interest, deal := made("interests"), made("deals")
	p := r.act("manager", "/appeals", map[string]any{"parent_id": interest}).problem(http.StatusUnprocessableEntity, "validation_failed")
	require.Equal(t, []string{"/parent_id", "independent_map"}, []string{p.Errors[0].Pointer, p.Errors[0].Code})
	r.act("manager", "/appeals", map[string]any{"parent_id": deal}).want(http.StatusCreated)
	r.act("manager", "/deals", map[string]any{"parent_id": interest}).want(http.StatusCreated)
}
