-- +goose Up

-- ----------------------------------------------------------------------------------------------------------------- tasks

-- R62: the task lies with whoever is responsible for the case, and goes with the case to the next one.
alter table tasks
    add column as_responsible boolean not null default false,
    add constraint tasks_as_responsible_check check (not as_responsible or kind in ('stage', 'rule', 'plan'));

-- +goose Down
alter table tasks drop column as_responsible;
