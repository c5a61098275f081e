package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func (r *rig) put(path string, body any, header, value string) *answer {
	r.t.Helper()
	return r.do(request{as: "director", method: put, path: path, body: body, headers: map[string]string{header: value}})
}

// TestR8_R44_R45_ListsAreChangedByWhoHasReadThem: what is put under a key wants the version that was read, a new one
// If-None-Match, and “If-Match: *” is what is there, whatever it is (RFC 9110).
func TestR8_R44_R45_ListsAreChangedByWhoHasReadThem(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for path, body := range map[string]string{
		"/regions/TR":                      `{"name":{"ru":" Турция\n"},"time_zone":"Europe/Istanbul"}`,
		"/acquisition-sources/radio":       `{"name":{"ru":" Радио\n"}}`,
		"/reference-lists/channel/radio":   `{"name":{"ru":" Радио\n"}}`,
		"/attributes/client/favourite_tea": `{"name":{"ru":" Чай\n"},"type":"text"}`,
	} {
		r.do(request{as: "director", method: put, path: path, body: body}).problem(http.StatusPreconditionRequired, "if_match_required")
		for _, nothing := range []string{"*", `"0"`} {
			r.put(path, body, "If-Match", nothing).problem(http.StatusPreconditionFailed, "stale")
		}
		require.GreaterOrEqual(t, r.put(path, body, "If-Match", `"1"`).status, http.StatusNotFound, path)
		made := r.put(path, body, "If-None-Match", "*").want(http.StatusOK)
		require.Equal(t, `"1"`, made.header.Get("ETag"), path)
		require.NotContains(t, string(made.body), `\n`, path)
		r.put(path, body, "If-None-Match", "*").problem(http.StatusPreconditionFailed, "stale")
		require.Equal(t, `"2"`, r.put(path, body, "If-Match", `"1"`).want(http.StatusOK).header.Get("ETag"), path)
		r.put(path, body, "If-Match", `"1"`).problem(http.StatusPreconditionFailed, "stale")
		require.Equal(t, `"3"`, r.put(path, body, "If-Match", "*").want(http.StatusOK).header.Get("ETag"), path)

		for name, code := range map[string]string{`{"ru":"\u200b","en":" "}`: "required", `{"ru":"` + strings.Repeat("я", 201) + `"}`: "too_long"} {
			wrong := strings.Replace(body, body[strings.Index(body, `{"ru"`):strings.Index(body, `}`)+1], name, 1)
			p := r.put(path, wrong, "If-Match", "*").problem(http.StatusUnprocessableEntity, "validation_failed")
			require.Contains(t, p.Errors[0].Pointer, "/name", path)
			require.Equal(t, code, p.Errors[0].Code, path)
		}
	}
}

// TestR8_ACorrectedRegionCorrectsItsClients: but nobody who was given a zone of his own, or lives elsewhere.
func TestR8_ACorrectedRegionCorrectsItsClients(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	made := func(body string) string {
		return r.do(request{as: "manager", method: post, path: "/clients", body: body}).want(http.StatusCreated).text("id")
	}
	there, own, elsewhere := made(`{"name":"Омск","region":"RU-OMS"}`), made(`{"name":"Токио","region":"RU-OMS","time_zone":"Asia/Tokyo"}`), made(`{"name":"Томск","time_zone":"Asia/Omsk"}`)
	renamed := r.put("/regions/RU-OMS", `{"name":{"ru":"Омская область"},"time_zone":"Asia/Omsk"}`, "If-Match", "*").want(http.StatusOK)
	zones := func() []string {
		var all []string
		for _, id := range []string{there, own, elsewhere} {
			all = append(all, r.do(request{as: "manager", path: "/clients/" + id}).want(http.StatusOK).text("time_zone"))
		}
		return all
	}
	require.Equal(t, []string{"Asia/Omsk", "Asia/Tokyo", "Asia/Omsk"}, zones())
	r.put("/regions/RU-OMS", `{"name":{"ru":"Омская область"},"time_zone":"Asia/Novosibirsk"}`, "If-Match", renamed.header.Get("ETag")).want(http.StatusOK)
	require.Equal(t, []string{"Asia/Novosibirsk", "Asia/Tokyo", "Asia/Omsk"}, zones(), "at once")
	correcting := func() bool {
		return strings.Contains(string(r.do(request{as: "manager", path: "/regions"}).want(http.StatusOK).body), `"correcting":true`)
	}
	require.True(t, correcting(), "which is told")
	for range 2 {
		_, err := r.db.CorrectZones(t.Context(), 10)
		require.NoError(t, err)
	}
	require.False(t, correcting())
	require.Equal(t, []string{"Asia/Novosibirsk", "Asia/Tokyo", "Asia/Omsk"}, zones())
	history := string(r.do(request{as: "manager", path: "/clients/" + there + "/history"}).want(http.StatusOK).body)
	require.Contains(t, history, "Asia/Novosibirsk")
	r.do(request{as: "manager", method: patch, path: "/clients/" + there, body: `{"name":"Омичи"}`, headers: map[string]string{"If-Match": `"1"`}}).
		problem(http.StatusPreconditionFailed, "stale")
}

// TestR10_R44_R45_R46_WhatNobodySeesIsNoName: names and titles of characters without a picture are refused wherever they are given.
func TestR10_R44_R45_R46_WhatNobodySeesIsNoName(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client := r.client()
	caseID, task := r.deal()
	const nothing = `"\u200b\u3164\u0007"`
	for _, one := range []struct{ as, method, path, body, pointer string }{
		{"manager", post, "/clients", `{"name":` + nothing + `}`, "/name"},
		{"manager", patch, "/clients/" + client, `{"name":` + nothing + `}`, "/name"},
		{"manager", post, "/contacts", `{"client_id":"` + client + `","name":` + nothing + `}`, "/name"},
		{"manager", post, "/clients/" + client + "/legal-entities", `{"name":` + nothing + `}`, "/name"},
		{"dispatcher", post, "/appeals", `{"client":{"name":` + nothing + `},"topic":"Вопрос","source":"site"}`, "/client/name"},
		{"dispatcher", post, "/appeals", `{"client_id":"` + client + `","topic":` + nothing + `,"source":"site"}`, "/topic"},
		{"manager", patch, "/cases/" + caseID, `{"topic":` + nothing + `}`, "/topic"},
		{"manager", post, "/tasks", `{"kind":"personal","title":` + nothing + `}`, "/title"},
		{"manager", post, "/cases/" + caseID + "/comments", `{"kind":"note","text":` + nothing + `}`, "/text"},
		{"manager", post, "/cases/" + caseID + "/letters", `{"to":"info@romashka.example","subject":"x","text":` + nothing + `}`, "/text"},
		{"manager", post, "/tasks/" + task + "/complete", `{"outcome":"lost","fields":{"reason":` + nothing + `}}`, "/fields/reason"},
		{"manager", post, "/cases/" + caseID + "/cancel", `{"reason":` + nothing + `}`, "/reason"},
		{"manager", post, "/me/tokens", `{"name":` + nothing + `}`, "/name"},
		{"admin", post, "/users", `{"login":"nobody","name":` + nothing + `,"roles":["manager"]}`, "/name"},
		{"admin", post, "/departments", `{"key":"nobody","name":{"ru":` + nothing + `}}`, "/name"},
	} {
		p := r.do(request{as: one.as, method: one.method, path: one.path, body: one.body, headers: map[string]string{"If-Match": "*"}}).
			problem(http.StatusUnprocessableEntity, "validation_failed")
		require.Equal(t, one.pointer, p.Errors[0].Pointer, one.path)
	}
	plan := r.do(request{as: "manager", method: post, path: "/interactions", body: `{"kind":"call","status":"completed","at":"2026-03-01T10:00:00Z","client_id":"` + client + `","topic":"Звонок","participants":[{"name":` + nothing + `}]}`})
	require.Equal(t, http.StatusUnprocessableEntity, plan.status, string(plan.body))
}
