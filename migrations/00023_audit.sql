-- +goose Up

-- ------------------------------------------------------------------------------------------------------ who makes a change

-- The program says at the beginning of each transaction who makes its changes: user|address|request|program, any of them empty.
create function origin(part integer) returns text stable parallel safe language sql as $$
    select nullif(split_part(current_setting('marshrut.origin', true), '|', part), '') $$;

-- A command is carried out by a worker; whoever gave it is known by its row.
alter table commands
    add column address    text default origin(2),
    add column request_id text default origin(3);

-- ------------------------------------------------------------------------------------------------------------------- audit

-- What has been changed and is not sealed yet. Triggers write it in the transaction that makes the change; the program takes it
-- up at once, encrypts what is personal and puts it into the chain of its record, which is the table below.
create table audit_pending (
    id         bigint primary key generated always as identity,
    at         timestamptz not null default clock_timestamp(),
    actor_id   uuid default origin(1)::uuid,             -- no foreign key: the audit outlives whom it names
    address    text default origin(2),
    request_id text default origin(3),
    program    text not null default coalesce(origin(4), nullif(current_setting('application_name', true), ''), 'database'),
    db_role    text not null default session_user,
    place      text not null,                            -- the table
    action     text not null,                            -- insert, update, delete, or what happened besides
    refs       jsonb not null default '{}',              -- the ids of the record and of what it belongs to
    before     jsonb,                                    -- of an update: the columns that have changed
    after      jsonb
);

create table audit (
    n          bigint primary key check (n > 0),         -- in the order of sealing, without a gap
    id         bigint not null unique,                   -- that it had among the pending ones
    chain      text collate "C" not null,                -- "case:…", "client:…", "user:…" or "office"
    seq        bigint not null check (seq > 0),          -- in its chain, without a gap
    at         timestamptz not null,
    actor_id   uuid,
    address    text not null,
    request_id text not null,
    program    text not null,
    db_role    text not null,
    place      text not null,
    action     text not null,
    case_id    uuid,
    client_id  uuid,
    record_id  text not null,                            -- id or key of the record in its table
    facts      json not null,                            -- {refs, before, after} of what is personal to nobody; json keeps the bytes that were hashed
    key_id     uuid,                                     -- whose key the rest is sealed with
    sealed     bytea,                                    -- AES-256-GCM: nonce, {before, after}, tag; null: nothing personal
    hash       bytea not null check (octet_length(hash) = 32), -- SHA-256 of the hash before it in the chain and of everything above
    unique (chain, seq),
    check (sealed is null or key_id is not null)
);
create index audit_case on audit (case_id, n) where case_id is not null;
create index audit_client on audit (client_id, n) where client_id is not null;
create index audit_actor on audit (actor_id, n) where actor_id is not null;
create index audit_place on audit (place, n);
create index audit_at on audit (at, n);

-- Keys of what is personal in the audit, one for each client (and one for each record that belongs to no client), wrapped by the
-- master key, which is not in the database. A destroyed key never comes back.
create table data_keys (
    id           uuid primary key,                       -- of the client, or of the record
    wrapped      bytea,
    master       text not null,                          -- which master key has wrapped it: the beginning of its SHA-256
    created_at   timestamptz not null default now(),
    destroyed_at timestamptz,
    check ((wrapped is null) = (destroyed_at is not null))
);

-- +goose StatementBegin
create function keep_destroyed() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or old.destroyed_at is not null then
        raise exception 'a key is destroyed for good' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end $$;
create function keep_until_sealed() returns trigger language plpgsql as $$
begin
    if not exists (select from audit where id = old.id) then
        raise exception 'audit_pending is append-only: what is not sealed yet stays' using errcode = 'integrity_constraint_violation';
    end if;
    return old;
end $$;
-- +goose StatementEnd
create trigger audit_append_only before update or delete on audit for each row execute function refuse_change();
create trigger audit_whole before truncate on audit for each statement execute function refuse_change();
create trigger audit_pending_append_only before update on audit_pending for each row execute function refuse_change();
create trigger audit_pending_sealed before delete on audit_pending for each row execute function keep_until_sealed();
create trigger audit_pending_whole before truncate on audit_pending for each statement execute function refuse_change();
create trigger data_keys_destroyed before update or delete on data_keys for each row execute function keep_destroyed();
create trigger data_keys_whole before truncate on data_keys for each statement execute function refuse_change();

-- The rights go too, the owner's own among them: a program that runs as the owner would have to give them back to itself first.
-- +goose StatementBegin
do $$
begin
    execute format('revoke update, delete, truncate on audit from public, %I', current_user);
    execute format('revoke update, truncate on audit_pending from public, %I', current_user);
    execute format('revoke delete, truncate on data_keys from public, %I', current_user);
end $$;
-- +goose StatementEnd

-- Taken in earnest where clients can be erased.
create function erasing() returns boolean immutable language sql as 'select false';

-- Arguments: columns that are left out (derived ones, and those that change of themselves), columns of which only that they have
-- changed is kept (secrets). It runs with the rights of its owner, so that a role that may not write here cannot but write.
-- +goose StatementBegin
create function record_change() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
    left_out text[] := tg_argv[0]::text[];
    secrets  text[] := tg_argv[1]::text[];
    was      jsonb;
    became   jsonb;
    whole    jsonb;
    hidden   text;
begin
    -- Of an erasure it is told once, without what it takes away.
    if coalesce(current_setting('marshrut.erasing', true), '') <> '' and erasing() then return null; end if;
    if tg_op <> 'INSERT' then was := to_jsonb(old) - left_out; end if;
    if tg_op <> 'DELETE' then became := to_jsonb(new) - left_out; end if;
    whole := coalesce(became, was);
    if tg_op = 'UPDATE' then
        if was = became then return null; end if;
        select jsonb_object_agg(c.key, c.value), jsonb_object_agg(c.key, became -> c.key) into was, became
            from jsonb_each(was) c where c.value is distinct from became -> c.key;
    else
        was := jsonb_strip_nulls(was);
        became := jsonb_strip_nulls(became);
    end if;
    foreach hidden in array secrets loop
        if was ? hidden then was := was || jsonb_build_object(hidden, '***'); end if;
        if became ? hidden then became := became || jsonb_build_object(hidden, '***'); end if;
    end loop;
    insert into audit_pending (place, action, refs, before, after) values (tg_table_name, lower(tg_op),
        (select coalesce(jsonb_object_agg(k, whole -> k), '{}') from unnest('{id,key,lang,version,map_id,subject,list,case_id,client_id,contact_id,interaction_id,comment_id,letter_id,file_id,task_id,user_id}'::text[]) k
            where whole ->> k is not null and (k <> 'subject' or tg_table_name = 'attributes'))
            -- A merge has what the card that stays has taken over: it is that card's, and sealed with its key.
            || case when tg_table_name = 'merges' then jsonb_build_object((whole ->> 'subject') || '_id', whole -> 'into_id') else '{}' end, was, became);
    return null;
end $$;

-- The content of a file is not kept a second time; its SHA-256 tells one from another.
create function record_file() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
    was    jsonb;
    became jsonb;
begin
    if erasing() then return null; end if;
    if tg_op <> 'INSERT' then
        was := jsonb_strip_nulls(jsonb_build_object('id', old.id, 'case_id', old.case_id, 'client_id', old.client_id, 'contact_id', old.contact_id,
            'interaction_id', old.interaction_id, 'name', old.name, 'media_type', old.media_type, 'size', old.size, 'sha256', encode(old.sha256, 'hex'),
            'created_at', old.created_at, 'created_by', old.created_by, 'removed_at', old.removed_at, 'removed_by', old.removed_by));
    end if;
    if tg_op <> 'DELETE' then
        became := jsonb_strip_nulls(jsonb_build_object('id', new.id, 'case_id', new.case_id, 'client_id', new.client_id, 'contact_id', new.contact_id,
            'interaction_id', new.interaction_id, 'name', new.name, 'media_type', new.media_type, 'size', new.size, 'sha256', encode(new.sha256, 'hex'),
            'created_at', new.created_at, 'created_by', new.created_by, 'removed_at', new.removed_at, 'removed_by', new.removed_by));
    end if;
    if was = became then return null; end if;
    insert into audit_pending (place, action, refs, before, after) values (tg_table_name, lower(tg_op),
        (select jsonb_object_agg(key, value) from jsonb_each(coalesce(became, was)) where key in ('id', 'case_id', 'client_id', 'contact_id', 'interaction_id')),
        was, became);
    return null;
end $$;

-- What happens without a row that changes: a sign-in that failed, an export.
create function record_event(place text, action text, refs jsonb, facts jsonb) returns void language sql security definer set search_path = public, pg_temp as $$
    insert into audit_pending (place, action, refs, after) values ($1, $2, $3, $4) $$;

do $$
declare
    audited record;
begin
    for audited in select * from (values
        ('roles', '{version}', '{}'),
        ('offices', '{version}', '{}'),
        ('departments', '{version}', '{}'),
        ('absences', '{version,told_at}', '{}'),
        ('users', '{version}', '{password_hash}'),
        ('tokens', '{hash}', '{}'),
        ('identities', '{}', '{}'),
        ('clients', '{version,search_extra,name_key,words}', '{}'),
        ('contacts', '{version,search_extra,name_key,words}', '{}'),
        ('contact_details', '{search_key}', '{}'),
        ('legal_entities', '{version}', '{}'),
        ('client_owners', '{}', '{}'),
        ('merges', '{}', '{}'),
        ('imports', '{}', '{}'),
        ('route_maps', '{}', '{}'),
        ('route_map_versions', '{}', '{}'),
        ('cases', '{version,search_extra,words,state,seq,wake_at,last_activity_at,workflow_started_at,probability,channel}', '{}'),
        ('case_participants', '{}', '{}'),
        ('case_events', '{}', '{}'),
        ('tasks', '{version,remind_at,reminded_at}', '{}'),
        ('comments', '{version}', '{}'),
        ('payments', '{}', '{}'),
        ('interactions', '{version,reminded_at}', '{}'),
        ('interaction_participants', '{}', '{}'),
        ('letters', '{}', '{}'),
        ('letter_files', '{}', '{}'),
        ('templates', '{}', '{}'),
        ('calendars', '{}', '{}'),
        ('attributes', '{version}', '{}'),
        ('reference_items', '{version}', '{}'),
        ('acquisition_sources', '{}', '{}'),
        ('regions', '{}', '{}'),
        ('handovers', '{}', '{}')) as t (name, left_out, secrets)
    loop
        execute format('create trigger %I after insert or update or delete on %I for each row execute function record_change(%L, %L)',
            audited.name || '_audit', audited.name, audited.left_out, audited.secrets);
        execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()',
            audited.name || '_whole', audited.name);
    end loop;
end $$;
-- +goose StatementEnd
create trigger files_audit after insert or update or delete on files for each row execute function record_file();
create trigger files_whole before truncate on files for each statement execute function refuse_change();

-- +goose Down
-- +goose StatementBegin
do $$
declare
    audited record;
begin
    for audited in select tgrelid::regclass as place, tgname as name from pg_trigger
        where tgname in (select c.relname || s from pg_class c, unnest('{_audit,_whole}'::text[]) s where c.oid = tgrelid)
    loop
        execute format('drop trigger %I on %s', audited.name, audited.place);
    end loop;
end $$;
-- +goose StatementEnd
drop table audit_pending, audit, data_keys;
drop function erasing, record_event, record_file, record_change, keep_until_sealed, keep_destroyed;
alter table commands drop column address, drop column request_id;
drop function origin;
