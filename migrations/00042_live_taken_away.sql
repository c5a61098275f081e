-- +goose Up

-- Whoever a client, a case or an interaction is taken from may not see it any more, and is not told of it then. He hears that there is
-- something to be read again: a row with the nil id and him in user_ids. A transaction that takes many from one tells him once.
-- Arguments: the topic, and the column he stood in.
-- +goose StatementBegin
create function log_taken_away() returns trigger language plpgsql as $$
declare
    nobody constant uuid := '00000000-0000-0000-0000-000000000000';
    was    constant uuid := to_jsonb(old) ->> tg_argv[1];
    told   constant text := 'marshrut.taken_' || tg_argv[0];
begin
    if coalesce(current_setting('marshrut.untold', true), '') = tg_argv[0] or current_setting(told, true) = was::text then return null; end if;
    insert into changes (topic, ref_id, user_ids) values (tg_argv[0], nobody, array[was]);
    perform set_config(told, was::text, true);
    return null;
end $$;

-- What names somebody is told to him alone: the others have not been told by it.
create or replace function tell_of_clients(ids uuid[]) returns void language plpgsql as $$
declare
    many constant uuid := '00000000-0000-0000-0000-000000000000';
    told uuid[];
begin
    ids := array(select distinct id from unnest(ids) id where id is not null);
    if ids = '{}' or coalesce(current_setting('marshrut.untold', true), '') = 'clients' then return; end if;
    told := array(select ref_id from changes where xid = pg_current_xact_id() and topic = 'clients' and user_ids = '{}');
    if many = any(told) then return; end if;
    if cardinality(array(select unnest(ids) union select unnest(told))) > 20 then ids := array[many]; end if;
    insert into changes (topic, ref_id) select 'clients', id from unnest(ids) id where id <> all (told);
end $$;
create or replace function log_topic() returns trigger language plpgsql as $$
declare
    left_out text[] := tg_argv[1]::text[];
    nobody constant uuid := '00000000-0000-0000-0000-000000000000';
begin
    if tg_op = 'UPDATE' and to_jsonb(old) - left_out = to_jsonb(new) - left_out then return null; end if;
    insert into changes (topic, ref_id) select tg_argv[0], nobody
        where not exists (select from changes where xid = pg_current_xact_id() and topic = tg_argv[0] and ref_id = nobody and user_ids = '{}');
    return null;
end $$;
-- +goose StatementEnd

create trigger clients_log_taken_away after update on clients for each row
    when (old.owner_id is not null and old.owner_id is distinct from new.owner_id) execute function log_taken_away('clients', 'owner_id');
create trigger client_owners_log_taken_away after delete on client_owners for each row execute function log_taken_away('clients', 'user_id');
create trigger cases_log_taken_away after update on cases for each row
    when (old.responsible_id is not null and old.responsible_id is distinct from new.responsible_id) execute function log_taken_away('feed', 'responsible_id');
create trigger interactions_log_taken_away after update on interactions for each row
    when (old.responsible_id is not null and old.responsible_id is distinct from new.responsible_id) execute function log_taken_away('interactions', 'responsible_id');

-- +goose Down
drop trigger interactions_log_taken_away on interactions;
drop trigger cases_log_taken_away on cases;
drop trigger client_owners_log_taken_away on client_owners;
drop trigger clients_log_taken_away on clients;
drop function log_taken_away;
-- tell_of_clients and log_topic stay: without such rows they do what they did before.
delete from changes where ref_id = '00000000-0000-0000-0000-000000000000' and user_ids <> '{}';
