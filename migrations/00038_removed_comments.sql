-- +goose Up

-- A comment that was removed is kept with what it said, and shown to nobody until it is put back.
alter table comments
    add column removed_at timestamptz,
    add column removed_by uuid references users,
    add constraint comments_removed_check check ((removed_at is null) = (removed_by is null));

-- +goose Down
alter table comments drop column removed_at, drop column removed_by;
