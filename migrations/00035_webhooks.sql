-- +goose Up

-- Other systems that are told of what happens to cases. What has happened is in the log of changes, which each webhook reads up to a
-- place of its own; what it is to be told of becomes a delivery in the transaction that moves the place.
create table webhooks (
    id         uuid primary key,
    name       text not null check (name <> '' and length(name) <= 200),
    url        text not null check (url ~ '^https?://' and length(url) <= 2000),
    kinds      text[] not null check (cardinality(kinds) > 0),
    enabled    boolean not null,
    secret_id  uuid not null unique references data_keys,  -- what deliveries are signed with; another one when it is renewed
    version    integer not null default 1,
    created_at timestamptz not null,
    created_by uuid references users,
    told_xid   xid8 not null,                              -- everything up to here has been looked at
    told_id    bigint not null default 0
);
create index webhooks_created_by on webhooks (created_by);
create trigger webhooks_audit after insert or update or delete on webhooks for each row execute function record_change('{version,told_xid,told_id}', '{}');
create trigger webhooks_whole before truncate on webhooks for each statement execute function refuse_change();

-- Ids, kinds and times only. A delivery that was taken up rests until next_at: whoever took it up has gone if it is pending then.
create table webhook_deliveries (
    id          uuid primary key,
    webhook_id  uuid not null references webhooks on delete cascade,
    kind        text not null,                             -- of the entry, or test
    entry_id    uuid,                                      -- of the feed
    case_id     uuid,
    case_kind   text,
    happened_at timestamptz not null,
    status      text not null default 'pending' check (status in ('pending', 'delivered', 'failed')),
    attempt     integer not null default 0 check (attempt >= given_up),
    given_up    integer not null default 0 check (given_up >= 0), -- attempts before somebody asked for more
    answer      smallint,                                  -- HTTP status of the last attempt
    problem     text not null default '',                  -- code of why the last attempt failed
    next_at     timestamptz,
    created_at  timestamptz not null,
    finished_at timestamptz,
    unique (webhook_id, entry_id),
    check ((kind = 'test') = (entry_id is null) and num_nulls(entry_id, case_id, case_kind) in (0, 3)),
    check ((status = 'pending') = (next_at is not null) and (status = 'pending') = (finished_at is null))
);
create index webhook_deliveries_due on webhook_deliveries (webhook_id, next_at) where status = 'pending';
create index webhook_deliveries_tests_due on webhook_deliveries (webhook_id, next_at) where status = 'pending' and kind = 'test';
create index webhook_deliveries_newest on webhook_deliveries (webhook_id, created_at, id);
create index webhook_deliveries_status on webhook_deliveries (webhook_id, status, created_at, id);
create index webhook_deliveries_finished on webhook_deliveries (finished_at) where finished_at is not null;

-- +goose Down
drop table webhook_deliveries, webhooks;
