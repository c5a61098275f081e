-- +goose Up

-- The filters of lists that people keep under names: what stands behind the question mark of a list's address.
create table saved_filters (
    id         uuid primary key,
    user_id    uuid not null references users on delete cascade,
    list       text not null check (list in ('clients', 'contacts', 'cases', 'interactions')),
    name       text not null check (length(name) between 1 and 100),
    query      text not null check (length(query) between 1 and 4000),
    created_at timestamptz not null,
    unique (user_id, list, name)
);
create trigger saved_filters_audit after insert or update or delete on saved_filters for each row execute function record_change('{}', '{}');
create trigger saved_filters_whole before truncate on saved_filters for each statement execute function refuse_change();

-- +goose Down
drop table saved_filters;
