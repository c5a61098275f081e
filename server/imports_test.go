package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/imports"
	"marshrut/sheets"
)

// table uploads a table and gives the import.
func (r *rig) table(of, name, content string) *answer {
	r.t.Helper()
	body := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\n\r\n" + content + "\r\n--b--\r\n"
	return r.do(request{as: "manager", method: post, path: "/imports?of=" + of, body: body, headers: map[string]string{"Content-Type": "multipart/form-data; boundary=b"}})
}

func (r *rig) runner(store imports.Store) *imports.Runner {
	return &imports.Runner{Store: store, Log: slog.New(slog.DiscardHandler), Clock: r.now.now}
}

const clientTable = `Название;Телефон;ИНН;Регион;Сегмент;Контактное лицо;Лишнее
ООО Ромашка;8 (495) 123-45-67;7707083893;Омская область;Важнейший;Анна;x
Лютик;12;7707083894;Атлантида;Средний;;x
Ромашка;+7 495 1234567;;;;;x
;;;;;;пусто
'=Василёк;;;;;;
`

func TestATableOfClientsIsImported(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.attribute("client/segment", segment)
	made := r.table("client", "clients.csv", clientTable).want(http.StatusCreated)
	for i, want := range []string{"name", "phone", "inn", "region", "attribute:segment", "contact_name", ""} {
		if got := made.at("mapping").([]any)[i]; got != want {
			t.Errorf("column %d goes to %v, want %s", i, got, want)
		}
	}
	path := "/imports/" + made.text("id")
	call := func(method, path string, body any) *answer {
		return r.do(request{as: "manager", method: method, path: path, body: body})
	}
	preview := call(get, path+"/rows", nil).want(http.StatusOK)
	codes := func(a *answer, row string) string {
		var all []string
		for _, p := range a.at("items." + row + ".problems").([]any) {
			all = append(all, p.(map[string]any)["code"].(string))
		}
		return strings.Join(all, " ")
	}
	if codes(preview, "0") != "" || codes(preview, "1") != "expected_phone not_found not_an_option wrong_inn" || codes(preview, "3") != "required" {
		t.Errorf("preview %s", preview.body)
	}
	if preview.at("items.2.repeats_row") != 1.0 || strings.Count(string(preview.body), "repeats_row") != 1 {
		t.Errorf("row 3 has the number of row 1, and no other repeats one: %s", preview.body)
	}
	if page := call(get, path+"/rows?after=2&limit=1", nil).want(http.StatusOK); page.at("items.0.repeats_row") != 1.0 {
		t.Errorf("on a page of its own: %s", page.body)
	}
	r.do(request{as: "dispatcher", method: get, path: path}).problem(http.StatusNotFound, "import_not_found")
	for body, code := range map[string]string{
		`{"mapping":["","","","","","",""]}`:         "name_not_mapped",
		`{"mapping":["name","name","","","","",""]}`: "repeated_item",
		`{"mapping":["name","x","","","","",""]}`:    "not_an_option",
		`{"mapping":["name"]}`:                       "mapping_of_other_columns",
	} {
		if p := call(put, path+"/mapping", body).problem(http.StatusUnprocessableEntity, "validation_failed"); p.Errors[0].Code != code {
			t.Errorf("%s: %+v", body, p.Errors)
		}
	}
	call(post, path+"/stop", nil).problem(http.StatusConflict, "import_status")
	call(put, path+"/mapping", map[string]any{"mapping": []string{"name", "phone", "inn", "region", "attribute:segment", "contact_name", ""}}).want(http.StatusOK)
	call(post, path+"/run", map[string]any{"duplicates": "skip"}).want(http.StatusOK)
	if err := r.runner(r.db).Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	done := call(get, path, nil).want(http.StatusOK)
	if done.text("status") != "finished" || done.at("rows.made") != 2.0 || done.at("rows.duplicate") != 1.0 || done.at("rows.failed") != 2.0 || done.at("rows.done") != 5.0 {
		t.Errorf("done %s", done.body)
	}
	rows := call(get, path+"/rows", nil).want(http.StatusOK)
	romashka := r.do(request{as: "manager", method: get, path: "/clients/" + rows.text("items.0.record_id")}).want(http.StatusOK)
	if romashka.text("time_zone") != "Asia/Omsk" || romashka.text("legal_entities.0.inn") != "7707083893" || romashka.text("attributes.segment") != "vip" || romashka.text("details.0.number") != "+74951234567" {
		t.Errorf("client %s", romashka.body)
	}
	if contacts := r.do(request{as: "manager", method: get, path: "/contacts?client=" + romashka.text("id")}).at("items").([]any); len(contacts) != 1 {
		t.Errorf("%d contacts", len(contacts))
	}
	if strings.Contains(string(rows.body), "repeats_row") {
		t.Errorf("what has been imported repeats nothing: %s", rows.body)
	}
	if rows.text("items.2.result") != "duplicate" || rows.text("items.2.record_id") != romashka.text("id") {
		t.Errorf("rows %s", rows.body)
	}
	call(post, path+"/run", map[string]any{}).problem(http.StatusConflict, "import_status")
	call(put, path+"/mapping", map[string]any{"mapping": []string{"name", "", "", "", "", "", ""}}).problem(http.StatusConflict, "import_status")
}

func TestAClientMayBeThereAlreadyByTheContactThatComesWithIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	known := r.clientNamed("Ромашка", map[string]any{"details": []map[string]string{{"kind": "mobile", "value": "+7 916 000-11-22"}}})
	made := r.table("client", "clients.csv", "Название,Контактное лицо,Мобильный контактного лица,Почта контактного лица\n"+
		"Лютик,Анна,8 916 000 11 22,\nВасилёк,Пётр,,petr@example.org\nНезабудка,Пётр,,PETR@example.org\n").want(http.StatusCreated)
	path := "/imports/" + made.text("id")
	r.do(request{as: "manager", method: post, path: path + "/run", body: map[string]any{}}).want(http.StatusOK)
	if err := r.runner(r.db).Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows := r.do(request{as: "manager", method: get, path: path + "/rows"}).want(http.StatusOK)
	if rows.text("items.0.record_id") != known || rows.text("items.1.result") != "made" || rows.text("items.2.record_id") != rows.text("items.1.record_id") {
		t.Errorf("rows %s", rows.body)
	}
}

func TestATableOfContactsFindsTheirClients(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client := r.clientNamed("ООО «Ромашка»", nil)
	r.clientNamed("Лютик", nil)
	r.clientNamed("Лютик", nil)
	made := r.table("contact", "people.csv", "Клиент,ФИО,Почта,Дата рождения\nРомашка,Анна,anna@romashka.example,28.02.1990\nЛютик,Пётр,,\nНет таких,Иван,,\nРомашка,Вера,,30.02.1990\n").want(http.StatusCreated)
	path := "/imports/" + made.text("id")
	r.do(request{as: "manager", method: post, path: path + "/run", body: map[string]any{}}).want(http.StatusOK)
	if err := r.runner(r.db).Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows := r.do(request{as: "manager", method: get, path: path + "/rows"}).want(http.StatusOK)
	for i, code := range []string{"", "client_ambiguous", "client_not_found", "expected_date"} {
		row := "items." + string(rune('0'+i))
		if code == "" && rows.text(row+".result") != "made" || code != "" && rows.text(row+".problems.0.code") != code {
			t.Errorf("row %d: %s", i, rows.body)
		}
	}
	contacts := r.do(request{as: "manager", method: get, path: "/contacts?client=" + client})
	if contacts.text("items.0.birth_date") != "1990-02-28" || contacts.text("items.0.details.0.kind") != "email" {
		t.Errorf("contacts %s", contacts.body)
	}
}

func TestR45_ThePreviewOfContactsLooksForTheirClients(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client := r.clientNamed("ООО «Ромашка»", map[string]any{"legal_entities": []map[string]string{{"name": "ООО Ромашка", "inn": "7707083893"}}})
	r.clientNamed("Лютик", nil)
	r.clientNamed("Лютик", nil)
	known := r.do(request{as: "manager", method: post, path: "/contacts", body: map[string]any{"client_id": client, "name": "Анна Лунина"}}).want(http.StatusCreated).text("id")
	made := r.table("contact", "people.csv", "Клиент,ИНН,ФИО\nРомашка,,анна лунина\nЛютик,,Пётр\nНет таких,,Иван\nЛютик,7707083893,Вера\n,7707083894,Лев\nРомашка,,\n").want(http.StatusCreated)
	path := "/imports/" + made.text("id") + "/rows"
	preview := r.do(request{as: "manager", method: get, path: path}).want(http.StatusOK)
	if preview.text("items.0.duplicates.0.id") != known || preview.text("items.0.duplicates.0.reasons.0") != "name" {
		t.Errorf("the one known: %s", preview.body)
	}
	for i, want := range []string{"", "client_ambiguous 0", "client_not_found 0", "", "client_not_found 1", "required 2"} {
		got := ""
		if problems := preview.at("items." + strconv.Itoa(i) + ".problems").([]any); len(problems) > 0 {
			p := problems[0].(map[string]any)
			got = fmt.Sprint(p["code"], " ", p["column"])
		}
		if got != want || i > 0 && preview.at("items."+strconv.Itoa(i)+".duplicates") != nil {
			t.Errorf("row %d: %q, want %q: %s", i, got, want, preview.body)
		}
	}
	first := r.do(request{as: "manager", method: get, path: path + "?limit=4"}).want(http.StatusOK)
	rest := r.do(request{as: "manager", method: get, path: path + "?limit=4&after=" + first.text("next")}).want(http.StatusOK)
	if len(rest.at("items").([]any)) != 2 || rest.text("items.0.cells.2") != "Лев" || rest.at("next") != nil {
		t.Errorf("the pages %s, %s", first.body, rest.body)
	}
}

func TestR45_ThePreviewOfClientsShowsWhomTheyMayBe(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	known := r.clientNamed("Ромашка", map[string]any{"details": []map[string]string{{"kind": "mobile", "value": "+7 916 000-11-22"}}})
	made := r.table("client", "clients.csv", "Название,Контактное лицо,Мобильный контактного лица\nООО Ромашка,,\nЛютик,Анна,89160001122\nВасилёк,,\n").want(http.StatusCreated)
	preview := r.do(request{as: "manager", method: get, path: "/imports/" + made.text("id") + "/rows"}).want(http.StatusOK)
	for row, reason := range []string{"name", "phone"} {
		if item := "items." + strconv.Itoa(row) + ".duplicates.0"; preview.text(item+".id") != known || preview.text(item+".reasons.0") != reason {
			t.Errorf("row %d: %s", row, preview.body)
		}
	}
	if preview.at("items.2.duplicates") != nil {
		t.Errorf("the third: %s", preview.body)
	}
}

func TestR45_ImportsAreListed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var ids []string
	for _, name := range []string{"a.csv", "b.csv", "c.csv"} {
		ids = append(ids, r.table("client", name, "name,phone\n"+name+",\n,12\n").want(http.StatusCreated).text("id"))
		r.now.pass(time.Second)
	}
	r.do(request{as: "manager", method: post, path: "/imports/" + ids[0] + "/run", body: map[string]any{}}).want(http.StatusOK)
	if err := r.runner(r.db).Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	listed := func(as, query string) *answer {
		return r.do(request{as: as, method: get, path: "/imports" + query}).want(http.StatusOK)
	}
	first := listed("manager", "?limit=2")
	rest := listed("director", "?limit=2&created_by="+r.users["manager"].ID.String()+"&after="+first.text("next"))
	if first.text("items.0.id") != ids[2] || first.text("items.1.id") != ids[1] || rest.text("items.0.id") != ids[0] || rest.at("next") != nil {
		t.Errorf("the pages %s, %s", first.body, rest.body)
	}
	if rest.text("items.0.status") != "finished" || rest.at("items.0.rows.made") != 1.0 || rest.at("items.0.rows.failed") != 1.0 || first.at("items.0.rows.total") != 2.0 {
		t.Errorf("the counts %s, %s", first.body, rest.body)
	}
	for query, want := range map[string]int{"?status=finished": 1, "?of=contact": 0, "?created_by=me": 0} {
		if got := listed("director", query).at("items").([]any); len(got) != want {
			t.Errorf("%s: %v", query, got)
		}
	}
	for _, query := range []string{"", "?created_by=" + r.users["manager"].ID.String()} {
		if got := listed("dispatcher", query).at("items").([]any); len(got) != 0 {
			t.Errorf("the dispatcher sees %v", got)
		}
	}
}

func TestContactsFindACardThatOthersWereMergedInto(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	entity := map[string]any{"legal_entities": []map[string]string{{"name": "ООО Ромашка", "inn": "7707083893", "kpp": "773601001"}}}
	into, from := r.clientNamed("Ромашка", entity), r.clientNamed("Ромашка, филиал", entity)
	r.do(request{as: "director", method: post, path: "/clients/" + into + "/merge", body: map[string]any{"from": from}}).want(http.StatusOK)
	made := r.table("contact", "people.csv", "ИНН,ФИО\n7707083893,Анна\n").want(http.StatusCreated)
	path := "/imports/" + made.text("id")
	r.do(request{as: "manager", method: post, path: path + "/run", body: map[string]any{}}).want(http.StatusOK)
	if err := r.runner(r.db).Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	if contacts := r.do(request{as: "manager", method: get, path: "/contacts?client=" + into}); contacts.text("items.0.name") != "Анна" {
		t.Errorf("contacts %s, rows %s", contacts.body, r.do(request{as: "manager", method: get, path: path + "/rows"}).body)
	}
}

func TestAnImportThatFailsLeavesTheOthersTheirTurn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	run := func(content string) string {
		path := "/imports/" + r.table("client", "x.csv", content).want(http.StatusCreated).text("id")
		r.do(request{as: "manager", method: post, path: path + "/run", body: map[string]any{}}).want(http.StatusOK)
		return path
	}
	failing := run("name\nРомашка\n")
	r.now.pass(time.Second)
	next := run("name\nЛютик\n")
	store := failingFor{r.db, strings.TrimPrefix(failing, "/imports/")}
	if err := r.runner(&store).Pass(t.Context()); !errors.Is(err, errCrash) {
		t.Fatalf("%v", err)
	}
	for path, status := range map[string]string{failing: "running", next: "finished"} {
		if at := r.do(request{as: "manager", method: get, path: path}); at.text("status") != status {
			t.Errorf("%s, want %s", at.body, status)
		}
	}
}

// failingFor is a store that fails at each row of one import.
type failingFor struct {
	imports.Store
	id string
}

// ApplyImportRow fails where it is to fail.
func (f *failingFor) ApplyImportRow(ctx context.Context, of *crm.Import, n int, record crm.ImportRecord, wrong []crm.CellError) error {
	if of.ID.String() == f.id {
		return errCrash
	}
	return f.Store.ApplyImportRow(ctx, of, n, record, wrong)
}

func TestARowThatTheDatabaseHasNoRoomForFailsAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	path := "/imports/" + r.table("client", "x.csv", "name\nРомашка\n").want(http.StatusCreated).text("id")
	r.do(request{as: "manager", method: post, path: path + "/run", body: map[string]any{}}).want(http.StatusOK)
	if err := r.runner(&swelling{r.db}).Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows := r.do(request{as: "manager", method: get, path: path + "/rows"})
	if rows.text("items.0.result") != "failed" || rows.text("items.0.problems.0.code") != "row_refused" {
		t.Errorf("rows %s", rows.body)
	}
}

// swelling is a store whose clients have a detail too long for an index.
type swelling struct{ imports.Store }

// ApplyImportRow adds the detail. It does not repeat itself, or the database would pack it.
func (s *swelling) ApplyImportRow(ctx context.Context, of *crm.Import, n int, record crm.ImportRecord, wrong []crm.CellError) error {
	var long strings.Builder
	for range 300 {
		long.WriteString(uuid.NewString())
	}
	record.Client.Details = []crm.ContactDetail{{Kind: crm.DetailSite, Value: long.String()}}
	return s.Store.ApplyImportRow(ctx, of, n, record, wrong)
}

// crashing is a store whose program dies after some rows.
type crashing struct {
	imports.Store
	rows int
}

var errCrash = errors.New("the program has died")

// ApplyImportRow dies in time.
func (c *crashing) ApplyImportRow(ctx context.Context, of *crm.Import, n int, record crm.ImportRecord, wrong []crm.CellError) error {
	c.rows--
	if c.rows < 0 {
		return errCrash
	}
	return c.Store.ApplyImportRow(ctx, of, n, record, wrong)
}

func TestAnImportGoesOnAfterACrashAndWithSeveralAtWork(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var lines strings.Builder
	lines.WriteString("name\n")
	for range 60 {
		lines.WriteString("Клиент " + uuid.NewString() + "\n")
	}
	made := r.table("client", "x.csv", lines.String()).want(http.StatusCreated)
	path := "/imports/" + made.text("id")
	r.do(request{as: "manager", method: post, path: path + "/run", body: map[string]any{"duplicates": "create"}}).want(http.StatusOK)
	if err := r.runner(&crashing{r.db, 20}).Pass(t.Context()); !errors.Is(err, errCrash) {
		t.Fatalf("%v", err)
	}
	if at := r.do(request{as: "manager", method: get, path: path}); at.at("rows.done") != 20.0 || at.text("status") != "running" {
		t.Errorf("after the crash %s", at.body)
	}
	r.do(request{as: "manager", method: post, path: path + "/stop"}).want(http.StatusOK)
	if err := r.runner(r.db).Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	if at := r.do(request{as: "manager", method: get, path: path}); at.at("rows.done") != 20.0 || at.text("status") != "stopped" {
		t.Errorf("a stopped import goes on: %s", at.body)
	}
	r.do(request{as: "manager", method: post, path: path + "/run", body: map[string]any{"duplicates": "create"}}).want(http.StatusOK)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := r.runner(r.db).Pass(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if err := r.runner(r.db).Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	at := r.do(request{as: "manager", method: get, path: path})
	var clients int
	if err := r.db.Pool().QueryRow(t.Context(), "select count(*) from clients").Scan(&clients); err != nil || clients != 60 {
		t.Errorf("%d clients of 60 rows, %v", clients, err)
	}
	if at.at("rows.made") != 60.0 || at.text("status") != "finished" {
		t.Errorf("in the end %s", at.body)
	}
}

func TestClientsAndContactsAreExported(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.attribute("client/segment", segment)
	id := r.clientNamed("=cmd|' /C calc'!A0", map[string]any{"attributes": map[string]any{"segment": "vip"}, "details": []map[string]string{{"kind": "phone", "value": "+7 495 123-45-67"}}})
	r.clientNamed("Другой", map[string]any{"kind": "individual"})
	if made := r.do(request{as: "manager", method: post, path: "/contacts", body: map[string]any{"client_id": id, "name": "@Анна"}}); made.status != http.StatusCreated {
		t.Fatalf("%s", made.body)
	}
	out := r.do(request{as: "auditor", method: get, path: "/clients/export?kind=company"}).want(http.StatusOK)
	text := string(out.body)
	if out.header.Get("Content-Disposition") != `attachment; filename="clients.csv"` || !strings.Contains(text, ";\"'=cmd|' /C calc'!A0\";") && !strings.Contains(text, ";'=cmd|' /C calc'!A0;") || strings.Contains(text, "Другой") {
		t.Errorf("%v %s", out.header, text)
	}
	for path, name := range map[string]string{"/clients/export?format=xlsx&kind=company": "=cmd|' /C calc'!A0", "/contacts/export?format=xlsx&client=" + id: "@Анна"} {
		file := r.do(request{as: "manager", method: get, path: path}).want(http.StatusOK)
		found, err := sheets.Read(t.Context(), file.body)
		if err != nil || len(found.Rows) != 1 || !strings.Contains(strings.Join(found.Rows[0], "|"), name) || !bytes.HasPrefix(file.body, []byte("PK")) {
			t.Errorf("%s: %+v, %v", path, found, err)
		}
	}
}

// TestR45_AnExportCanBeImported: into another database, in either language.
func TestR45_AnExportCanBeImported(t *testing.T) {
	t.Parallel()
	r, other := newRig(t), newRig(t)
	for _, one := range []*rig{r, other} {
		one.attribute("client/account", `{"type":"text","name":{"ru":"Счёт","en":"Status"}}`)
	}
	client := map[string]any{
		"name": "=Ромашка", "lang": "en", "status": "active", "region": "RU-OMS", "source": "exhibition", "attributes": map[string]any{"account": "40702"},
		"time_zone": "Asia/Vladivostok", "owner_id": r.users["manager2"].ID.String(),
		"details": []map[string]string{
			{"kind": "phone", "value": "8 (495) 123-45-67, доб. 12"},
			{"kind": "phone", "value": "8 (495) 765-43-21"},
			{"kind": "email", "value": "office@romashka.example"},
			{"kind": "mailing", "value": "news@romashka.example"},
		},
		"legal_entities": []map[string]string{{"name": "ООО Ромашка", "inn": "7707083893"}},
	}
	body := maps.Clone(client)
	made := r.do(request{as: "manager", method: post, path: "/clients", body: body}).want(http.StatusCreated)
	r.do(request{as: "manager", method: post, path: "/contacts", body: map[string]any{"client_id": made.text("id"), "name": "'=Анна", "birth_date": "1990-02-28", "details": []map[string]string{
		{"kind": "email", "value": "anna@romashka.example"}, {"kind": "mailing", "value": "anna-news@romashka.example"},
	}}}).want(http.StatusCreated)
	again := map[string]*answer{}
	for _, of := range []string{"client", "contact"} {
		for _, lang := range []string{"ru", "en"} {
			table := r.do(request{as: "manager", method: get, path: "/" + of + "s/export", headers: map[string]string{"Accept-Language": lang}}).want(http.StatusOK)
			begun := other.table(of, "x.csv", string(table.body)).want(http.StatusCreated)
			for i, to := range begun.at("mapping").([]any) {
				if column := begun.at("columns").([]any)[i].(string); (to == "") != strings.HasSuffix(strings.ToLower(column), "id") && column != "id клиента" {
					t.Errorf("%s goes to %q", column, to)
				}
			}
			path := "/imports/" + begun.text("id")
			other.do(request{as: "manager", method: post, path: path + "/run", body: map[string]any{}}).want(http.StatusOK)
			if err := other.runner(other.db).Pass(t.Context()); err != nil {
				t.Fatal(err)
			}
			again[of+lang] = other.do(request{as: "manager", method: get, path: path + "/rows"}).want(http.StatusOK)
		}
	}
	for step, want := range map[string]string{"clientru": "made", "clienten": "duplicate", "contactru": "made", "contacten": "duplicate"} {
		if again[step].text("items.0.result") != want {
			t.Errorf("%s: %s", step, again[step].body)
		}
	}
	card := other.do(request{as: "manager", method: get, path: "/clients/" + again["clientru"].text("items.0.record_id")}).want(http.StatusOK)
	for place, want := range map[string]string{
		"name": "=Ромашка", "lang": "en", "status": "active", "region": "RU-OMS", "source": "exhibition", "attributes.account": "40702",
		"time_zone": "Asia/Vladivostok", "owner_id": other.users["manager2"].ID.String(), "legal_entities.0.inn": "7707083893",
	} {
		if card.text(place) != want {
			t.Errorf("%s is %q, want %q", place, card.text(place), want)
		}
	}
	if got := kindsAndValues(card, "details"); got != "email office@romashka.example, mailing news@romashka.example, phone 8 (495) 123-45-67, доб. 12, phone 8 (495) 765-43-21" {
		t.Errorf("the client's details: %s", got)
	}
	people := other.do(request{as: "manager", method: get, path: "/contacts?client=" + card.text("id")}).want(http.StatusOK)
	if got := kindsAndValues(people, "items.0.details"); people.text("items.0.name") != "'=Анна" || got != "email anna@romashka.example, mailing anna-news@romashka.example" {
		t.Errorf("the contact: %s", people.body)
	}
}

// kindsAndValues are the contact details of an answer, in the order of the alphabet.
func kindsAndValues(a *answer, place string) string {
	var all []string
	for _, item := range a.at(place).([]any) {
		detail := item.(map[string]any)
		all = append(all, fmt.Sprint(detail["kind"], " ", detail["value"]))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func TestR45_ASearchIsExportedWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for i := range maxSearched + 1 {
		_, err := r.db.CreateClient(t.Context(), crm.Client{Kind: crm.ClientCompany, Name: "Ромашка " + strconv.Itoa(1000+i)})
		if err != nil {
			t.Fatal(err)
		}
	}
	p := r.do(request{as: "manager", method: get, path: "/clients/export?q=romashka"}).problem(http.StatusUnprocessableEntity, "validation_failed")
	if p.Errors[0].Parameter != "q" || p.Errors[0].Code != "search_too_wide" {
		t.Errorf("errors %+v", p.Errors)
	}
	r.clientNamed("Незабудка", nil)
	few := r.do(request{as: "manager", method: get, path: "/clients/export?q=" + url.QueryEscape("незабутка") + "&limit=1"}).want(http.StatusOK)
	if !strings.Contains(string(few.body), "Незабудка") {
		t.Errorf("%s", few.body)
	}
}

// TestR15_ATableOfClientsTellsOfNoHiddenOne: neither by a name nor by a number that is the same.
func TestR15_ATableOfClientsTellsOfNoHiddenOne(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.hire("keeper", crm.RoleDirector)
	r.do(request{as: "keeper", method: post, path: "/clients", body: map[string]any{
		"name": "Тайный завод", "owner_id": r.users["keeper"].ID, "details": []map[string]string{{"kind": "phone", "value": "+7 495 111-22-33"}},
	}}).want(http.StatusCreated)
	r.narrow(crm.RoleManager, crm.SeesOwn)
	made := r.table("client", "clients.csv", "Наименование,Телефон\nТайный завод,\nДругой,+7 495 111-22-33\n").want(http.StatusCreated)
	path := "/imports/" + made.text("id")
	if a := r.do(request{as: "manager", method: get, path: path + "/rows"}).want(http.StatusOK); strings.Contains(string(a.body), "duplicates") || len(a.at("items").([]any)) != 2 {
		t.Errorf("the preview tells: %s", a.body)
	}
	r.do(request{as: "manager", method: post, path: path + "/run", body: map[string]any{}}).want(http.StatusOK)
	if err := r.runner(r.db).Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := r.do(request{as: "manager", method: get, path: path + "/rows"}).want(http.StatusOK); a.text("items.0.result") != "made" || a.text("items.1.result") != "made" {
		t.Errorf("the run tells: %s", a.body)
	}
}

// TestR15_ATableOfContactsNamesNoHiddenClient: neither its preview nor its run knows clients that their author does not see, by name or
// by ИНН, and nothing is written into their cards; of namesakes the one that he sees is meant.
func TestR15_ATableOfContactsNamesNoHiddenClient(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.hire("keeper", crm.RoleDirector)
	of := func(login, name, inn string) string {
		body := map[string]any{"name": name, "owner_id": r.users[login].ID, "create_anyway": true}
		if inn != "" {
			body["legal_entities"] = []map[string]string{{"name": name, "inn": inn}}
		}
		return r.do(request{as: "keeper", method: post, path: "/clients", body: body}).want(http.StatusCreated).text("id")
	}
	hidden, twin, seen := of("keeper", "Тайный завод", "7707083893"), of("keeper", "Ромашка", ""), of("manager", "Ромашка", "")
	r.narrow(crm.RoleManager, crm.SeesOwn)
	made := r.table("contact", "people.csv", "ФИО,Клиент,ИНН\nАнна,Тайный завод,\nПётр,,7707083893\nОльга,Ромашка,\nИван,Нет такого,\n").want(http.StatusCreated)
	path := "/imports/" + made.text("id")
	rows := func() *answer {
		return r.do(request{as: "manager", method: get, path: path + "/rows"}).want(http.StatusOK)
	}
	problems := func(a *answer) (codes []string) {
		var page struct {
			Items []struct{ Problems []ProblemField }
		}
		a.into(&page)
		for _, row := range page.Items {
			code := ""
			for _, p := range row.Problems {
				code += p.Code
			}
			codes = append(codes, code)
		}
		return codes
	}
	want := []string{"client_not_found", "client_not_found", "", "client_not_found"}
	if before := rows(); !slices.Equal(problems(before), want) {
		t.Errorf("the preview %s", before.body)
	}
	r.do(request{as: "manager", method: post, path: path + "/run", body: map[string]any{}}).want(http.StatusOK)
	if err := r.runner(r.db).Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := rows(); !slices.Equal(problems(after), want) || after.text("items.2.result") != "made" {
		t.Errorf("the rows %s", after.body)
	}
	for id, want := range map[string]int{hidden: 0, twin: 0, seen: 1} {
		if got := r.do(request{as: "keeper", method: get, path: "/contacts?client=" + id}); len(got.at("items").([]any)) != want {
			t.Errorf("the contacts of %s: %s", id, got.body)
		}
	}
}
