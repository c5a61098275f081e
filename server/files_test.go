package server

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// uploadAs attaches a file to a card.
func (r *rig) uploadAs(as, path, name, content string) *answer {
	r.t.Helper()
	return r.do(request{
		as: as, method: post, path: path + "/files",
		body:    "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\nContent-Type: image/png\r\n\r\n" + content + "\r\n--b--\r\n",
		headers: map[string]string{"Content-Type": "multipart/form-data; boundary=b"},
	})
}

func TestR10_R45_FilesOnEveryCard(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	caseID, _ := r.appeal()
	other, _ := r.appeal()
	client := r.client()
	contact := r.do(request{as: "manager", method: post, path: "/contacts", body: map[string]any{"client_id": client, "name": "Анна"}}).want(http.StatusCreated).text("id")
	interaction := r.do(request{as: "manager", method: post, path: "/interactions", body: map[string]any{
		"case_id": other, "kind": "call", "status": "completed", "at": r.now.now(),
	}}).want(http.StatusCreated).text("id")
	for card, field := range map[string]string{
		"/cases/" + caseID: "case_id", "/clients/" + client: "client_id", "/contacts/" + contact: "contact_id", "/interactions/" + interaction: "interaction_id",
	} {
		made := r.uploadAs("manager", card, "a.txt", "привет").want(http.StatusCreated)
		if !strings.HasSuffix(card, made.text(field)) || made.text("media_type") != "text/plain; charset=utf-8" {
			t.Errorf("%s: %s", card, made.body)
		}
		listed := r.do(request{as: "dispatcher", method: get, path: card + "/files"}).want(http.StatusOK)
		if len(listed.at("items").([]any)) != 1 || listed.text("items.0.id") != made.text("id") {
			t.Errorf("%s: %s", card, listed.body)
		}
		path := "/files/" + made.text("id")
		if content := r.do(request{as: "dispatcher", method: get, path: path}).want(http.StatusOK); string(content.body) != "привет" {
			t.Errorf("%s: content %q", card, content.body)
		}
		r.do(request{as: "dispatcher", method: remove, path: path}).problem(http.StatusForbidden, "not_your_file")
		r.do(request{as: "manager", method: remove, path: path}).want(http.StatusOK)
		r.do(request{as: "manager", method: get, path: path}).problem(http.StatusNotFound, "file_not_found")
		if gone := r.do(request{as: "manager", method: get, path: card + "/files"}); len(gone.at("items").([]any)) != 0 {
			t.Errorf("%s: a removed file is listed: %s", card, gone.body)
		}
		if all := r.do(request{as: "manager", method: get, path: card + "/files?removed=true"}); all.text("items.0.removed_by") != r.users["manager"].ID.String() {
			t.Errorf("%s: %s", card, all.body)
		}
		r.do(request{as: "director", method: post, path: path + "/restore"}).want(http.StatusOK)
		r.do(request{as: "manager", method: get, path: path}).want(http.StatusOK)
		if back := r.do(request{as: "manager", method: get, path: card + "/files"}); len(back.at("items").([]any)) != 1 {
			t.Errorf("%s: %s", card, back.body)
		}
	}
	told := strings.Join(append(r.feedTexts("manager", caseID), r.feedTexts("manager", other)...), "\n")
	for _, sentence := range []string{"added the file “a.txt”", "removed the file “a.txt”", "put the file “a.txt” back"} {
		if strings.Count(told, sentence) != 2 { // the case's own, and its interaction's
			t.Errorf("the feed tells %q %d times:\n%s", sentence, strings.Count(told, sentence), told)
		}
	}
	history := string(r.do(request{as: "manager", method: get, path: "/clients/" + client + "/history"}).want(http.StatusOK).body)
	if strings.Count(history, `"file_restored"`) != 2 || !strings.Contains(history, contact) {
		t.Errorf("the client's history: %s", history)
	}
}

// TestR1_TheDocumentsOfACaseAreInOnePlace: those of its interactions are listed with its own, and go out with its letters.
func TestR1_TheDocumentsOfACaseAreInOnePlace(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.do(request{as: "admin", method: patch, path: "/users/" + r.users["manager"].ID.String(), body: `{"email":"manager@office.example"}`, headers: map[string]string{"If-Match": "*"}}).want(http.StatusOK)
	client := r.client()
	interest := r.act("manager", "/interests", map[string]any{"client_id": client, "topic": "Доски", "source": "site"}).want(http.StatusCreated).text("case.id")
	inside, alone := r.called(map[string]any{"case_id": interest}).text("id"), r.called(map[string]any{"client_id": client, "alone": true}).text("id")
	own := r.uploadAs("manager", "/cases/"+interest, "own.txt", "свой").want(http.StatusCreated).text("id")
	invoice := r.uploadAs("manager", "/interactions/"+inside, "invoice.txt", "счёт").want(http.StatusCreated).text("id")
	stranger := r.uploadAs("manager", "/interactions/"+alone, "stranger.txt", "чужой").want(http.StatusCreated).text("id")
	files := func() []string {
		var ids []string
		for _, one := range r.do(request{as: "manager", method: get, path: "/cases/" + interest + "/files"}).want(http.StatusOK).at("items").([]any) {
			ids = append(ids, one.(map[string]any)["id"].(string))
		}
		return ids
	}
	if got := files(); !slices.Equal(got, []string{own, invoice}) {
		t.Errorf("files of the interest are %v, want %v and %v", got, own, invoice)
	}
	letter := map[string]any{"to": "info@romashka.example", "subject": "Счёт", "text": "Во вложении", "file_ids": []any{stranger}}
	r.act("manager", "/cases/"+interest+"/letters", letter).wrongAt("/file_ids/0", "not_found")
	letter["file_ids"] = []any{invoice}
	r.act("manager", "/cases/"+interest+"/letters", letter).want(http.StatusCreated)
	// What comes into the case later brings its documents.
	r.changeInteraction(alone, map[string]any{"case_id": interest}).want(http.StatusOK)
	if got := files(); !slices.Equal(got, []string{own, invoice, stranger}) {
		t.Errorf("files of the interest are %v now", got)
	}
	history := string(r.do(request{as: "manager", method: get, path: "/clients/" + client + "/history"}).want(http.StatusOK).body)
	if !strings.Contains(history, "stranger.txt") {
		t.Errorf("a file of an interaction of no case is in no history: %s", history)
	}
}

func TestR45_WhatAFileIsItsContentSays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client := "/clients/" + r.client()
	for content, want := range map[string]string{
		"%PDF-1.7\n": "application/pdf", "<html><script>alert(1)</script></html>": "text/html; charset=utf-8", "\x00\x01\x02": "application/octet-stream",
	} {
		made := r.uploadAs("manager", client, "фото.png", content).want(http.StatusCreated)
		if made.text("media_type") != want {
			t.Errorf("%q is %s, want %s", content, made.text("media_type"), want)
		}
		got := r.do(request{as: "manager", method: get, path: "/files/" + made.text("id")}).want(http.StatusOK)
		for header, value := range map[string]string{
			"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff", "Content-Type": want,
		} {
			if got.header.Get(header) != value {
				t.Errorf("%s is %q, want %q", header, got.header.Get(header), value)
			}
		}
		if !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment;") {
			t.Errorf("Content-Disposition %q", got.header.Get("Content-Disposition"))
		}
	}
}

func TestR45_NamesOfFilesStayNames(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{
		"../../etc/passwd": "passwd", `C:\temp\a.txt`: "a.txt", "a\u202Egnp.exe": "agnp.exe", "..": "", "a\x00b\n.txt": "ab.txt", "\xff.txt": ".txt",
		strings.Repeat("я", 300): strings.Repeat("я", 255),
	} {
		if got := fileName(sent); got != want {
			t.Errorf("%q becomes %q, want %q", sent, got, want)
		}
	}
}

func TestFilesOnNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	nobody := "01a201e0-0000-7000-8000-000000000000"
	for card, code := range map[string]string{
		"/cases/": "case_not_found", "/clients/": "client_not_found", "/contacts/": "contact_not_found", "/interactions/": "interaction_not_found",
	} {
		r.uploadAs("manager", card+nobody, "a.txt", "x").problem(http.StatusNotFound, code)
		r.do(request{as: "manager", method: get, path: card + nobody + "/files"}).problem(http.StatusNotFound, code)
	}
	r.do(request{as: "manager", method: remove, path: "/files/" + nobody}).problem(http.StatusNotFound, "file_not_found")
}
