-- +goose Up

-- When a person wants letters about what: what is in none of the lists comes at once. Times of day are in his time zone.
alter table users
    drop constraint users_muted_check,
    add constraint users_muted_check check (muted <@ '{overdue,task,assignment,mention,substitution,reminder}'::text[]),
    add column digest     text[] not null default '{}' check (digest <@ '{overdue,task,assignment,mention,substitution,reminder}'::text[]),
    add column digest_at  text not null default '09:00' check (digest_at ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
    add column quiet_from text check (quiet_from ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
    add column quiet_to   text check (quiet_to ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
    add constraint users_quiet_check check ((quiet_from is null) = (quiet_to is null) and quiet_from is distinct from quiet_to or num_nonnulls(quiet_from, quiet_to) = 0);

alter table user_notices
    drop constraint user_notices_kind_check,
    add constraint user_notices_kind_check check (kind in ('reminder', 'task', 'overdue', 'assignment', 'mention', 'substitution')),
    drop constraint user_notices_subject_check,
    drop constraint user_notices_task_once,
    add column comment_id uuid references comments,
    add column absence_id uuid references absences,
    add column digest boolean not null default false,  -- its letter goes together with others
    add column letter_id uuid,                         -- the notice that the letter it went with is named after
    add constraint user_notices_subject_check check (num_nonnulls(interaction_id, task_id, comment_id, absence_id) = 1),
    add constraint user_notices_task_once unique (task_id, user_id, kind, due_at),
    add constraint user_notices_comment_once unique (comment_id, user_id),
    add constraint user_notices_absence_once unique (absence_id, user_id, due_at);
create index user_notices_digests on user_notices (user_id, next_at) where email = 'pending' and digest;
create index user_notices_letter on user_notices (letter_id) where email = 'sending';

-- What people are to be told of. Triggers write it with what has happened; the program finds out whom it concerns, tells them and
-- removes it in one transaction, so each is told once.
create table notice_events (
    id         bigint primary key generated always as identity,
    kind       text not null check (kind in ('task', 'overdue', 'assignment', 'mention')),
    task_id    uuid references tasks,
    comment_id uuid references comments,
    user_id    uuid references users,                  -- who is mentioned
    actor_id   uuid,                                   -- who has done it and need not be told
    check (num_nonnulls(task_id, comment_id) = 1),
    check ((kind = 'mention') = (comment_id is not null and user_id is not null))
);
create index notice_events_task on notice_events (task_id) where task_id is not null;
create index notice_events_comment on notice_events (comment_id) where comment_id is not null;

-- +goose StatementBegin
create function tell_of_task() returns trigger language plpgsql as $$
begin
    insert into notice_events (kind, task_id, actor_id)
        values (case when new.kind = 'assignment' then 'assignment' else 'task' end, new.id, origin(1)::uuid);
    return null;
end $$;
create function tell_of_overdue() returns trigger language plpgsql as $$
begin
    insert into notice_events (kind, task_id) values ('overdue', new.id);
    return null;
end $$;
create function tell_of_mention() returns trigger language plpgsql as $$
begin
    insert into notice_events (kind, comment_id, user_id, actor_id) values ('mention', new.comment_id, new.user_id, origin(1)::uuid);
    return null;
end $$;
-- +goose StatementEnd
create trigger tasks_told after insert on tasks for each row
    when (new.status = 'open' and new.kind <> 'personal') execute function tell_of_task();
create trigger tasks_told_moved after update of user_id, taken_by on tasks for each row
    when (new.status = 'open' and new.kind <> 'personal' and coalesce(new.taken_by, new.user_id) is distinct from coalesce(old.taken_by, old.user_id)
        and coalesce(new.taken_by, new.user_id) is not null) execute function tell_of_task();
create trigger tasks_told_overdue after update of overdue on tasks for each row
    when (new.overdue and not old.overdue and new.status = 'open') execute function tell_of_overdue();
create trigger mentions_told after insert on mentions for each row execute function tell_of_mention();

-- +goose Down
drop trigger mentions_told on mentions;
drop trigger tasks_told_overdue on tasks;
drop trigger tasks_told_moved on tasks;
drop trigger tasks_told on tasks;
drop function tell_of_mention, tell_of_overdue, tell_of_task;
drop table notice_events;
delete from user_notices where kind <> 'reminder';
alter table user_notices
    drop constraint user_notices_subject_check,
    drop constraint user_notices_task_once,
    drop column comment_id, drop column absence_id, drop column digest, drop column letter_id,
    drop constraint user_notices_kind_check,
    add constraint user_notices_kind_check check (kind in ('reminder')),
    add constraint user_notices_subject_check check (num_nonnulls(interaction_id, task_id) = 1),
    add constraint user_notices_task_once unique (task_id, user_id, due_at);
update users set muted = array_remove(muted, 'substitution');
alter table users
    drop constraint users_muted_check,
    add constraint users_muted_check check (muted <@ array['overdue', 'task', 'assignment', 'mention', 'reminder']),
    drop column digest, drop column digest_at, drop column quiet_from, drop column quiet_to;
