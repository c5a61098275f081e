-- +goose Up

-- Live pages hear of clients, route maps, templates and settings, too. Of a client it is told which one; with the nil id: of many of
-- them. Of the others only that something has changed, by the nil id.
alter table changes
    drop constraint changes_topic_check,
    add constraint changes_topic_check check (topic in ('feed', 'inbox', 'interactions', 'notices', 'clients', 'maps', 'templates', 'settings'));

-- A transaction tells of a client once, and of more than twenty as of many. One that is a part of something long says so in
-- marshrut.untold: it is told of when the whole has ended.
-- +goose StatementBegin
create function tell_of_clients(ids uuid[]) returns void language plpgsql as $$
declare
    many constant uuid := '00000000-0000-0000-0000-000000000000';
    told uuid[];
begin
    ids := array(select distinct id from unnest(ids) id where id is not null);
    if ids = '{}' or coalesce(current_setting('marshrut.untold', true), '') = 'clients' then return; end if;
    told := array(select ref_id from changes where xid = pg_current_xact_id() and topic = 'clients');
    if many = any(told) then return; end if;
    if cardinality(array(select unnest(ids) union select unnest(told))) > 20 then ids := array[many]; end if;
    insert into changes (topic, ref_id) select 'clients', id from unnest(ids) id where id <> all (told);
end $$;

-- Whatever shows on a client's card raises its version.
create function log_clients_changed() returns trigger language plpgsql as $$
begin
    perform tell_of_clients(array(select n.id from after_it n join before_it o on o.id = n.id where n.version <> o.version));
    return null;
end $$;
create function log_clients_added() returns trigger language plpgsql as $$
begin
    perform tell_of_clients(array(select id from added));
    return null;
end $$;
-- A contact that goes from one client to another is news to both.
create function log_contacts_changed() returns trigger language plpgsql as $$
begin
    perform tell_of_clients(array(select unnest(array[n.client_id, o.client_id]) from after_it n join before_it o on o.id = n.id where n.version <> o.version));
    return null;
end $$;
-- What belongs to clients: contacts, and who shares them.
create function log_of_clients() returns trigger language plpgsql as $$
begin
    perform tell_of_clients(array(select client_id from touched));
    return null;
end $$;
create function log_client_file() returns trigger language plpgsql as $$
begin
    perform tell_of_clients(array[coalesce(new.client_id, (select client_id from contacts where id = new.contact_id))]);
    return null;
end $$;

-- Arguments: the topic, and the columns that change of themselves or tell nothing. A transaction tells of a topic once.
create function log_topic() returns trigger language plpgsql as $$
declare
    left_out text[] := tg_argv[1]::text[];
    nobody constant uuid := '00000000-0000-0000-0000-000000000000';
begin
    if tg_op = 'UPDATE' and to_jsonb(old) - left_out = to_jsonb(new) - left_out then return null; end if;
    insert into changes (topic, ref_id) select tg_argv[0], nobody
        where not exists (select from changes where xid = pg_current_xact_id() and topic = tg_argv[0] and ref_id = nobody);
    return null;
end $$;
-- +goose StatementEnd

create trigger clients_log_added after insert on clients referencing new table as added for each statement execute function log_clients_added();
create trigger clients_log_changed after update on clients referencing old table as before_it new table as after_it
    for each statement execute function log_clients_changed();
create trigger contacts_log_added after insert on contacts referencing new table as touched for each statement execute function log_of_clients();
create trigger contacts_log_changed after update on contacts referencing old table as before_it new table as after_it
    for each statement execute function log_contacts_changed();
create trigger client_owners_log_added after insert on client_owners referencing new table as touched for each statement execute function log_of_clients();
create trigger client_owners_log_removed after delete on client_owners referencing old table as touched for each statement execute function log_of_clients();
create trigger files_log after insert or update on files for each row when (num_nonnulls(new.client_id, new.contact_id) > 0) execute function log_client_file();
create trigger imports_log after update of status on imports for each row when (old.status = 'running' and new.status <> 'running')
    execute function log_topic('clients', '{}');

create trigger tokens_log_added after insert on tokens for each row when (new.kind = 'api') execute function log_topic('settings', '{}');
create trigger tokens_log_changed after update on tokens for each row when (new.kind = 'api') execute function log_topic('settings', '{}');

-- +goose StatementBegin
do $$
declare
    told record;
begin
    for told in select * from (values
        ('route_maps', 'maps', '{}'),
        ('route_map_tests', 'maps', '{}'),
        ('templates', 'templates', '{}'),
        ('users', 'settings', '{version,password_hash}'),
        ('identities', 'settings', '{}'),
        ('roles', 'settings', '{}'),
        ('offices', 'settings', '{}'),
        ('departments', 'settings', '{}'),
        ('absences', 'settings', '{told_at}'),
        ('calendars', 'settings', '{}'),
        ('attributes', 'settings', '{}'),
        ('reference_items', 'settings', '{}'),
        ('acquisition_sources', 'settings', '{}'),
        ('regions', 'settings', '{}'),
        ('settings', 'settings', '{}'),
        ('webhooks', 'settings', '{told_xid,told_id}'),
        ('mailboxes', 'settings', '{}')) as t (name, topic, left_out)
    loop
        execute format('create trigger %I after insert or update or delete on %I for each row execute function log_topic(%L, %L)',
            told.name || '_log', told.name, told.topic, told.left_out);
    end loop;
end $$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
do $$
declare
    told text;
begin
    foreach told in array '{route_maps,route_map_tests,templates,users,identities,roles,offices,departments,absences,calendars,attributes,reference_items,acquisition_sources,regions,settings,webhooks,mailboxes,imports,files}'::text[] loop
        execute format('drop trigger %I on %I', told || '_log', told);
    end loop;
end $$;
-- +goose StatementEnd
drop trigger tokens_log_added on tokens;
drop trigger tokens_log_changed on tokens;
drop trigger client_owners_log_added on client_owners;
drop trigger client_owners_log_removed on client_owners;
drop trigger contacts_log_added on contacts;
drop trigger contacts_log_changed on contacts;
drop trigger clients_log_added on clients;
drop trigger clients_log_changed on clients;
drop function log_clients_added, log_clients_changed, log_contacts_changed, log_of_clients, log_client_file, log_topic, tell_of_clients;
delete from changes where topic in ('clients', 'maps', 'templates', 'settings');
alter table changes
    drop constraint changes_topic_check,
    add constraint changes_topic_check check (topic in ('feed', 'inbox', 'interactions', 'notices'));
