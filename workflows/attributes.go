package workflows

import (
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"marshrut/activities"
)

// The search attributes by which operators find cases (R53).
const (
	mapName        = "MarshrutMap"
	mapVersionName = "MarshrutMapVersion"
	stageName      = "MarshrutStage"
	statusName     = "MarshrutStatus"
	performerName  = "MarshrutPerformer"
	modeName       = "MarshrutMode"
	dueName        = "MarshrutDue"
)

// keywordLimit is how many bytes of a keyword Temporal's visibility store on Postgres takes; a longer one is never written.
const keywordLimit = 255

// SearchAttributeTypes names the search attributes that the namespace must have, with their types.
func SearchAttributeTypes() map[string]enumspb.IndexedValueType {
	return map[string]enumspb.IndexedValueType{
		mapName:        enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		mapVersionName: enumspb.INDEXED_VALUE_TYPE_INT,
		stageName:      enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		statusName:     enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		performerName:  enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		modeName:       enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		dueName:        enumspb.INDEXED_VALUE_TYPE_DATETIME,
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

// AttributesOf takes the search attributes out of Advance's answer.
func AttributesOf(view activities.AdvanceResult) Attributes {
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
	keyword := func(name, value string) {
		key := temporal.NewSearchAttributeKeyKeyword(name)
		switch old, set := from.GetKeyword(key); {
		case value == "" && set:
			updates = append(updates, key.ValueUnset())
		case value != old:
			updates = append(updates, key.ValueSet(value))
		}
	}
	keyword(mapName, a.Map)
	keyword(stageName, a.Stage)
	keyword(statusName, a.Status)
	keyword(performerName, shorten(a.Performer))
	keyword(modeName, a.Mode)

	mapVersionKey := temporal.NewSearchAttributeKeyInt64(mapVersionName)
	switch old, set := from.GetInt64(mapVersionKey); {
	case a.MapVersion == 0 && set:
		updates = append(updates, mapVersionKey.ValueUnset())
	case int64(a.MapVersion) != old:
		updates = append(updates, mapVersionKey.ValueSet(int64(a.MapVersion)))
	}
	dueKey := temporal.NewSearchAttributeKeyTime(dueName)
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
