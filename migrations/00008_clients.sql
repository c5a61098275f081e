-- +goose Up

-- Own attributes of clients, contacts and cases (R45): what users keep of them besides what the program knows.

create table attributes (
    subject    text not null check (subject in ('client', 'contact', 'appeal', 'deal', 'interest', 'claim')),
    key        text not null check (key ~ '^[a-z][a-z0-9_]{0,62}$'),
    type       text not null check (type in ('text', 'number', 'date', 'flag', 'choice')),
    name       jsonb not null,                        -- {en, ru}
    options    jsonb not null default '[]' check (jsonb_typeof(options) = 'array' and (type = 'choice') = (options <> '[]')),
    required   boolean not null default false,
    searchable boolean not null default false check (not searchable or type in ('text', 'choice')),
    archived   boolean not null default false,
    position   integer not null default 0,
    version    integer not null default 1,
    primary key (subject, key)
);

alter table cases
    add attributes   jsonb not null default '{}' check (jsonb_typeof(attributes) = 'object'),
    add search_extra text not null default '';        -- values of attributes that are searched
create index cases_attributes on cases using gin (attributes jsonb_path_ops);
drop index cases_words;
create index cases_words on cases using gin (words_of(topic || ' ' || search_extra));

-- What a record's attributes add to what it is searched by. A choice is searched by its names.
-- +goose StatementBegin
create function search_attributes() returns trigger language plpgsql as $$
begin
    if new.attributes = '{}' then
        new.search_extra := '';
        return new;
    end if;
    select coalesce(string_agg(coalesce(chosen.names, held.value), ' ' order by a.position, a.key), '') into new.search_extra
    from jsonb_each_text(new.attributes) held
        join attributes a on a.subject = coalesce(tg_argv[0], to_jsonb(new) ->> 'kind') and a.key = held.key and a.searchable
        left join lateral (select concat_ws(' ', o -> 'name' ->> 'ru', o -> 'name' ->> 'en') as names
            from jsonb_array_elements(a.options) o where o ->> 'id' = held.value) chosen on a.type = 'choice';
    return new;
end $$;
-- +goose StatementEnd
create trigger clients_attributes before insert or update of attributes on clients
    for each row execute function search_attributes('client');
create trigger contacts_attributes before insert or update of attributes on contacts
    for each row execute function search_attributes('contact');
create trigger cases_attributes before insert or update of attributes on cases
    for each row execute function search_attributes();

-- -------------------------------------------------------------------------------------------------------------------- merging

alter table contacts add merged_into uuid references contacts check (merged_into <> id);
create index contacts_listed on contacts (lower(name), id) where merged_into is null;
create index contacts_merged on contacts (merged_into) where merged_into is not null;

-- A merge of two cards into one, and what it moved, so that it can be undone.
create table merges (
    id         uuid primary key,
    subject    text not null check (subject in ('client', 'contact')),
    into_id    uuid not null,
    from_id    uuid not null,
    taken      jsonb not null,                        -- what the card that stays has taken over besides rows
    at         timestamptz not null,
    by         uuid references users,
    undone_at  timestamptz,
    undone_by  uuid references users
);
create unique index merges_standing on merges (from_id) where undone_at is null;

create table merged_rows (
    merge_id uuid not null references merges,
    place    text not null,                           -- table and column
    row_id   uuid not null,
    position integer not null default 0,              -- among the participants of an interaction
    primary key (merge_id, place, row_id, position)
);

-- The card that stands for a client or a contact now: that of the last merge.
-- +goose StatementBegin
create function client_now(uuid) returns uuid stable language plpgsql as $$
begin
    return (with recursive cards as (select id, merged_into from clients where id = $1
            union all select k.id, k.merged_into from cards c join clients k on k.id = c.merged_into)
        select id from cards where merged_into is null);
end $$;
create function contact_now(uuid) returns uuid stable language plpgsql as $$
begin
    return (with recursive cards as (select id, merged_into from contacts where id = $1
            union all select k.id, k.merged_into from cards c join contacts k on k.id = c.merged_into)
        select id from cards where merged_into is null);
end $$;
-- +goose StatementEnd

-- What is written for a merged card becomes that of the card that stands for it. The locks make a merge at work finish first.
-- +goose StatementBegin
create or replace function client_of_new_row() returns trigger language plpgsql as $$
declare
    target uuid := new.client_id;
begin
    while target is not null loop
        new.client_id := target;
        select merged_into into target from clients where id = target for key share;
    end loop;
    return new;
end $$;
create function contact_of_new_row() returns trigger language plpgsql as $$
declare
    target uuid := new.contact_id;
begin
    while target is not null loop
        new.contact_id := target;
        select merged_into into target from contacts where id = target for key share;
    end loop;
    return new;
end $$;
-- +goose StatementEnd
create trigger cases_client_changed before update of client_id on cases
    for each row when (new.client_id is distinct from old.client_id) execute function client_of_new_row();
create trigger cases_contact before insert on cases for each row execute function contact_of_new_row();
create trigger cases_contact_changed before update of contact_id on cases
    for each row when (new.contact_id is distinct from old.contact_id) execute function contact_of_new_row();
create trigger interactions_client_changed before update of client_id on interactions
    for each row when (new.client_id is distinct from old.client_id) execute function client_of_new_row();
create trigger interactions_contact before insert on interactions for each row execute function contact_of_new_row();
create trigger interactions_contact_changed before update of contact_id on interactions
    for each row when (new.contact_id is distinct from old.contact_id) execute function contact_of_new_row();
create trigger interaction_participants_client before insert on interaction_participants for each row execute function client_of_new_row();
create trigger interaction_participants_contact before insert on interaction_participants for each row execute function contact_of_new_row();
create trigger case_participants_client before insert on case_participants for each row execute function client_of_new_row();
create trigger case_participants_contact before insert on case_participants for each row execute function contact_of_new_row();

-- ------------------------------------------------------------------------------------------------------------------- imports

-- A table of clients or contacts on its way in. Its rows lie here, so that the work goes on after a crash where it was.
create table imports (
    id          uuid primary key,
    subject     text not null check (subject in ('client', 'contact')),
    file_name   text not null,
    format      text not null check (format in ('csv', 'xlsx')),
    encoding    text not null default '',
    delimiter   text not null default '',
    columns     text[] not null,
    mapping     text[] not null check (cardinality(mapping) = cardinality(columns)),
    duplicates  text not null default 'skip' check (duplicates in ('skip', 'create')),
    status      text not null default 'uploaded' check (status in ('uploaded', 'running', 'stopped', 'finished')),
    created_at  timestamptz not null,
    created_by  uuid references users,
    finished_at timestamptz check ((finished_at is not null) = (status = 'finished')),
    counts      jsonb check ((counts is not null) = (status = 'finished'))   -- rows by result, once they stay as they are
);
create index imports_running on imports (created_at, id) where status = 'running';
create index imports_own on imports (created_by, created_at, id);
create index imports_newest on imports (created_at, id);

create table import_rows (
    import_id uuid not null references imports on delete cascade,
    n         integer not null check (n > 0),
    cells     text[] not null,
    result    text not null default 'pending' check (result in ('pending', 'made', 'duplicate', 'failed')),
    problems  jsonb not null default '[]',
    record_id uuid,
    primary key (import_id, n)
);
create index import_rows_results on import_rows (import_id, result, n);

-- +goose Down
drop table import_rows, imports;
drop trigger case_participants_contact on case_participants;
drop trigger case_participants_client on case_participants;
drop trigger interaction_participants_contact on interaction_participants;
drop trigger interaction_participants_client on interaction_participants;
drop trigger interactions_contact_changed on interactions;
drop trigger interactions_contact on interactions;
drop trigger interactions_client_changed on interactions;
drop trigger cases_contact_changed on cases;
drop trigger cases_contact on cases;
drop trigger cases_client_changed on cases;
drop function contact_of_new_row, contact_now, client_now;
drop table merged_rows, merges;
alter table contacts drop merged_into;
drop trigger cases_attributes on cases;
drop trigger contacts_attributes on contacts;
drop trigger clients_attributes on clients;
drop function search_attributes;
drop index cases_words;
alter table cases drop search_extra, drop attributes;
create index cases_words on cases using gin (words_of(topic));
drop table attributes;
