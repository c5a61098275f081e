-- +goose Up

-- One person is absent once at a time. Where the program's own role may not create extensions, somebody who may does it once:
-- create extension btree_gist.
create extension if not exists btree_gist;

create table absences (
    id            uuid primary key,
    user_id       uuid not null references users,
    starts_at     timestamptz not null,
    ends_at       timestamptz not null,              -- the first moment he is back
    tasks_to      text not null check (tasks_to in ('substitute', 'pool', 'head')),
    substitute_id uuid references users,
    cancelled_at  timestamptz,
    told_at       timestamptz,                       -- when whoever stands in was told that it has begun
    version       integer not null default 1,
    created_at    timestamptz not null default now(),
    created_by    uuid references users,
    check (ends_at > starts_at),
    check ((tasks_to = 'substitute') = (substitute_id is not null)),
    check (substitute_id <> user_id),
    exclude using gist (user_id with =, tstzrange(starts_at, ends_at) with &&) where (cancelled_at is null)
);
create index absences_substitute on absences (substitute_id) where substitute_id is not null;
create index absences_ends on absences (ends_at, id) where cancelled_at is null;
create index absences_untold on absences (starts_at) where told_at is null and cancelled_at is null;
create trigger absences_raise_version after insert or delete or update of user_id, starts_at, ends_at, tasks_to, substitute_id, cancelled_at on absences
    for each statement execute function raise_directory_version();

-- Whom the task was addressed to, where it went to somebody else as he was absent.
alter table tasks add column in_place_of uuid references users;
create index tasks_in_place_of on tasks (in_place_of) where in_place_of is not null;

-- +goose Down
alter table tasks drop column in_place_of;
drop table absences;
drop extension btree_gist;
