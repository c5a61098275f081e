-- +goose Up

-- Texts are compared without case and stress marks only where people search; ids are made by the program (UUID version 7,
-- so that they sort by time). Times are timestamptz with microseconds. Amounts are numeric with a currency beside them.

-- ---------------------------------------------------------------------------------------------------------------- people

create table departments (
    id         uuid primary key,
    key        text not null unique check (key ~ '^[a-z][a-z0-9]*(-[a-z0-9]+)*$'),
    name       jsonb not null,                       -- {en, ru}
    head_id    uuid,                                 -- foreign key below: users come after
    calendar   text,                                 -- id of the business calendar; null: the map's or the default one
    created_at timestamptz not null default now()
);

create table users (
    id            uuid primary key,
    login         text not null unique check (login ~ '^[a-z0-9][a-z0-9._@-]{0,62}$'),
    name          text not null,
    email         text not null default '',
    phone         text not null default '',
    lang          text not null default 'ru' check (lang in ('ru', 'en')),
    time_zone     text not null default 'Europe/Moscow',
    department_id uuid references departments,
    roles         text[] not null default '{}',
    password_hash text not null default '',          -- argon2id in PHC form; empty: cannot sign in with a password
    active        boolean not null default true,
    created_at    timestamptz not null default now()
);
alter table departments add foreign key (head_id) references users;
create index users_roles on users using gin (roles) where active;
create index users_department on users (department_id);

-- One table for sessions of the page and tokens of programs: both are a secret of which only the hash is kept.
create table tokens (
    hash       bytea primary key,                    -- SHA-256 of the secret
    id         uuid not null unique,                 -- to name it by
    user_id    uuid not null references users on delete cascade,
    kind       text not null check (kind in ('session', 'api')),
    name       text not null default '',
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz
);
create index tokens_user on tokens (user_id);

-- --------------------------------------------------------------------------------------------------------------- clients

create table clients (
    id         uuid primary key,
    kind       text not null default 'company' check (kind in ('company', 'individual')),
    name       text not null check (name <> ''),
    status     text not null default 'potential' check (status in ('potential', 'active')),
    lang       text not null default 'ru' check (lang in ('ru', 'en')),
    time_zone  text not null default 'Europe/Moscow',
    source     text not null default '',
    owner_id   uuid references users,                -- client ownership
    version    integer not null default 1,           -- for ETags: grows with each change
    created_at timestamptz not null default now(),
    created_by uuid references users
);
create index clients_name on clients (lower(name), id);

create table contacts (
    id         uuid primary key,
    client_id  uuid not null references clients,
    name       text not null check (name <> ''),
    position   text not null default '',
    version    integer not null default 1,
    created_at timestamptz not null default now(),
    created_by uuid references users
);
create index contacts_client on contacts (client_id, id);

-- Contact details of clients and contacts. R40: mail goes to a client's e-mail, to a contact's "mailing" address only;
-- SMS to a contact's "mobile" only.
create table contact_details (
    id         uuid primary key,
    client_id  uuid references clients,
    contact_id uuid references contacts,
    kind       text not null check (kind in ('email', 'mailing', 'mobile', 'phone', 'other')),
    value      text not null check (value <> ''),
    position   integer not null default 0,
    check (num_nonnulls(client_id, contact_id) = 1)
);
create index contact_details_client on contact_details (client_id, position) where client_id is not null;
create index contact_details_contact on contact_details (contact_id, position) where contact_id is not null;
create index contact_details_value on contact_details (lower(value));

-- ------------------------------------------------------------------------------------------------------------ route maps

create table route_maps (
    id           text primary key,
    process      text not null check (process in ('appeal', 'deal', 'interest', 'claim')),
    state        text not null check (state in ('draft', 'active', 'archived')),   -- R38: of the map, not of a version
    available_to jsonb not null default '{}',                                      -- R38
    latest       integer not null,
    updated_at   timestamptz not null default now()
);

create table route_map_versions (
    map_id       text not null references route_maps,
    version      integer not null check (version > 0),
    sha256       text not null,
    source       text not null,                      -- the YAML as published
    nested       jsonb not null default '{}',        -- map id → version of every nested map, so that a version never changes its meaning
    published_at timestamptz not null default now(),
    published_by uuid references users,
    primary key (map_id, version)
);

-- +goose StatementBegin
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
-- +goose StatementEnd
create trigger route_map_versions_immutable before update or delete on route_map_versions
    for each row execute function refuse_change();

-- ----------------------------------------------------------------------------------------------------------------- cases

create sequence appeal_numbers;
create sequence deal_numbers;
create sequence interest_numbers;
create sequence claim_numbers;

create table cases (
    id              uuid primary key,
    kind            text not null check (kind in ('appeal', 'deal', 'interest', 'claim')),
    number          text not null unique,            -- "A-000123"
    client_id       uuid references clients,
    responsible_id  uuid references users,
    topic           text not null default '',
    source          text not null default '',
    fields          jsonb not null default '{}',     -- values of the map's fields
    -- the route
    map_id          text,
    map_version     integer,
    mode            text not null check (mode in ('process', 'manual', 'none')),
    status          text not null default 'open' check (status in ('open', 'positive', 'negative', 'cancelled')),
    outcome         text not null default '',        -- the outcome that closed it
    stage           text not null default '',        -- the outermost, as boards show it
    stage_since     timestamptz,
    state           jsonb not null default '{}',     -- routemaps.State
    seq             integer not null default 0,      -- number of the last transition
    wake_at         timestamptz,                     -- when the route has something to do by itself
    due_at          timestamptz,                     -- the case's own limit
    overdue         boolean not null default false,
    -- R34: set once, kept by the trigger below
    manual_at       timestamptz,
    manual_by       uuid references users,
    manual_reason   text,
    parent_id       uuid references cases,           -- the case it was made from
    version         integer not null default 1,
    created_at      timestamptz not null default now(),
    created_by      uuid references users,
    closed_at       timestamptz,
    last_activity_at timestamptz not null default now(),
    workflow_started_at timestamptz,                 -- the last time; null: the reconciler starts it
    foreign key (map_id, map_version) references route_map_versions,
    check ((mode = 'none') = (map_id is null)),
    check ((status = 'open') = (closed_at is null))
);
create index cases_board on cases (kind, map_id, stage, id) where status = 'open';
create index cases_client on cases (client_id, id);
create index cases_responsible on cases (responsible_id, id) where status = 'open';
create index cases_list on cases (kind, id);
create index cases_unstarted on cases (created_at) where workflow_started_at is null and mode <> 'none';
-- A wake time that has long passed: the workflow that should have come for it is gone.
create index cases_wake on cases (wake_at) where status = 'open' and wake_at is not null;

-- R34, the third of three places: whatever the program does, a case that went to manual mode stays there.
-- +goose StatementBegin
create function keep_manual() returns trigger language plpgsql as $$
begin
    if old.mode = 'manual' and new.mode <> 'manual' then
        raise exception 'case % is in manual mode for good', old.number using errcode = 'check_violation', constraint = 'cases_manual_is_final';
    end if;
    if old.manual_at is not null and (new.manual_at, new.manual_by, new.manual_reason)
            is distinct from (old.manual_at, old.manual_by, old.manual_reason) then
        raise exception 'case %: when, by whom and why it went to manual mode is set once', old.number using errcode = 'check_violation', constraint = 'cases_manual_is_final';
    end if;
    if old.mode = 'process' and new.mode = 'manual' and new.manual_at is null then
        raise exception 'case %: manual mode without its time', old.number using errcode = 'check_violation', constraint = 'cases_manual_is_final';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger cases_keep_manual before update on cases
    for each row when (old.mode = 'manual' or new.mode = 'manual' or old.manual_at is not null)
    execute function keep_manual();

-- A command is what somebody (or an outside event) wants a case's route to do. Only its id goes through Temporal.
create table commands (
    id              uuid primary key,
    case_id         uuid not null references cases,
    user_id         uuid references users,           -- null: the program itself
    scopes          text[],                          -- the rights that the user's token left him; null: all that he has
    idempotency_key text not null,
    body_hash       bytea not null,
    kind            text not null,
    payload         jsonb not null,
    created_at      timestamptz not null default now(),
    status          text not null default 'received' check (status in ('received', 'applied', 'refused')),
    refusal         jsonb,                           -- crm.Error
    seq             integer,                         -- of its transition
    decided_at      timestamptz,
    acknowledged_at timestamptz                      -- its Update has returned; until then the reconciler sends it again
);
-- The key comes first: "user_id is not distinct from" cannot be searched by, and a key is nearly unique by itself.
create unique index commands_key on commands (idempotency_key, user_id) nulls not distinct;
create index commands_unacknowledged on commands (created_at) where acknowledged_at is null;
create index commands_case on commands (case_id);

-- What every step read and wrote: a case can be replayed and explained for ever.
create table transitions (
    case_id    uuid not null references cases,
    seq        integer not null check (seq > 0),
    event_id   text not null,                        -- unique per case: a known one is not applied again
    kind       text not null,
    event      jsonb not null,
    facts      jsonb not null,
    effects    jsonb not null,
    actor_id   uuid references users,
    at         timestamptz not null,
    primary key (case_id, seq),
    unique (case_id, event_id)
);
create trigger transitions_append_only before update or delete on transitions
    for each row execute function refuse_change();

create table tasks (
    id             uuid primary key,
    case_id        uuid not null references cases,
    path           text not null,                    -- of the stage; empty: not of the route
    visit          integer not null,
    kind           text not null default 'stage' check (kind in ('stage', 'rule', 'plan')),
    name           jsonb,                            -- of a rule's task; a stage's is the stage's
    status         text not null default 'open' check (status in ('open', 'completed', 'withdrawn')),
    -- whom it is addressed to: exactly one of the three, for a task nobody sees would stop its case without a word
    user_id        uuid references users,
    role           text,
    department_id  uuid references departments,
    taken_by       uuid references users,            -- who took it out of a role's or department's pool
    cyclic         boolean not null default false,
    due_at         timestamptz,
    overdue        boolean not null default false,
    opened_seq     integer not null,
    opened_at      timestamptz not null,
    closed_at      timestamptz,
    closed_by      uuid references users,
    outcome        text,
    withdrawn_reason text,
    version        integer not null default 1,
    check (num_nonnulls(user_id, role, department_id) = 1)
);
create unique index tasks_stage on tasks (case_id, path, visit) where kind = 'stage';
-- The inbox: mine, taken by me, or lying in a pool of mine; due first.
create index tasks_user on tasks (user_id, due_at, id) where status = 'open' and user_id is not null;
create index tasks_taken on tasks (taken_by, due_at, id) where status = 'open' and taken_by is not null;
create index tasks_role on tasks (role, due_at, id) where status = 'open' and taken_by is null and role is not null;
create index tasks_department on tasks (department_id, due_at, id)
    where status = 'open' and taken_by is null and department_id is not null;
create index tasks_open on tasks (due_at, id) where status = 'open';
-- The same of what has been done.
create index tasks_closed_user on tasks (user_id, due_at, id) where status <> 'open';
create index tasks_closed_taken on tasks (taken_by, due_at, id) where status <> 'open';
create index tasks_closed on tasks (due_at, id) where status <> 'open';
create index tasks_case on tasks (case_id, id);

create table feed (
    id         uuid primary key,
    case_id    uuid not null references cases,
    seq        integer,                              -- of the transition that wrote it
    at         timestamptz not null,
    kind       text not null,
    actor_id   uuid references users,
    data       jsonb not null default '{}'
);
create index feed_case on feed (case_id, at, id);

-- R39, R40, R51: what was to be told to whom, and what became of it.
create table notifications (
    id           uuid primary key,
    case_id      uuid not null references cases,
    seq          integer not null,
    rule         text not null,
    path         text not null default '',
    visit        integer not null default 0,
    channel      text not null check (channel in ('email', 'sms', 'webhook')),
    template     text not null default '',
    url          text not null default '',
    recipient    text not null,                      -- "client", "contact:ID", "user:ID", "none:role:x", "webhook"
    await        boolean not null default false,     -- the stage waits for its delivery
    status       text not null default 'pending' check (status in ('pending', 'sending', 'sent', 'failed', 'unknown', 'skipped')),
    reason       text not null default '',           -- code: why skipped, failed, unknown, or retried
    detail       text not null default '',           -- what the other side said, without personal data
    attempt      integer not null default 0,         -- fences: only the latest attempt may finish it
    given_up     integer not null default 0,         -- the attempt after which a person had it sent again; later ones count anew
    claimed_at   timestamptz,
    handed_at    timestamptz,                        -- when the reconciler had it delivered by a workflow of its own
    next_try_at  timestamptz,                        -- of one that was tried and waits for another attempt
    withdrawn    boolean not null default false,     -- the stage that waited for it has been left: the attempt at work is the last
    told         boolean not null default false,     -- the stage that waited for it knows what became of it
    created_at   timestamptz not null,
    finished_at  timestamptz,
    unique (case_id, seq, rule, recipient, path, visit)
);
create index notifications_case on notifications (case_id, id);
create index notifications_due on notifications (case_id) where status in ('pending', 'sending') or await and not withdrawn and not told;
create index notifications_awaited on notifications (created_at) where await and not withdrawn and not told;
create index notifications_troubled on notifications (status) where status in ('failed', 'unknown');

create table incidents (
    id          uuid primary key,
    case_id     uuid not null references cases,
    path        text not null default '',
    visit       integer not null default 0,
    code        text not null,
    detail      text not null default '',
    blocking    boolean not null default true,       -- the route waits for a retry
    opened_seq  integer,
    opened_at   timestamptz not null,
    resolved_at timestamptz,
    resolved_by uuid references users
);
create index incidents_open on incidents (id) where resolved_at is null;
-- A stage is held by one incident at a time; failing again renews it.
create unique index incidents_blocking on incidents (case_id, path, visit) where blocking and resolved_at is null;
create index incidents_case on incidents (case_id, id);

-- Outside events a case has had (R11); waits count them, early ones too.
create table case_events (
    id          uuid primary key,
    case_id     uuid not null references cases,
    name        text not null,
    external_id text not null default '',            -- of the other system: the same event twice counts once
    data        jsonb not null default '{}',
    at          timestamptz not null,
    created_by  uuid references users
);
create unique index case_events_once on case_events (case_id, name, external_id) where external_id <> '';
create index case_events_case on case_events (case_id, name);

create table interactions (
    id          uuid primary key,
    case_id     uuid references cases,
    client_id   uuid references clients,
    contact_id  uuid references contacts,
    kind        text not null check (kind in ('call', 'meeting', 'email', 'sms', 'calendar', 'other')),
    direction   text not null default '' check (direction in ('', 'in', 'out')),
    status      text not null check (status in ('planned', 'completed', 'cancelled')),
    at          timestamptz not null,
    topic       text not null default '',
    content     text not null default '',
    responsible_id uuid references users,
    created_at  timestamptz not null default now(),
    created_by  uuid references users,
    version     integer not null default 1
);
create index interactions_at on interactions (at, id);
create index interactions_case on interactions (case_id, at, id);
create index interactions_client on interactions (client_id, at, id);
create index interactions_planned on interactions (responsible_id, at, id) where status = 'planned';

create table files (
    id         uuid primary key,
    case_id    uuid not null references cases,
    name       text not null check (name <> ''),
    media_type text not null,
    size       bigint not null check (size >= 0),
    sha256     bytea not null,
    content    bytea not null,
    created_at timestamptz not null default now(),
    created_by uuid references users
);
create index files_case on files (case_id, created_at, id);

-- -------------------------------------------------------------------------------------------------------------- settings

create table templates (
    key        text not null,
    lang       text not null check (lang in ('ru', 'en')),
    version    integer not null,
    channel    text not null check (channel in ('email', 'sms')),
    subject    text not null default '',
    body_text  text not null,
    body_html  text not null default '',
    created_at timestamptz not null default now(),
    created_by uuid references users,
    primary key (key, lang, version)
);

create table calendars (
    id         text primary key,
    source     text not null,                        -- YAML
    updated_at timestamptz not null default now()
);

-- People, departments and calendars are read in every step and change seldom: programs cache them by this number, which
-- every change of theirs raises.
create table directory_version (
    only_row boolean primary key default true check (only_row),
    version  bigint not null default 1
);
insert into directory_version default values;

-- +goose StatementBegin
create function raise_directory_version() returns trigger language plpgsql as $$
begin
    update directory_version set version = version + 1;
    return null;
end $$;
-- +goose StatementEnd
create trigger users_raise_version after insert or delete or update of login, roles, department_id, active on users
    for each statement execute function raise_directory_version();
create trigger departments_raise_version after insert or update or delete on departments
    for each statement execute function raise_directory_version();
create trigger calendars_raise_version after insert or update or delete on calendars
    for each statement execute function raise_directory_version();

-- Answers to POSTs that do not go through a route, kept so that a repeated Idempotency-Key gets the same one.
create table idempotency (
    user_id    uuid not null references users on delete cascade,
    key        text not null,
    body_hash  bytea not null,
    status     integer,                              -- null while the first request is still at work
    headers    jsonb,
    body       bytea,
    created_at timestamptz not null default now(),
    primary key (user_id, key)
);
create index idempotency_age on idempotency (created_at);

-- +goose Down
drop table directory_version, idempotency, calendars, templates, files, interactions, case_events, incidents, notifications, feed, tasks,
    transitions, commands, cases, route_map_versions, route_maps, contact_details, contacts, clients, tokens cascade;
drop table users, departments cascade;
drop sequence appeal_numbers, deal_numbers, interest_numbers, claim_numbers;
drop function raise_directory_version, keep_manual, refuse_change;
