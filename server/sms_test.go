package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// TestR9_R40_R42_ATextMessageIsWrittenFromACase: to a contact's mobile and nowhere else; it is an interaction of the case, and
// stands in its ledger until it has gone.
func TestR9_R40_R42_ATextMessageIsWrittenFromACase(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id, _ := r.deal()
	client := r.do(request{as: "manager", path: "/cases/" + id}).want(http.StatusOK).text("client_id")
	contact := r.act("manager", "/contacts", map[string]any{"client_id": client, "name": "Ольга", "details": []map[string]string{
		{"kind": "mobile", "value": "8 (916) 123-45-67"}, {"kind": "phone", "value": "+7 495 123-45-67"},
	}}).want(http.StatusCreated).text("id")
	path := "/cases/" + id + "/sms"
	for _, wrong := range []struct{ to, text, pointer, code string }{
		{"+7 495 123-45-67", "x", "/to", "not_a_contacts_mobile"},
		{"+7 916 000-00-00", "x", "/to", "not_a_contacts_mobile"},
		{"позвоните", "x", "/to", "expected_phone"},
		{"+7 916 123-45-67", " \u200b", "/text", "required"},
		{"+7 916 123-45-67", strings.Repeat("я", 671), "/text", "too_long"},
	} {
		p := r.act("manager", path, map[string]any{"to": wrong.to, "text": wrong.text}).problem(http.StatusUnprocessableEntity, "validation_failed")
		require.Equal(t, []string{wrong.pointer, wrong.code}, []string{p.Errors[0].Pointer, p.Errors[0].Code}, wrong)
	}
	message := map[string]any{"to": "+7 916 123-45-67", "text": "Ждём вас в 15:00"}
	r.act("manager2", path, message).problem(http.StatusForbidden, "not_on_the_case")
	key := uuid.NewString()
	send := func() *answer {
		return r.do(request{as: "manager", method: post, path: path, body: message, headers: map[string]string{"Idempotency-Key": key}}).want(http.StatusCreated)
	}
	sent, again := send(), send()
	require.Equal(t, sent.text("interaction_id"), again.text("interaction_id"))
	require.Equal(t, []any{"+79161234567", contact, "Ольга", "pending"}, []any{sent.at("to"), sent.at("contact_id"), sent.at("to_name"), sent.at("status")})

	listed := r.do(request{as: "manager", path: "/interactions?kind=sms&case=" + id}).want(http.StatusOK)
	require.Len(t, listed.at("items"), 1)
	require.Equal(t, []any{"out", "Ждём вас в 15:00", contact}, []any{listed.at("items.0.direction"), listed.at("items.0.content"), listed.at("items.0.contact_id")})
	ledger := r.do(request{as: "manager", path: "/cases/" + id + "/notifications"}).want(http.StatusOK)
	found := 0
	for _, line := range ledger.at("items").([]any) {
		if line.(map[string]any)["id"] == sent.text("notification_id") {
			found++
			require.Equal(t, "sms", line.(map[string]any)["channel"])
		}
	}
	require.Equal(t, 1, found)
}
