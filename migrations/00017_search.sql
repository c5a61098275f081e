-- +goose Up

-- Search that forgives (R29, R45): a dictionary of the words of names leads from a word as it was typed to words as they are
-- written, and the words to their cards. Both steps are looked up in an index, so they cost the same however many cards there are.

-- ----------------------------------------------------------------------------------------------------------- words, and near ones

-- A text in small letters, its words kept apart by single spaces.
create function plain(text) returns text immutable strict parallel safe
    return btrim(regexp_replace(fold($1), '[][!-/:-@\\^_`{|}~«»“”„’‘…№–—[:space:] ]+', ' ', 'g'));

-- The words of a text, each once.
create function name_words(text) returns text[] immutable strict parallel safe
    return array(select distinct word from unnest(string_to_array(plain($1), ' ')) word where length(word) between 1 and 60);

-- Words, and what is left of them when one letter is left out. Two words with something in common here differ by one letter that is
-- missing, wrong or too many, or by two that changed places; then their letters are compared. Of a long word, in which two mistakes
-- are forgiven, up to two of the first eight letters are left out. There are no near numbers.
-- +goose StatementBegin
create function deletions(words text[]) returns text[] language plpgsql immutable strict parallel safe as $$
declare
    word text;
    shorter text;
    keys text[] := '{}';
begin
    foreach word in array words loop
        keys := keys || left(word, 8);
        if length(word) < 3 or word ~ '[0-9]' then
            continue;
        end if;
        for i in 1 .. least(length(word), 8) loop
            shorter := overlay(left(word, 8) placing '' from i for 1);
            keys := keys || shorter;
            if length(word) >= 8 then
                for j in i .. 7 loop
                    keys := keys || overlay(shorter placing '' from j for 1);
                end loop;
            end if;
        end loop;
    end loop;
    return keys;
end $$;
-- +goose StatementEnd

-- The form by which cards have a word, in whichever language it is one.
create function lexeme(word text) returns text immutable strict parallel safe
    return coalesce((tsvector_to_array(to_tsvector('pg_catalog.russian', word)))[1], (tsvector_to_array(to_tsvector('pg_catalog.english', word)))[1], word);

-- Everything by which a word is near to others: as it is, in Latin letters, and without its ending.
create function spellings(word text) returns text[] immutable parallel safe
    return deletions(array[word, latin(word), lexeme(word)]);

-- What a card is found by: the forms of its words, and marks of the quarter, the 16th, the 64th, the 256th and the 1024th part of all
-- cards, of those that it is in. A word that very many cards have is looked up among the marked ones, which are always the same.
create function card_words(id uuid, name text) returns tsvector immutable strict parallel safe
    return words_of(plain(name))
        || array_to_tsvector(('{~1024,~256,~64,~16,~4}'::text[])[1 + width_bucket(md5(id::text), '{004,01,04,1,4}'::text[]):]);

alter table clients drop words;
alter table clients add words tsvector not null generated always as (card_words(id, name || ' ' || search_extra)) stored;
create index clients_words on clients using gin (words);

drop index contacts_name_near;
alter table contacts drop words;
alter table contacts add words tsvector not null generated always as (card_words(id, name || ' ' || position || ' ' || search_extra)) stored;
create index contacts_words on contacts using gin (words);

alter table legal_entities
    add name_key text not null generated always as (name_key(name)) stored,
    add words    tsvector not null generated always as (card_words(id, name)) stored;
create index legal_entities_name_key on legal_entities (name_key text_pattern_ops);
create index legal_entities_words on legal_entities using gin (words);

-- Addresses by their domains, and numbers by their last digits.
create index contact_details_end on contact_details (reverse(search_key) text_pattern_ops) where kind in ('mobile', 'phone', 'fax');
create index contact_details_domain on contact_details (split_part(search_key, '@', 2) text_pattern_ops) where kind in ('email', 'mailing');

-- Held by the row: a case is written far more often than its topic.
drop index cases_words;
alter table cases add words tsvector not null generated always as (card_words(id, topic || ' ' || search_extra)) stored;
create index cases_words on cases using gin (words);

-- --------------------------------------------------------------------------------------------------------------- the dictionary

create table search_words (
    word   text primary key check (word <> ''),
    latin  text not null generated always as (latin(word)) stored,      -- "romashka" is "ромашка", too
    lexeme text not null generated always as (lexeme(word)) stored      -- by which cards have it
);
create index search_words_begin on search_words (latin text_pattern_ops);
-- Without its list of what is not in order yet: every search would go through that.
create index search_words_near on search_words using gin (spellings(word)) with (fastupdate = off);

-- The words of a card join the dictionary in the transaction that writes it. Those that are there already are held, so that
-- nobody takes them out meanwhile. The arguments are the columns of the table.
-- +goose StatementBegin
create function learn_words() returns trigger language plpgsql as $$
declare
    said text[] := name_words((select string_agg(to_jsonb(new) ->> name, ' ') from unnest(tg_argv) name));
    held integer;
begin
    loop
        perform from search_words where word = any(said) order by word for key share;
        get diagnostics held = row_count;
        exit when held = coalesce(cardinality(said), 0);
        -- A word that somebody else has just added is waited for and not written; it is held in the next round.
        insert into search_words (word) select word from unnest(said) word order by word on conflict do nothing;
    end loop;
    return null;
end $$;

-- A word that the last card has lost leaves the dictionary: nothing of a person stays there.
create function forget_words() returns trigger language plpgsql as $$
declare
    lost text[] := name_words((select string_agg(to_jsonb(old) ->> name, ' ') from unnest(tg_argv) name));
begin
    if tg_op = 'UPDATE' then
        lost := array(select unnest(lost) except select unnest(name_words((select string_agg(to_jsonb(new) ->> name, ' ') from unnest(tg_argv) name))));
    end if;
    lost := array(select word from unnest(lost) word where not word_is_used(word) order by word);
    if lost <> '{}' then
        perform from search_words where word = any(lost) order by word for update;
        delete from search_words where word = any(lost) and not word_is_used(word); -- looked at again: who held it may have written it
    end if;
    return null;
end $$;
-- +goose StatementEnd

-- Whether a card has the word, or another form of it. The planner takes a query that it does not know for one that very many cards
-- fit, and would read them all; the words are rare here.
create function word_is_used(text) returns boolean language sql stable strict set enable_seqscan = off as $$
    with q as (select to_tsquery('pg_catalog.russian', quote_literal($1)) && to_tsquery('pg_catalog.english', quote_literal($1)) as word)
    select exists (select from clients where words @@ (select word from q)) or exists (select from contacts where words @@ (select word from q))
        or exists (select from legal_entities where words @@ (select word from q)) $$;

create trigger clients_learn after insert on clients for each row execute function learn_words('name', 'search_extra');
create trigger clients_learn_anew after update on clients for each row when (new.words <> old.words) execute function learn_words('name', 'search_extra');
create trigger clients_forget after update on clients for each row when (new.words <> old.words) execute function forget_words('name', 'search_extra');
create trigger clients_forget_all after delete on clients for each row execute function forget_words('name', 'search_extra');
create trigger contacts_learn after insert on contacts for each row execute function learn_words('name', 'position', 'search_extra');
create trigger contacts_learn_anew after update on contacts for each row when (new.words <> old.words) execute function learn_words('name', 'position', 'search_extra');
create trigger contacts_forget after update on contacts for each row when (new.words <> old.words) execute function forget_words('name', 'position', 'search_extra');
create trigger contacts_forget_all after delete on contacts for each row execute function forget_words('name', 'position', 'search_extra');
create trigger legal_entities_learn after insert on legal_entities for each row execute function learn_words('name');
create trigger legal_entities_learn_anew after update on legal_entities for each row when (new.words <> old.words) execute function learn_words('name');
create trigger legal_entities_forget after update on legal_entities for each row when (new.words <> old.words) execute function forget_words('name');
create trigger legal_entities_forget_all after delete on legal_entities for each row execute function forget_words('name');

-- The words of all cards, for those that were written without the triggers.
create function learn_all_words() returns void language sql as $$
    insert into search_words (word)
    select unnest(name_words(name || ' ' || search_extra)) from clients
    union select unnest(name_words(name || ' ' || position || ' ' || search_extra)) from contacts
    union select unnest(name_words(name)) from legal_entities
    on conflict do nothing $$;
select learn_all_words();

-- -------------------------------------------------------------------------------------------------------------------- reports

-- What reports of a year count is held by indexes, so that they read no wide rows.
create index cases_reported on cases (created_at) include (kind, status, source, channel, client_id, responsible_id, id);
drop index cases_responsible;
create index cases_responsible on cases (responsible_id, id) include (overdue, last_activity_at) where status = 'open';
create index interactions_planned_cases on interactions (case_id) where status = 'planned' and off_register_at is null and case_id is not null;
drop index tasks_user;
create index tasks_user on tasks (user_id, due_at, id) include (taken_by, kind, overdue) where status = 'open' and user_id is not null;
drop index tasks_taken;
create index tasks_taken on tasks (taken_by, due_at, id) include (kind, overdue) where status = 'open' and taken_by is not null;

-- +goose Down
drop index tasks_taken;
create index tasks_taken on tasks (taken_by, due_at, id) where status = 'open' and taken_by is not null;
drop index tasks_user;
create index tasks_user on tasks (user_id, due_at, id) where status = 'open' and user_id is not null;
drop index interactions_planned_cases;
drop index cases_responsible;
create index cases_responsible on cases (responsible_id, id) where status = 'open';
drop index cases_reported;
drop trigger legal_entities_forget_all on legal_entities;
drop trigger legal_entities_forget on legal_entities;
drop trigger legal_entities_learn_anew on legal_entities;
drop trigger legal_entities_learn on legal_entities;
drop trigger contacts_forget_all on contacts;
drop trigger contacts_forget on contacts;
drop trigger contacts_learn_anew on contacts;
drop trigger contacts_learn on contacts;
drop trigger clients_forget_all on clients;
drop trigger clients_forget on clients;
drop trigger clients_learn_anew on clients;
drop trigger clients_learn on clients;
drop function learn_all_words, forget_words, learn_words, word_is_used;
drop table search_words;
drop index contact_details_domain, contact_details_end;
drop index cases_words;
alter table cases drop words;
create index cases_words on cases using gin (words_of(topic || ' ' || search_extra));
alter table legal_entities drop words, drop name_key;
alter table contacts drop words;
alter table contacts add words tsvector not null generated always as (words_of(name || ' ' || position || ' ' || search_extra)) stored;
create index contacts_words on contacts using gin (words);
create index contacts_name_near on contacts using gin (name_key gin_trgm_ops);
alter table clients drop words;
alter table clients add words tsvector not null generated always as (words_of(name || ' ' || search_extra)) stored;
create index clients_words on clients using gin (words) where merged_into is null;
drop function card_words, spellings, lexeme, deletions, name_words, plain;
