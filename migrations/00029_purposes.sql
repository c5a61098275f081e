-- +goose Up

-- R37: what appeals are about is one of the company's lists, too, and an item may say who deals with it: an appeal that is handed over
-- goes to him, unless somebody else is named. The first ones have the keys that the map of appeals has had as choices of its own.
alter table reference_items
    drop constraint reference_items_list_check,
    add constraint reference_items_list_check check (list in ('loss_reason', 'claim_reason', 'channel', 'purpose')),
    add column performer_id uuid references users,
    add constraint reference_items_performer_check check (performer_id is null or list = 'purpose');
create index reference_items_performer on reference_items (performer_id) where performer_id is not null;
insert into reference_items (list, key, name, position) values
    ('purpose', 'question', '{"en": "Question", "ru": "Вопрос"}', 1),
    ('purpose', 'service', '{"en": "Service or support", "ru": "Обслуживание или поддержка"}', 2),
    ('purpose', 'documents', '{"en": "Documents", "ru": "Документы"}', 3),
    ('purpose', 'complaint', '{"en": "Complaint", "ru": "Жалоба"}', 4),
    ('purpose', 'suggestion', '{"en": "Suggestion", "ru": "Предложение"}', 5),
    ('purpose', 'other', '{"en": "Other", "ru": "Другое"}', 6);

-- Which state of a route map somebody has read: its state and availability, and its newest version.
alter table route_maps add column revision integer not null default 1;
-- +goose StatementBegin
create function raise_revision() returns trigger language plpgsql as $$
begin
    new.revision := old.revision + 1;
    return new;
end $$;
-- +goose StatementEnd
create trigger route_maps_revision before update on route_maps for each row execute function raise_revision();
drop trigger route_maps_audit on route_maps;
create trigger route_maps_audit after insert or update or delete on route_maps for each row execute function record_change('{revision}', '{}');

-- +goose Down
drop trigger route_maps_audit on route_maps;
create trigger route_maps_audit after insert or update or delete on route_maps for each row execute function record_change('{}', '{}');
drop trigger route_maps_revision on route_maps;
drop function raise_revision;
alter table route_maps drop column revision;
drop index reference_items_performer;
delete from reference_items where list = 'purpose';
alter table reference_items
    drop constraint reference_items_performer_check,
    drop column performer_id,
    drop constraint reference_items_list_check,
    add constraint reference_items_list_check check (list in ('loss_reason', 'claim_reason', 'channel'));
