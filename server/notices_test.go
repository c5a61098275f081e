package server

import (
	"net/http"
	"testing"
	"time"
)

func TestR28_AReminderIsReadByItsUser(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, topic := range []string{"Первый", "Второй"} {
		r.do(request{as: "manager", method: post, path: "/interactions", body: map[string]any{
			"kind": "call", "status": "planned", "at": r.now.now().Add(2 * time.Hour), "remind_at": r.now.now().Add(time.Hour), "topic": topic,
			"participants": []any{map[string]any{"name": "Кто-то"}},
		}}).want(http.StatusCreated)
		r.now.pass(time.Hour)
		if _, err := r.db.GiveReminders(t.Context(), 10); err != nil {
			t.Fatal(err)
		}
	}
	list := func(login, query string) *answer {
		return r.do(request{as: login, method: get, path: "/me/notices" + query}).want(http.StatusOK)
	}
	first := list("manager", "?limit=1")
	if first.text("items.0.interaction.topic") != "Второй" || first.text("next") == "" {
		t.Errorf("newest first: %s", first.body)
	}
	second := list("manager", "?limit=1&after="+first.text("next"))
	if second.text("items.0.interaction.topic") != "Первый" || second.at("next") != nil {
		t.Errorf("the second page: %s", second.body)
	}
	if others := list("manager2", ""); len(others.at("items").([]any)) != 0 {
		t.Errorf("another's: %s", others.body)
	}
	read := func(body any) *answer {
		return r.do(request{as: "manager", method: post, path: "/me/notices/read", body: body}).want(http.StatusOK)
	}
	if got := read(map[string]any{"ids": []string{first.text("items.0.id")}}); got.at("read") != 1.0 {
		t.Errorf("read: %s", got.body)
	}
	if unread := list("manager", "?unread=true"); unread.text("items.0.interaction.topic") != "Первый" || len(unread.at("items").([]any)) != 1 {
		t.Errorf("unread: %s", unread.body)
	}
	if got := read(map[string]any{}); got.at("read") != 1.0 {
		t.Errorf("the rest: %s", got.body)
	}
}
