package render

import (
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"marshrut/crm"
	"marshrut/routemaps"
)

// box is a card, or a label, with what it is.
type box struct {
	what                     string
	left, top, right, bottom float64
}

func (b box) overlaps(o box) bool {
	return b.left < o.right-0.5 && o.left < b.right-0.5 && b.top < o.bottom-0.5 && o.top < b.bottom-0.5
}

// crossedBy tells whether a straight piece of a line runs through the box.
func (b box) crossedBy(p, q point) bool {
	return b.overlaps(box{left: min(p.x, q.x) - 0.6, right: max(p.x, q.x) + 0.6, top: min(p.y, q.y) - 0.6, bottom: max(p.y, q.y) + 0.6})
}

func cardsOf(s *scene) []box {
	var all []box
	for _, f := range s.figures {
		all = append(all, box{"card " + f.row.Path, f.x, f.y, f.x + f.w, f.y + f.h})
		for _, r := range f.rights {
			left := f.x + f.w + sideLine
			h := max(r.tag.h, 2*sideIcon)
			all = append(all, box{
				"side " + f.row.Path + " " + strings.Join(r.tag.full, "/"), left, f.y + r.y - h/2, left + 2*sideIcon + 1 + r.tag.w, f.y + r.y + h/2,
			})
		}
	}
	return all
}

func labelsOf(s *scene) []box {
	var all []box
	for _, l := range s.labels {
		if len(l.tag.lines) > 0 {
			all = append(all, box{
				"label " + strings.Join(l.tag.full, "/"), l.at.x - l.tag.w/2, l.at.y - l.tag.h/2, l.at.x + l.tag.w/2, l.at.y + l.tag.h/2,
			})
		}
	}
	return all
}

// checkScene checks that nothing lies on anything: no two cards or labels, no line through a card, no line through a label
// that is not its own.
func checkScene(t *testing.T, name string, s *scene) {
	t.Helper()
	cards, labels := cardsOf(s), labelsOf(s)
	all := append(append([]box{}, cards...), labels...)
	for i := range all {
		if b := all[i]; b.left < -1 || b.top < -1 || b.right > s.w+1 || b.bottom > s.h+1 {
			t.Errorf("%s: %s lies outside the picture", name, b.what)
		}
		for k := range i {
			if all[i].overlaps(all[k]) {
				t.Errorf("%s: %s lies on %s", name, all[i].what, all[k].what)
			}
		}
	}
	for w := range s.wires {
		p := s.wires[w].points
		through := 0
		for i := 1; i < len(p); i++ {
			if p[i].x != p[i-1].x && p[i].y != p[i-1].y {
				t.Errorf("%s: a line runs askew: %v", name, p)
			}
			for _, b := range cards {
				if b.crossedBy(p[i-1], p[i]) && !touches(b, p[i-1], p[i]) {
					t.Errorf("%s: a line runs through %s: %v", name, b.what, p)
				}
			}
		}
		for _, b := range labels {
			for i := 1; i < len(p); i++ {
				if b.crossedBy(p[i-1], p[i]) {
					through++
					break
				}
			}
		}
		if through > 1 {
			t.Errorf("%s: a line runs through %d labels: %v", name, through, p)
		}
	}
	checkRunsAlone(t, name, s)
	for _, f := range s.figures {
		for i := range f.panels {
			checkScene(t, name+" "+f.row.Path, f.panels[i].scene)
		}
	}
}

// checkRunsAlone checks that two lines lie on each other only where they come from one stage or arrive at one.
func checkRunsAlone(t *testing.T, name string, s *scene) {
	t.Helper()
	for i := range s.wires {
		p := s.wires[i].points
		for k := range i {
			q := s.wires[k].points
			if p[0] == q[0] || p[len(p)-1] == q[len(q)-1] {
				continue
			}
			for a := 1; a < len(p); a++ {
				for b := 1; b < len(q); b++ {
					if together(p[a-1], p[a], q[b-1], q[b]) > 3 {
						t.Errorf("%s: two lines run together: %v and %v", name, p, q)
					}
				}
			}
		}
	}
}

// together is how long two straight pieces run on each other.
func together(a, b, c, d point) float64 {
	switch {
	case a.x == b.x && c.x == d.x && math.Abs(a.x-c.x) < 3:
		return min(max(a.y, b.y), max(c.y, d.y)) - max(min(a.y, b.y), min(c.y, d.y))
	case a.y == b.y && c.y == d.y && math.Abs(a.y-c.y) < 3:
		return min(max(a.x, b.x), max(c.x, d.x)) - max(min(a.x, b.x), min(c.x, d.x))
	}
	return 0
}

// touches tells whether a line only begins or ends at the box's edge.
func touches(b box, p, q point) bool {
	inside := func(x point) bool { return x.x > b.left+1 && x.x < b.right-1 && x.y > b.top+1 && x.y < b.bottom-1 }
	middle := point{(p.x + q.x) / 2, (p.y + q.y) / 2}
	return !inside(p) && !inside(q) && !inside(middle) &&
		(math.Abs(p.y-b.bottom) < 1 || math.Abs(q.y-b.top) < 1 || math.Abs(p.x-b.left) < 1)
}

func sceneOf(m *routemaps.Map, lang crm.Lang) *scene {
	r := newRenderer(m, lang, nil)
	rows := map[string]*Row{}
	progress := Rows(m, nil)
	for i := range progress {
		rows[progress[i].Path] = &progress[i]
	}
	return r.scope(m.Stages, "", false, rows)
}

func TestR33_NothingLiesOnAnything(t *testing.T) {
	sources := map[string][]byte{}
	for _, folder := range []fs.FS{routemaps.Shipped(), os.DirFS("testdata")} {
		names, err := fs.Glob(folder, "*.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if sources[name], err = fs.ReadFile(folder, name); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, src := range sources {
		m, err := routemaps.Load(name, src)
		if err != nil {
			t.Fatal(err)
		}
		checkScene(t, name, sceneOf(m, crm.RU))
		checkScene(t, name, sceneOf(m, crm.EN))
	}
}

// Whatever leads where: nothing lies on anything either.
func TestR33_NothingLiesOnAnythingInRandomMaps(t *testing.T) {
	for seed := range uint64(250) {
		random := rand.New(rand.NewPCG(seed, 33))
		m := &routemaps.Map{ID: "random", Control: routemaps.ControlProcess, Stages: randomStages(random, 2+random.IntN(14), 0)}
		checkScene(t, fmt.Sprint("seed ", seed), sceneOf(m, crm.RU))
		if t.Failed() {
			return
		}
	}
}

func randomStages(random *rand.Rand, n, depth int) []routemaps.Stage {
	name := func() crm.Text {
		words := strings.Repeat("слово ", 1+random.IntN(6))
		return crm.Text{RU: strings.TrimSpace(words), EN: "Word"}
	}
	stages := make([]routemaps.Stage, n)
	for i := range stages {
		s := &stages[i]
		*s = routemaps.Stage{ID: fmt.Sprint("s", i), Kind: routemaps.StageTask, Name: name()}
		if depth < 2 && random.IntN(8) == 0 {
			s.Kind = routemaps.StageParallel
			for b := range 2 + random.IntN(2) {
				s.Branches = append(s.Branches, routemaps.Branch{ID: fmt.Sprint("b", b), Name: name(), Stages: randomStages(random, 1+random.IntN(4), depth+1)})
			}
		}
		for k := range 1 + random.IntN(4) {
			o := routemaps.Outcome{ID: fmt.Sprint("o", k), Name: name()}
			switch to := random.IntN(n + 2); {
			case to < n:
				o.To = fmt.Sprint("s", to)
			case depth > 0:
				o.To = routemaps.ToJoin
			default:
				o.Finish = routemaps.FinishPositive
			}
			s.Outcomes = append(s.Outcomes, o)
		}
		if i+1 < n && random.IntN(3) > 0 {
			s.Outcomes = append(s.Outcomes, routemaps.Outcome{ID: "next", Name: name(), To: fmt.Sprint("s", i+1)})
		}
	}
	return stages
}
