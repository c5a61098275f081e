package postgres_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"marshrut/crm"
	"marshrut/postgres"
)

// sightChanges are all that changes who sees what, of few cards, so that they meet. A word in braces is one of its kind by chance.
var sightChanges = []string{
	"update cases set responsible_id = {user?} where id = {case}",
	"update cases set client_id = {client?} where id = {case}",
	"insert into case_participants (id, case_id, client_id, role) values (gen_random_uuid(), {case}, {client}, 'partner') on conflict do nothing",
	"insert into case_participants (id, case_id, contact_id, role) values (gen_random_uuid(), {case}, {contact}, 'expert') on conflict do nothing",
	"insert into case_participants (id, case_id, user_id, role) values (gen_random_uuid(), {case}, {user}, 'colleague') on conflict do nothing",
	"update case_participants set client_id = {client} where case_id = {case} and client_id = {client}",
	"delete from case_participants where case_id = {case} and (client_id = {client} or contact_id = {contact} or user_id = {user})",
	"insert into tasks (id, case_id, path, visit, kind, user_id, opened_seq, opened_at) values (gen_random_uuid(), {case}, 'x', 1, 'rule', {user}, 1, now())",
	"insert into tasks (id, case_id, path, visit, kind, role, opened_seq, opened_at) values (gen_random_uuid(), {case}, 'x', 1, 'rule', {role}, 1, now())",
	"update tasks set taken_by = {user?} where case_id = {case} and status = 'open' and user_id is null",
	"update tasks set user_id = {user}, role = null where case_id = {case} and taken_by is null and status = 'open'",
	"update tasks set status = 'completed', closed_at = now(), closed_by = {user}, outcome = 'x' where case_id = {case} and role = {role} and status = 'open'",
	"insert into comments (id, case_id, kind, text, author_id) values (gen_random_uuid(), {case}, 'note', 'x', {user})",
	"insert into mentions (comment_id, user_id, at) select id, {user}, now() from comments where case_id = {case} on conflict do nothing",
	"delete from mentions where user_id = {user} and comment_id in (select id from comments where case_id = {case})",
	"update clients set owner_id = {user?} where id = {client}",
	"insert into client_owners (client_id, user_id) values ({client}, {user}) on conflict do nothing",
	"delete from client_owners where client_id = {client} and user_id = {user}",
	"update contacts set client_id = {client} where id = {contact}",
	"insert into interactions (id, kind, status, at, case_id, client_id, created_by) values (gen_random_uuid(), 'call', 'completed', now(), {case?}, {client?}, {user?})",
	"update interactions set responsible_id = {user?} where id = {talk}",
	"update interactions set case_id = {case?} where id = {talk}",
	"update interactions set deal_id = {case?} where id = {talk}",
	"update interactions set client_id = {client?} where id = {talk}",
	"update interactions set contact_id = {contact?} where id = {talk}",
	"insert into interaction_participants (interaction_id, position, client_id) values ({talk}, {position}, {client}) on conflict do nothing",
	"insert into interaction_participants (interaction_id, position, contact_id) values ({talk}, {position}, {contact}) on conflict do nothing",
	"insert into interaction_participants (interaction_id, position, user_id) values ({talk}, {position}, {user}) on conflict do nothing",
	"delete from interaction_participants where interaction_id = {talk}",
	"delete from interaction_participants where interaction_id = {talk} and position = {position}",
}

// sightCards are the cards that sightChanges change, by what stands for them.
type sightCards map[string][]string

func (of *office) sightCards() sightCards {
	of.t.Helper()
	cards := sightCards{"{role}": {"'dispatcher'", "'manager'"}, "{position}": {"0", "1", "2"}}
	for _, u := range []*crm.User{of.manager, of.other, of.dispatcher} {
		cards["{user}"] = append(cards["{user}"], "'"+u.ID.String()+"'")
	}
	for _, card := range []struct{ name, sql string }{
		{"{client}", "insert into clients (id, kind, name, status, lang, time_zone) values ({id}, 'company', 'К', 'potential', 'ru', 'Europe/Moscow')"},
		{"{contact}", "insert into contacts (id, client_id, name) values ({id}, {client}, 'Анна')"},
		{"{case}", "insert into cases (id, kind, number, mode, client_id) values ({id}, 'deal', 'S-' || {id}, 'none', {client})"},
		{"{talk}", "insert into interactions (id, kind, status, at, client_id) values ({id}, 'call', 'completed', now(), {client})"},
	} {
		for range 2 {
			id := "'" + uuid.NewString() + "'"
			of.exec(strings.ReplaceAll(cards.fill(rand.New(rand.NewPCG(1, 1)), card.sql), "{id}", id))
			cards[card.name] = append(cards[card.name], id)
		}
	}
	return cards
}

// fill puts cards by chance into the change.
func (cards sightCards) fill(chance *rand.Rand, sql string) string {
	for name, ids := range cards {
		optional := strings.Replace(name, "}", "?}", 1)
		for strings.Contains(sql, name) {
			sql = strings.Replace(sql, name, ids[chance.IntN(len(ids))], 1)
		}
		for strings.Contains(sql, optional) {
			id := "null"
			if n := chance.IntN(len(ids) + 1); n < len(ids) {
				id = ids[n]
			}
			sql = strings.Replace(sql, optional, id, 1)
		}
	}
	return sql
}

// TestR15_WhoSeesWhatIsRightAfterAnyChangesBesideEachOther: transactions of one to three changes by chance, several at a time, of few
// cards. One that the database ends because two wait for each other, or because it is against a rule, counts for nothing.
func TestR15_WhoSeesWhatIsRightAfterAnyChangesBesideEachOther(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	cards := of.sightCards()
	const rounds, workers, each = 10, 4, 4
	for round := range uint64(rounds) {
		var working sync.WaitGroup
		written := make(chan string, workers*each)
		for worker := range uint64(workers) {
			working.Go(func() {
				chance := rand.New(rand.NewPCG(round, worker))
				for range each {
					if sql := cards.someChanges(chance); of.together(sql) {
						written <- strings.Join(sql, ";\n")
					}
				}
			})
		}
		working.Wait()
		close(written)
		if n := len(written); n < workers*each/4 {
			t.Errorf("round %d: only %d transactions were written, which tries too little", round, n)
		}
		of.viewersAreRight()
		if t.Failed() {
			for sql := range written {
				t.Log(sql)
			}
			t.FailNow()
		}
	}
}

func (cards sightCards) someChanges(chance *rand.Rand) []string {
	changes := make([]string, 1+chance.IntN(3))
	for i := range changes {
		changes[i] = cards.fill(chance, sightChanges[chance.IntN(len(sightChanges))])
	}
	return changes
}

// together makes the changes in one transaction; false: the database refused it.
func (of *office) together(changes []string) bool {
	err := pgx.BeginFunc(context.Background(), of.Pool(), func(tx pgx.Tx) error {
		// Two that wait for each other are told so at once.
		for _, sql := range append([]string{"set local deadlock_timeout = '5ms'"}, changes...) {
			if _, err := tx.Exec(context.Background(), sql); err != nil {
				return err
			}
		}
		return nil
	})
	var refused *pgconn.PgError
	if errors.As(err, &refused) && (refused.Code == "40P01" || strings.HasPrefix(refused.Code, "23")) {
		return false
	}
	if err != nil {
		of.t.Errorf("%s: %v", changes, err)
	}
	return err == nil
}
