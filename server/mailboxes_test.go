package server

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/notify"
)

// mailServer keeps the test letters, or refuses them.
type mailServer struct {
	mu         sync.Mutex
	configured crm.Sender
	refuses    error
	sent       []crm.TestLetter
}

// Carries is as letters have it.
func (*mailServer) Carries(address string) bool {
	_, err := notify.ParseEmail(address)
	return err == nil
}

// Configured is the test's.
func (m *mailServer) Configured() crm.Sender { return m.configured }

// SendTest keeps the letter.
func (m *mailServer) SendTest(_ context.Context, l crm.TestLetter) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuses == nil {
		m.sent = append(m.sent, l)
	}
	return m.refuses
}

func (r *rig) mailboxes(body string) *answer {
	r.t.Helper()
	return r.do(request{as: "admin", method: post, path: "/mailboxes", body: body})
}

func TestMailboxesAreKeptByAdministrators(t *testing.T) {
	t.Parallel()
	mail := &mailServer{}
	r := newRig(t, func(s *Services) { s.Mail = mail })
	for _, login := range []string{"director", "manager", "designer", "auditor"} {
		r.do(request{as: login, method: post, path: "/mailboxes", body: `{"name":"Sales","email":"sales@firm.example"}`}).problem(http.StatusForbidden, "not_allowed")
		r.do(request{as: login, path: "/mailboxes"}).problem(http.StatusForbidden, "not_allowed")
	}
	if none := r.do(request{as: "admin", path: "/mailboxes"}).want(http.StatusOK); none.at("otherwise") != nil || len(none.at("items").([]any)) != 0 {
		t.Errorf("%s", none.body)
	}
	mail.configured = crm.Sender{Name: "Marshrut", Email: "robot@firm.example"}
	key := map[string]string{"Idempotency-Key": "once"}
	body := `{"name":" Отдел продаж ","email":"Sales@firm.example","reply_to":"answers@firm.example","default":true}`
	made := r.do(request{as: "admin", method: post, path: "/mailboxes", body: body, headers: key}).want(http.StatusCreated)
	id := made.text("id")
	if made.header.Get("ETag") != `"1"` || made.header.Get("Location") != apiPrefix+"/mailboxes/"+id || made.text("name") != "Отдел продаж" || made.at("active") != true ||
		made.at("default") != true || made.text("reply_to") != "answers@firm.example" || made.text("created_by") != r.users["admin"].ID.String() {
		t.Errorf("%v %s", made.header, made.body)
	}
	if again := r.do(request{as: "admin", method: post, path: "/mailboxes", body: body, headers: key}).want(http.StatusCreated); again.text("id") != id {
		t.Errorf("a repeated request made another one: %s", again.body)
	}
	if all := r.do(request{as: "admin", path: "/mailboxes"}).want(http.StatusOK); all.text("items.0.id") != id || all.text("otherwise.email") != "robot@firm.example" {
		t.Errorf("%s", all.body)
	}
	path := "/mailboxes/" + id
	r.do(request{as: "admin", method: patch, path: path, body: `{}`}).problem(http.StatusPreconditionRequired, "if_match_required")
	changed := r.change(path, `"1"`, `{"name":"Sales","reply_to":null,"default":false}`).want(http.StatusOK)
	if changed.header.Get("ETag") != `"2"` || changed.text("name") != "Sales" || changed.at("reply_to") != nil || changed.at("default") != false || changed.text("email") != "Sales@firm.example" {
		t.Errorf("%s", changed.body)
	}
	r.change(path, `"1"`, `{"active":false}`).problem(http.StatusPreconditionFailed, "stale")
	r.do(request{as: "admin", method: remove, path: path, headers: map[string]string{"If-Match": `"1"`}}).problem(http.StatusPreconditionFailed, "stale")
	r.do(request{as: "admin", method: remove, path: path, headers: map[string]string{"If-Match": `"2"`}}).want(http.StatusNoContent)
	r.do(request{as: "admin", path: path}).problem(http.StatusNotFound, "mailbox_not_found")
	r.do(request{as: "admin", path: "/mailboxes/moon"}).problem(http.StatusNotFound, "mailbox_not_found")
}

func TestWhatCannotBeAMailboxIsToldWithItsField(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	sales := r.do(request{as: "admin", method: post, path: "/departments", body: `{"key":"sales","name":{"ru":"Отдел продаж"}}`}).want(http.StatusCreated).text("id")
	closed := r.do(request{as: "admin", method: post, path: "/departments", body: `{"key":"closed","name":{"ru":"Архив"}}`}).want(http.StatusCreated).text("id")
	r.change("/departments/"+closed, `"1"`, `{"active":false}`).want(http.StatusOK)
	r.mailboxes(`{"name":"Sales","email":"sales@firm.example","department_id":"` + sales + `"}`).want(http.StatusCreated)
	spare := r.mailboxes(`{"name":"Spare","email":"spare@firm.example","department_id":"` + sales + `","active":false}`).want(http.StatusCreated).text("id")
	for wrong, field := range map[string][2]string{
		`{"name":" ","email":"a@firm.example"}`:                                                        {"/name", "required"},
		`{"name":"` + strings.Repeat("x", 201) + `","email":"a@firm.example"}`:                         {"/name", "too_long"},
		`{"name":"x","email":"firm.example"}`:                                                          {"/email", "expected_email"},
		`{"name":"x","email":"Sales <a@firm.example>"}`:                                                {"/email", "expected_email"},
		`{"name":"x","email":"a@firm"}`:                                                                {"/email", "expected_email"},
		`{"name":"x","email":"a@firm.example, b@firm.example"}`:                                        {"/email", "expected_email"},
		`{"name":"x","email":"a@-firm-.example"}`:                                                      {"/email", "expected_email"},
		`{"name":"x","email":"a@firm.example","reply_to":"nobody"}`:                                    {"/reply_to", "expected_email"},
		`{"name":"x","email":"SALES@firm.example"}`:                                                    {"/email", "mailbox_email_taken"},
		`{"name":"x","email":"a@firm.example","department_id":"` + sales + `"}`:                        {"/department_id", "mailbox_of_department_taken"},
		`{"name":"x","email":"a@firm.example","department_id":"` + closed + `"}`:                       {"/department_id", "out_of_use"},
		`{"name":"x","email":"a@firm.example","department_id":"` + r.users["admin"].ID.String() + `"}`: {"/department_id", "not_found"},
		`{"name":"x","email":"a@firm.example","active":false,"default":true}`:                          {"/default", "default_mailbox_off"},
	} {
		p := r.mailboxes(wrong).problem(http.StatusUnprocessableEntity, "validation_failed")
		if len(p.Errors) != 1 || p.Errors[0].Pointer != field[0] || p.Errors[0].Code != field[1] {
			t.Errorf("%s: %+v", wrong, p.Errors)
		}
	}
	for wrong, field := range map[string][2]string{
		`{"email":"nobody"}`:             {"/email", "expected_email"},
		`{"email":"sales@FIRM.example"}`: {"/email", "mailbox_email_taken"},
		`{"active":true}`:                {"/department_id", "mailbox_of_department_taken"},
		`{"default":true}`:               {"/default", "default_mailbox_off"},
	} {
		p := r.change("/mailboxes/"+spare, "*", wrong).problem(http.StatusUnprocessableEntity, "validation_failed")
		if len(p.Errors) != 1 || p.Errors[0].Pointer != field[0] || p.Errors[0].Code != field[1] {
			t.Errorf("%s: %+v", wrong, p.Errors)
		}
	}
}

func TestAMailboxIsTriedWithALetter(t *testing.T) {
	t.Parallel()
	mail := &mailServer{}
	r := newRig(t, func(s *Services) { s.Mail = mail })
	path := "/mailboxes/" + r.mailboxes(`{"name":"Sales","email":"sales@firm.example","active":false}`).want(http.StatusCreated).text("id")
	try := request{as: "admin", method: post, path: path + "/test", body: `{}`}
	p := r.do(try).problem(http.StatusUnprocessableEntity, "validation_failed")
	require.Equal(t, []string{"/to", "own_address_missing"}, []string{p.Errors[0].Pointer, p.Errors[0].Code})
	r.change("/users/"+r.users["admin"].ID.String(), "*", `{"email":"admin@firm.example","lang":"ru"}`).want(http.StatusOK)
	sent := r.do(try).want(http.StatusOK)
	require.Equal(t, []string{"sales@firm.example", "admin@firm.example"}, []string{sent.text("from.email"), sent.text("to")})
	try.body, try.headers = `{"to":"else@firm.example"}`, map[string]string{"Idempotency-Key": "once", "Accept-Language": "ru"}
	r.do(try).want(http.StatusOK)
	r.do(try).want(http.StatusOK)
	require.Len(t, mail.sent, 2, "a repeated request sends nothing again")
	require.Equal(t, []any{"else@firm.example", crm.RU, "Sales"}, []any{mail.sent[1].To, mail.sent[1].Lang, mail.sent[1].From.Name})
	require.NotEqual(t, mail.sent[0].ID, mail.sent[1].ID)

	mail.refuses = crm.Errorf(crm.KindConflict, "letter_refused", "no").Naming("reason", "sender_refused", crm.Text{EN: "the server refused the sender", RU: "сервер не принял отправителя"}).With("reply", "553 5.7.1")
	try.headers = map[string]string{"Accept-Language": "ru"}
	refused := r.do(try).problem(http.StatusConflict, "letter_refused")
	require.Equal(t, "Что он ответил: сервер не принял отправителя (553 5.7.1).", refused.Detail)
	for wrong, code := range map[string]string{`{"to":"nobody"}`: "expected_email"} {
		p := r.do(request{as: "admin", method: post, path: path + "/test", body: wrong}).problem(http.StatusUnprocessableEntity, "validation_failed")
		require.Equal(t, code, p.Errors[0].Code)
	}
	r.do(request{as: "admin", method: post, path: "/mailboxes/" + uuid.NewString() + "/test", body: `{}`}).problem(http.StatusNotFound, "mailbox_not_found")
	r.do(request{as: "director", method: post, path: path + "/test", body: `{}`}).problem(http.StatusForbidden, "not_allowed")
	require.NotContains(t, r.log.String(), "else@firm.example")
	var traces int
	require.NoError(t, r.db.Pool().QueryRow(t.Context(), "select count(*) from audit_pending where place = 'mailboxes' and action = 'test_letter'").Scan(&traces))
	require.Equal(t, 3, traces)
}
