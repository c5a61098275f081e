-- +goose Up

-- Every version of the company's own calendars is kept: the highest counts.
alter table calendars rename column updated_at to created_at;
alter table calendars
    drop constraint calendars_pkey,
    add column version integer not null default 1 check (version > 0),
    add column created_by uuid references users,     -- null: the program itself
    add primary key (id, version);
create trigger calendars_append_only before update or delete on calendars
    for each row execute function refuse_change();

-- Which calendars the open deadlines were last counted with, and how far the round is that counts them anew: a calendar has
-- changed, and every open case of the routes is told by a command of its own, in the order of ids.
create table recounting (
    only_row  boolean primary key default true check (only_row),
    calendars jsonb not null default '{}',           -- SHA-256 by id
    round     uuid,                                  -- null: there has been none
    began_at  timestamptz,
    told_to   uuid,                                  -- the last case told; null: none yet
    ended_at  timestamptz,                           -- null: the round is under way
    check ((round is null) = (began_at is null)),
    check (round is not null or told_to is null and ended_at is null)
);
insert into recounting default values;
create index cases_led on cases (id) where status = 'open' and mode = 'process';

-- +goose Down
drop index cases_led;
drop table recounting;
drop trigger calendars_append_only on calendars;
delete from calendars c using calendars newer where newer.id = c.id and newer.version > c.version;
alter table calendars drop constraint calendars_pkey, drop column version, drop column created_by, add primary key (id);
alter table calendars rename column created_at to updated_at;
