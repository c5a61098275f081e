package workflows

import (
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"marshrut/activities"
)

// The search attributes by which operators find cases (R53).
var (
	mapKey        = temporal.NewSearchAttributeKeyKeyword("MarshrutMap")
	mapVersionKey = temporal.NewSearchAttributeKeyInt64("MarshrutMapVersion")
	stageKey      = temporal.NewSearchAttributeKeyKeyword("MarshrutStage")
	statusKey     = temporal.NewSearchAttributeKeyKeyword("MarshrutStatus")
	performerKey  = temporal.NewSearchAttributeKeyKeyword("MarshrutPerformer")
	modeKey       = temporal.NewSearchAttributeKeyKeyword("MarshrutMode")
	dueKey        = temporal.NewSearchAttributeKeyTime("MarshrutDue")
)

// keywordLimit is how many bytes of a keyword Temporal's visibility store on Postgres takes; a longer one is never written.
const keywordLimit = 255

// SearchAttributeTypes names the search attributes that the namespace must have, with their types.
func SearchAttributeTypes() map[string]enumspb.IndexedValueType {
	return map[string]enumspb.IndexedValueType{
		mapKey.GetName():        mapKey.GetValueType(),
		mapVersionKey.GetName(): mapVersionKey.GetValueType(),
		stageKey.GetName():      stageKey.GetValueType(),
		statusKey.GetName():     statusKey.GetValueType(),
		performerKey.GetName():  performerKey.GetValueType(),
		modeKey.GetName():       modeKey.GetValueType(),
		dueKey.GetName():        dueKey.GetValueType(),
	}
}

// Attributes are the values of a case's search attributes. What is empty is not set.
type Attributes struct {
	Map        string
	MapVersion int
	Stage      string
	Status     string
	Performer  string // as in activities.AdvanceResult
	Mode       string
	Due        time.Time
}

// attributesOf takes the search attributes out of Advance's answer.
func attributesOf(view activities.AdvanceResult) Attributes {
	a := Attributes{
		Map: view.Map, MapVersion: view.MapVersion, Stage: view.Stage, Status: string(view.Status),
		Performer: view.Performer, Mode: string(view.Mode),
	}
	if view.Due != nil {
		a.Due = *view.Due
	}
	return a
}

// SearchAttributes gives the attributes a workflow is started with.
func (a Attributes) SearchAttributes() temporal.SearchAttributes {
	return temporal.NewSearchAttributes(a.changes(temporal.NewSearchAttributes())...)
}

// changes lists what must be upserted to come from one set of attributes to a; nothing where they are equal.
func (a Attributes) changes(from temporal.SearchAttributes) []temporal.SearchAttributeUpdate {
	var updates []temporal.SearchAttributeUpdate
	keyword := func(key temporal.SearchAttributeKeyKeyword, value string) {
		switch old, set := from.GetKeyword(key); {
		case value == "" && set:
			updates = append(updates, key.ValueUnset())
		case value != old:
			updates = append(updates, key.ValueSet(value))
		}
	}
	keyword(mapKey, a.Map)
	keyword(stageKey, a.Stage)
	keyword(statusKey, a.Status)
	keyword(performerKey, shorten(a.Performer))
	keyword(modeKey, a.Mode)

	switch old, set := from.GetInt64(mapVersionKey); {
	case a.MapVersion == 0 && set:
		updates = append(updates, mapVersionKey.ValueUnset())
	case int64(a.MapVersion) != old:
		updates = append(updates, mapVersionKey.ValueSet(int64(a.MapVersion)))
	}
	switch old, set := from.GetTime(dueKey); {
	case a.Due.IsZero() && set:
		updates = append(updates, dueKey.ValueUnset())
	case !a.Due.Equal(old):
		updates = append(updates, dueKey.ValueSet(a.Due.UTC()))
	}
	return updates
}

// shorten leaves out the last of several performers where all of them would not fit into a keyword.
func shorten(performers string) string {
	for len(performers) > keywordLimit {
		cut := strings.LastIndexByte(performers, ',')
		if cut < 0 {
			return strings.ToValidUTF8(performers[:keywordLimit], "")
		}
		performers = performers[:cut]
	}
	return performers
}
