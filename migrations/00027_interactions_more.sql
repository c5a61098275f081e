-- +goose Up

-- R25: what is planned in the chain of a deal is planned for the deal, whatever case it is recorded in.
create index interactions_planned_deal on interactions (deal_id, at, id) where status = 'planned' and deal_id is not null;

-- R13: what somebody has planned and nobody is responsible for yet is before its author.
create index interactions_register_nobody on interactions (created_by, at, id)
    where status = 'planned' and off_register_at is null and responsible_id is null;

-- R47: the lists of one contact's interactions.
drop index interactions_contact;
create index interactions_contact on interactions (contact_id, at, id) where contact_id is not null;

-- +goose Down
drop index interactions_contact;
create index interactions_contact on interactions (contact_id) where contact_id is not null;
drop index interactions_register_nobody;
drop index interactions_planned_deal;
