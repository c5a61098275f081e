-- +goose Up

-- R38: offices, and departments as a tree. Nothing is deleted here, for history names it: what nobody is in is put out of use.
create table offices (
    id         uuid primary key,
    key        text not null unique check (key ~ '^[a-z][a-z0-9]*(-[a-z0-9]+)*$'),
    name       jsonb not null,                       -- {en, ru}
    time_zone  text not null,
    calendar   text,                                 -- id of the business calendar; null: the map's or the default one
    active     boolean not null default true,
    version    integer not null default 1,
    created_at timestamptz not null default now()
);

alter table departments
    add column parent_id uuid references departments check (parent_id <> id),
    add column office_id uuid references offices,    -- null: the one of the department above
    add column active    boolean not null default true,
    add column version   integer not null default 1;
create index departments_parent on departments (parent_id) where parent_id is not null;
create index departments_office on departments (office_id) where office_id is not null;
create index departments_head on departments (head_id) where head_id is not null;

create trigger offices_raise_version after insert or update or delete on offices
    for each statement execute function raise_directory_version();

-- A department and everything below it.
-- +goose StatementBegin
create function department_tree(top uuid) returns setof uuid language sql stable as $$
    with recursive tree (id) as (
        select d.id from departments d where d.id = top
        union
        select d.id from departments d join tree t on d.parent_id = t.id
    )
    select id from tree
$$;
-- +goose StatementEnd

-- Whoever joins a department holds it while he does, so that it is not put out of use at the same moment.
-- +goose StatementBegin
create function refuse_inactive_department() returns trigger language plpgsql as $$
declare
    in_use boolean;
begin
    select active into in_use from departments where id = new.department_id for share;
    if not in_use then
        raise exception 'the department is out of use' using errcode = 'check_violation', constraint = 'users_department_active';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger users_join_active_department before insert or update of department_id, active on users
    for each row when (new.active and new.department_id is not null) execute function refuse_inactive_department();

-- +goose Down
drop trigger users_join_active_department on users;
drop function refuse_inactive_department, department_tree;
alter table departments drop column parent_id, drop column office_id, drop column active, drop column version;
drop index departments_head;
drop table offices;
