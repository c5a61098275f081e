package render

import (
	"marshrut/crm"
	"marshrut/routemaps"
)

// Diagram is a map as stages and the ways between them, for pages that draw it themselves.
type Diagram struct {
	Stages []DiagramStage `json:"stages" doc:"In the order of the file, those of branches after the stage they belong to; the first is where cases begin"`
	Ways   []DiagramWay   `json:"ways"`
}

// DiagramBranch is the kind of a DiagramStage that stands for a branch of a parallel stage.
const DiagramBranch = "branch"

// DiagramStage is a stage, or a branch of a parallel one.
type DiagramStage struct {
	Path      string `json:"path" doc:"As tasks and routes of cases have it" example:"approval/lawyer/check"`
	Parent    string `json:"parent,omitempty" doc:"Path of the branch it stands in; of a branch its parallel stage's"`
	Name      string `json:"name"`
	Kind      string `json:"kind" enum:"task,choice,parallel,branch,route,action,wait"`
	Performer string `json:"performer,omitempty" doc:"Who is to do it, in words"`
	Limit     string `json:"limit,omitempty" doc:"Its time limit, in words"`
	Does      string `json:"does,omitempty" doc:"What an action does, what a wait waits for, when a parallel stage goes on, in words"`
	Map       string `json:"map,omitempty" doc:"Of a nested route: the id of its map"`
	Line      int    `json:"line,omitempty" doc:"Where it begins in the text"`
}

// DiagramWay is a way out of a stage: to another one, to the end of its branch, or to an end of the case.
type DiagramWay struct {
	From    string `json:"from,omitempty" doc:"Path of a stage; missing: from any stage"`
	To      string `json:"to,omitempty" doc:"Path of a stage; missing: see end"`
	End     string `json:"end,omitempty" enum:"positive,negative,join" doc:"It ends the case, or the branch"`
	Outcome string `json:"outcome,omitempty" doc:"Id; missing: the stage goes on by itself"`
	Name    string `json:"name,omitempty"`
	Kind    string `json:"kind" enum:"plain,cyclic,event,timeout,free" doc:"cyclic: the stage begins anew (R20); event: an outside event takes it too; timeout: nothing came in time; free: the next one of a map whose cases people move"`
}

// Draw makes the diagram of a map, in words of the language.
func Draw(m *routemaps.Map, lang crm.Lang, options ...Option) Diagram {
	d := &diagrammer{renderer: newRenderer(m, lang, options)}
	d.Stages, d.Ways = []DiagramStage{}, []DiagramWay{}
	d.scope(m.Stages, "", "", "")
	for i := range m.Outcomes {
		o := &m.Outcomes[i]
		d.Ways = append(d.Ways, DiagramWay{End: string(o.Finish), Outcome: o.ID, Name: d.outcomeName(o), Kind: "plain"})
	}
	return d.Diagram
}

type diagrammer struct {
	*renderer
	Diagram
}

// scope draws a sequence of stages; last is where its last one leads by itself.
func (d *diagrammer) scope(stages []routemaps.Stage, prefix, parent, last string) {
	for i := range stages {
		st := &stages[i]
		path := prefix + st.ID
		d.Stages = append(d.Stages, d.stage(st, path, parent))
		for b := range st.Branches {
			branch := &st.Branches[b]
			inside := path + "/" + branch.ID
			name := d.text(branch.Name)
			if name == "" {
				name = branch.ID
			}
			d.Stages = append(d.Stages, DiagramStage{Path: inside, Parent: path, Name: name, Kind: DiagramBranch, Line: branch.Pos.Line})
			d.scope(branch.Stages, inside+"/", inside, routemaps.ToJoin)
		}
		for _, k := range d.linksOf(stages, i, last) {
			d.Ways = append(d.Ways, diagramWay(&k, path, prefix, st.ID))
		}
	}
}

func (d *diagrammer) stage(st *routemaps.Stage, path, parent string) DiagramStage {
	row := &Row{Path: path, Stage: st, Mark: routemaps.StageAhead}
	drawn := DiagramStage{Path: path, Parent: parent, Name: d.stageName(st), Kind: string(st.Kind), Performer: d.performerText(st.Performer), Limit: d.dueText(row), Line: st.Pos.Line}
	switch st.Kind {
	case routemaps.StageRoute:
		drawn.Map, drawn.Does = st.Route, d.nestedText(row, nil)
	case routemaps.StageAction:
		drawn.Does = d.ruleText(st.Action)
	case routemaps.StageWait:
		drawn.Does = d.waitText(st.Wait)
	case routemaps.StageParallel:
		drawn.Does = d.joinText(st.Join)
	case routemaps.StageTask, routemaps.StageChoice:
	}
	return drawn
}

func diagramWay(k *link, from, prefix, stage string) DiagramWay {
	w := DiagramWay{From: from, End: string(k.finish), Name: k.label, Kind: "plain"}
	if k.outcome != nil {
		w.Outcome = k.outcome.ID
	}
	switch {
	case k.finish != routemaps.FinishNone:
	case k.to == routemaps.ToJoin:
		w.End = routemaps.ToJoin
	default:
		w.To = prefix + k.to
	}
	switch {
	case k.timeout:
		w.Kind = "timeout"
	case k.outcome != nil && k.outcome.Cyclic(stage):
		w.Kind = "cyclic"
	case k.trigger:
		w.Kind = "event"
	case k.free:
		w.Kind = "free"
	}
	return w
}

// PerformerName is who performs, in words of the language.
func PerformerName(m *routemaps.Map, lang crm.Lang, p *routemaps.Performer, options ...Option) string {
	return newRenderer(m, lang, options).performerText(p)
}
