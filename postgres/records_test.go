package postgres_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/postgres"
)

// wantCode checks that err is a refusal of this kind and code, or, with a pointer, of this field and code.
func wantCode(t *testing.T, err error, kind crm.ErrorKind, pointer, code string) {
	t.Helper()
	e, ok := crm.AsError(err)
	if !ok || e.Kind != kind {
		t.Errorf("error %v, want %s %s", err, kind, code)
		return
	}
	if pointer == "" && e.Code != code {
		t.Errorf("code %s, want %s", e.Code, code)
	}
	if pointer != "" && (len(e.Fields) != 1 || e.Fields[0].Pointer != pointer || e.Fields[0].Code != code) {
		t.Errorf("fields %+v, want %s at %s", e.Fields, code, pointer)
	}
}

// recordsClock is a time that tests move.
type recordsClock struct {
	mu sync.Mutex
	at time.Time
}

func newRecordsClock() *recordsClock {
	return &recordsClock{at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
}

func (c *recordsClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *recordsClock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func TestUsersAndTheirTokens(t *testing.T) {
	t.Parallel()
	clock := newRecordsClock()
	of := newOffice(t, postgres.Options{Clock: clock.now})
	ctx := context.Background()
	full := crm.User{
		Login: "ivan", Name: "Иван Петров", Email: "ivan@office.example", Phone: "+7 900", Lang: crm.EN, TimeZone: "Asia/Omsk",
		DepartmentID: of.manager.DepartmentID, Roles: []string{"manager", "auditor"}, Active: true,
	}
	made, err := of.CreateUser(ctx, full, "a hash")
	if err != nil {
		t.Fatal(err)
	}
	full.ID, full.Version, full.CreatedAt, full.Granted, full.DigestAt = made.ID, 1, clock.now(), made.Granted, "09:00"
	if !made.Can(crm.RightWork) || !made.Can(crm.RightReport) || made.Can(crm.RightLead) {
		t.Errorf("his roles give %+v", made.Granted)
	}
	for name, read := range map[string]func() (*crm.User, error){
		"made": func() (*crm.User, error) { return made, nil },
		"read": func() (*crm.User, error) { return of.User(ctx, made.ID) },
		"signing in": func() (*crm.User, error) {
			c, err := of.Credentials(ctx, "ivan")
			if err == nil && c.PasswordHash != "a hash" {
				t.Errorf("hash %q", c.PasswordHash)
			}
			return c.User, err
		},
	} {
		got, err := read()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !slices.Equal(got.Roles, full.Roles) || fmt.Sprintf("%+v", *got) != fmt.Sprintf("%+v", full) {
			t.Errorf("%s: %+v, want %+v", name, *got, full)
		}
	}
	if once, err := of.CreateUser(ctx, full, ""); err != nil || once.ID != full.ID {
		t.Errorf("made again with the same id: %+v, %v", once, err)
	}
	full.ID = uuid.Nil
	_, err = of.CreateUser(ctx, full, "")
	wantCode(t, err, crm.KindConflict, "", "login_taken")
	_, err = of.CreateUser(ctx, crm.User{Login: "a b", Name: "x", Lang: crm.RU, Roles: []string{"manager"}}, "")
	wantCode(t, err, crm.KindUnprocessed, "/login", "bad_login")
	_, err = of.CreateUser(ctx, crm.User{Login: "x", Name: "x", Lang: crm.RU, DepartmentID: uuid.New()}, "")
	wantCode(t, err, crm.KindUnprocessed, "/department_id", "not_found")
	_, err = of.User(ctx, uuid.New())
	wantCode(t, err, crm.KindNotFound, "", "user_not_found")
	_, err = of.Credentials(ctx, "nobody")
	wantCode(t, err, crm.KindNotFound, "", "user_not_found")

	hash := sha256.Sum256([]byte("secret"))
	token := crm.Token{Hash: hash[:], UserID: made.ID, Kind: crm.TokenSession, ExpiresAt: clock.now().Add(time.Hour)}
	if _, _, err := of.CreateToken(ctx, token); err != nil {
		t.Fatal(err)
	}
	found := func(at time.Time) bool {
		u, _, err := of.TokenUser(ctx, token.Hash, at)
		if known, ok := crm.AsError(err); err != nil && (!ok || known.Kind != crm.KindNotFound) {
			t.Fatal(err)
		}
		return err == nil && u.ID == made.ID
	}
	if !found(clock.now()) || found(token.ExpiresAt) {
		t.Error("a token lives until it expires")
	}
	if _, err := of.Pool().Exec(ctx, "update users set active = false where id = $1", made.ID); err != nil {
		t.Fatal(err)
	}
	if found(clock.now()) {
		t.Error("the token of a user who is not active still works")
	}
	if _, err := of.Pool().Exec(ctx, "update users set active = true where id = $1", made.ID); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := of.RevokeToken(ctx, token.Hash); err != nil {
			t.Fatal(err)
		}
	}
	if found(clock.now()) {
		t.Error("a revoked token still works")
	}
}

func TestR44_ClientsAndContactsKeepAllTheyAreGiven(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	client, err := of.CreateClient(ctx, crm.Client{
		Kind: crm.ClientIndividual, Name: "Анна", Status: crm.ClientActive, Lang: crm.EN, TimeZone: "Asia/Omsk", Source: "site",
		OwnerID: of.manager.ID, CreatedBy: of.dispatcher.ID, Details: []crm.ContactDetail{
			{Kind: crm.DetailEmail, Value: "b@example.org"}, {Kind: crm.DetailEmail, Value: "a@example.org"}, {Kind: crm.DetailPhone, Value: "+7"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	read, err := of.Client(ctx, client.ID)
	if err != nil || fmt.Sprintf("%+v", read) != fmt.Sprintf("%+v", client) || read.Details[1].Value != "a@example.org" {
		t.Errorf("read %+v, %v, made %+v", read, err, client)
	}
	name, nobody := "Анна Каренина", uuid.Nil
	changed, err := of.PatchClient(ctx, client.ID, 1, crm.ClientPatch{Name: &name, OwnerID: &nobody}, of.manager.ID)
	if err != nil || changed.Version != 2 || changed.Name != name || changed.OwnerID != uuid.Nil || len(changed.Details) != 3 || changed.TimeZone != "Asia/Omsk" {
		t.Errorf("changed %+v, %v", changed, err)
	}
	_, err = of.PatchClient(ctx, client.ID, 1, crm.ClientPatch{Name: &name}, of.manager.ID)
	wantCode(t, err, crm.KindStale, "", "stale")
	_, err = of.PatchClient(ctx, uuid.New(), 1, crm.ClientPatch{Name: &name}, of.manager.ID)
	wantCode(t, err, crm.KindNotFound, "", "client_not_found")
	stranger := uuid.New()
	_, err = of.PatchClient(ctx, client.ID, 2, crm.ClientPatch{OwnerID: &stranger}, of.manager.ID)
	wantCode(t, err, crm.KindUnprocessed, "/owner_id", "not_found")

	contact, err := of.CreateContact(ctx, crm.Contact{ClientID: client.ID, Name: "Вронский", Details: []crm.ContactDetail{{Kind: crm.DetailMailing, Value: "v@example.org"}}})
	if err != nil {
		t.Fatal(err)
	}
	details := []crm.ContactDetail{{Kind: crm.DetailMobile, Value: "+79000000000", Number: "+79000000000"}}
	if contact, err = of.PatchContact(ctx, contact.ID, 1, crm.ContactPatch{Details: &details}, of.manager.ID); err != nil || !slices.Equal(contact.Details, details) || contact.Version != 2 {
		t.Errorf("contact %+v, %v", contact, err)
	}
	_, err = of.PatchContact(ctx, contact.ID, 1, crm.ContactPatch{}, of.manager.ID)
	wantCode(t, err, crm.KindStale, "", "stale")
	_, err = of.CreateContact(ctx, crm.Contact{ClientID: uuid.New(), Name: "x"})
	wantCode(t, err, crm.KindUnprocessed, "/client_id", "not_found")
}

// TestClientsByName: searching and paging see the same order, whatever the letters.
func TestClientsByName(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	for _, name := range []string{"яблоко", "Ёлка", "Ель", "apple", "Apple", "100%", "a_b", "Яблоко", "İstanbul", "ẞ"} {
		if _, err := of.CreateClient(ctx, crm.Client{Kind: crm.ClientCompany, Name: name, Lang: crm.RU, TimeZone: "UTC", Details: []crm.ContactDetail{{Kind: crm.DetailEmail, Value: "Mail@" + fmt.Sprint(len(name)) + ".example"}}}); err != nil {
			t.Fatal(err)
		}
	}
	walk := func(limit int) []string {
		var names []string
		f := crm.ClientFilter{Limit: limit}
		for {
			page, err := of.ListClients(ctx, f)
			if err != nil {
				t.Fatal(err)
			}
			for i := range page.Items {
				names = append(names, page.Items[i].Name)
			}
			if page.Next == nil {
				return names
			}
			f.After = page.Next
		}
	}
	all := walk(100)
	if len(all) != 11 { // with the office's own
		t.Errorf("%d clients: %v", len(all), all)
	}
	for limit := 1; limit <= 4; limit++ {
		if got := walk(limit); !slices.Equal(got, all) {
			t.Errorf("in pages of %d: %v, at once: %v", limit, got, all)
		}
	}
	for query, want := range map[string]int{"ЯБЛОКО": 2, "apple": 2, "100%": 1, "елка": 1, "a_b": 1, "mail@": 10, "nobody": 0} {
		got, err := of.SearchClients(ctx, query, crm.ClientFilter{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != want {
			t.Errorf("%q finds %v", query, got)
		}
	}
}

// TestAnInboxIsWhatIsMine: addressed to me, taken by me, or lying in a pool of mine; due first, those without a deadline
// last, in pages of any size.
func TestAnInboxIsWhatIsMine(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	c := of.create(crm.NewCase{Kind: crm.Appeal})
	of.exec("update tasks set due_at = null")
	base := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	// Nine tasks in a pool and of persons, every third without a deadline; two not mine, one taken by a colleague.
	for i := range 12 {
		var user, department, taken *uuid.UUID
		var role *string
		switch i % 4 {
		case 0:
			user = &of.dispatcher.ID
		case 1:
			role = new(crm.RoleDispatcher)
		case 2:
			department = &of.dispatcher.DepartmentID
		case 3:
			department, taken = &of.dispatcher.DepartmentID, &of.dispatcher.ID
			if i == 3 {
				taken = &of.manager.ID
			}
		}
		var due *time.Time
		if i%3 != 0 {
			due = new(base.Add(time.Duration(i%5) * time.Hour))
		}
		of.exec(`insert into tasks (id, case_id, path, visit, user_id, role, department_id, taken_by, due_at, opened_seq, opened_at)
			values ($1, $2, 'x', $3, $4, $5, $6, $7, $8, 1, now())`, uuid.Must(uuid.NewV7()), c.ID, i+1, user, role, department, taken, due)
	}
	of.exec(`insert into tasks (id, case_id, path, visit, user_id, opened_seq, opened_at) values ($1, $2, 'x', 100, $3, 1, now())`, uuid.New(), c.ID, of.manager.ID)
	of.exec(`insert into tasks (id, case_id, path, visit, role, opened_seq, opened_at) values ($1, $2, 'x', 101, 'director', 1, now())`, uuid.New(), c.ID)
	of.exec(`insert into tasks (id, case_id, path, visit, user_id, status, opened_seq, opened_at, closed_at) values ($1, $2, 'x', 102, $3, 'completed', 1, now(), now())`, uuid.New(), c.ID, of.dispatcher.ID)

	walk := func(f crm.TaskFilter) []crm.TaskItem {
		var items []crm.TaskItem
		for {
			page, err := of.ListTasks(ctx, f)
			if err != nil {
				t.Fatal(err)
			}
			items = append(items, page.Items...)
			if page.Next == nil {
				return items
			}
			f.After = page.Next
		}
	}
	mine := crm.TaskFilter{Performer: of.dispatcher, Status: crm.TaskOpen, Limit: 100}
	all := walk(mine)
	if len(all) != 12 { // eleven of the twelve, and the appeal's own
		t.Errorf("%d tasks", len(all))
	}
	seen := map[uuid.UUID]bool{}
	for i := range all {
		task := &all[i]
		if seen[task.ID] {
			t.Errorf("%s comes twice", task.ID)
		}
		seen[task.ID] = true
		if task.Case.Number != c.Number || task.Case.ClientName == "" || task.Case.MapID != "appeal" {
			t.Errorf("the task's case is %+v", task.Case)
		}
		if i == 0 {
			continue
		}
		before := &all[i-1]
		switch {
		case before.DueAt == nil && task.DueAt != nil, before.DueAt != nil && task.DueAt != nil && task.DueAt.Before(*before.DueAt):
			t.Errorf("%v comes before %v", before.DueAt, task.DueAt)
		}
	}
	for limit := 1; limit <= 5; limit++ {
		mine.Limit = limit
		got := walk(mine)
		if len(got) != len(all) {
			t.Fatalf("in pages of %d there are %d tasks, at once %d", limit, len(got), len(all))
		}
		for i := range got {
			if got[i].ID != all[i].ID {
				t.Errorf("in pages of %d another task is at %d", limit, i)
			}
		}
	}
	for name, f := range map[string]struct {
		filter crm.TaskFilter
		want   int
	}{
		"everybody's":   {crm.TaskFilter{Status: crm.TaskOpen, Limit: 3}, 15},
		"of any status": {crm.TaskFilter{Limit: 3}, 16},
		"completed":     {crm.TaskFilter{Performer: of.dispatcher, Status: crm.TaskCompleted, Limit: 3}, 1},
		"of a case":     {crm.TaskFilter{CaseID: c.ID, Limit: 3}, 16},
		"of none":       {crm.TaskFilter{CaseID: uuid.New(), Limit: 3}, 0},
		"overdue":       {crm.TaskFilter{Overdue: true, Limit: 3}, 0},
	} {
		if got := len(walk(f.filter)); got != f.want {
			t.Errorf("%s: %d tasks, want %d", name, got, f.want)
		}
	}
}

// TestAnInboxCostsTheSameAmongMany: a page reads about as many tasks as it shows, however many lie in the pool, the first
// page and one far behind alike.
func TestAnInboxCostsTheSameAmongMany(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{MaxConns: 1}) // one session, whose counts are read
	ctx := context.Background()
	c := of.create(crm.NewCase{Kind: crm.Appeal})
	of.exec(`insert into tasks (id, case_id, path, visit, role, due_at, opened_seq, opened_at)
		select gen_random_uuid(), $1, 'x', n, 'dispatcher', timestamptz '2026-03-02' + n * interval '1 minute', 1, now()
		from generate_series(2, 20000) n`, c.ID)
	of.exec("vacuum analyze tasks")
	read := func() int64 {
		t.Helper()
		var rows int64
		of.exec("select pg_stat_force_next_flush()")
		err := of.Pool().QueryRow(ctx, `select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) +
			(select coalesce(sum(idx_tup_read), 0) from pg_stat_user_indexes where relname = 'tasks')
			from pg_stat_user_tables where relname = 'tasks'`).Scan(&rows)
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	for name, after := range map[string]*crm.Cursor{
		"first": nil, "far behind": {At: new(time.Date(2026, 3, 14, 0, 0, 0, 0, time.UTC)), ID: uuid.Max},
	} {
		before := read()
		page, err := of.ListTasks(ctx, crm.TaskFilter{Performer: of.dispatcher, Status: crm.TaskOpen, Limit: 50, After: after})
		if err != nil || len(page.Items) != 50 || page.Next == nil {
			t.Fatalf("%s: %d tasks, %v", name, len(page.Items), err)
		}
		if rows := read() - before; rows > 1000 {
			t.Errorf("%s: a page of 50 reads %d tasks", name, rows)
		}
	}
}

func TestTakingATaskIsARaceWithOneWinner(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	c := of.create(crm.NewCase{Kind: crm.Appeal})
	task := of.open(c)
	colleagues := make([]*crm.User, 8)
	for i := range colleagues {
		colleagues[i] = of.user(fmt.Sprintf("dispatcher%d", i), of.dispatcher.DepartmentID, crm.RoleDispatcher)
	}
	var wins, taken int
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, one := range colleagues {
		all.Go(func() {
			_, err := of.TakeTask(ctx, task.ID, one)
			known, _ := crm.AsError(err)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				wins++
			case known != nil && known.Code == "task_taken":
				taken++
			default:
				t.Errorf("taking: %v", err)
			}
		})
	}
	all.Wait()
	if wins != 1 || taken != len(colleagues)-1 {
		t.Errorf("%d took it, %d were told so", wins, taken)
	}
	if kinds := of.feedKinds(c); kinds != "created stage_entered task_taken" {
		t.Errorf("the feed tells %s", kinds)
	}
}

func TestWhoMayMoveATaskToAnotherDesk(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	c := of.create(crm.NewCase{Kind: crm.Appeal, ResponsibleID: of.director.ID})
	task := of.open(c)

	_, err := of.TakeTask(ctx, task.ID, of.manager)
	wantCode(t, err, crm.KindForbidden, "", "not_your_task")
	_, err = of.DelegateTask(ctx, task.ID, of.manager.ID, of.other)
	wantCode(t, err, crm.KindForbidden, "", "not_your_task")
	_, err = of.DelegateTask(ctx, task.ID, uuid.New(), of.dispatcher)
	wantCode(t, err, crm.KindUnprocessed, "/user_id", "not_found")
	of.exec("update users set active = false where id = $1", of.other.ID)
	_, err = of.DelegateTask(ctx, task.ID, of.other.ID, of.dispatcher)
	wantCode(t, err, crm.KindUnprocessed, "/user_id", "user_not_active")
	_, err = of.DelegateTask(ctx, task.ID, of.user("auditor", uuid.Nil, crm.RoleAuditor).ID, of.dispatcher)
	wantCode(t, err, crm.KindUnprocessed, "/user_id", "user_reads_only")

	given, err := of.DelegateTask(ctx, task.ID, of.manager.ID, of.dispatcher)
	if err != nil || given.TakenBy != of.manager.ID || given.Role != crm.RoleDispatcher || given.Version != 2 {
		t.Fatalf("given %+v, %v", given, err)
	}
	if again, err := of.DelegateTask(ctx, task.ID, of.manager.ID, of.manager); err != nil || again.Version != 2 {
		t.Errorf("given to the same once more: %+v, %v", again, err)
	}
	_, err = of.TakeTask(ctx, task.ID, of.dispatcher)
	wantCode(t, err, crm.KindConflict, "", "task_taken")
	// He may give it back to the pool it came from, whose it is again.
	back, err := of.ReleaseTask(ctx, task.ID, of.manager)
	if err != nil || back.TakenBy != uuid.Nil || back.UserID != uuid.Nil || back.Role != crm.RoleDispatcher {
		t.Errorf("given back %+v, %v", back, err)
	}
	_, err = of.ReleaseTask(ctx, task.ID, of.manager)
	wantCode(t, err, crm.KindForbidden, "", "not_your_task")
	_, err = of.ReleaseTask(ctx, task.ID, of.dispatcher)
	wantCode(t, err, crm.KindConflict, "", "task_not_taken")
	if _, err := of.DelegateTask(ctx, task.ID, of.manager.ID, of.dispatcher); err != nil {
		t.Fatal(err)
	}

	if done := of.complete(c, of.manager, "spam-duplicate", map[string]any{"reason": "other"}); done.Status != crm.CommandApplied {
		t.Fatalf("completing: %v", done.Refusal)
	}
	_, err = of.TakeTask(ctx, task.ID, of.dispatcher)
	wantCode(t, err, crm.KindConflict, "", "task_completed")
	_, err = of.TakeTask(ctx, uuid.New(), of.dispatcher)
	wantCode(t, err, crm.KindNotFound, "", "task_not_found")
}

func TestR3_R4_InteractionsOfACase(t *testing.T) {
	t.Parallel()
	clock := newRecordsClock()
	of := newOffice(t, postgres.Options{Clock: clock.now})
	ctx := context.Background()
	c := of.create(crm.NewCase{Kind: crm.Appeal})
	at := time.Date(2026, 3, 5, 7, 0, 0, 0, time.UTC)
	planned, err := of.CreateInteraction(ctx, crm.Interaction{
		CaseID: c.ID, Kind: crm.InteractionCall, Direction: "out", Status: crm.InteractionPlanned, At: at, Topic: "Перезвонить",
		Content: "О сроках", ResponsibleID: of.manager.ID, CreatedBy: of.manager.ID,
	})
	if err != nil {
		t.Fatal(err)
	}
	if planned.ClientID != of.client || !planned.At.Equal(at) || planned.Version != 1 {
		t.Errorf("planned %+v", planned)
	}
	read, err := of.Interaction(ctx, planned.ID)
	if err != nil || fmt.Sprintf("%+v", read) != fmt.Sprintf("%+v", planned) {
		t.Errorf("read %+v, %v", read, err)
	}
	clock.pass(4 * 24 * time.Hour) // it is held, or restored, when its time has come
	for version, status := range []crm.InteractionStatus{crm.InteractionCancelled, crm.InteractionPlanned, crm.InteractionCompleted} {
		changed, err := of.PatchInteraction(ctx, planned.ID, version+1, crm.InteractionPatch{Status: &status}, of.manager.ID)
		if err != nil || changed.Status != status || changed.Content != "О сроках" {
			t.Fatalf("%s: %+v, %v", status, changed, err)
		}
	}
	_, err = of.PatchInteraction(ctx, planned.ID, 1, crm.InteractionPatch{}, of.manager.ID)
	wantCode(t, err, crm.KindStale, "", "stale")
	_, err = of.CreateInteraction(ctx, crm.Interaction{CaseID: c.ID, ContactID: uuid.New(), Kind: crm.InteractionCall, Status: crm.InteractionCompleted, At: at})
	wantCode(t, err, crm.KindUnprocessed, "/contact_id", "not_found")
	if kinds := of.feedKinds(c); kinds != "created stage_entered interaction interaction_changed interaction_changed interaction_changed" {
		t.Errorf("the feed tells %s", kinds)
	}

	// Pages follow the times, not the order of recording.
	for i := range 4 {
		if _, err := of.CreateInteraction(ctx, crm.Interaction{CaseID: c.ID, Kind: crm.InteractionEmail, Status: crm.InteractionCompleted, At: at.Add(-time.Duration(i/2) * time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	f, seen := crm.InteractionFilter{CaseID: c.ID, Limit: 2}, 0
	var last time.Time
	for {
		page, err := of.ListInteractions(ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		for i := range page.Items {
			if page.Items[i].At.Before(last) {
				t.Error("the pages are out of order")
			}
			last = page.Items[i].At
			seen++
		}
		if f.After = page.Next; page.Next == nil {
			break
		}
	}
	if seen != 5 {
		t.Errorf("%d interactions", seen)
	}
}

func TestR10_FilesComeBackWhole(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	c := of.create(crm.NewCase{Kind: crm.Appeal})
	for _, content := range [][]byte{{}, {0, 0xff, '\n'}, bytes.Repeat([]byte("я"), 1<<20)} {
		f, err := of.CreateFile(ctx, crm.File{Card: crm.Card{Kind: crm.CardCase, ID: c.ID}, Name: "Предложение.pdf", MediaType: "application/pdf", CreatedBy: of.manager.ID}, content)
		if err != nil {
			t.Fatal(err)
		}
		read, got, err := of.File(ctx, f.ID)
		sum := sha256.Sum256(content)
		if err != nil || !bytes.Equal(got, content) || read.Size != int64(len(content)) || !bytes.Equal(read.SHA256, sum[:]) || read.Name != "Предложение.pdf" {
			t.Errorf("read %+v and %d bytes, %v", read, len(got), err)
		}
	}
	if files, err := of.ListFiles(ctx, crm.Card{Kind: crm.CardCase, ID: c.ID}, false); err != nil || len(files) != 3 {
		t.Errorf("%d files, %v", len(files), err)
	}
	_, err := of.CreateFile(ctx, crm.File{Card: crm.Card{Kind: crm.CardCase, ID: uuid.New()}, Name: "x", MediaType: "text/plain"}, nil)
	wantCode(t, err, crm.KindNotFound, "", "case_not_found")
	_, _, err = of.File(ctx, uuid.New())
	wantCode(t, err, crm.KindNotFound, "", "file_not_found")
}

func TestR39_TemplatesAreVersionedPerLanguage(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	put := func(lang crm.Lang, subject string, after int) (*crm.Template, error) {
		return of.StoreTemplate(ctx, crm.Template{
			Key: "offer", Lang: lang, Channel: "email", Subject: subject, Text: "x", CreatedBy: of.director.ID, Version: after,
		})
	}
	errs := make([]error, 10)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { _, errs[i] = put(crm.RU, "Предложение", 0) })
	}
	all.Wait()
	stored := 0
	for _, err := range errs {
		if err == nil {
			stored++
			continue
		}
		wantCode(t, err, crm.KindStale, "", "stale")
	}
	if stored != 1 {
		t.Errorf("%d wrote the first version, want one", stored)
	}
	if made, err := put(crm.EN, "Offer", 0); err != nil || made.Version != 1 {
		t.Errorf("%+v in another language, %v", made, err)
	}
	if _, err := put(crm.RU, "Новое предложение", 1); err != nil {
		t.Error(err)
	}
	newest, err := of.StoredTemplates(ctx, "offer")
	if err != nil || len(newest) != 2 || newest[0].Subject != "Offer" || newest[1].Subject != "Новое предложение" || newest[1].Version != 2 {
		t.Errorf("newest %+v, %v", newest, err)
	}
	if none, err := of.StoredTemplates(ctx, "nothing"); err != nil || len(none) != 0 {
		t.Errorf("%+v, %v", none, err)
	}
}

// TestR39_ATemplateIsDeletedWhenNothingNamesIt: the last text of one that comes with nothing; the other language's stands in for another.
func TestR39_ATemplateIsDeletedWhenNothingNamesIt(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	of.putTemplate("thanks", crm.RU, 0)
	of.putTemplate("thanks", crm.EN, 0)
	sends := strings.Replace(workingMap, "    outcomes:", "    on_completion: [{email: thanks, to: client}]\n    outcomes:", 1)
	_, _, err := of.PublishRouteMap(ctx, []byte(sends), of.director.ID)
	require.NoError(t, err)
	c := of.create(crm.NewCase{Kind: crm.Appeal, MapID: "recount", ResponsibleID: of.manager.ID})

	wantCode(t, of.deleteTemplate("thanks", crm.RU, 2, nil), crm.KindStale, "", "stale")
	require.NoError(t, of.deleteTemplate("thanks", crm.RU, 1, nil), "the English one is sent from now on")
	wantCode(t, of.deleteTemplate("thanks", crm.RU, 1, nil), crm.KindNotFound, "", "template_not_found")
	require.Equal(t, map[string]string{"maps": "recount"}, inUse(t, of.deleteTemplate("thanks", crm.EN, 1, nil), "template_in_use"))
	_, _, err = of.PublishRouteMap(ctx, []byte(workingMap), of.director.ID)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"maps": "recount"}, inUse(t, of.deleteTemplate("thanks", crm.EN, 1, nil), "template_in_use"), "a case goes by the former version")
	require.Equal(t, crm.CommandApplied, of.complete(c, of.manager, "done", nil).Status)
	require.Equal(t, map[string]string{"maps": "—"}, inUse(t, of.deleteTemplate("thanks", crm.EN, 1, nil), "template_in_use"), "its letter is on its way")
	sent, err := of.Notifications(ctx, c.ID)
	require.NoError(t, err)
	require.Len(t, sent, 1)
	written, err := of.Delivery(ctx, &sent[0])
	require.NoError(t, err)
	require.Len(t, written.Templates, 1)
	require.Equal(t, crm.EN, written.Templates[0].Lang)

	of.exec("update notifications set status = 'sent' where case_id = $1", c.ID)
	require.NoError(t, of.deleteTemplate("thanks", crm.EN, 1, nil))
	left, err := of.StoredTemplates(ctx, "thanks")
	require.NoError(t, err)
	require.Empty(t, left)
	_, _, err = of.PublishRouteMap(ctx, []byte(sends), of.director.ID)
	require.ErrorContains(t, err, "thanks", "no map comes to name it")
	require.Equal(t, 3, of.putTemplate("thanks", crm.RU, 0).Version, "numbers go on")
}

// TestR39_ATemplateKeepsItsChannel: in neither language is there a text of another, not even once it is deleted; and a text of another, as
// there may be from before, is no reason to let the last one of a channel go.
func TestR39_ATemplateKeepsItsChannel(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	of.putTemplate("appeal-accepted", crm.RU, 0)
	for lang, version := range map[crm.Lang]int{crm.RU: 1, crm.EN: 0} {
		_, err := of.StoreTemplate(t.Context(), crm.Template{Key: "appeal-accepted", Lang: lang, Channel: "sms", Text: "x", Version: version})
		wantCode(t, err, crm.KindUnprocessed, "/channel", "other_channel")
	}
	of.exec("insert into templates (key, lang, version, channel, subject, body_text, body_html) values ('appeal-accepted', 'en', 1, 'sms', '', 'x', '')")
	wantCode(t, of.deleteTemplate("appeal-accepted", crm.RU, 1, nil), crm.KindConflict, "", "template_in_use")
}

// TestR39_WhatWasShippedIsSentAgain when the company's own text in its place is deleted, whatever names it.
func TestR39_WhatWasShippedIsSentAgain(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	shipped := &crm.TemplateText{Subject: "s", Text: "t"}
	wantCode(t, of.deleteTemplate("appeal-accepted", crm.RU, 0, shipped), crm.KindNotFound, "", "no_own_template")
	of.putTemplate("appeal-accepted", crm.RU, 0)
	require.NoError(t, of.deleteTemplate("appeal-accepted", crm.RU, 1, shipped))
	left, err := of.StoredTemplates(t.Context(), "appeal-accepted")
	require.NoError(t, err)
	require.Empty(t, left)
	wantCode(t, of.deleteTemplate("appeal-accepted", crm.RU, 1, shipped), crm.KindNotFound, "", "no_own_template")
	_, err = of.StoreTemplate(t.Context(), crm.Template{Key: "appeal-accepted", Lang: crm.RU, Channel: "email", Subject: "x", Text: "x", Version: 1})
	wantCode(t, err, crm.KindStale, "", "stale")
	require.Equal(t, 3, of.putTemplate("appeal-accepted", crm.RU, 0).Version)
}

func (of *office) putTemplate(key string, lang crm.Lang, after int) *crm.Template {
	of.t.Helper()
	stored, err := of.StoreTemplate(of.t.Context(), crm.Template{
		Key: key, Lang: lang, Channel: "email", Subject: "x", Text: "x", CreatedBy: of.director.ID, Version: after,
	})
	require.NoError(of.t, err)
	return stored
}

func (of *office) deleteTemplate(key string, lang crm.Lang, version int, shipped *crm.TemplateText) error {
	of.t.Helper()
	return of.DeleteTemplate(of.t.Context(), crm.Template{Key: key, Lang: lang, Version: version, CreatedBy: of.director.ID, Shipped: shipped})
}

func TestAnswersOfRequests(t *testing.T) {
	t.Parallel()
	clock := newRecordsClock()
	of := newOffice(t, postgres.Options{Clock: clock.now})
	ctx := context.Background()
	hash, other := []byte("hash"), []byte("other")
	var claimed time.Time
	begin := func(hash []byte) (*crm.Answer, error) {
		answer, at, err := of.BeginRequest(ctx, of.manager.ID, "k", hash)
		if err == nil && answer == nil {
			claimed = at
		}
		return answer, err
	}

	// Of many at once one does the work.
	var work, busy int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			answer, err := begin(hash)
			known, _ := crm.AsError(err)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil && answer == nil:
				work++
			case known != nil && known.Code == "idempotency_in_progress":
				busy++
			default:
				t.Errorf("%+v, %v", answer, err)
			}
		})
	}
	all.Wait()
	if work != 1 || busy != 9 {
		t.Errorf("%d work, %d wait", work, busy)
	}
	_, err := begin(other)
	wantCode(t, err, crm.KindUnprocessed, "", "idempotency_key_reused")

	// Given back, the key is free.
	if err := of.FinishRequest(ctx, of.manager.ID, "k", claimed, nil); err != nil {
		t.Fatal(err)
	}
	if answer, err := begin(hash); answer != nil || err != nil {
		t.Fatalf("%+v, %v", answer, err)
	}
	// A request that has died leaves its key to a later one of the same body.
	died := claimed
	clock.pass(2 * time.Minute)
	if answer, err := begin(hash); answer != nil || err != nil {
		t.Fatalf("%+v, %v", answer, err)
	}
	// It was not dead, only late: what it has to say comes too late.
	for _, late := range []*crm.Answer{{Status: 201, Body: []byte("late")}, nil} {
		if err := of.FinishRequest(ctx, of.manager.ID, "k", died, late); err != nil {
			t.Fatal(err)
		}
		if _, err := begin(hash); err == nil {
			t.Error("a late request has answered for another one, or given its key away")
		}
	}
	stored := &crm.Answer{Status: 201, Headers: map[string]string{"ETag": `"1"`}, Body: []byte("тело\x00")}
	if err := of.FinishRequest(ctx, of.manager.ID, "k", claimed, stored); err != nil {
		t.Fatal(err)
	}
	clock.pass(time.Hour)
	answer, err := begin(hash)
	if err != nil || answer == nil || answer.Status != 201 || answer.Headers["ETag"] != `"1"` || !bytes.Equal(answer.Body, stored.Body) {
		t.Errorf("%+v, %v", answer, err)
	}
	if answer, _, err := of.BeginRequest(ctx, of.other.ID, "k", other); answer != nil || err != nil {
		t.Errorf("somebody else's key: %+v, %v", answer, err)
	}

	// Old answers go as new requests come.
	clock.pass(8 * 24 * time.Hour)
	if _, _, err := of.BeginRequest(ctx, of.manager.ID, "another", hash); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := of.Pool().QueryRow(ctx, "select count(*) from idempotency").Scan(&left); err != nil || left != 1 {
		t.Errorf("%d answers are left, %v", left, err)
	}
}

func TestAFeedInPages(t *testing.T) {
	t.Parallel()
	clock := newRecordsClock()
	of := newOffice(t, postgres.Options{Clock: clock.now})
	ctx := context.Background()
	c := of.create(crm.NewCase{Kind: crm.Appeal})
	for range 3 {
		clock.pass(time.Second)
		of.exec("update tasks set taken_by = null")
		if _, err := of.TakeTask(ctx, of.open(c).ID, of.dispatcher); err != nil {
			t.Fatal(err)
		}
	}
	f := crm.HistoryFilter{CaseID: c.ID, Limit: 2}
	var kinds []string
	for {
		page, err := of.History(ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		for i := range page.Entries {
			kinds = append(kinds, page.Entries[i].Kind)
		}
		if f.After = page.Next; page.Next == nil {
			break
		}
	}
	if want := []string{"created", "stage_entered", "task_taken", "task_taken", "task_taken"}; !slices.Equal(kinds, want) {
		t.Errorf("the feed tells %v, want %v", kinds, want)
	}
}

// exec changes what no method of the program would.
func (of *office) exec(sql string, args ...any) {
	of.t.Helper()
	if _, err := of.Pool().Exec(context.Background(), sql, args...); err != nil {
		of.t.Fatal(err)
	}
}

// TestATransactionThatGivesWayBeginsAnew: two that wait for each other are no one's mistake, and nobody is told of it.
func TestATransactionThatGivesWayBeginsAnew(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	c := of.create(crm.NewCase{Kind: crm.Appeal})
	task := of.open(c)
	other, err := of.Pool().Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Rollback(ctx) }()
	// The other transaction is never the one that Postgres looks at first, so it is not the one to give way.
	if _, err := other.Exec(ctx, "set local deadlock_timeout = '1min'"); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Exec(ctx, "select from tasks where id = $1 for update", task.ID); err != nil {
		t.Fatal(err)
	}
	taken := make(chan error, 1)
	go func() {
		_, err := of.TakeTask(ctx, task.ID, of.dispatcher)
		taken <- err
	}()
	of.waiting(1)
	if _, err := other.Exec(ctx, "select from cases where id = $1 for update", c.ID); err != nil {
		t.Fatal(err)
	}
	if err := other.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-taken; err != nil {
		t.Errorf("taking: %v", err)
	}
}
