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

-- +goose Down
drop trigger cases_attributes on cases;
drop trigger contacts_attributes on contacts;
drop trigger clients_attributes on clients;
drop function search_attributes;
drop index cases_words;
alter table cases drop search_extra, drop attributes;
create index cases_words on cases using gin (words_of(topic));
drop table attributes;
