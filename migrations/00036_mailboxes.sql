-- +goose Up

-- Addresses that the company writes from: its departments', and the one of all that have none.
create table mailboxes (
    id            uuid primary key,
    name          text not null check (name <> '' and length(name) <= 200), -- what clients see as the sender
    email         text not null check (email <> '' and length(email) <= 254),
    reply_to      text not null default '' check (length(reply_to) <= 254),  -- where answers go; empty: to the address itself
    department_id uuid references departments,                              -- whose cases' letters go from it
    active        boolean not null,
    is_default    boolean not null,
    version       integer not null default 1,
    created_at    timestamptz not null,
    created_by    uuid references users,
    check (active or not is_default)
);
create unique index mailboxes_email on mailboxes (lower(email));
create unique index mailboxes_default on mailboxes (is_default) where is_default;
create unique index mailboxes_department on mailboxes (department_id) where active;
create index mailboxes_created_by on mailboxes (created_by);
create trigger mailboxes_audit after insert or update or delete on mailboxes for each row execute function record_change('{version}', '{}');
create trigger mailboxes_whole before truncate on mailboxes for each statement execute function refuse_change();

-- What a letter goes from, fixed with its first attempt, so that another one is the same letter: {mailbox, name, email, reply_to}, or {}
-- for the configured address. Null: nothing has been tried, or what it was to go from is gone.
alter table notifications add column sender jsonb;
alter table user_notices add column sender jsonb;

-- +goose Down
alter table user_notices drop column sender;
alter table notifications drop column sender;
drop table mailboxes;
