-- +goose Up

-- R11: money that came in for a case.
create table payments (
    id           uuid primary key,
    case_id      uuid not null references cases,
    amount       numeric(15, 2) not null check (amount > 0),
    currency     text not null check (currency ~ '^[A-Z]{3}$'),
    paid_on      date not null,
    document     text not null default '',
    created_at   timestamptz not null default now(),
    created_by   uuid references users,
    -- recorded by mistake; the row stays
    withdrawn_at timestamptz,
    withdrawn_by uuid references users,
    check ((withdrawn_at is null) = (withdrawn_by is null))
);
create index payments_case on payments (case_id, paid_on, id);

-- A record that was withdrawn counts for no stage any more.
alter table case_events add column withdrawn boolean not null default false;

-- +goose Down
alter table case_events drop column withdrawn;
drop table payments;
