-- +goose Up

-- ------------------------------------------------------------------------------------------------------------ lost requests

-- R41: a request is lost for one of the company's reasons, as a deal is, so that both are counted together. lost_list is the
-- list that the reason is of.
update interactions set lost_reason = 'other', content = concat_ws(e'\n\n', nullif(content, ''), nullif(lost_reason, ''))
    where lost and lost_reason not in (select key from reference_items where list = 'loss_reason');
alter table interactions
    add column lost_list text generated always as (case when lost then 'loss_reason' end) stored,
    add constraint interactions_lost_reason_fkey foreign key (lost_list, lost_reason) references reference_items (list, key);

-- --------------------------------------------------------------------------------------------------------- time zones (R8)

-- A client's zone is his own where it was not his region's when it was written. Whose it is not follows the region: what is read is
-- the region's zone, and time_zone its copy, which a background pass corrects with a line of the client's history.
alter table clients add column own_zone boolean not null default false;
update clients k set own_zone = true from regions r where r.key = k.region and r.time_zone <> k.time_zone;
create index clients_following on clients (region, time_zone) where not own_zone and region is not null;

-- The lock makes a change of the region's zone at work finish first, or wait for this client.
-- +goose StatementBegin
create function keep_own_zone() returns trigger language plpgsql as $$
declare
    zone text;
begin
    select time_zone into zone from regions where key = new.region for share;
    new.own_zone := new.region is not null and new.time_zone is distinct from zone;
    return new;
end $$;
-- +goose StatementEnd
create trigger clients_own_zone before insert on clients for each row execute function keep_own_zone();
create trigger clients_own_zone_changed before update of region, time_zone on clients for each row
    when ((new.region, new.time_zone) is distinct from (old.region, old.time_zone)) execute function keep_own_zone();

-- The regions whose clients have not all got the corrected zone yet.
create table zone_corrections (
    region   text primary key references regions,
    by_id    uuid references users,                -- who corrected it last
    began_at timestamptz not null
);
create index zone_corrections_by on zone_corrections (by_id);

-- --------------------------------------------------------------------------------------------------------------- contacts

-- What is told of a contact, also where he was before he went to another client.
create index client_history_contact on client_history ((data->>'contact_id')) where data->>'contact_id' is not null;

-- ---------------------------------------------------------------------------------------------------------- deadlines (R43)

-- Whose deadlines the round counts anew: null is everybody's.
alter table recounting
    add column users uuid[],
    add column departments uuid[],
    add constraint recounting_of_check check ((users is null) = (departments is null));

-- +goose Down
drop index client_history_contact;
alter table recounting drop constraint recounting_of_check, drop column departments, drop column users;
drop table zone_corrections;
drop trigger clients_own_zone_changed on clients;
drop trigger clients_own_zone on clients;
drop function keep_own_zone;
drop index clients_following;
alter table clients drop column own_zone;
alter table interactions drop constraint interactions_lost_reason_fkey, drop column lost_list;
