-- +goose Up

-- --------------------------------------------------------------------------------------------------------- interactions

alter table interactions
    add column ends_at         timestamptz,
    add column result          text not null default '',   -- what came of it
    -- R24: the subject is another interaction, or the case (case_id). chain_id is the first interaction of the chain, which
    -- has none itself: members of a chain share it, and what changes the links of a chain locks it by this id.
    add column subject_id      uuid references interactions,
    add column chain_id        uuid references interactions,
    add column deal_id         uuid references cases,       -- R25: beside the link; a case of the kind deal
    add column lost            boolean not null default false,   -- R1, R41: seen to be lost when it was accepted: no Interest is made
    add column lost_reason     text not null default '',
    -- R28
    add column review_after    timestamptz,
    add column remind_at       timestamptz,
    add column reminded_at     timestamptz,                 -- the reminder of remind_at has been given
    add column reviewed_at     timestamptz,
    add column reviewed_by     uuid references users,
    add column off_register_at timestamptz,                 -- R17: out of the register of planned events, as its case was closed
    add constraint interactions_ends_check check (ends_at >= at),
    add constraint interactions_subject_check check (subject_id <> id),
    add constraint interactions_chain_check check ((subject_id is null) = (chain_id is null) and chain_id <> id),
    add constraint interactions_lost_check check (not lost or case_id is null and deal_id is null and status <> 'planned'),
    add constraint interactions_lost_reason_check check (lost or lost_reason = ''),
    add constraint interactions_reviewed_check check (reviewed_by is null or reviewed_at is not null),
    add constraint interactions_reminded_check check (reminded_at is null or remind_at is not null),
    add constraint interactions_register_check check (off_register_at is null or status = 'planned');

create index interactions_subject on interactions (subject_id) where subject_id is not null;
create index interactions_chain on interactions (chain_id) where chain_id is not null;
create index interactions_deal on interactions (deal_id, at, id) where deal_id is not null;
create index interactions_contact on interactions (contact_id) where contact_id is not null;
create index interactions_kind on interactions (kind, at, id);
create index interactions_responsible on interactions (responsible_id, at, id);
create index interactions_cancelled on interactions (at, id) where status = 'cancelled';
create index interactions_lost on interactions (at, id) where lost;
create index interactions_unreviewed on interactions (at, id) where reviewed_at is null;
create index interactions_review_after on interactions (review_after, id) where review_after is not null and reviewed_at is null;
create index interactions_reminders on interactions (remind_at, id) where remind_at is not null and reminded_at is null and status <> 'cancelled';
-- The register of planned events, everybody's and one user's.
create index interactions_register on interactions (at, id) where status = 'planned' and off_register_at is null;
create index interactions_register_own on interactions (responsible_id, at, id) where status = 'planned' and off_register_at is null;
drop index interactions_planned;
create index interactions_planned on interactions (case_id, at, id) where status = 'planned';

-- R23, R46: who took part: a user, a contact, a client, or somebody known by name only; and by what detail he was reached.
create table interaction_participants (
    interaction_id uuid not null references interactions on delete cascade,
    position       integer not null check (position >= 0),
    user_id        uuid references users,
    contact_id     uuid references contacts,
    client_id      uuid references clients,
    name           text not null default '',
    detail_kind    text not null default '',
    detail_value   text not null default '',
    primary key (interaction_id, position),
    check (num_nonnulls(user_id, contact_id, client_id) + (name <> '')::integer = 1),
    check ((detail_kind = '') = (detail_value = ''))
);
create index interaction_participants_user on interaction_participants (user_id) where user_id is not null;
create index interaction_participants_contact on interaction_participants (contact_id) where contact_id is not null;
create index interaction_participants_client on interaction_participants (client_id) where client_id is not null;

-- ------------------------------------------------------------------------------------------------------------- notices

-- What a user is told besides his tasks. A reminder (R28) is given in the transaction that marks it as given: once.
create table user_notices (
    id             uuid primary key,
    user_id        uuid not null references users,
    kind           text not null check (kind in ('reminder')),
    interaction_id uuid not null references interactions,
    case_id        uuid references cases,
    due_at         timestamptz not null,             -- when it was to be reminded of
    created_at     timestamptz not null,
    read_at        timestamptz,
    email          text not null check (email in ('none', 'pending', 'sending', 'sent', 'failed', 'unknown')),
    claimed_at     timestamptz,                      -- when its letter was taken up
    put_off        smallint not null default 0 check (put_off >= 0), -- how often its mailbox took no letter for the time being
    next_at        timestamptz,                      -- when its letter is tried; null: no more
    check ((next_at is not null) = (email = 'pending')),
    check ((claimed_at is null) = (email in ('none', 'pending'))),
    unique (interaction_id, user_id, due_at)
);
create index user_notices_user on user_notices (user_id, id);
create index user_notices_unread on user_notices (user_id, id) where read_at is null;
create index user_notices_letters on user_notices (next_at, id) where email = 'pending';
create index user_notices_sending on user_notices (claimed_at) where email = 'sending';
create index user_notices_case on user_notices (case_id) where case_id is not null;

-- --------------------------------------------------------------------------------------------------------- change log

-- What live pages follow. A sequence alone would lose changes: a smaller number may be committed after a larger one has been
-- read. So the place of a change is its transaction and its number, and only changes of transactions older than every one still
-- at work are read: what comes later has a later place. Only ids are here; who sees them, the reader decides.
create table changes (
    xid           xid8 not null default pg_current_xact_id(),
    id            bigint not null generated always as identity,
    at            timestamptz not null default clock_timestamp(),
    topic         text not null check (topic in ('feed', 'inbox', 'interactions', 'notices')),
    ref_id        uuid not null,                     -- of the entry, task, interaction or notice
    case_id       uuid,
    user_ids      uuid[] not null default '{}',      -- whom it is about
    role          text,
    department_id uuid,
    primary key (xid, id)
);
create index changes_at on changes using brin (at);

-- Changes up to this transaction may have been removed for their age.
create table changes_pruned (
    only_row boolean primary key default true check (only_row),
    xid      xid8 not null default '0'
);
insert into changes_pruned default values;

-- +goose StatementBegin
create function log_feed() returns trigger language plpgsql as $$
begin
    insert into changes (topic, ref_id, case_id) select 'feed', id, case_id from added;
    return null;
end $$;
-- +goose StatementEnd
create trigger feed_log after insert on feed referencing new table as added for each statement execute function log_feed();

-- +goose StatementBegin
create function log_tasks_added() returns trigger language plpgsql as $$
begin
    insert into changes (topic, ref_id, case_id, user_ids, role, department_id)
        select 'inbox', id, case_id, array_remove(array[user_id, taken_by], null), role, department_id from added;
    return null;
end $$;
-- +goose StatementEnd
create trigger tasks_log_added after insert on tasks referencing new table as added for each statement execute function log_tasks_added();

-- A task that goes from one to another is news to both.
-- +goose StatementBegin
create function log_tasks_changed() returns trigger language plpgsql as $$
begin
    insert into changes (topic, ref_id, case_id, user_ids, role, department_id)
        select 'inbox', n.id, n.case_id, array_remove(array[n.user_id, n.taken_by, o.user_id, o.taken_by], null),
            coalesce(n.role, o.role), coalesce(n.department_id, o.department_id)
        from after_it n join before_it o on o.id = n.id
        union all
        select 'inbox', o.id, o.case_id, '{}', o.role, o.department_id
        from after_it n join before_it o on o.id = n.id where o.role <> n.role or o.department_id <> n.department_id;
    return null;
end $$;
-- +goose StatementEnd
create trigger tasks_log_changed after update on tasks referencing old table as before_it new table as after_it
    for each statement execute function log_tasks_changed();

-- +goose StatementBegin
create function log_interactions() returns trigger language plpgsql as $$
begin
    insert into changes (topic, ref_id, case_id, user_ids) select 'interactions', id, case_id, array_remove(array[responsible_id], null) from touched;
    return null;
end $$;
-- +goose StatementEnd
create trigger interactions_log_added after insert on interactions referencing new table as touched
    for each statement execute function log_interactions();
create trigger interactions_log_changed after update on interactions referencing new table as touched
    for each statement execute function log_interactions();

-- +goose StatementBegin
create function log_notices() returns trigger language plpgsql as $$
begin
    insert into changes (topic, ref_id, case_id, user_ids) select 'notices', id, case_id, array[user_id] from touched;
    return null;
end $$;
-- +goose StatementEnd
create trigger notices_log_added after insert on user_notices referencing new table as touched for each statement execute function log_notices();
create trigger notices_log_changed after update on user_notices referencing new table as touched for each statement execute function log_notices();

-- +goose Down
drop trigger interactions_log_added on interactions;
drop trigger interactions_log_changed on interactions;
drop trigger tasks_log_added on tasks;
drop trigger tasks_log_changed on tasks;
drop trigger feed_log on feed;
drop table changes, changes_pruned, user_notices;
drop function log_feed, log_tasks_added, log_tasks_changed, log_interactions, log_notices;
drop table interaction_participants;
drop index interactions_planned;
alter table interactions
    drop column ends_at, drop column result, drop column chain_id, drop column subject_id, drop column deal_id, drop column lost,
    drop column lost_reason, drop column review_after, drop column remind_at, drop column reminded_at, drop column reviewed_at,
    drop column reviewed_by, drop column off_register_at;
create index interactions_planned on interactions (responsible_id, at, id) where status = 'planned';
