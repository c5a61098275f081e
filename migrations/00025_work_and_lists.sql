-- +goose Up

-- ----------------------------------------------------------------------------------------------------------------- people

-- R61: work is given to those who work here. Whoever gives somebody something locks his row, so that the end of his account,
-- which locks it for itself, waits and then finds the work; who comes later finds that the account has ended.
-- +goose StatementBegin
create function give_work(people uuid[]) returns void language plpgsql as $$
begin
    -- Every row is locked, and looked at as it is after the wait: a condition inside would be tried before it.
    if (select not bool_and(active) from (select active from users where id = any(people) order by id for key share) locked) then
        raise exception 'work is given to active users only'
            using errcode = 'integrity_constraint_violation', constraint = 'work_of_active_users';
    end if;
end $$;
create function give_client() returns trigger language plpgsql as $$
begin
    perform give_work(array[new.owner_id]);
    return new;
end $$;
create function give_client_share() returns trigger language plpgsql as $$
begin
    perform give_work(array[new.user_id]);
    return new;
end $$;
create function give_case() returns trigger language plpgsql as $$
begin
    perform give_work(array[new.responsible_id]);
    return new;
end $$;
create function give_interaction() returns trigger language plpgsql as $$
begin
    perform give_work(array[coalesce(new.responsible_id, new.created_by)]);
    return new;
end $$;
create function give_task() returns trigger language plpgsql as $$
begin
    perform give_work(array[new.user_id, new.taken_by, new.assignee_id, new.author_id]);
    return new;
end $$;
create function give_department() returns trigger language plpgsql as $$
begin
    perform give_work(array[new.head_id]);
    return new;
end $$;
-- +goose StatementEnd

create trigger clients_given before insert on clients
    for each row when (new.owner_id is not null) execute function give_client();
create trigger clients_given_on before update of owner_id on clients
    for each row when (new.owner_id is distinct from old.owner_id) execute function give_client();
create trigger client_owners_given before insert or update of user_id on client_owners
    for each row execute function give_client_share();
create trigger cases_given before insert on cases
    for each row when (new.status = 'open' and new.responsible_id is not null) execute function give_case();
create trigger cases_given_on before update of responsible_id, status on cases
    for each row when (new.status = 'open' and (new.responsible_id, new.status) is distinct from (old.responsible_id, old.status))
    execute function give_case();
create trigger interactions_given before insert on interactions
    for each row when (new.status = 'planned') execute function give_interaction();
create trigger interactions_given_on before update of responsible_id, status on interactions
    for each row when (new.status = 'planned' and (new.responsible_id, new.status) is distinct from (old.responsible_id, old.status))
    execute function give_interaction();
create trigger tasks_given before insert on tasks
    for each row when (new.status = 'open' and num_nonnulls(new.user_id, new.taken_by, new.assignee_id, new.author_id) > 0)
    execute function give_task();
create trigger tasks_given_on before update of user_id, taken_by, assignee_id, author_id, status on tasks
    for each row when (new.status = 'open' and (new.user_id, new.taken_by, new.assignee_id, new.author_id, new.status)
        is distinct from (old.user_id, old.taken_by, old.assignee_id, old.author_id, old.status))
    execute function give_task();
create trigger departments_given before insert or update of head_id on departments
    for each row when (new.head_id is not null) execute function give_department();

-- ----------------------------------------------------------------------------------------------------------------- cases

-- A case goes on from an older one (R60), and from which is said once: so cases never go on from each other in a circle.
-- +goose StatementBegin
create function keep_parent() returns trigger language plpgsql as $$
begin
    raise exception 'which case a case was made from is said once' using errcode = 'check_violation', constraint = 'cases_parent_stays';
end $$;
-- +goose StatementEnd
create trigger cases_parent_stays before update of parent_id on cases
    for each row when (new.parent_id is distinct from old.parent_id) execute function keep_parent();
alter table cases add constraint cases_parent_check check (parent_id <> id);

-- ------------------------------------------------------------------------------------------------------------------ lists

alter table regions
    add version integer not null default 1,
    add constraint regions_name_check check (length(name->>'en') <= 200 and length(name->>'ru') <= 200);
alter table acquisition_sources
    add version integer not null default 1,
    add constraint acquisition_sources_name_check check (length(name->>'en') <= 200 and length(name->>'ru') <= 200);

-- +goose Down
alter table acquisition_sources drop constraint acquisition_sources_name_check, drop version;
alter table regions drop constraint regions_name_check, drop version;
alter table cases drop constraint cases_parent_check;
drop trigger cases_parent_stays on cases;
drop function keep_parent;
drop trigger departments_given on departments;
drop trigger tasks_given_on on tasks;
drop trigger tasks_given on tasks;
drop trigger interactions_given_on on interactions;
drop trigger interactions_given on interactions;
drop trigger cases_given_on on cases;
drop trigger cases_given on cases;
drop trigger client_owners_given on client_owners;
drop trigger clients_given_on on clients;
drop trigger clients_given on clients;
drop function give_department, give_task, give_interaction, give_case, give_client_share, give_client, give_work;
