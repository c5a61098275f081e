-- +goose Up

-- Each stage that a case has been at, once (R14, R35): what funnels count. Only the outermost stages of the case's map are here.
create table case_stages (
    case_id     uuid not null references cases,
    stage       text not null,
    map_id      text not null,                       -- the case's, so that a funnel reads nothing else
    map_version integer not null,
    came_at     timestamptz not null,                -- for the first time
    entered_at  timestamptz not null,                -- for the last time
    left_at     timestamptz,                         -- null: the case is there
    visits      integer not null default 1 check (visits > 0),
    spent       bigint not null default 0 check (spent >= 0),   -- seconds, of the visits that are over
    passed      boolean not null default false,      -- it has gone on from there at least once
    result      text check (result in ('passed', 'returned', 'lost', 'cancelled')),   -- of the last visit
    primary key (case_id, stage),
    check ((left_at is null) = (result is null)),
    check (left_at >= entered_at and entered_at >= came_at)
);
create index case_stages_funnel on case_stages (map_id, came_at) include (stage, case_id, spent, passed, result);

create index tasks_stage_opened on tasks (opened_at) where kind = 'stage';

-- +goose Down
drop index tasks_stage_opened;
drop table case_stages;
