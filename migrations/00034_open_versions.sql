-- +goose Up

-- Which versions of a map open cases go by is asked whenever something is to go that a map may name.
create index cases_open_versions on cases (map_id, map_version) where status = 'open';

-- +goose Down
drop index cases_open_versions;
