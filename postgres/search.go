package postgres

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

// reached are the contact details by which people are reached: those that are indexed.
const reached = "kind in ('email', 'mailing', 'mobile', 'phone', 'fax', 'messenger', 'site')"

// detailOf is whose a contact detail is.
const detailOf = "coalesce(client_id, contact_id) as id, case when client_id is null then 'contact' else 'client' end as kind"

// beginnings are names, legal names and addresses that begin with the text.
const beginnings = `began as (
	(select id, 'client' as kind, 4 - least(length(name_key) - length((select key from q)), 100) / 100.0 as score from clients
		where merged_into is null and name_key ~>=~ (select key from q) and name_key ~<~ (select key || chr(65533) from q)
		order by name_key using ~<~, id limit 100)
	union all (select id, 'contact', 3.9 - least(length(name_key) - length((select key from q)), 100) / 100.0 from contacts
		where name_key ~>=~ (select key from q) and name_key ~<~ (select key || chr(65533) from q)
		order by name_key using ~<~, id limit 100)
	union all (select client_id, 'client', 3.8 - least(length(name_key) - length((select key from q)), 100) / 100.0 from legal_entities
		where name_key ~>=~ (select key from q) and name_key ~<~ (select key || chr(65533) from q)
		order by name_key using ~<~, id limit 100)
	union all (select ` + detailOf + `, 1.6 from contact_details
		where ` + reached + ` and search_key ~>=~ (select text from q) and search_key ~<~ (select text || chr(65533) from q)
		order by search_key using ~<~, id limit 100)
	union all (select ` + detailOf + `, 1.55 from contact_details
		where kind in ('email', 'mailing') and split_part(search_key, '@', 2) ~>=~ (select text from q) and split_part(search_key, '@', 2) ~<~ (select text || chr(65533) from q)
		order by split_part(search_key, '@', 2) using ~<~, id limit 100)
)`

// addressSearch finds addresses with the text, $1, anywhere in them. It is asked where nothing that is seen was found otherwise, and not
// along with the rest: what is not seen would decide then whether it is.
const addressSearch = `with q as (select lower($1) as text), found as (select ` + detailOf + `, 1.5 as score from contact_details
	where ` + reached + ` and $2::text is not null and (select length(text) > 2 from q)
		and search_key like (select '%' || replace(replace(replace(text, '\', '\\'), '%', '\%'), '_', '\_') || '%' from q) limit 200)`

// textSearch finds cards by names, legal names and addresses: $1 the text, $2 a query of its words as they were typed, $3 how many
// are wanted, $4 a query that forgives, empty for none, $5 how many of the cards that fit a query are enough to look no further; with
// own, what is seen of one's own is looked through besides, $6 are its viewers.
// Every way gives a bounded number of candidates out of its index. The values are read from q, so that the plan is the same for all
// of them and is made once for a connection: making it takes longer than following it.
func textSearch(own string, cards ...string) string {
	sql := `with recursive q as (select lower($1) as text, name_key($1) as key, $2::tsquery as typed, $4::tsquery as near),
` + beginnings + "," + cardsWith("typed", 2, cards) + "," + cardsWith("near", 0.5, cards)
	found := " union all select * from typed_cards union all select * from near_cards"
	if own != "" {
		sql += ownCards("$6") + own
		found += " union all select * from mine"
	}
	return sql + ",\nfound as (select * from began" + found + ")"
}

// Who does not see everything would miss his own among the candidates that are taken of very many. So all the cards that he is a viewer
// of himself are looked through, while they are no more than ownSeen: nobody's cards, which everybody sees, are not among them.
const ownSeen = 3000

// ownParts bounds the contacts of one's own clients that are looked through, as well as the legal entities and the details: of all together,
// and not of one client, whose later ones would be lost.
const ownParts = 20 * ownSeen

// ownCards are the clients, their contacts and the cases with one of the viewers, a parameter; none when they are too many. They are
// read one by one along their keys, whatever the planner takes their number for: offset 0 keeps it from joining whole tables.
func ownCards(viewers string) string {
	few := func(card string) string {
		return fmt.Sprintf("(select count(*) from (select from %s_viewers where viewer = any(%s) limit %d) v) <= %d", card, viewers, ownSeen+1, ownSeen)
	}
	return ",\nfew as materialized (select " + few("client") + " as clients, " + few("case") + ` as cases),
my_clients as materialized (select distinct client_id as id from client_viewers where viewer = any(` + viewers + `) and (select clients from few)),
my_cases as materialized (select distinct case_id as id from case_viewers where viewer = any(` + viewers + `) and (select cases from few)),
my_contacts as materialized (select p.* from my_clients m cross join lateral
	(select id, name_key, words from contacts where client_id = m.id and merged_into is null offset 0) p limit ` + strconv.Itoa(ownParts) + `),
my_entities as materialized (select m.id, e.* from my_clients m cross join lateral
	(select name_key, words, inn from legal_entities where client_id = m.id offset 0) e limit ` + strconv.Itoa(ownParts) + `),
my_details as materialized (
	(select m.id, 'client' as of, d.* from my_clients m cross join lateral
		(select kind, search_key from contact_details where client_id = m.id offset 0) d limit ` + strconv.Itoa(ownParts) + `)
	union all
	(select p.id, 'contact', d.* from my_contacts p cross join lateral
		(select kind, search_key from contact_details where contact_id = p.id offset 0) d limit ` + strconv.Itoa(ownParts) + `))`
}

// Of one's own cards every one is compared: by its words, and by the beginnings of the words of its name.
const (
	ownNamed   = "(%[1]s.words @@ (select typed from q) or (select numnode(near) > 0 from q) and %[1]s.words @@ (select near from q) or " + ownBegins + ")"
	ownBegins  = "(select key <> '' from q) and strpos(' ' || %[1]s.name_key, ' ' || (select key from q)) > 0"
	ownClients = ` from my_clients m cross join lateral (select id, name_key, words from clients where id = m.id and merged_into is null limit 1) k where `
	ownLegal   = " from my_entities e where "
	ownLike    = "0.9 * similarity(%s.name_key, (select key from q))"
)

var (
	ownFound = ",\nmine as (select k.id, 'client' as kind, 2 + " + fmt.Sprintf(ownLike, "k") + " as score" + ownClients + fmt.Sprintf(ownNamed, "k") + `
	union all select p.id, 'contact', 1.95 + ` + fmt.Sprintf(ownLike, "p") + " from my_contacts p where " + fmt.Sprintf(ownNamed, "p") + `
	union all select e.id, 'client', 1.9 + ` + fmt.Sprintf(ownLike, "e") + ownLegal + fmt.Sprintf(ownNamed, "e") + `
	union all select d.id, d.of, 1.6 from my_details d where d.` + reached + ` and (starts_with(d.search_key, (select text from q))
		or d.kind in ('email', 'mailing') and starts_with(split_part(d.search_key, '@', 2), (select text from q))
		or (select length(text) > 2 from q) and strpos(d.search_key, (select text from q)) > 0)`
	ownCases = `
	union all select c.id, 'case', 1.7 from my_cases m cross join lateral (select id, words from cases where id = m.id limit 1) c
		where c.words @@ (select typed from q)`
	ownNumbers = ",\nmine as (select k.id, 'client' as kind, 3.5 as score" + ownClients + `starts_with(k.name_key, (select digits from q))
	union all select e.id, 'client', 2.5` + ownLegal + `starts_with(e.inn, (select digits from q))
	union all select d.id, d.of, 2 from my_details d where d.` + reached + ` and (starts_with(d.search_key, (select digits from q))
		or starts_with(d.search_key, (select international from q)) or (select length(digits) > 3 from q) and strpos(d.search_key, (select digits from q)) > 0))`
)

// The cards that words lead to. %[1]s is the condition on their words, %[2]v what the score begins from: it is greater the more
// a name is like the text.
const (
	namedClients  = "select id, 'client' as kind, %[2]v + 0.9 * similarity(name_key, (select key from q)) as score from clients where merged_into is null and words %[1]s"
	namedContacts = "select id, 'contact', %[2]v - 0.05 + 0.9 * similarity(name_key, (select key from q)) from contacts where words %[1]s"
	namedEntities = "select client_id, 'client', %[2]v - 0.1 + 0.9 * similarity(name_key, (select key from q)) from legal_entities where words %[1]s"
	namedCases    = "select id, 'case', %[2]v - 0.3 from cases where words %[1]s"
)

var (
	searchForClients  = searchWay{text: textSearch("", namedClients, namedContacts, namedEntities), digits: digitSearch(false)}
	searchForContacts = searchWay{text: textSearch("", namedContacts), digits: digitSearch(false)}
	searchOfContacts  = searchWay{text: textSearch(ownFound+")", namedContacts), digits: digitSearch(true)}
	searchForAll      = searchWay{text: textSearch("", namedClients, namedContacts, namedEntities, namedCases), digits: digitSearch(false)}
	searchOfClients   = searchWay{text: textSearch(ownFound+")", namedClients, namedContacts, namedEntities), digits: digitSearch(true)}
	searchOfAll       = searchWay{text: textSearch(ownFound+ownCases+")", namedClients, namedContacts, namedEntities, namedCases), digits: digitSearch(true)}
)

// searchWay are the questions of a search, by a text and by digits.
type searchWay struct {
	text, digits string
	enough       int   // see textSearch
	own          []any // who sees less than all: the viewers that are himself, his roles and his people
}

// as is the way of whoever's work ctx is: of those who do not see everything it looks through what is their own.
func (way searchWay) as(ctx context.Context, narrowed searchWay, enough int) searchWay {
	way.enough = enough
	if s := crm.SightOf(ctx); s != nil && !s.All {
		narrowed.enough = enough
		narrowed.own = []any{slices.DeleteFunc(slices.Clone(s.Viewers), func(id uuid.UUID) bool { return id == uuid.Nil })}
		return narrowed
	}
	return way
}

// layers is how many parts of all cards a word is looked up among, one in the other: a 1024th, a 256th, a 64th, a 16th, a quarter,
// and all. The smaller ones are marked.
const layers = 6

// cardsWith finds cards by the query of words in that column of q: among a 1024th of all first, and as long as that gives too few among
// a larger part, of which what was found lets expect enough; not at all when as many names begin with the text. So a word that very many
// have costs no more than others, and leads to the same cards each time.
func cardsWith(query string, base float64, cards []string) string {
	ways := make([]string, len(cards))
	for i, card := range cards {
		ways[i] = fmt.Sprintf(card, "@@ part.query", base)
	}
	return fmt.Sprintf(`
%[1]s_layers as (
	select 0 as layer, 0::bigint as many, null::uuid[] as ids, null::text[] as kinds, null::float8[] as scores from q
		where numnode(%[1]s) > 0 and (select count(*) < greatest($3::bigint, $5::bigint) from began)
	union all
	select part.layer, named.* from %[1]s_layers l
		cross join lateral (select least(%[2]d, l.layer + case l.layer when 0 then 1 else greatest(1, ceil(ln($5::bigint / (l.many + 1.0)) / ln(4.0)))::int end) as layer) next
		cross join lateral (select next.layer, case when next.layer < %[2]d
			then %[1]s && ('{''~1024'',''~256'',''~64'',''~16'',''~4''}'::tsquery[])[next.layer] else %[1]s end as query from q) part
		cross join lateral (select count(*), array_agg(id), array_agg(kind), array_agg(score) from (%[3]s) c (id, kind, score)) named
		where l.layer < %[2]d and l.many < $5::bigint
),
%[1]s_cards as (select unnest(ids) as id, unnest(kinds) as kind, unnest(scores) as score from (select * from %[1]s_layers order by layer desc limit 1) l)`,
		query, layers, strings.Join(ways, "\n\t\t\tunion all "))
}

// digitSearch finds numbers: of phones by their first or last digits, of legal entities, of cases; and names that begin with them. $1 the digits, $2 the same as a Russian number in E.164 begins; with own, $4 are the viewers
// of what is looked through besides.
func digitSearch(own bool) string {
	sql, found := digitsBegin, digitsFound
	if own {
		sql += ownCards("$4") + ownNumbers
		found = strings.Replace(found, "select * from began", "select * from began union all select * from mine", 1)
	}
	return sql + found
}

// As of a text, the digits are read from q, so that the plan is the same for all.
const digitsBegin = `with q as (select $1::text as digits, $2::text as international), began as (
	(select ` + detailOf + `, 3 - least(length(search_key) - (select length(digits) from q), 20) / 20.0 as score from contact_details
		where ` + reached + ` and search_key ~>=~ (select digits from q) and search_key ~<~ (select digits || ':' from q)
		order by search_key using ~<~, id limit 200)
	union all (select ` + detailOf + `, 3 - least(length(search_key) - (select length(digits) from q), 20) / 20.0 from contact_details
		where ` + reached + ` and (select digits <> international from q)
			and search_key ~>=~ (select international from q) and search_key ~<~ (select international || ':' from q)
		order by search_key using ~<~, id limit 200)
	union all (select ` + detailOf + `, 2 from contact_details
		where kind in ('mobile', 'phone', 'fax') and (select length(digits) > 3 from q)
			and reverse(search_key) ~>=~ (select reverse(digits) from q) and reverse(search_key) ~<~ (select reverse(digits) || ':' from q)
		order by reverse(search_key) using ~<~, id limit 200)
	union all (select client_id, 'client', 2.5 from legal_entities
		where inn <> '' and inn ~>=~ (select digits from q) and inn ~<~ (select digits || ':' from q) order by inn using ~<~, id limit 100)
	union all (select id, 'client', 3.5 from clients
		where merged_into is null and name_key ~>=~ (select digits from q) and name_key ~<~ (select digits || chr(65533) from q)
		order by name_key using ~<~, id limit 100)
	union all (select id, 'case', 4.0 from cases
		where number = any(array(select prefix || '-' || lpad(digits, greatest(6, length(digits)), '0') from q, unnest('{A,D,I,C}'::text[]) prefix)))
)`

const digitsFound = ", found as (select * from began)"

// partSearch finds numbers with the digits, $1, anywhere in them, where nothing that is seen was found otherwise: see addressSearch.
const partSearch = `with q as (select $1::text as digits), found as (select ` + detailOf + `, 1.5 as score from contact_details
	where ` + reached + ` and $2::text is not null and (select length(digits) > 3 from q)
		and search_key like (select '%' || digits || '%' from q) limit 200)`

// numberSearch finds a case by its number, $1. Of all three ways of searching $3 is how many are wanted.
const numberSearch = `with found as (select id, 'case' as kind, 5.0 as score from cases where number = $1 and $2::text is not null)`

// foundClients ranks the clients found; those of a contact found are found with him.
const foundClients = `, clients_found as (
	select case when f.kind = 'contact' then (select p.client_id from contacts p where p.id = f.id and p.merged_into is null) else f.id end as id, max(f.score) as score
	from found f where f.kind <> 'case' group by 1 order by 2 desc, 1 limit 5000
)
select ` + clientColumns + ` from clients_found f join clients k on k.id = f.id and k.merged_into is null`

// foundAll ranks everything found that is seen, a condition.
func foundAll(seen string) string { return bestFound + seen + foundRecords }

const bestFound = `, best as (select f.id, f.kind, max(f.score) as score from found f`

const foundRecords = ` group by f.id, f.kind order by 3 desc, 1 limit (select $3::bigint))
select b.kind, b.id, coalesce(k.name, p.name, c.number || ' ' || c.topic), coalesce(p.client_id, c.client_id, k.id),
	coalesce(pk.name, ck.name, k.name),
	coalesce((select d.value from contact_details d where d.client_id = k.id and d.kind in ('mobile', 'phone') order by d.position, d.id limit 1),
		(select d.value from contact_details d where d.contact_id = p.id and d.kind in ('mobile', 'phone') order by d.position, d.id limit 1)),
	(select e.inn from legal_entities e where e.client_id = k.id and e.inn <> '' order by e.main desc, e.id limit 1),
	coalesce((select d.address->>'city' from contact_details d where d.client_id = k.id and d.address->>'city' <> '' order by d.position, d.id limit 1),
		(select d.address->>'city' from contact_details d where d.contact_id = p.id and d.address->>'city' <> '' order by d.position, d.id limit 1)),
	b.score
from best b left join clients k on b.kind = 'client' and k.id = b.id and k.merged_into is null
	left join contacts p on b.kind = 'contact' and p.id = b.id and p.merged_into is null left join clients pk on pk.id = p.client_id
	left join cases c on b.kind = 'case' and c.id = b.id left join clients ck on ck.id = c.client_id
where coalesce(k.id, p.id, c.id) is not null
order by b.score desc, b.id`

// Search finds clients, contacts and cases by a text with typing mistakes, another form of a word, the wrong keyboard layout, a
// part of a phone number, an e-mail, an ИНН or a case's number; the best first, limit of them at most. Of the very many that have
// a common word alone, some are found, always the same; of what is the reader's own, when he does not see everything, all.
func (db *DB) Search(ctx context.Context, text string, limit int) ([]crm.Found, error) {
	enough := max(enoughCards, limit)
	if crm.SightOf(ctx) != nil {
		enough = enoughToNarrow
	}
	return searching(ctx, db, text, limit, searchForAll.as(ctx, searchOfAll, enough), func(query string, args []any) ([]crm.Found, error) {
		w := where{args: args}
		seen := w.seenFound(ctx)
		rows, err := db.pool.Query(ctx, query+foundAll(seen), w.args...)
		if err != nil {
			return nil, fmt.Errorf("search: %w", err)
		}
		return collectRows(rows, "search", func(row pgx.Row) (*crm.Found, error) {
			var f crm.Found
			err := row.Scan(&f.Kind, &f.ID, &f.Title, (*zeronull.UUID)(&f.ClientID), (*zeronull.Text)(&f.ClientName), (*zeronull.Text)(&f.Phone), (*zeronull.Text)(&f.INN), (*zeronull.Text)(&f.City), &f.Score)
			return &f, err
		})
	})
}

// SearchClients is Search for clients alone, narrowed by the filter; the best first, f.Limit of them at most.
func (db *DB) SearchClients(ctx context.Context, text string, f crm.ClientFilter) ([]crm.Client, error) {
	var narrowed where
	narrowed.narrowClients(ctx, &f)
	enough := max(enoughCards, f.Limit)
	switch {
	case f.Whole:
		enough = math.MaxInt32
	case len(narrowed.conditions) > 0:
		enough = enoughToNarrow
	}
	return searching(ctx, db, text, f.Limit, searchForClients.as(ctx, searchOfClients, enough), func(query string, args []any) ([]crm.Client, error) {
		w := where{args: args}
		w.narrowClients(ctx, &f)
		rows, err := db.pool.Query(ctx, query+foundClients+w.sql()+" order by f.score desc, k.id limit (select $3::bigint)", w.args...)
		if err != nil {
			return nil, fmt.Errorf("search clients: %w", err)
		}
		return collectRows(rows, "search clients", scanClient)
	})
}

// Of the cards with a common word so many are looked at, at least: to be ranked, or to be narrowed by a filter first.
const (
	enoughCards    = 50
	enoughToNarrow = 1000
)

// searching asks in the way that the text calls for, and what it can be forgiven for when that gives too little: mistakes, then a
// word that no name has, then the keyboard's layout.
func searching[T any](ctx context.Context, db *DB, text string, limit int, way searchWay, ask func(query string, args []any) ([]T, error)) ([]T, error) {
	text = strings.TrimSpace(text)
	if number, is := crm.CaseNumber(text); is {
		if found, err := ask(numberSearch, []any{number, "", limit}); err != nil || len(found) > 0 {
			return found, err
		}
	}
	if digits := phoneDigits(text); digits != "" {
		found, err := ask(way.digits, append([]any{digits, internationalDigits(text, digits), limit}, way.own...))
		if err == nil && len(found) == 0 {
			found, err = ask(partSearch, []any{digits, "", limit})
		}
		if err != nil || len(found) > 0 {
			return found, err
		}
	}
	found, err := searchWords(ctx, db, text, limit, way, ask)
	const telling = 4 // letters: what fewer keys give under the other layout begins something by chance
	if other := crm.SwitchLayout(text); err == nil && len(found) == 0 && other != "" && utf8.RuneCountInString(text) >= telling {
		return searchWords(ctx, db, other, limit, way, ask)
	}
	return found, err
}

// searchWords asks for a text as it was typed, and then for what its words may be with mistakes, and without one of them.
func searchWords[T any](ctx context.Context, db *DB, text string, limit int, way searchWay, ask func(query string, args []any) ([]T, error)) ([]T, error) {
	words, err := db.lookUp(ctx, text)
	if err != nil || len(words) == 0 {
		return nil, err
	}
	typed := lexemeQuery(words, asTyped)
	found, err := ask(way.text, append([]any{text, typed, limit, "", way.enough}, way.own...))
	if err == nil && len(found) == 0 {
		found, err = ask(addressSearch, []any{text, "", limit})
	}
	if err != nil || len(found) >= limit || len(found) > 0 && len(words) > 1 {
		return found, err // who types several words of one name has made no mistake
	}
	for _, near := range []string{lexemeQuery(words, forgiving), withoutOne(words)} {
		if near == "" || near == typed {
			continue
		}
		found, err = ask(way.text, append([]any{text, typed, limit, near, way.enough}, way.own...))
		if err != nil || len(found) > 0 {
			return found, err
		}
	}
	return found, nil
}

// internationalDigits are the digits of a number as it begins in E.164, a Russian one unless it says otherwise.
func internationalDigits(text, digits string) string {
	switch {
	case strings.HasPrefix(digits, "8"):
		return "7" + digits[1:]
	case !strings.HasPrefix(text, "+"):
		return "7" + digits
	}
	return digits
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
func (w *where) narrowClients(ctx context.Context, f *crm.ClientFilter) {
	w.seen(ctx, crm.CardClient, "k.id")
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
		cases.seen(ctx, crm.CardCase, "c.id")
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
// alike first, 20 at most. The client itself, by its id, is none, and nobody whom the work of ctx may not see is.
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
	numbers, emails, inns := c.Identities(people)
	if _, err := tx.Exec(ctx, "select set_config('pg_trgm.similarity_threshold', $1, true)", near); err != nil {
		return nil, fmt.Errorf("look for duplicates: %w", err)
	}
	rows, err := tx.Query(ctx, duplicateQuery, numbers, emails, inns, c.Name, nullID(c.ID))
	if err != nil {
		return nil, fmt.Errorf("look for duplicates: %w", err)
	}
	found, err := collectRows(rows, "look for duplicates", scanDuplicate)
	if err != nil {
		return nil, err
	}
	return seenAmong(ctx, tx, found)
}

// seenAmong leaves out the clients that the work of ctx may not see: nobody learns that they are there by trying a name or a number (R15).
func seenAmong(ctx context.Context, q querier, found []crm.Duplicate) ([]crm.Duplicate, error) {
	ids := make([]uuid.UUID, len(found))
	for i := range found {
		ids[i] = found[i].Client.ID
	}
	hidden, err := hiddenAmong(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(d crm.Duplicate) bool { return slices.Contains(hidden, d.Client.ID) }), nil
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
	numbers, emails, inns := c.Identities(people)
	_, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended(value, 0))
		from (select distinct value from unnest($1::text[] || $2::text[] || $3::text[] || name_key($4)) value order by value) v`, numbers, emails, inns, c.Name)
	if err != nil {
		return nil, nil, fmt.Errorf("look for duplicates: %w", err)
	}
	known, err := duplicates(ctx, tx, &c, people)
	if err != nil {
		return nil, nil, err
	}
	if len(known) > 0 {
		return nil, known, db.wrongClient(ctx, tx, c)
	}
	made, err := db.createClient(ctx, tx, c)
	return made, nil, err
}

// wrongClient is what is wrong with the fields of a client who is not made, because he may be known: who asks again, to make him
// anyway, would only be told then. Nothing of the attempt stays.
func (db *DB) wrongClient(ctx context.Context, tx pgx.Tx, c crm.Client) error {
	attempt, err := tx.Begin(ctx)
	if err != nil {
		return fmt.Errorf("try a client: %w", err)
	}
	_, wrong := db.createClient(ctx, attempt, c)
	if err := attempt.Rollback(ctx); err != nil {
		return fmt.Errorf("try a client: %w", err)
	}
	return wrong
}
