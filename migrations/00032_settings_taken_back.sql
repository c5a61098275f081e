-- +goose Up

-- A company's own calendar can be deleted and its own text of a template taken back: by one more version, that says so and repeats what
-- was in force. Nothing of what was written before goes.
alter table calendars add column deleted boolean not null default false;
alter table templates add column deleted boolean not null default false;

-- +goose Down
-- What is deleted stays so: it goes with all that was before it.
alter table calendars disable trigger calendars_append_only;
delete from calendars c using calendars gone where gone.deleted and gone.id = c.id and c.version <= gone.version;
alter table calendars enable trigger calendars_append_only;
alter table calendars drop column deleted;
delete from templates t using templates gone where gone.deleted and gone.key = t.key and gone.lang = t.lang and t.version <= gone.version;
alter table templates drop column deleted;
