package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

// wordsAlike is how alike two words are at least: at 0.39 one wrong letter in the middle of a word of six is forgiven, and two in
// a long one. A short text would be like too much.
func wordsAlike(text string) string {
	const short = 5 // letters
	if utf8.RuneCountInString(text) <= short {
		return "0.45"
	}
	return "0.39"
}

// textSearch finds names: by their beginning, by forms of their words, and, unless that is enough already, by words that are
// nearly the same, which costs most. Each way gives a bounded number of candidates out of its index; $1 the text, $2 its words as
// a query, $3 how many.
const textSearch = `with q as (select name_key($1) as key, to_tsquery('pg_catalog.russian', $2) || to_tsquery('pg_catalog.english', $2) as words),
exact as (
	(select id, 'client' as kind, 3 - least(length(name_key) - length((select key from q)), 100) / 100.0 as score from clients
		where merged_into is null and name_key ~>=~ (select key from q) and name_key ~<~ (select key || chr(65533) from q)
		order by name_key using ~<~ limit 100)
	union all (select id, 'client', 2 + ts_rank(words, (select words from q), 1) from clients
		where merged_into is null and words @@ (select words from q) limit 500)
	union all (select id, 'contact', 2.5 - least(length(name_key) - length((select key from q)), 100) / 100.0 from contacts
		where merged_into is null and name_key ~>=~ (select key from q) and name_key ~<~ (select key || chr(65533) from q) order by name_key using ~<~ limit 100)
	union all (select id, 'contact', 1.5 + ts_rank(words, (select words from q), 1) from contacts
		where merged_into is null and words @@ (select words from q) limit 500)
	union all (select id, 'case', 1.2 + ts_rank(words_of(topic || ' ' || search_extra), (select words from q), 1) from cases
		where words_of(topic || ' ' || search_extra) @@ (select words from q) limit 200)
	union all (select coalesce(client_id, contact_id), case when client_id is null then 'contact' else 'client' end, 1.4 from contact_details
		where kind in ('email', 'mailing', 'mobile', 'phone', 'fax', 'messenger', 'site') and length($1) > 2
			and search_key like '%' || replace(replace(replace(lower($1), '\', '\\'), '%', '\%'), '_', '\_') || '%' limit 200)
), enough as (select count(*) >= $3 as yes from exact),
found as (
	select * from exact
	union all (select id, 'client', word_similarity((select key from q), name_key) + similarity((select key from q), name_key) / 10 from clients
		where merged_into is null and (select key from q) <% name_key and not (select yes from enough) limit 2000)
	union all (select id, 'contact', word_similarity((select key from q), name_key) from contacts
		where merged_into is null and (select key from q) <% name_key and not (select yes from enough) limit 2000)
)`

// digitSearch finds numbers: of phones from their beginning or a part of them, of legal entities, of cases. $1 the digits,
// $2 the same as a Russian number in E.164 begins, $3 how many.
const digitSearch = `with found as (
	(select coalesce(client_id, contact_id) as id, case when client_id is null then 'contact' else 'client' end as kind,
			3 - least(length(search_key) - length($1), 20) / 20.0 as score from contact_details
		where kind in ('email', 'mailing', 'mobile', 'phone', 'fax', 'messenger', 'site')
			and (search_key ~>=~ $1 and search_key ~<~ ($1 || ':') or search_key ~>=~ $2 and search_key ~<~ ($2 || ':')) limit 200)
	union all (select coalesce(client_id, contact_id), case when client_id is null then 'contact' else 'client' end, 1.5 from contact_details
		where kind in ('email', 'mailing', 'mobile', 'phone', 'fax', 'messenger', 'site') and length($1) > 3
			and search_key like '%' || $1 || '%' limit 200)
	union all (select client_id, 'client', 2.5 from legal_entities where inn <> '' and inn ~>=~ $1 and inn ~<~ ($1 || ':') limit 100)
	union all (select id, 'case', 4.0 from cases
		where number = any(array(select prefix || '-' || lpad($1, greatest(6, length($1)), '0') from unnest('{A,D,I,C}'::text[]) prefix)))
)`

// numberSearch finds a case by its number. $1 the number, $2 is not used, $3 how many.
const numberSearch = `with found as (select id, 'case' as kind, 5.0 as score from cases where number = upper($1) and $2::text is not null)`

// foundClients ranks the clients found; those of a contact found are found with him.
const foundClients = `, clients_found as (
	select case when f.kind = 'contact' then (select p.client_id from contacts p where p.id = f.id) else f.id end as id, max(f.score) as score
	from found f where f.kind <> 'case' group by 1 order by 2 desc, 1 limit 5000
)
select ` + clientColumns + ` from clients_found f join clients k on k.id = f.id and k.merged_into is null`

// foundAll ranks everything found.
const foundAll = `, best as (select id, kind, max(score) as score from found group by id, kind order by 3 desc, 1 limit $3)
select b.kind, b.id, coalesce(k.name, p.name, c.number || ' ' || c.topic), coalesce(p.client_id, c.client_id, k.id),
	coalesce(pk.name, ck.name, k.name), b.score
from best b left join clients k on b.kind = 'client' and k.id = b.id and k.merged_into is null
	left join contacts p on b.kind = 'contact' and p.id = b.id and p.merged_into is null left join clients pk on pk.id = p.client_id
	left join cases c on b.kind = 'case' and c.id = b.id left join clients ck on ck.id = c.client_id
where coalesce(k.id, p.id, c.id) is not null
order by b.score desc, b.id`

// Search finds clients, contacts and cases by a text with typing mistakes, another form of a word, a part of a phone number,
// an e-mail, an ИНН or a case's number; the best first, limit of them at most.
func (db *DB) Search(ctx context.Context, text string, limit int) ([]crm.Found, error) {
	query, args := searchOf(text, limit)
	if query == "" {
		return nil, nil
	}
	return searching(ctx, db, text, query+foundAll, args, "search", func(row pgx.Row) (*crm.Found, error) {
		var f crm.Found
		err := row.Scan(&f.Kind, &f.ID, &f.Title, (*zeronull.UUID)(&f.ClientID), (*zeronull.Text)(&f.ClientName), &f.Score)
		return &f, err
	})
}

// SearchClients is Search for clients alone, narrowed by the filter; the best first, f.Limit of them at most.
func (db *DB) SearchClients(ctx context.Context, text string, f crm.ClientFilter) ([]crm.Client, error) {
	query, args := searchOf(text, f.Limit)
	if query == "" {
		return nil, nil
	}
	w := where{args: args}
	w.narrowClients(&f)
	return searching(ctx, db, text, query+foundClients+w.sql()+" order by f.score desc, k.id limit $3", w.args, "search clients", scanClient)
}

// searching runs a search with its own threshold of what is alike.
func searching[T any](ctx context.Context, db *DB, text, query string, args []any, doing string, scan func(pgx.Row) (*T, error)) ([]T, error) {
	var found []T
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select set_config('pg_trgm.word_similarity_threshold', $1, true)", wordsAlike(text)); err != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
		rows, err := tx.Query(ctx, query, args...)
		if err != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
		found, err = collectRows(rows, doing, scan)
		return err
	})
	return found, err
}

// searchOf chooses the way to search by what the text looks like; no query: there is nothing to look for.
func searchOf(text string, limit int) (query string, args []any) {
	text = strings.TrimSpace(text)
	if crm.IsCaseNumber(text) {
		return numberSearch, []any{text, "", limit}
	}
	if digits := phoneDigits(text); digits != "" {
		national := digits
		switch {
		case strings.HasPrefix(digits, "8"):
			national = "7" + digits[1:]
		case !strings.HasPrefix(strings.TrimSpace(text), "+"):
			national = "7" + digits
		}
		return digitSearch, []any{digits, national, limit}
	}
	words := queryWords(text)
	if words == "" {
		return "", nil
	}
	return textSearch, []any{text, words, limit}
}

// phoneDigits are the digits of what looks like a number: three at least and nothing but the usual marks between them.
func phoneDigits(text string) string {
	var digits strings.Builder
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			digits.WriteRune(r)
		case !strings.ContainsRune("+-(). \u00a0", r):
			return ""
		}
	}
	if digits.Len() < 3 || digits.Len() > 20 {
		return ""
	}
	return digits.String()
}

// queryWords writes the words of a text as a query of full-text search; of the last one the beginning will do.
func queryWords(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) == 0 {
		return ""
	}
	const most = 10
	words = words[:min(len(words), most)]
	return strings.ReplaceAll("'"+strings.Join(words, "' & '")+"':*", "ё", "е")
}

// narrowClients adds the conditions of a filter on clients k.
func (w *where) narrowClients(f *crm.ClientFilter) {
	w.equal("k.kind", string(f.Kind))
	w.equal("k.status", string(f.Status))
	w.equal("k.region", f.Region)
	w.equal("k.source", f.Source)
	w.equalID("k.owner_id", f.Owner)
	if len(f.Attributes) > 0 {
		w.add("k.attributes @> %s", f.Attributes)
	}
	if f.MapID != "" {
		cases := where{args: w.args, conditions: []string{"c.client_id = k.id and c.status = 'open'"}}
		cases.equal("c.map_id", f.MapID)
		cases.equal("c.stage", f.Stage)
		w.args = cases.args
		w.plain("exists (select from cases c" + cases.sql() + ")")
	}
}

// near is how alike the names of two clients are that may be one: 0 to 1, as pg_trgm counts.
const near = "0.5"

// duplicateQuery finds clients with one of the numbers ($1), e-mails ($2) or ИНН ($3), or with nearly the same name ($4), but
// the client $5. A contact's number or e-mail is the client's, too.
const duplicateQuery = `with found as (
	(select coalesce(d.client_id, p.client_id) as id, 'phone' as reason, 1.0 as score from contact_details d left join contacts p on p.id = d.contact_id
		where d.number <> '' and d.number = any($1) limit 100)
	union all (select coalesce(d.client_id, p.client_id), 'email', 1.0 from contact_details d left join contacts p on p.id = d.contact_id
		where d.kind in ('email', 'mailing', 'mobile', 'phone', 'fax', 'messenger', 'site') and d.kind in ('email', 'mailing')
			and d.search_key = any($2) limit 100)
	union all (select client_id, 'inn', 1.0 from legal_entities where inn <> '' and inn = any($3) limit 100)
	union all (select id, 'name', similarity(name_key, name_key($4)) from clients
		where merged_into is null and $4 <> '' and name_key % name_key($4) order by 3 desc limit 50)
), best as (
	select id, array_agg(distinct reason order by reason) as reasons, max(score) as score, count(distinct reason) as many
	from found group by id
)
select b.reasons, ` + clientColumns + ` from best b join clients k on k.id = b.id and k.merged_into is null
where k.id is distinct from $5::uuid order by b.many desc, b.score desc, k.id limit 20`

// Duplicates finds clients that may be the same as this one: by a phone number, an e-mail, an ИНН or a near name, the most
// alike first, 20 at most. The client itself, by its id, is none.
func (db *DB) Duplicates(ctx context.Context, c *crm.Client) ([]crm.Duplicate, error) {
	var found []crm.Duplicate
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		var err error
		found, err = duplicates(ctx, tx, c, nil)
		return err
	})
	return found, err
}

func duplicates(ctx context.Context, tx pgx.Tx, c *crm.Client, people []crm.ContactDetail) ([]crm.Duplicate, error) {
	numbers, emails, inns := identities(c, people)
	if _, err := tx.Exec(ctx, "select set_config('pg_trgm.similarity_threshold', $1, true)", near); err != nil {
		return nil, fmt.Errorf("look for duplicates: %w", err)
	}
	rows, err := tx.Query(ctx, duplicateQuery, numbers, emails, inns, c.Name, nullID(c.ID))
	if err != nil {
		return nil, fmt.Errorf("look for duplicates: %w", err)
	}
	return collectRows(rows, "look for duplicates", scanDuplicate)
}

// identities are what two clients that are one would have in common; people: the details of contacts that come with him.
func identities(c *crm.Client, people []crm.ContactDetail) (numbers, emails, inns []string) {
	numbers, emails, inns = []string{}, []string{}, []string{}
	for _, d := range slices.Concat(c.Details, people) {
		switch {
		case d.Number != "":
			numbers = append(numbers, d.Number)
		case d.Kind.IsEmail():
			emails = append(emails, strings.ToLower(d.Value))
		}
	}
	for _, e := range c.LegalEntities {
		if e.INN != "" {
			inns = append(inns, e.INN)
		}
	}
	return numbers, emails, inns
}

// CreateUniqueClient is CreateClient that makes nothing when the client may be there already, and answers with those that it
// may be. Two requests that share a number, an e-mail or an ИНН wait for each other: only one makes the client.
func (db *DB) CreateUniqueClient(ctx context.Context, c crm.Client) (*crm.Client, []crm.Duplicate, error) {
	var made *crm.Client
	var known []crm.Duplicate
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		var err error
		made, known, err = db.createUnique(ctx, tx, c, nil)
		return err
	})
	return made, known, err
}

// createUnique is CreateUniqueClient within a transaction; people: the details of contacts that will be made with him.
func (db *DB) createUnique(ctx context.Context, tx pgx.Tx, c crm.Client, people []crm.ContactDetail) (*crm.Client, []crm.Duplicate, error) {
	if c.ID != uuid.Nil {
		if again, err := readClient(ctx, tx, c.ID, ""); err == nil {
			return again, nil, nil
		}
	}
	numbers, emails, inns := identities(&c, people)
	_, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended(value, 0))
		from (select distinct value from unnest($1::text[] || $2::text[] || $3::text[] || name_key($4)) value order by value) v`, numbers, emails, inns, c.Name)
	if err != nil {
		return nil, nil, fmt.Errorf("look for duplicates: %w", err)
	}
	known, err := duplicates(ctx, tx, &c, people)
	if err != nil || len(known) > 0 {
		return nil, known, err
	}
	made, err := db.createClient(ctx, tx, c)
	return made, nil, err
}
