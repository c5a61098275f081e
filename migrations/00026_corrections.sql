-- +goose Up

-- ------------------------------------------------------------------------------------------------------------ lost requests

-- R41: a request is lost for one of the company's reasons, as a deal is, so that both are counted together. lost_list is the
-- list that the reason is of.
update interactions set lost_reason = 'other', content = concat_ws(e'\n\n', nullif(content, ''), nullif(lost_reason, ''))
    where lost and lost_reason not in (select key from reference_items where list = 'loss_reason');
alter table interactions
    add column lost_list text generated always as (case when lost then 'loss_reason' end) stored,
    add constraint interactions_lost_reason_fkey foreign key (lost_list, lost_reason) references reference_items (list, key);

-- +goose Down
alter table interactions drop constraint interactions_lost_reason_fkey, drop column lost_list;
