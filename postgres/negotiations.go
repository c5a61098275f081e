package postgres

// R21 in SQL. What one case or interaction is shown with is asked of it alone; a list of negotiations under way begins with
// the few stages that are meant.
const (
	// negotiating tells of a case c.
	negotiating = `(c.status = 'open' and c.mode = 'process' and exists (select from route_map_versions v
		where v.map_id = c.map_id and v.version = c.map_version and c.stage = any(v.negotiation_stages)))`

	// negotiatingOf tells of an interaction i by its case. As an "exists" the planner would gather all such cases first.
	negotiatingOf = `coalesce((select c.status = 'open' and c.mode = 'process' and c.stage = any(v.negotiation_stages)
		from cases c join route_map_versions v on v.map_id = c.map_id and v.version = c.map_version where c.id = i.case_id), false)`

	// atNegotiations narrows cases c.
	atNegotiations = `c.status = 'open' and c.mode = 'process' and (c.map_id, c.map_version, c.stage) in
		(select map_id, version, unnest(negotiation_stages) from route_map_versions where negotiation_stages <> '{}')`
)
