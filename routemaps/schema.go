package routemaps

import (
	"encoding/json"
	"fmt"

	"marshrut/crm"
)

// Schema is the JSON Schema (2020-12) of a route map's file, for editors that check and complete while one writes:
//
//	# yaml-language-server: $schema=route-map.schema.json
//
// It knows the form only; Load and Check know the rest.
func Schema() ([]byte, error) {
	doc, err := json.MarshalIndent(schemaMap(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the schema of route maps: %w", err)
	}
	return append(doc, '\n'), nil
}

// schema is a part of a JSON Schema.
type schema map[string]any

func (s schema) says(description string) schema {
	s["description"] = description
	return s
}

func ref(name string) schema { return schema{"$ref": "#/$defs/" + name} }

func oneOfWords[T ~string](allowed ...T) schema { return schema{"enum": allowed} }

func listOf(items schema, most int) schema {
	return schema{"type": "array", "items": items, "maxItems": most}
}

func objectOf(properties schema, required ...string) schema {
	s := schema{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

func schemaMap() schema {
	s := objectOf(schema{
		"id":                schema{"$ref": "#/$defs/id", "description": "Names the map for ever; usually the file's name."},
		"process":           oneOfWords(crm.Kinds()...).says("The kind of case that the map describes."),
		"control":           oneOfWords(ControlProcess, ControlManual).says("Who moves the cases: the map (default), or people, to any stage."),
		"independent":       schema{"type": "boolean", "description": "The case does not stand under an Interest."},
		"name":              ref("name"),
		"group":             ref("name"),
		"comment":           ref("prose"),
		"state":             oneOfWords(MapDraft, MapActive, MapArchived).says("At first; only active maps (default) can be chosen for new cases."),
		"acceptance_wizard": schema{"type": "boolean", "description": "The acceptance wizard offers the map."},
		"available_to": objectOf(schema{"offices": listOf(ref("key"), maxEntries), "departments": listOf(ref("key"), maxEntries), "users": listOf(ref("key"), maxEntries)}).
			says("Who may choose the map at first; empty: everyone."),
		"time_limit": schema{"$ref": "#/$defs/duration", "description": "For the whole case."},
		"calendar":   schema{"$ref": "#/$defs/key", "description": "The business calendar of cases whose performer's office has none."},
		"settings":   schemaSettings(),
		"fields": schema{
			"type": "object", "maxProperties": maxFields, "propertyNames": schema{"pattern": snakeID.String(), "maxLength": maxID},
			"additionalProperties": ref("field"), "description": "What forms ask for and conditions read, besides the standard fields.",
		},
		"intake":     listOf(ref("intakeItem"), maxItems).says("Asked when a case is made."),
		"outcomes":   listOf(ref("mapOutcome"), maxOutcomes).says("Possible from any stage; each finishes the case."),
		"on_overdue": ref("rules"),
		"on_idle": objectOf(schema{"after": ref("duration"), "rules": schema{"$ref": "#/$defs/rules", "minItems": 1}}, "after", "rules").
			says("Fires when nothing happened to a case for a while."),
		"stages": ref("stages"),
	}, "id", "process", "name", "stages")
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "Marshrut route map"
	s["$defs"] = schemaDefinitions()
	return s
}

func schemaSettings() schema {
	return objectOf(schema{
		"next_interaction":           oneOfWords(PlanningRecommended, PlanningMandatory).says("Must the next interaction be planned before a user's step?"),
		"close_others_interactions":  oneOfWords(Allowed, Forbidden).says("May others than the author close a planned interaction?"),
		"client_ownership_on_finish": oneOfWords(OwnershipNone, OwnershipShared).says("Does the final interaction give the client to the responsible?"),
		"manual_mode":                oneOfWords(Allowed, Forbidden).says("May a deal of this map be switched to manual mode, for good?"),
	})
}

func schemaDefinitions() schema {
	return schema{
		"id":         schema{"type": "string", "pattern": kebabID.String(), "maxLength": maxID},
		"fieldId":    schema{"type": "string", "pattern": snakeID.String(), "maxLength": maxID},
		"key":        schema{"type": []string{"string", "integer"}, "minLength": 1, "maxLength": maxKey, "pattern": `^\S+$`},
		"name":       objectOf(schema{"en": schemaLine(maxName), "ru": schemaLine(maxName)}, "en", "ru").says("In both languages."),
		"prose":      objectOf(schema{"en": schema{"type": "string", "maxLength": maxText}, "ru": schema{"type": "string", "maxLength": maxText}}),
		"duration":   schema{"type": "string", "pattern": `^\s*[1-9][0-9]*(\s+(?i:working|calendar))?\s+(?i:minutes?|hours?|days?|weeks?)\s*$`, "description": "As in: 2 working hours, 5 working days, 30 days."},
		"expression": schema{"type": []string{"string", "number", "boolean"}, "maxLength": maxConditionSource, "description": `Over the fields, as in: amount > 1000 and purpose == "service".`},
		"field":      schemaField(),
		"options":    schemaOptions(),
		"formItem":   schema{"oneOf": []schema{ref("fieldId"), objectOf(schema{"field": ref("fieldId"), "when": ref("expression")}, "field")}},
		"intakeItem": schema{"oneOf": []schema{ref("fieldId"), objectOf(schema{"field": ref("fieldId"), "required": schema{"type": "boolean"}, "when": ref("expression")}, "field")}},
		"form":       listOf(ref("formItem"), maxItems),
		"performer": schema{"oneOf": []schema{
			oneOfWords(PerformResponsible, PerformHead), objectOf(schema{"user": ref("key")}, "user"), objectOf(schema{"role": ref("key")}, "role"),
			objectOf(schema{"department": ref("key")}, "department"), objectOf(schema{"from": ref("id")}, "from"),
		}, "description": "Who is to do it; from: the one given in the form of that outcome."},
		"recipient": schema{"oneOf": []schema{
			oneOfWords(ToClient, ToContacts, ToPerformer, ToResponsible, ToHead), objectOf(schema{"user": ref("key")}, "user"), objectOf(schema{"role": ref("key")}, "role"),
		}},
		"recipients":   schema{"oneOf": []schema{ref("recipient"), {"type": "array", "items": ref("recipient"), "minItems": 1, "maxItems": maxRules}}},
		"rule":         schemaRule(),
		"rules":        listOf(ref("rule"), maxRules),
		"trigger":      schemaTrigger(),
		"finish":       oneOfWords(FinishPositive, FinishNegative).says("The outcome ends the case, or the nested map."),
		"case":         schema{"oneOf": []schema{ref("caseValue"), listOf(ref("caseValue"), maxOptions)}},
		"caseValue":    schema{"type": []string{"string", "boolean", "integer"}},
		"create":       objectOf(schema{"process": oneOfWords(crm.Kinds()...), "map": ref("id")}, "process", "map").says("Makes another case of the same client."),
		"mapOutcome":   schemaMapOutcome(),
		"stageOutcome": schemaStageOutcome(),
		"stage":        schemaStage(),
		"stages":       schema{"type": "array", "items": ref("stage"), "minItems": 1, "maxItems": maxStages},
		"branch":       objectOf(schema{"id": ref("id"), "name": ref("name"), "stages": ref("stages")}, "id", "name", "stages"),
		"wait":         schemaWait(),
	}
}

// schemaLine is a text of one line.
func schemaLine(most int) schema {
	return schema{"type": "string", "minLength": 1, "maxLength": most, "pattern": `^[^\n\r]*$`}
}

func schemaField() schema {
	types := oneOfWords(fieldTypes()...)
	return schema{"oneOf": []schema{types, objectOf(schema{
		"type": types, "name": ref("name"), "options": ref("options"),
		"kind":     oneOfWords(crm.InteractionKinds()...).says("What an interaction has to be; left out: any kind."),
		"currency": schema{"type": "string", "pattern": currencyCode.String(), "description": "What money, or lines' prices, are counted in; " + DefaultCurrency + " when left out."},
		"negative": schema{"type": "boolean", "description": "Money that may be less than nothing."},
		"attribute": schema{
			"type": "string", "pattern": attributeForm.String(),
			"description": "The own attribute of the client or the case that the field reads, as in client.segment.",
		},
	}, "type")}}
}

func schemaOptions() schema {
	return schema{"oneOf": []schema{
		listOf(objectOf(schema{"id": ref("id"), "name": ref("name")}, "id", "name"), maxOptions),
		{"type": "object", "propertyNames": ref("id"), "additionalProperties": ref("name"), "maxProperties": maxOptions},
	}}
}

// schemaRule has a variant for each kind of rule: an editor then completes the keys that go together.
func schemaRule() schema {
	values := schema{
		string(RuleEmail):    schema{"$ref": "#/$defs/id", "description": "The template."},
		string(RuleSMS):      schema{"$ref": "#/$defs/id", "description": "The template."},
		string(RuleWebhook):  schema{"type": "string", "pattern": `^(https://|http://(localhost|127\.|\[::1\]))`, "maxLength": maxText},
		string(RuleSetField): ref("fieldId"),
		string(RuleCreateTask): objectOf(schema{
			"name": ref("name"), "performer": ref("performer"), "time_limit": ref("duration"),
		}, "name"),
		"to": ref("recipients"), "value": ref("expression"), "when": ref("expression"),
	}
	var variants []schema
	for _, kind := range ruleKinds() {
		properties, required := schema{}, []string{string(kind)}
		for _, key := range ruleKeys(kind) {
			properties[key] = values[key]
			if key == "to" || key == "value" {
				required = append(required, key)
			}
		}
		variants = append(variants, objectOf(properties, required...))
	}
	return schema{"oneOf": variants}
}

func schemaTrigger() schema {
	s := objectOf(schema{
		"event":   oneOfWords(eventNames()...),
		"when":    ref("expression"),
		"early":   schema{"type": "boolean", "description": "An event that came before the stage, and was not used, counts."},
		"outcome": schema{"$ref": "#/$defs/id", "description": "Taken without its form."},
		"rules":   schema{"$ref": "#/$defs/rules", "minItems": 1},
	}, "event")
	s["anyOf"] = []schema{{"required": []string{"outcome"}}, {"required": []string{"rules"}}}
	return s
}

func schemaMapOutcome() schema {
	return objectOf(schema{
		"id": ref("id"), "name": ref("name"), "comment": ref("prose"), "require": ref("form"), "ask": ref("form"), "finish": ref("finish"),
		"when": ref("expression"), "create": ref("create"),
	}, "id", "name", "finish")
}

func schemaStageOutcome() schema {
	s := objectOf(schema{
		"id": ref("id"), "name": ref("name"), "comment": ref("prose"),
		"require": schema{"$ref": "#/$defs/form", "description": "Fields that must be filled."},
		"ask":     schema{"$ref": "#/$defs/form", "description": "Fields that may be filled."},
		"to":      schema{"$ref": "#/$defs/id", "description": "A stage, or join at the end of a branch; without it the next stage of the file."},
		"finish":  ref("finish"),
		"when":    ref("expression"),
		"case":    schema{"$ref": "#/$defs/case", "description": "Values of the switch; of a nested map: positive or negative."},
		"pause":   schema{"$ref": "#/$defs/fieldId", "description": "Until then the clocks stand still."},
		"create":  ref("create"),
	}, "id")
	s["not"] = schema{"required": []string{"to", "finish"}}
	return s
}

func schemaWait() schema {
	s := objectOf(schema{
		"for": ref("duration"), "until": ref("fieldId"), "event": oneOfWords(eventNames()...), "when": ref("expression"),
		"timeout": objectOf(schema{"after": ref("duration"), "to": ref("id")}, "after"),
	})
	only := func(key string, others ...string) schema {
		var absent []schema
		for _, other := range others {
			absent = append(absent, schema{"required": []string{other}})
		}
		return schema{"required": []string{key}, "not": schema{"anyOf": absent}}
	}
	s["oneOf"] = []schema{
		only("for", "until", "event", "when", "timeout"), only("until", "for", "event", "when"),
		only("event", "for", "until"), only("when", "for", "until", "event"),
	}
	return s
}

// schemaStage has the keys of all kinds of stage; which of them go together depends on kind.
func schemaStage() schema {
	s := objectOf(schema{
		"id": schema{"$ref": "#/$defs/id", "not": schema{"const": ToJoin}}, "kind": oneOfWords(stageKinds()...).says("What the stage does; a task when left out."), "name": ref("name"),
		"instructions": schema{"$ref": "#/$defs/prose", "description": "What to do."},
		"performer":    ref("performer"), "time_limit": ref("duration"),
		"on_entry": ref("rules"), "on_completion": ref("rules"), "on_overdue": ref("rules"), "on_event": listOf(ref("trigger"), maxRules),
		"outcomes": listOf(ref("stageOutcome"), maxOutcomes),
		"switch":   schema{"$ref": "#/$defs/fieldId", "description": "The choice goes by this field's value."},
		"join":     oneOfWords(JoinAll, JoinAny).says("When the stage is left: when all branches have ended, or the first."),
		"branches": schema{"type": "array", "items": ref("branch"), "minItems": 2, "maxItems": maxBranches},
		"map":      schema{"$ref": "#/$defs/id", "description": "The nested map."},
		"action":   ref("rule"), "wait": ref("wait"),
	}, "id", "name")
	var variants []schema
	for _, kind := range stageKinds() {
		is := schema{"properties": schema{"kind": schema{"const": kind}}}
		if kind != StageTask {
			is["required"] = []string{"kind"}
		}
		has := schema{"propertyNames": schema{"enum": append(commonStageKeys(), stageKeys(kind)...)}}
		if needs := map[StageKind]string{StageParallel: "branches", StageRoute: "map", StageAction: "action", StageWait: "wait"}[kind]; needs != "" {
			has["required"] = []string{needs}
		}
		forms := schema{"required": []string{"name"}}
		if kind != StageTask {
			forms = schema{"not": schema{"anyOf": []schema{{"required": []string{"require"}}, {"required": []string{"ask"}}, {"required": []string{"pause"}}}}}
		}
		has["properties"] = schema{"outcomes": schema{"items": forms}}
		variants = append(variants, schema{"if": is, "then": has})
	}
	s["allOf"] = variants
	return s
}
