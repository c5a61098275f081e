-- +goose Up

-- ----------------------------------------------------------------------------------------------------------------- cases

-- What boards add up and lists narrow by is taken out of the case's fields, so that it is always theirs.
alter table cases
    add column probability numeric(5, 2) generated always as (case when fields->>'probability' ~ '^([0-9]{1,2}(\.[0-9]{1,9})?|100(\.0{1,9})?)$'
        then (fields->>'probability')::numeric end) stored,
    add column channel text generated always as (left(fields->>'channel', 63)) stored;

-- Each order of the lists, for every kind and status by itself: a list of several is merged of their first pages, so that a
-- page costs the same however many cases there are.
drop index cases_list, cases_created;
create index cases_by_creation on cases (kind, status, created_at, id);
create index cases_by_activity on cases (kind, status, last_activity_at, id);
create index cases_by_due on cases (kind, status, due_at, id);
create index cases_by_amount on cases (kind, status, potential, id);
create index cases_number on cases (number text_pattern_ops);
create index cases_source on cases (source, id) where source <> '';
create index cases_channel on cases (channel, id) where channel is not null;

drop index cases_board;
create index cases_board on cases (kind, map_id, stage, id) include (currency, potential, probability, overdue, responsible_id) where status = 'open';

-- ------------------------------------------------------------------------------------------------- negotiations under way

-- R21: the stages of a version from which no outcome leads on. Part of the version, and as unchangeable as it.
alter table route_map_versions add column negotiation_stages text[] not null default '{}';

-- R47: what a report of communication counts, without reading the interactions themselves.
create index interactions_report on interactions (at) include (kind, direction, client_id, responsible_id, case_id) where status = 'completed';

-- +goose Down
drop index interactions_report;
alter table route_map_versions drop column negotiation_stages;
drop index cases_board, cases_channel, cases_source, cases_number, cases_by_amount, cases_by_due, cases_by_activity, cases_by_creation;
alter table cases drop column channel, drop column probability;
create index cases_board on cases (kind, map_id, stage, id) include (currency, potential, overdue, responsible_id) where status = 'open';
create index cases_created on cases (created_at, id);
create index cases_list on cases (kind, id);
