-- +goose Up

-- One interaction makes one case of a kind (R30, R36) among those that its user sees: a case he may not see must not be told of by a
-- refusal (R15). The creation looks itself, behind a lock of the interaction; here is what it looks along.
drop index cases_interaction;
create index cases_interaction on cases (interaction_id, kind) where interaction_id is not null;

-- +goose StatementBegin
create function refuse_second_case() returns void language plpgsql as $$
begin
    raise exception 'a case of this kind was made from the interaction already' using errcode = 'unique_violation', constraint = 'cases_interaction';
end $$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
do $$
begin
    if exists (select from cases where interaction_id is not null group by interaction_id, kind having count(*) > 1) then
        raise exception 'some interactions have made two cases of a kind: the rule of one for all cannot come back';
    end if;
end $$;
-- +goose StatementEnd
drop function refuse_second_case;
drop index cases_interaction;
create unique index cases_interaction on cases (interaction_id, kind) where interaction_id is not null;
