-- +goose Up

-- ----------------------------------------------------------------------------------------------------------------- tasks

-- R62: the task lies with whoever is responsible for the case, and goes with the case to the next one.
alter table tasks
    add column as_responsible boolean not null default false,
    add constraint tasks_as_responsible_check check (not as_responsible or kind in ('stage', 'rule', 'plan')),
    -- R10: the reminder of remind_at has been given.
    add column reminded_at timestamptz,
    add constraint tasks_reminded_check check (reminded_at is null or remind_at is not null);
drop index tasks_remind;
create index tasks_remind on tasks (remind_at, id) where remind_at is not null and reminded_at is null and status = 'open';

-- Users are reminded of interactions (R28) and of their own tasks (R10) in the same way.
alter table user_notices
    alter interaction_id drop not null,
    add column task_id uuid references tasks,
    add constraint user_notices_subject_check check (num_nonnulls(interaction_id, task_id) = 1),
    add constraint user_notices_task_once unique (task_id, user_id, due_at);

-- ----------------------------------------------------------------------------------------------------------------- cases

-- R65: with whom at the client the case is; a contact of this client, as the program sees to.
alter table cases add column contact_id uuid references contacts;
create index cases_contact on cases (contact_id) where contact_id is not null;

-- --------------------------------------------------------------------------------------------------------------- letters

-- R63: what goes with a letter. A file that is removed from its card stays with the letters it went with.
create table letter_files (
    letter_id uuid not null references letters,
    position  smallint not null check (position >= 0),
    file_id   uuid not null references files,
    primary key (letter_id, position),
    unique (letter_id, file_id)
);
create index letter_files_file on letter_files (file_id);

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
drop table letter_files;
alter table cases drop column contact_id;
delete from user_notices where task_id is not null;
alter table user_notices drop column task_id, alter interaction_id set not null;
drop index tasks_remind;
alter table tasks drop column as_responsible, drop column reminded_at;
create index tasks_remind on tasks (remind_at) where remind_at is not null and status = 'open';
