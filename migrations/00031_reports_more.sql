-- +goose Up

-- Each outcome that a step took at a stage (R20), so that reports count them without reading what every step did.
create table stage_outcomes (
    case_id     uuid not null references cases,
    seq         integer not null check (seq > 0),     -- of the transition
    stage       text not null check (stage <> ''),    -- its path
    outcome     text not null check (outcome <> ''),
    kind        text not null check (kind in ('on', 'cyclic', 'positive', 'negative')),
    map_id      text not null,                        -- the case's, as in case_stages
    map_version integer not null,
    at          timestamptz not null,
    primary key (case_id, seq, stage, outcome),
    foreign key (map_id, map_version) references route_map_versions
);
create index stage_outcomes_report on stage_outcomes (map_id, at) include (stage, outcome, kind, case_id, map_version);

-- A funnel of one version, or by versions, reads no rows either.
drop index case_stages_funnel;
create index case_stages_funnel on case_stages (map_id, came_at) include (stage, case_id, map_version, spent, passed, result);

-- What is still to come is in interactions_planned, which knows its time as well.
drop index interactions_planned_cases;

-- +goose Down
create index interactions_planned_cases on interactions (case_id) where status = 'planned' and off_register_at is null and case_id is not null;
drop index case_stages_funnel;
create index case_stages_funnel on case_stages (map_id, came_at) include (stage, case_id, spent, passed, result);
drop table stage_outcomes;
