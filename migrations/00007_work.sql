-- +goose Up

-- ----------------------------------------------------------------------------------------------------------------- tasks

-- R62: the task lies with whoever is responsible for the case, and goes with the case to the next one.
alter table tasks
    add column as_responsible boolean not null default false,
    add constraint tasks_as_responsible_check check (not as_responsible or kind in ('stage', 'rule', 'plan'));

-- ----------------------------------------------------------------------------------------------------------------- cases

-- R65: with whom at the client the case is; a contact of this client, as the program sees to.
alter table cases add column contact_id uuid references contacts;
create index cases_contact on cases (contact_id) where contact_id is not null;

-- ---------------------------------------------------------------------------------------------------------------- people

-- Who goes on with a planned interaction: its responsible, or else its author.
create index interactions_planned_own on interactions (coalesce(responsible_id, created_by)) where status = 'planned';

-- R61: what was handed over when somebody left.
create table handovers (
    id          uuid primary key,
    from_id     uuid not null references users,
    at          timestamptz not null,
    by_id       uuid not null references users,
    reason      text not null default '' check (length(reason) <= 1000),
    deactivated boolean not null,
    counts      jsonb not null                       -- {user: {kind: how many}}
);
create index handovers_from on handovers (from_id, at);
create index handovers_by on handovers (by_id);

-- +goose Down
drop table handovers;
drop index interactions_planned_own;
alter table cases drop column contact_id;
alter table tasks drop column as_responsible;
