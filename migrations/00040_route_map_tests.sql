-- +goose Up

-- The tests of a route map: one text a map, everybody's who writes maps. What it said before is in the audit. The row stays when the
-- tests are taken back: its version goes on, so that whoever has read a text writes over no other one of the same number.
create table route_map_tests (
    map_id     text primary key references route_maps,
    version    integer not null check (version > 0),
    deleted    boolean not null default false,
    source     text not null check (length(source) between 1 and 500000),
    updated_at timestamptz not null,
    updated_by uuid not null references users
);
create trigger route_map_tests_audit after insert or update or delete on route_map_tests for each row execute function record_change('{}', '{}');
create trigger route_map_tests_whole before truncate on route_map_tests for each statement execute function refuse_change();

-- +goose Down
drop table route_map_tests;
