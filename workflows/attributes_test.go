package workflows_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/temporal"

	"marshrut/activities"
	"marshrut/workflows"
)

// upserts records the search attributes a scenario writes.
func (s *scenario) upserts() *[]temporal.SearchAttributes {
	var written []temporal.SearchAttributes
	s.env.OnUpsertTypedSearchAttributes(mock.Anything).Run(func(args mock.Arguments) {
		written = append(written, args.Get(0).(temporal.SearchAttributes))
	}).Return(nil)
	return &written
}

func TestR53_SearchAttributesAreWrittenOnceAChangeAndOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	b := newBoard()
	due := start.Add(24*time.Hour + 123456*time.Microsecond)
	b.view.Due = &due
	s := newScenario(t, b)
	require.NoError(t, s.env.SetTypedSearchAttributesOnStart(workflows.Attributes{
		Map: "appeal", MapVersion: 3, Stage: "classification", Status: "open",
		Performer: "role:dispatcher", Mode: "process", Due: due.In(time.FixedZone("MSK", 3*60*60)),
	}.SearchAttributes()))
	written := s.upserts()
	s.sendAt(time.Hour, b.on(refuse("task_closed")))
	s.sendAt(2*time.Hour, b.on(to("processing")))
	s.sendAt(3*time.Hour, b.on(notify())) // a step that changes nothing an operator searches for
	s.sendAt(4*time.Hour, b.on(func(view *activities.AdvanceResult) string { view.Mode, view.Due = "manual", nil; return "" }))
	s.sendAt(5*time.Hour, b.on(finish))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.Equal(t, []temporal.SearchAttributes{
		temporal.NewSearchAttributes(keyword("MarshrutStage").ValueSet("processing")),
		temporal.NewSearchAttributes(keyword("MarshrutMode").ValueSet("manual"), temporal.NewSearchAttributeKeyTime("MarshrutDue").ValueUnset()),
		temporal.NewSearchAttributes(
			keyword("MarshrutStage").ValueUnset(), keyword("MarshrutStatus").ValueSet("positive"), keyword("MarshrutPerformer").ValueUnset()),
	}, *written)
}

func TestR53_SearchAttributesAreRightedAfterTheFirstAnswer(t *testing.T) {
	t.Parallel()
	b := newBoard()
	s := newScenario(t, b)
	written := s.upserts()
	s.sendAt(time.Hour, b.on(finish))
	s.run()

	require.NoError(t, s.env.GetWorkflowError())
	require.Len(t, *written, 2)
	require.Equal(t, 6, (*written)[0].Size(), "map, version, stage, status, performer, mode; there is no due time")
}

func TestR53_CurrentDetailsShowTheRoute(t *testing.T) {
	t.Parallel()
	b := newBoard()
	s := newScenario(t, b)
	var shown []string
	look := func() {
		details, err := s.env.QueryWorkflow("__temporal_workflow_metadata")
		require.NoError(t, err)
		var metadata sdkpb.WorkflowMetadata
		require.NoError(t, details.Get(&metadata))
		shown = append(shown, metadata.GetCurrentDetails())
	}
	s.at(time.Minute, look)
	s.sendAt(time.Hour, b.on(to("processing")))
	s.at(2*time.Hour, look)
	s.sendAt(3*time.Hour, b.on(finish))
	s.run()

	require.Equal(t, []string{"| classification |", "| processing |"}, shown)
}

func TestPerformersThatDoNotFitIntoAKeywordAreLeftOut(t *testing.T) {
	t.Parallel()
	performers := make([]string, 9)
	for i := range performers {
		performers[i] = "user:" + uuid.Must(uuid.NewV7()).String()
	}
	attributes := workflows.Attributes{Performer: strings.Join(performers, ",")}.SearchAttributes()
	got, set := attributes.GetKeyword(keyword("MarshrutPerformer"))
	require.True(t, set)
	require.Equal(t, strings.Join(performers[:6], ","), got)

	attributes = workflows.Attributes{Performer: strings.Repeat("я", 200)}.SearchAttributes()
	got, _ = attributes.GetKeyword(keyword("MarshrutPerformer"))
	require.Equal(t, strings.Repeat("я", 127), got)
}

func TestEverySearchAttributeHasItsType(t *testing.T) {
	t.Parallel()
	all := workflows.Attributes{
		Map: "m", MapVersion: 1, Stage: "s", Status: "open", Performer: "p", Mode: "process", Due: start,
	}.SearchAttributes()
	types := workflows.SearchAttributeTypes()
	require.Len(t, types, all.Size())
	for key := range all.GetUntypedValues() {
		require.Equal(t, key.GetValueType(), types[key.GetName()], key.GetName())
	}
	count := map[enumspb.IndexedValueType]int{}
	for _, valueType := range types {
		count[valueType]++
	}
	require.LessOrEqual(t, count[enumspb.INDEXED_VALUE_TYPE_KEYWORD], 10, "as many as Temporal on Postgres has room for")
	require.LessOrEqual(t, count[enumspb.INDEXED_VALUE_TYPE_INT], 3)
	require.LessOrEqual(t, count[enumspb.INDEXED_VALUE_TYPE_DATETIME], 3)
}

func keyword(name string) temporal.SearchAttributeKeyKeyword {
	return temporal.NewSearchAttributeKeyKeyword(name)
}
