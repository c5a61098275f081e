-- +goose Up

-- R15: what a role lets its people do, and whose records they see. Tasks are addressed to a role by its key, which users keep.
create table roles (
    key        text primary key check (key ~ '^[a-z][a-z0-9]*(-[a-z0-9]+)*$' and length(key) <= 63),
    name       jsonb not null,                       -- {en, ru}
    rights     text[] not null default '{}'
        check (rights <@ '{work,lead,design,administer,report,export,audit}'::text[]),
    visibility text not null default 'own' check (visibility in ('own', 'department', 'all')),
    shipped    boolean not null default false,
    version    integer not null default 1,
    created_at timestamptz not null default now()
);
insert into roles (key, name, rights, visibility, shipped) values
    ('admin', '{"en": "Administrator", "ru": "Администратор"}', '{work,lead,design,administer,report,export,audit}', 'all', true),
    ('director', '{"en": "Director", "ru": "Директор"}', '{work,lead,design,report,export,audit}', 'all', true),
    ('head', '{"en": "Head of department", "ru": "Руководитель отдела"}', '{work,report,export}', 'department', true),
    ('manager', '{"en": "Manager", "ru": "Менеджер"}', '{work,export}', 'all', true),
    ('dispatcher', '{"en": "Dispatcher", "ru": "Диспетчер"}', '{work,export}', 'all', true),
    ('designer', '{"en": "Process designer", "ru": "Проектировщик процессов"}', '{work,design,export}', 'all', true),
    ('auditor', '{"en": "Auditor", "ru": "Аудитор"}', '{report,export,audit}', 'all', true);

-- What people may do is read in every step, with the people.
create trigger roles_raise_version after insert or update or delete on roles
    for each statement execute function raise_directory_version();

-- +goose Down
drop table roles;
