-- +goose Up

-- Who was erased, when, by whom and why. A transaction that has such a row of its own may take away what is personal, also where
-- nothing else may be changed.
create table erasures (
    id        uuid primary key,
    client_id uuid not null references clients,
    at        timestamptz not null,
    by_id     uuid not null references users,
    reason    text not null check (reason <> '' and length(reason) <= 1000),
    counts    jsonb not null default '{}',               -- rows by table
    xid       xid8 not null default pg_current_xact_id()
);
create index erasures_client on erasures (client_id, at);
create index erasures_by on erasures (by_id);
create trigger erasures_audit after insert or update or delete on erasures for each row execute function record_change('{xid}', '{}');
create trigger erasures_whole before truncate on erasures for each statement execute function refuse_change();

alter table clients add erased_at timestamptz;
alter table contacts add erased_at timestamptz;

-- +goose StatementBegin
create or replace function erasing() returns boolean stable language plpgsql as $$
declare
    named text := current_setting('marshrut.erasing', true);
begin
    return coalesce(named, '') <> '' and exists (select from erasures where id = named::uuid and xid = pg_current_xact_id());
end $$;

create or replace function refuse_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and tg_table_name in ('transitions', 'comment_versions', 'task_history') and erasing() then
        return new;
    end if;
    raise exception '% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;

-- Nothing personal is written on an erased card any more. A route may still change whose client it is.
create function refuse_erased() returns trigger language plpgsql as $$
begin
    if not erasing() then
        raise exception 'the client has been erased' using errcode = 'check_violation', constraint = 'client_erased';
    end if;
    return new;
end $$;
create function refuse_for_erased() returns trigger language plpgsql as $$
begin
    if exists (select from clients where id = new.client_id and erased_at is not null)
            or tg_table_name = 'contact_details' and exists (select from contacts where id = (to_jsonb(new) ->> 'contact_id')::uuid and erased_at is not null) then
        raise exception 'the client has been erased' using errcode = 'check_violation', constraint = 'client_erased';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger clients_erased before update on clients for each row
    when (old.erased_at is not null and (old.name, old.attributes) is distinct from (new.name, new.attributes)) execute function refuse_erased();
create trigger contacts_erased before update on contacts for each row
    when (old.erased_at is not null and (old.name, old.position, old.birth_date, old.attributes) is distinct from (new.name, new.position, new.birth_date, new.attributes))
    execute function refuse_erased();
create trigger contact_details_of_erased before insert on contact_details for each row execute function refuse_for_erased();
create trigger contacts_of_erased before insert on contacts for each row execute function refuse_for_erased();
create trigger legal_entities_of_erased before insert on legal_entities for each row execute function refuse_for_erased();

-- R34 is kept; only the words of the reason go.
drop trigger cases_keep_manual on cases;
create trigger cases_keep_manual before update on cases
    for each row when ((old.mode = 'manual' or new.mode = 'manual' or old.manual_at is not null)
        and (coalesce(current_setting('marshrut.erasing', true), '') = '' or (old.mode, old.manual_at, old.manual_by) is distinct from (new.mode, new.manual_at, new.manual_by) or not erasing()))
    execute function keep_manual();

-- +goose Down
drop trigger cases_keep_manual on cases;
create trigger cases_keep_manual before update on cases
    for each row when (old.mode = 'manual' or new.mode = 'manual' or old.manual_at is not null)
    execute function keep_manual();
drop trigger legal_entities_of_erased on legal_entities;
drop trigger contacts_of_erased on contacts;
drop trigger contact_details_of_erased on contact_details;
drop trigger contacts_erased on contacts;
drop trigger clients_erased on clients;
drop function refuse_for_erased, refuse_erased;
-- +goose StatementBegin
create or replace function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
-- +goose StatementEnd
alter table contacts drop erased_at;
alter table clients drop erased_at;
create or replace function erasing() returns boolean immutable language sql as 'select false';
drop table erasures;
