-- +goose Up

-- ------------------------------------------------------------------------------------------------------- reference lists

-- What people choose from and directors may add to: why deals are lost (R30), what claims are about (R36), and by which
-- channel clients come. An item is put out of use, never deleted: cases name it.
create table reference_items (
    list       text not null check (list in ('loss_reason', 'claim_reason', 'channel')),
    key        text not null check (key ~ '^[a-z][a-z0-9]*(-[a-z0-9]+)*$' and length(key) <= 63),
    name       jsonb not null,                       -- {en, ru}
    position   integer not null default 0,
    active     boolean not null default true,
    version    integer not null default 1,
    created_at timestamptz not null default now(),
    primary key (list, key)
);
insert into reference_items (list, key, name, position) values
    ('loss_reason', 'price', '{"en": "Price", "ru": "Цена"}', 1),
    ('loss_reason', 'terms', '{"en": "Terms of payment or delivery", "ru": "Условия оплаты или поставки"}', 2),
    ('loss_reason', 'product', '{"en": "The product does not fit", "ru": "Не подошёл товар"}', 3),
    ('loss_reason', 'competitor', '{"en": "Lost to a competitor", "ru": "Ушёл к конкуренту"}', 4),
    ('loss_reason', 'no-budget', '{"en": "No budget", "ru": "Нет бюджета"}', 5),
    ('loss_reason', 'no-need', '{"en": "No need any more", "ru": "Потребность отпала"}', 6),
    ('loss_reason', 'no-contact', '{"en": "The client stopped answering", "ru": "Клиент перестал отвечать"}', 7),
    ('loss_reason', 'other', '{"en": "Other", "ru": "Другая"}', 8),
    ('claim_reason', 'quality', '{"en": "Quality of the goods", "ru": "Качество товара"}', 1),
    ('claim_reason', 'delivery', '{"en": "Late delivery", "ru": "Нарушение сроков доставки"}', 2),
    ('claim_reason', 'shortage', '{"en": "Shortage or wrong goods", "ru": "Недостача или не тот товар"}', 3),
    ('claim_reason', 'service', '{"en": "Service", "ru": "Обслуживание"}', 4),
    ('claim_reason', 'documents', '{"en": "Documents and accounts", "ru": "Документы и расчёты"}', 5),
    ('claim_reason', 'other', '{"en": "Other", "ru": "Другая"}', 6),
    ('channel', 'phone', '{"en": "Phone call", "ru": "Телефонный звонок"}', 1),
    ('channel', 'email', '{"en": "E-mail", "ru": "Электронная почта"}', 2),
    ('channel', 'website', '{"en": "Web site", "ru": "Сайт"}', 3),
    ('channel', 'messenger', '{"en": "Messenger", "ru": "Мессенджер"}', 4),
    ('channel', 'exhibition', '{"en": "Exhibition", "ru": "Выставка"}', 5),
    ('channel', 'partner', '{"en": "Partner", "ru": "Партнёр"}', 6),
    ('channel', 'visit', '{"en": "Visit", "ru": "Визит"}', 7),
    ('channel', 'other', '{"en": "Other", "ru": "Другой"}', 8);

-- ----------------------------------------------------------------------------------------------------------------- cases

-- What boards add up and lists narrow by is taken out of the case's fields, so that it is always theirs.
alter table cases
    add column potential numeric(15, 2) generated always as (case when fields->>'potential' ~ '^[0-9]{1,13}(\.[0-9]{1,2})?$'
        then (fields->>'potential')::numeric end) stored,
    add column currency text not null generated always as (case when fields->>'currency' ~ '^[A-Z]{3}$'
        then fields->>'currency' else 'RUB' end) stored;

drop index cases_board;
create index cases_board on cases (kind, map_id, stage, id) include (currency, potential, overdue, responsible_id) where status = 'open';
create index cases_parent on cases (parent_id, id) where parent_id is not null;
create index cases_created on cases (created_at, id);
create index cases_closed on cases (closed_at, id) where closed_at is not null;
create index cases_overdue on cases (id) where status = 'open' and overdue;
create index cases_all_responsible on cases (responsible_id, id);

-- R30, R36: who takes part in a case, and as what.
create table case_participants (
    id         uuid primary key,
    case_id    uuid not null references cases,
    client_id  uuid references clients,
    contact_id uuid references contacts,
    user_id    uuid references users,
    role       text not null check (role in ('customer', 'competitor', 'partner', 'supplier', 'expert', 'decision-maker', 'observer', 'colleague', 'other')),
    comment    text not null default '' check (length(comment) <= 1000),
    created_at timestamptz not null default now(),
    created_by uuid references users,
    check (num_nonnulls(client_id, contact_id, user_id) = 1),
    check (role <> 'competitor' or client_id is not null),
    check (role <> 'colleague' or user_id is not null)
);
create unique index case_participants_once on case_participants (case_id, client_id, contact_id, user_id, role) nulls not distinct;
create index case_participants_client on case_participants (client_id) where client_id is not null;
create index case_participants_contact on case_participants (contact_id) where contact_id is not null;
create index case_participants_user on case_participants (user_id) where user_id is not null;

-- R18: who shares a client, and since which case. The first among them is clients.owner_id.
create table client_owners (
    client_id uuid not null references clients,
    user_id   uuid not null references users,
    case_id   uuid references cases,                 -- whose end shared the client
    since     timestamptz not null default now(),
    primary key (client_id, user_id)
);
create index client_owners_user on client_owners (user_id);
create index client_owners_case on client_owners (case_id);
create index clients_owner on clients (owner_id, id) where owner_id is not null;

-- ---------------------------------------------------------------------------------------------------- notes and comments

create table comments (
    id         uuid primary key,
    case_id    uuid not null references cases,
    kind       text not null check (kind in ('note', 'comment')),
    text       text not null check (text <> '' and length(text) <= 20000),
    author_id  uuid not null references users,
    created_at timestamptz not null default now(),
    edited_at  timestamptz,
    version    integer not null default 1
);
create index comments_case on comments (case_id, id);
create index comments_author on comments (author_id);

-- What a comment said before it was edited.
create table comment_versions (
    comment_id uuid not null references comments,
    version    integer not null,
    text       text not null,
    at         timestamptz not null,                 -- since when it said so
    primary key (comment_id, version)
);
create trigger comment_versions_append_only before update or delete on comment_versions
    for each row execute function refuse_change();

-- Who is named in a comment by @login; kept so that he can be told.
create table mentions (
    comment_id uuid not null references comments,
    user_id    uuid not null references users,
    at         timestamptz not null,
    primary key (comment_id, user_id)
);
create index mentions_user on mentions (user_id, at);

-- ------------------------------------------------------------------------------------------------ tasks of people's own

-- Personal tasks and assignments (R10, R12) lie in the inbox beside the tasks of routes. user_id is on whose desk such a
-- task lies now: an assignment that has been done lies on its author's until he has looked at it.
alter table tasks
    alter column case_id drop not null,
    drop constraint tasks_kind_check,
    add constraint tasks_kind_check check (kind in ('stage', 'rule', 'plan', 'personal', 'assignment')),
    add column title         text check (title <> '' and length(title) <= 500),
    add column description   text check (length(description) <= 20000),
    add column author_id     uuid references users,
    add column assignee_id   uuid references users,
    add column phase         text check (phase in ('new', 'accepted', 'review', 'rework')),
    add column controlled    boolean,                -- the author looks at the result
    add column remind_at     timestamptz,
    add column report        text,                   -- what the assignee says has been done
    add column return_reason text,
    add constraint tasks_own_check check (case when kind in ('personal', 'assignment')
        then num_nonnulls(title, author_id, description) = 3 and path = '' and user_id is not null and taken_by is null
            and case when kind = 'assignment' then num_nonnulls(assignee_id, phase, controlled) = 3 else num_nonnulls(assignee_id, phase, controlled) = 0 end
        else case_id is not null and num_nonnulls(title, author_id, assignee_id, phase, controlled, remind_at, report, return_reason, description) = 0 end);
create index tasks_author on tasks (author_id, due_at, id) where author_id is not null and status = 'open';
create index tasks_assignee on tasks (assignee_id) where assignee_id is not null and status = 'open';
create index tasks_remind on tasks (remind_at) where remind_at is not null and status = 'open';

-- The life of a task of people's own, whether it has a case or not.
create table task_history (
    id       uuid primary key,
    task_id  uuid not null references tasks,
    at       timestamptz not null,
    actor_id uuid references users,
    action   text not null check (action in ('created', 'changed', 'accepted', 'done', 'approved', 'returned', 'reopened', 'cancelled', 'handed_over')),
    data     jsonb not null default '{}'
);
create index task_history_task on task_history (task_id, at, id);
create trigger task_history_append_only before update or delete on task_history
    for each row execute function refuse_change();

-- ---------------------------------------------------------------------------------------------------------------- people

alter table users
    add column signature text not null default '' check (length(signature) <= 5000),
    add column muted     text[] not null default '{}' check (muted <@ array['overdue', 'task', 'assignment', 'mention', 'reminder']),
    add column version   integer not null default 1;

-- +goose Down
alter table users drop column signature, drop column muted, drop column version;
drop table task_history, mentions, comment_versions, comments, client_owners, case_participants, reference_items cascade;
delete from tasks where kind in ('personal', 'assignment');
drop index tasks_author, tasks_assignee, tasks_remind, clients_owner, cases_all_responsible, cases_overdue, cases_closed, cases_created, cases_parent, cases_board;
alter table tasks
    drop constraint tasks_own_check, drop constraint tasks_kind_check,
    drop column title, drop column description, drop column author_id, drop column assignee_id, drop column phase,
    drop column controlled, drop column remind_at, drop column report, drop column return_reason,
    alter column case_id set not null,
    add constraint tasks_kind_check check (kind in ('stage', 'rule', 'plan'));
alter table cases drop column potential, drop column currency;
create index cases_board on cases (kind, map_id, stage, id) where status = 'open';
