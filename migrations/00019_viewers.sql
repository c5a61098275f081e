-- +goose Up

-- Whose records one sees. A viewer is a user by his id, a department by its id, or a role by role_viewer: what lies in a pool is
-- seen by all who can take it, without a row for each of them. The zero id stands for everybody. Whoever asks has a few such ids,
-- and a record is seen when one of them is among its viewers.
--
-- The tables below follow from others and are kept by triggers. Cases come first; interactions follow from their own people and
-- from their cases, clients from their own people and from their cases and interactions. Nothing goes the other way round, so that
-- nobody sees a record only because he sees it.

create function role_viewer(text) returns uuid language sql immutable strict parallel safe as $$
    select md5('role ' || $1)::uuid $$;
create function everybody() returns uuid language sql immutable parallel safe as $$
    select '00000000-0000-0000-0000-000000000000'::uuid $$;

create table case_viewers (
    case_id uuid not null references cases on delete cascade,
    viewer  uuid not null,
    primary key (case_id, viewer)
);
create index case_viewers_viewer on case_viewers (viewer, case_id);

create table interaction_viewers (
    interaction_id uuid not null references interactions on delete cascade,
    viewer         uuid not null,
    primary key (interaction_id, viewer)
);
create index interaction_viewers_viewer on interaction_viewers (viewer, interaction_id);

create table client_viewers (
    client_id uuid not null references clients on delete cascade,
    viewer    uuid not null,
    primary key (client_id, viewer)
);
create index client_viewers_viewer on client_viewers (viewer, client_id);

-- --------------------------------------------------------------------------------------------------------------- reasons

-- Who has, had or can take a task.
create function viewers_of(t tasks) returns uuid[] language sql immutable as $$
    select array_remove(array[t.user_id, t.taken_by, t.closed_by, t.author_id, t.assignee_id,
        case when t.status = 'open' and t.taken_by is null then coalesce(t.department_id, role_viewer(t.role)) end], null) $$;

-- A client belongs to its owner and those who share it (R18).
create view client_holders as
    select id as client_id, owner_id as viewer from clients where owner_id is not null
    union all select client_id, user_id from client_owners;

create view case_reasons as
    select id as case_id, responsible_id as viewer from cases where responsible_id is not null
    union all select id, created_by from cases where created_by is not null
    union all select case_id, user_id from case_participants where user_id is not null
    union all select case_id, unnest(viewers_of(t)) from tasks t where case_id is not null
    union all select case_id, author_id from comments
    union all select c.case_id, m.user_id from mentions m join comments c on c.id = m.comment_id
    union all select c.id, h.viewer from cases c join client_holders h on h.client_id = c.client_id;

-- One without anybody and anything to belong to is everybody's, so that somebody takes it up.
create view interaction_reasons as
    select id as interaction_id, responsible_id as viewer from interactions where responsible_id is not null
    union all select id, created_by from interactions where created_by is not null
    union all select interaction_id, user_id from interaction_participants where user_id is not null
    union all select i.id, v.viewer from interactions i join case_viewers v on v.case_id = i.case_id
    union all select i.id, v.viewer from interactions i join case_viewers v on v.case_id = i.deal_id
    union all select i.id, h.viewer from interactions i join client_holders h on h.client_id = i.client_id
    union all select id, everybody() from interactions where num_nonnulls(responsible_id, created_by, case_id, deal_id) = 0;

-- The clients that a case or an interaction names: its own, and those that take part.
create view case_clients as
    select id as case_id, client_id from cases where client_id is not null
    union all select case_id, client_id from case_participants where client_id is not null
    union all select p.case_id, k.client_id from case_participants p join contacts k on k.id = p.contact_id;
create view interaction_clients as
    select id as interaction_id, client_id from interactions where client_id is not null
    union all select i.id, k.client_id from interactions i join contacts k on k.id = i.contact_id
    union all select interaction_id, client_id from interaction_participants where client_id is not null
    union all select p.interaction_id, k.client_id from interaction_participants p join contacts k on k.id = p.contact_id;

-- Nobody's client is everybody's: else nobody could take it.
create view client_reasons as
    select client_id, viewer from client_holders
    union all select id, created_by from clients where created_by is not null
    union all select c.id, everybody() from clients c
        where c.owner_id is null and not exists (select from client_owners o where o.client_id = c.id)
    union all select n.client_id, v.viewer from case_clients n join case_viewers v on v.case_id = n.case_id
    union all select n.client_id, v.viewer from interaction_clients n join interaction_viewers v on v.interaction_id = n.interaction_id;

-- ------------------------------------------------------------------------------------------------------ coming and going

-- Whoever adds a viewer holds his row until the end; whoever takes a viewer away waits for that and looks again whether a reason is
-- left. So a reason that comes while another goes is never lost.
--
-- These functions are called for every row that is written. Their questions are planned once for a session: planning them anew for
-- each number of ids takes several times as long as answering them.

-- +goose StatementBegin
do $do$
declare
    card text;
begin
    foreach card in array array['case', 'interaction', 'client'] loop
        execute format($functions$
create function see_%1$s(c uuid, viewers uuid[]) returns void language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
    wanted uuid[] := array(select distinct v from unnest(viewers) v where v is not null order by v);
    added  integer;
begin
    while c is not null and wanted <> '{}' loop
        insert into %1$s_viewers select c, v from unnest(wanted) v on conflict do nothing;
        get diagnostics added = row_count;
        exit when added = cardinality(wanted); -- nobody but this transaction knows them yet
        exit when cardinality(wanted) = (select count(*) from (select from %1$s_viewers where %1$s_id = c and viewer = any(wanted) for key share) held);
    end loop;
end $$;
create function unsee_%1$s(c uuid, viewers uuid[]) returns void language plpgsql set plan_cache_mode = force_generic_plan as $$
begin
    perform from %1$s_viewers where %1$s_id = c and viewer = any(viewers) order by viewer for update;
    if found then
        delete from %1$s_viewers s where %1$s_id = c and viewer = any(viewers)
            and not exists (select from %1$s_reasons r where r.%1$s_id = s.%1$s_id and r.viewer = s.viewer);
    end if;
end $$;
        $functions$, card);
    end loop;
end $do$;

create function refresh_interaction(i uuid) returns void language plpgsql as $$
begin
    perform see_interaction(i, (select array_agg(distinct r.viewer) from interaction_reasons r where r.interaction_id = i));
    perform unsee_interaction(i, (select array_agg(v.viewer) from interaction_viewers v where v.interaction_id = i));
end $$;

-- What a card of a client has left is looked at with the eyes of all who see the client: who has just ceased to see the card is among
-- them until the end of the transaction.
create function recheck_client(c uuid) returns void language plpgsql as $$
begin
    perform unsee_client(c, (select array_agg(viewer) from client_viewers where client_id = c));
end $$;

-- -------------------------------------------------------------------------------------------------------------- triggers

-- Whether another case of the client keeps him seen until the end of the transaction: a viewer's row that nobody takes away meanwhile,
-- of a case that nobody gives to another client. Very many cases of a client share the row of a role, and those that a completion
-- takes from the role would wait for each other at that row; so it is left alone as long as one of the newest cases, which are
-- likely to stay longest, can be held instead. One that somebody else holds is passed over, never waited for. Whoever takes the last
-- reason away finds none and looks at the row itself.
create function client_kept_by_a_case(c uuid, v uuid) returns boolean language plpgsql set plan_cache_mode = force_generic_plan as $$
begin
    perform from cases k join case_viewers s on s.case_id = k.id and s.viewer = v
        where k.client_id = c and k.id in (select id from cases where client_id = c order by id desc limit 20)
        order by k.id desc limit 1
        for share of k skip locked for key share of s skip locked;
    return found;
end $$;

create function case_viewers_added() returns trigger language plpgsql set plan_cache_mode = force_generic_plan as $$
begin
    perform see_interaction(i.id, array[new.viewer]) from interactions i where i.case_id = new.case_id or i.deal_id = new.case_id order by i.id;
    perform see_client(n.client_id, array[new.viewer]) from (select distinct client_id from case_clients where case_id = new.case_id order by 1) n;
    return null;
end $$;
create function case_viewers_left() returns trigger language plpgsql set plan_cache_mode = force_generic_plan as $$
begin
    perform unsee_interaction(i.id, array[old.viewer]) from interactions i where i.case_id = old.case_id or i.deal_id = old.case_id order by i.id;
    perform unsee_client(n.client_id, array[old.viewer]) from (select distinct client_id from case_clients where case_id = old.case_id order by 1) n
        where not client_kept_by_a_case(n.client_id, old.viewer);
    return null;
end $$;
create trigger case_viewers_follow after insert on case_viewers for each row execute function case_viewers_added();
-- At the end of the transaction: a client's row of a role is a single one for all its cases, and is not to be held while the rest of
-- a completion is written. What has left the case by then (another client, a participant) looks at all viewers of the old client itself.
create constraint trigger case_viewers_leave after delete on case_viewers deferrable initially deferred
    for each row execute function case_viewers_left();

create function interaction_viewers_added() returns trigger language plpgsql as $$
begin
    perform see_client(n.client_id, array[new.viewer])
        from (select distinct client_id from interaction_clients where interaction_id = new.interaction_id order by 1) n;
    return null;
end $$;
create function interaction_viewers_left() returns trigger language plpgsql as $$
begin
    perform unsee_client(n.client_id, array[old.viewer])
        from (select distinct client_id from interaction_clients where interaction_id = old.interaction_id order by 1) n;
    return null;
end $$;
create trigger interaction_viewers_follow after insert on interaction_viewers for each row execute function interaction_viewers_added();
create constraint trigger interaction_viewers_leave after delete on interaction_viewers deferrable initially deferred
    for each row execute function interaction_viewers_left();

-- Who sees a card, and what other cards it names, must not change beside each other: neither would see what the other has done, and
-- the cards named would be seen by the wrong people. So whoever changes either holds the card until the end, a case before an
-- interaction of it; the second then sees what the first has done.
--
-- Whom a client belongs to sees all its cases and interactions. Who changes that holds the client alone; whoever gives a client a case
-- or an interaction, or changes what one of them names, holds the client too, after the card.
create function keep_clients(variadic ids uuid[]) returns void language plpgsql set plan_cache_mode = force_generic_plan as $$
begin
    perform from clients k where k.id = any(ids) order by k.id for share;
end $$;
create function keep_cases(variadic ids uuid[]) returns void language plpgsql set plan_cache_mode = force_generic_plan as $$
begin
    perform from cases c where c.id = any(ids) order by c.id for no key update;
end $$;
-- Whoever names a contact holds him, as he takes his parts along to another client.
create function keep_contacts(variadic ids uuid[]) returns void language plpgsql set plan_cache_mode = force_generic_plan as $$
begin
    perform from contacts k where k.id = any(ids) order by k.id for share;
end $$;
-- What is named by a case, or by interactions, is going to change.
create function rename_in_case(c uuid) returns void language plpgsql as $$
begin
    perform keep_cases(c);
    perform keep_clients(client_id) from cases where id = c;
end $$;
create function rename_in_interactions(variadic ids uuid[]) returns void language plpgsql as $$
begin
    perform keep_cases(variadic array(select unnest(array[i.case_id, i.deal_id]) from interactions i where i.id = any(ids)));
    perform from interactions i where i.id = any(ids) order by i.id for no key update;
    -- One that went to another case meanwhile stays there now.
    perform keep_cases(variadic array(select unnest(array[i.case_id, i.deal_id]) from interactions i where i.id = any(ids)));
    perform keep_clients(variadic array(select i.client_id from interactions i where i.id = any(ids)
        union select c.client_id from interactions i join cases c on c.id in (i.case_id, i.deal_id) where i.id = any(ids)));
end $$;

create function cases_viewed() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        perform keep_clients(new.client_id);
        perform see_case(new.id, (select array_agg(viewer) from client_holders where client_id = new.client_id)
            || array[new.responsible_id, new.created_by]);
        return null;
    end if;
    if new.responsible_id is distinct from old.responsible_id then
        perform see_case(new.id, array[new.responsible_id]);
        perform unsee_case(new.id, array[old.responsible_id]);
    end if;
    if new.client_id is distinct from old.client_id then
        perform keep_clients(old.client_id, new.client_id);
        perform see_case(new.id, (select array_agg(viewer) from client_holders where client_id = new.client_id));
        perform see_client(new.client_id, (select array_agg(viewer) from case_viewers where case_id = new.id));
        perform recheck_client(old.client_id);
        perform unsee_case(new.id, (select array_agg(viewer) from client_holders where client_id = old.client_id));
    end if;
    return null;
end $$;
create trigger cases_viewed_new after insert on cases for each row execute function cases_viewed();
create trigger cases_viewed_changed after update of responsible_id, client_id on cases for each row
    when (old.responsible_id is distinct from new.responsible_id or old.client_id is distinct from new.client_id) execute function cases_viewed();

create function tasks_viewed() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        perform keep_cases(new.case_id);
        perform see_case(new.case_id, viewers_of(new));
        return null;
    end if;
    if not viewers_of(new) <@ viewers_of(old) then
        perform keep_cases(new.case_id);
        perform see_case(new.case_id, viewers_of(new));
    end if;
    if not viewers_of(old) <@ viewers_of(new) then
        perform keep_cases(new.case_id);
        perform unsee_case(new.case_id, (select array_agg(v) from unnest(viewers_of(old)) v where v <> all (viewers_of(new))));
    end if;
    return null;
end $$;
create trigger tasks_viewed_new after insert on tasks for each row when (new.case_id is not null) execute function tasks_viewed();
create trigger tasks_viewed_changed after update of status, user_id, role, department_id, taken_by, closed_by, assignee_id on tasks for each row
    when (new.case_id is not null) execute function tasks_viewed();

create function case_participants_viewed() returns trigger language plpgsql as $$
begin
    if tg_op <> 'DELETE' then
        perform rename_in_case(new.case_id);
        perform keep_contacts(new.contact_id);
        perform see_case(new.case_id, array[new.user_id]);
        perform see_client(coalesce(new.client_id, (select client_id from contacts where id = new.contact_id)),
            (select array_agg(viewer) from case_viewers where case_id = new.case_id));
    end if;
    if tg_op <> 'INSERT' then
        perform rename_in_case(old.case_id);
        perform keep_contacts(old.contact_id);
        perform unsee_case(old.case_id, array[old.user_id]);
        perform recheck_client(coalesce(old.client_id, (select client_id from contacts where id = old.contact_id)));
    end if;
    return null;
end $$;
create trigger case_participants_viewed after insert or update of user_id, client_id, contact_id or delete on case_participants
    for each row execute function case_participants_viewed();

create function comments_viewed() returns trigger language plpgsql as $$
begin
    perform keep_cases(new.case_id);
    perform see_case(new.case_id, array[new.author_id]);
    return null;
end $$;
create trigger comments_viewed after insert on comments for each row execute function comments_viewed();

create function mentions_viewed() returns trigger language plpgsql as $$
declare
    c uuid;
begin
    if tg_op = 'INSERT' then
        c := (select case_id from comments where id = new.comment_id);
        perform keep_cases(c);
        perform see_case(c, array[new.user_id]);
    else
        c := (select case_id from comments where id = old.comment_id);
        perform keep_cases(c);
        perform unsee_case(c, array[old.user_id]);
    end if;
    return null;
end $$;
create trigger mentions_viewed after insert or delete on mentions for each row execute function mentions_viewed();

-- Whom a client belongs to sees its cases and interactions too.
create function hold_client(c uuid, holder uuid) returns void language plpgsql as $$
begin
    perform from clients where id = c for no key update;
    perform see_case(k.id, array[holder]) from cases k where k.client_id = c and holder is not null order by k.id;
    perform see_interaction(i.id, array[holder]) from interactions i where i.client_id = c and holder is not null order by i.id;
    perform see_client(c, array[holder]);
    perform see_client(c, (select array_agg(viewer) from client_reasons where client_id = c and viewer = everybody()));
    perform unsee_client(c, array[everybody()]);
end $$;
create function leave_client(c uuid, holder uuid) returns void language plpgsql as $$
begin
    perform from clients where id = c for no key update;
    perform unsee_case(k.id, array[holder]) from cases k where k.client_id = c and holder is not null order by k.id;
    perform unsee_interaction(i.id, array[holder]) from interactions i where i.client_id = c and holder is not null order by i.id;
    perform unsee_client(c, array[holder]);
    perform see_client(c, (select array_agg(viewer) from client_reasons where client_id = c and viewer = everybody()));
end $$;

create function clients_viewed() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        perform see_client(new.id, array[new.created_by, coalesce(new.owner_id, everybody())]);
    else
        perform hold_client(new.id, new.owner_id);
        perform leave_client(new.id, old.owner_id);
    end if;
    return null;
end $$;
create trigger clients_viewed_new after insert on clients for each row execute function clients_viewed();
create trigger clients_viewed_changed after update of owner_id on clients for each row
    when (old.owner_id is distinct from new.owner_id) execute function clients_viewed();

create function client_owners_viewed() returns trigger language plpgsql as $$
begin
    if tg_op <> 'DELETE' then perform hold_client(new.client_id, new.user_id); end if;
    if tg_op <> 'INSERT' then perform leave_client(old.client_id, old.user_id); end if;
    return null;
end $$;
create trigger client_owners_viewed after insert or update of client_id, user_id or delete on client_owners
    for each row execute function client_owners_viewed();

create function interactions_viewed() returns trigger language plpgsql as $$
declare
    viewers uuid[];
begin
    if tg_op = 'INSERT' then
        perform rename_in_interactions(new.id);
        perform keep_contacts(new.contact_id);
    elsif (new.case_id, new.deal_id, new.client_id, new.contact_id) is distinct from (old.case_id, old.deal_id, old.client_id, old.contact_id) then
        perform keep_cases(old.case_id, old.deal_id);
        perform rename_in_interactions(new.id);
        perform keep_clients(old.client_id);
        perform keep_contacts(old.contact_id, new.contact_id);
    end if;
    perform refresh_interaction(new.id);
    if tg_op = 'UPDATE' and (new.client_id, new.contact_id) is distinct from (old.client_id, old.contact_id) then
        viewers := (select array_agg(viewer) from interaction_viewers where interaction_id = new.id);
        perform see_client(n.client_id, viewers) from (select distinct client_id from interaction_clients where interaction_id = new.id order by 1) n;
        perform recheck_client(n.client_id)
            from (select old.client_id union select client_id from contacts where id = old.contact_id order by 1) n where n.client_id is not null;
    end if;
    return null;
end $$;
create trigger interactions_viewed_new after insert on interactions for each row execute function interactions_viewed();
create trigger interactions_viewed_changed after update of responsible_id, case_id, deal_id, client_id, contact_id on interactions for each row
    when ((old.responsible_id, old.case_id, old.deal_id, old.client_id, old.contact_id)
        is distinct from (new.responsible_id, new.case_id, new.deal_id, new.client_id, new.contact_id)) execute function interactions_viewed();

create function interaction_participants_viewed() returns trigger language plpgsql as $$
begin
    if tg_op <> 'DELETE' then
        perform rename_in_interactions(new.interaction_id);
        perform keep_contacts(new.contact_id);
        perform see_interaction(new.interaction_id, array[new.user_id]);
        perform see_client(coalesce(new.client_id, (select client_id from contacts where id = new.contact_id)),
            (select array_agg(viewer) from interaction_viewers where interaction_id = new.interaction_id));
    end if;
    if tg_op <> 'INSERT' then
        perform rename_in_interactions(old.interaction_id);
        perform keep_contacts(old.contact_id);
        perform unsee_interaction(old.interaction_id, array[old.user_id]);
        perform recheck_client(coalesce(old.client_id, (select client_id from contacts where id = old.contact_id)));
    end if;
    return null;
end $$;
create trigger interaction_participants_viewed after insert or update of user_id, client_id, contact_id or delete on interaction_participants
    for each row execute function interaction_participants_viewed();

-- A contact who goes to another client, as when clients are merged, takes his part in cases and interactions along.
create function contacts_viewed() returns trigger language plpgsql as $$
declare
    viewers uuid[];
begin
    perform rename_in_case(p.case_id) from (select distinct case_id from case_participants where contact_id = new.id order by 1) p;
    perform rename_in_interactions(variadic array(select interaction_id from interaction_participants where contact_id = new.id
        union select id from interactions where contact_id = new.id));
    viewers := (select array_agg(distinct viewer) from (
        select v.viewer from case_participants p join case_viewers v on v.case_id = p.case_id where p.contact_id = new.id
        union all select v.viewer from interaction_participants p join interaction_viewers v on v.interaction_id = p.interaction_id where p.contact_id = new.id
        union all select v.viewer from interactions i join interaction_viewers v on v.interaction_id = i.id where i.contact_id = new.id) s);
    perform see_client(new.client_id, viewers);
    perform recheck_client(old.client_id);
    return null;
end $$;
create trigger contacts_viewed after update of client_id on contacts for each row
    when (old.client_id is distinct from new.client_id) execute function contacts_viewed();
-- +goose StatementEnd

-- What is there already. The triggers are silent: each step reads what the one before has written.
alter table case_viewers disable trigger case_viewers_follow;
alter table interaction_viewers disable trigger interaction_viewers_follow;
insert into case_viewers select distinct case_id, viewer from case_reasons;
insert into interaction_viewers select distinct interaction_id, viewer from interaction_reasons;
insert into client_viewers select distinct client_id, viewer from client_reasons;
alter table case_viewers enable trigger case_viewers_follow;
alter table interaction_viewers enable trigger interaction_viewers_follow;

-- +goose Down
drop trigger contacts_viewed on contacts;
drop trigger interaction_participants_viewed on interaction_participants;
drop trigger interactions_viewed_new on interactions;
drop trigger interactions_viewed_changed on interactions;
drop trigger client_owners_viewed on client_owners;
drop trigger clients_viewed_new on clients;
drop trigger clients_viewed_changed on clients;
drop trigger mentions_viewed on mentions;
drop trigger comments_viewed on comments;
drop trigger case_participants_viewed on case_participants;
drop trigger tasks_viewed_new on tasks;
drop trigger tasks_viewed_changed on tasks;
drop trigger cases_viewed_new on cases;
drop trigger cases_viewed_changed on cases;
drop view client_reasons, interaction_clients, case_clients, interaction_reasons, case_reasons, client_holders;
drop table client_viewers, interaction_viewers, case_viewers;
drop function contacts_viewed, interaction_participants_viewed, interactions_viewed, client_owners_viewed, clients_viewed, leave_client, hold_client,
    mentions_viewed, comments_viewed, case_participants_viewed, tasks_viewed, cases_viewed, rename_in_interactions, rename_in_case, keep_contacts,
    keep_cases, keep_clients, interaction_viewers_left, interaction_viewers_added, case_viewers_left, case_viewers_added, client_kept_by_a_case, recheck_client, unsee_client,
    see_client, refresh_interaction, unsee_interaction, see_interaction, unsee_case, see_case, viewers_of, everybody, role_viewer;
