package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// contactNamed makes a contact with these details.
func (r *rig) contactNamed(client, name string, details ...map[string]string) string {
	r.t.Helper()
	return r.act("manager", "/contacts", map[string]any{"client_id": client, "name": name, "details": append([]map[string]string{}, details...)}).want(http.StatusCreated).text("id")
}

func names(a *answer, key string) []string {
	all := []string{}
	for _, item := range a.at("items").([]any) {
		all = append(all, item.(map[string]any)[key].(string))
	}
	return all
}

func TestR44_ContactsAreListedByNameAndFound(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	list := func(query string) *answer {
		return r.do(request{as: "manager", method: get, path: "/contacts?" + query}).want(http.StatusOK)
	}
	factory, office := r.clientNamed("Завод", nil), r.clientNamed("Контора", nil)
	r.contactNamed(factory, "Яшина Вера")
	r.contactNamed(office, "Абрамов Пётр", map[string]string{"kind": "mobile", "value": "+7 916 000-11-22"})
	r.contactNamed(factory, "абрикосова Ольга", map[string]string{"kind": "email", "value": "olga@fruit.example"})
	require.Equal(t, []string{"Абрамов Пётр", "абрикосова Ольга", "Яшина Вера"}, names(list(""), "name"))
	require.Equal(t, []string{"Контора", "Завод", "Завод"}, names(list(""), "client_name"))
	first := list("limit=2")
	require.Equal(t, []string{"Яшина Вера"}, names(list("limit=2&after="+first.text("next")), "name"))

	for text, want := range map[string]string{
		"абрамов": "Абрамов Пётр", "Абрамву": "Абрамов Пётр", "916 000": "Абрамов Пётр", "olga@fruit.example": "абрикосова Ольга", "яшина": "Яшина Вера",
	} {
		require.Equal(t, []string{want}, names(list("q="+escapedQuery(text)), "name"), text)
	}
	require.Empty(t, names(list("q="+escapedQuery("хрюндель")), "name"))
	require.Empty(t, names(list("q="+escapedQuery("завод")), "name"), "a client's name is not his contact's")

	require.Equal(t, []string{"абрикосова Ольга"}, names(list("client="+factory+"&q="+escapedQuery("ольг")), "name"))
	require.Empty(t, names(list("client="+office+"&q="+escapedQuery("ольга")), "name"))
	require.Equal(t, []string{"Абрамов Пётр"}, names(list("client="+office+"&q=0011"), "name"))
	r.do(request{as: "manager", method: get, path: "/contacts?q=a&after=" + first.text("next")}).problem(http.StatusBadRequest, "invalid_cursor")

	exported := string(r.do(request{as: "director", method: get, path: "/contacts/export?format=csv&q=" + escapedQuery("яшина")}).want(http.StatusOK).body)
	require.Contains(t, exported, "Яшина Вера")
	require.Equal(t, 2, strings.Count(strings.TrimSpace(exported), "\n")+1, "its heading and one contact")
}

func TestR65_TheHistoryOfAContact(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	wrong, right := r.client(), r.client()
	contact := r.contactNamed(wrong, "Мария")
	r.contactNamed(wrong, "Не она")
	change := func(body map[string]any) {
		r.do(request{as: "manager", method: patch, path: "/contacts/" + contact, headers: map[string]string{"If-Match": "*"}, body: body}).want(http.StatusOK)
	}
	change(map[string]any{"position": "директор"})
	change(map[string]any{"client_id": right})
	history := r.do(request{as: "manager", method: get, path: "/contacts/" + contact + "/history"}).want(http.StatusOK)
	require.Equal(t, []string{"contact_added", "contact_changed", "contact_left", "contact_added"}, names(history, "kind"))
	require.Equal(t, "директор", history.text("items.1.data.fields.position.to"))
	require.Equal(t, r.users["manager"].ID.String(), history.text("items.1.actor_id"))
	page := r.do(request{as: "manager", method: get, path: "/contacts/" + contact + "/history?limit=3"}).want(http.StatusOK)
	rest := r.do(request{as: "manager", method: get, path: "/contacts/" + contact + "/history?limit=3&after=" + page.text("next")}).want(http.StatusOK)
	require.Equal(t, []string{"contact_added"}, names(rest, "kind"))
}

func TestContactsThatMayBeTheSame(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client := r.client()
	anna := r.contactNamed(client, "Семёнова Анна", map[string]string{"kind": "mobile", "value": "8 916 000-11-22"}, map[string]string{"kind": "email", "value": "Anna@a.example"})
	r.contactNamed(client, "Бухгалтерия", map[string]string{"kind": "mailing", "value": "anna@A.example"}, map[string]string{"kind": "phone", "value": "+79160001122"})
	r.contactNamed(client, "Семенова Анна П.")
	r.contactNamed(client, "Пётр")
	r.contactNamed(r.client(), "Семёнова Анна")
	found := r.do(request{as: "manager", method: get, path: "/contacts/" + anna + "/duplicates"}).want(http.StatusOK)
	require.Len(t, found.at("items").([]any), 2)
	require.Equal(t, "Бухгалтерия", found.text("items.0.contact.name"))
	require.Equal(t, "phone", found.text("items.0.reasons.0"))
	require.Equal(t, "email", found.text("items.0.reasons.1"))
	require.Equal(t, "Семенова Анна П.", found.text("items.1.contact.name"))
}
