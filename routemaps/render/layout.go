package render

import (
	"cmp"
	"math"
	"slices"
)

// A scope (the map's top level, or a branch) is laid out in ranks from the top down: stages stand on even ranks, the
// labels of the ways between them on the odd ranks between. A way that spans several ranks passes each of them through a
// slot of its own, so that no line crosses a card or a label; between two ranks lines run on horizontal tracks. Ways back
// run up in lanes left of everything. The order of the file makes the graph acyclic: no guess is needed which way is back.

// Measures of the picture, in pixels.
const (
	cardGap   = 36.0 // between neighbours on a rank
	slotGap   = 18.0 // between a passing line and its neighbour
	laneGap   = 16.0 // between two lanes of ways back
	trackGap  = 11.0 // between two tracks
	leaveGap  = 13.0 // from a card down to the first label or track
	arriveGap = 22.0 // to a card from the last label or track, room for the arrow
	pillGap   = 18.0 // from a card to the label of a way back
	startSize = 9.0  // radius of the start and of a branch's end
	sameLine  = 3.0  // two lines nearer than that look like one
)

// maxSlots bounds the slots of a scope; a scope with more and longer ways names the targets of the longest instead of
// drawing lines to them, which nobody could follow.
const maxSlots = 2500

type point struct{ x, y float64 }

// wire is a drawn way: right-angled points from its stage to where it leads.
type wire struct {
	points []point
	free   bool // between the stages of a manual map: no way, just their order
}

// scene is a laid-out scope; the coordinates begin at its upper left corner.
type scene struct {
	w, h    float64
	figures []*figure
	wires   []wire
	labels  []placedTag
	start   point
	join    *point // nil: the scope has no join
}

type placedTag struct {
	tag *tag
	at  point // of the centre
}

// node stands in a rank: a stage, a label, a slot, the start or the join.
type node struct {
	rank        int
	x, top      float64 // x of the line through it
	left, right float64 // how far it reaches to both sides of x
	h           float64
	figure      *figure
	tag         *tag
	slot        bool
	up, down    []arc
}

// arc joins two nodes on neighbouring ranks.
type arc struct {
	node   *node
	weight float64 // how much it wants to be straight
}

// way is one line to draw: from a stage through slots and a label to another stage.
type way struct {
	from, to int // indexes of stages; from -1: the start; to len(stages): the join
	tag      *tag
	chain    []*node // forward: from stage to stage; back: the nodes it passes in no lane (none)
	back     bool
	free     bool
	lane     float64
	pill     *tag
	pillX    float64 // of the pill's centre, relative to the card's
	pillY    float64 // relative to the card's top
}

type layout struct {
	ranks  [][]*node
	nodes  []*node // of stages
	rankOf []int   // of stages
	ways   []*way
	start  *node
	join   *node
	gapTop []float64         // y where the tracks between rank i and i+1 begin
	tracks []map[any]float64 // y of each net's track between rank i and i+1
}

// arrange lays out a scope. figures are the measured stages in the order of the file, ways what leads where.
func arrange(figures []*figure, ways []*way, withJoin bool) *scene {
	l := &layout{ways: ways}
	l.rank(figures, withJoin)
	l.sortOutBack(figures)
	l.place(figures)
	l.chain()
	l.order()
	l.spread()
	l.lanes()
	l.untangle()
	l.stack()
	return l.scene(figures)
}

// rank gives each stage its rank: below everything that leads forward to it; a stage that nothing leads forward to, below
// the one before it in the file.
func (l *layout) rank(figures []*figure, withJoin bool) {
	l.rankOf = make([]int, len(figures)+1)
	entered := make([][]int, len(figures))
	for _, w := range l.ways {
		if w.from >= 0 && w.to > w.from && w.to < len(figures) {
			entered[w.to] = append(entered[w.to], w.from)
		}
	}
	last := 0
	for i := range figures {
		r := 1
		if i > 0 && len(entered[i]) == 0 {
			r = l.rankOf[i-1] + 1
		}
		for _, from := range entered[i] {
			r = max(r, l.rankOf[from]+1)
		}
		l.rankOf[i] = r
		last = max(last, r)
	}
	l.rankOf[len(figures)] = last + 1
	if withJoin {
		last++
	}
	l.ranks = make([][]*node, 2*last+1)
	l.start = &node{left: startSize, right: startSize, h: 2 * startSize}
	l.ranks[0] = []*node{l.start}
	if withJoin {
		l.join = &node{rank: 2 * last, left: 2 * startSize, right: 2 * startSize, h: 8}
	}
}

// sortOutBack tells the ways back from those forward, and turns the longest into a mention where there are too many.
func (l *layout) sortOutBack(figures []*figure) {
	slots := 0
	for _, w := range l.ways {
		w.back = w.from >= 0 && l.rankOf[w.to] <= l.rankOf[w.from]
		slots += 2 * l.span(w)
	}
	if slots > maxSlots {
		byLength := slices.Clone(l.ways)
		slices.SortStableFunc(byLength, func(a, b *way) int { return l.span(b) - l.span(a) })
		for _, w := range byLength {
			if slots <= maxSlots || l.span(w) <= 1 {
				break
			}
			if w.from < 0 || w.free {
				continue
			}
			slots -= 2 * l.span(w)
			figures[w.from].jump(w.tag, w.to, figures)
			w.to = -1
		}
		l.ways = slices.DeleteFunc(l.ways, func(w *way) bool { return w.to < 0 })
	}
	for _, w := range l.ways {
		if w.back {
			w.pill = w.tag
			figures[w.from].backs = append(figures[w.from].backs, w)
		}
	}
}

func (l *layout) span(w *way) int {
	if w.from < 0 {
		return l.rankOf[w.to]
	}
	d := l.rankOf[w.to] - l.rankOf[w.from]
	return max(d, -d)
}

// place makes the nodes of the stages, with all that hangs on their sides.
func (l *layout) place(figures []*figure) {
	l.nodes = make([]*node, len(figures)+1)
	for i, f := range figures {
		f.settle()
		n := &node{rank: 2 * l.rankOf[i], left: f.w/2 + f.leftReach, right: f.w/2 + f.rightReach, h: f.h, figure: f}
		l.nodes[i] = n
		l.ranks[n.rank] = append(l.ranks[n.rank], n)
	}
	if l.join != nil {
		l.nodes[len(figures)] = l.join
		l.ranks[l.join.rank] = append(l.ranks[l.join.rank], l.join)
	}
}

// chain gives every way forward its label and slots.
func (l *layout) chain() {
	for _, w := range l.ways {
		if w.back {
			continue
		}
		at := l.start
		if w.from >= 0 {
			at = l.nodes[w.from]
		}
		target := l.nodes[w.to]
		weight := 1.0
		if w.to == w.from+1 {
			weight = 6
		}
		w.chain = append(w.chain, at)
		labelled := w.tag == nil
		for r := at.rank + 1; r < target.rank; r++ {
			next := &node{rank: r, slot: true, left: 1, right: 1}
			if !labelled && r%2 == 1 {
				next = &node{rank: r, tag: w.tag, left: w.tag.w / 2, right: w.tag.w / 2, h: w.tag.h}
				labelled = true
			}
			l.ranks[r] = append(l.ranks[r], next)
			l.connect(at, next, weight)
			w.chain = append(w.chain, next)
			at = next
			weight = max(weight, 3)
		}
		l.connect(at, target, weight)
		w.chain = append(w.chain, target)
	}
}

func (l *layout) connect(a, b *node, weight float64) {
	a.down = append(a.down, arc{b, weight})
	b.up = append(b.up, arc{a, weight})
}

// order sorts each rank so that few lines cross: each node goes to the mean of its neighbours, up and down by turns, and
// the best order seen is kept.
func (l *layout) order() {
	const rounds = 6
	best, least := l.snapshot(), l.crossings()
	for round := range rounds {
		if least == 0 {
			break
		}
		for k := range l.ranks {
			r, neighbours := k, func(n *node) []arc { return n.up }
			if round%2 == 1 {
				r, neighbours = len(l.ranks)-1-k, func(n *node) []arc { return n.down }
			}
			sortByMean(l.ranks[r], neighbours)
		}
		if c := l.crossings(); c < least {
			best, least = l.snapshot(), c
		}
	}
	l.ranks = best
}

func (l *layout) snapshot() [][]*node {
	ranks := make([][]*node, len(l.ranks))
	for i := range l.ranks {
		ranks[i] = slices.Clone(l.ranks[i])
	}
	return ranks
}

// sortByMean sorts a rank by the mean place of each node's neighbours; while ordering, x holds a node's place.
func sortByMean(rank []*node, neighbours func(*node) []arc) {
	means := make(map[*node]float64, len(rank))
	for i, n := range rank {
		arcs := neighbours(n)
		if len(arcs) == 0 {
			means[n] = float64(i)
			continue
		}
		sum := 0.0
		for _, a := range arcs {
			sum += a.node.x
		}
		means[n] = sum / float64(len(arcs))
	}
	slices.SortStableFunc(rank, func(a, b *node) int { return cmp.Compare(means[a], means[b]) })
	for i, n := range rank {
		n.x = float64(i)
	}
}

// crossings counts the crossing lines, and leaves each node's place in its rank in x.
func (l *layout) crossings() int {
	for _, rank := range l.ranks {
		for i, n := range rank {
			n.x = float64(i)
		}
	}
	count := 0
	var ends []float64
	for _, rank := range l.ranks {
		ends = ends[:0]
		for _, n := range rank {
			before := len(ends)
			for _, a := range n.down {
				for _, e := range ends[:before] {
					if e > a.node.x {
						count++
					}
				}
				ends = append(ends, a.node.x)
			}
		}
	}
	return count
}

// spread gives each node its x: as near to its neighbours' as the order and the widths allow.
func (l *layout) spread() {
	const rounds = 8
	for _, rank := range l.ranks {
		x := 0.0
		for i, n := range rank {
			if i > 0 {
				x += between(rank[i-1], n)
			}
			n.x = x
		}
	}
	up := func(n *node) []arc { return n.up }
	down := func(n *node) []arc { return n.down }
	both := func(n *node) []arc { return append(slices.Clone(n.up), n.down...) }
	for range rounds {
		for r := range l.ranks {
			settleRank(l.ranks[r], up)
		}
		for r := range l.ranks {
			settleRank(l.ranks[len(l.ranks)-1-r], down)
		}
	}
	for r := range l.ranks {
		settleRank(l.ranks[r], both)
	}
	for _, rank := range l.ranks {
		settleRank(rank, up)
		for _, n := range rank {
			n.x = math.Round(n.x) // lines that should meet do
		}
	}
}

// between is the least distance of two neighbours' lines.
func between(a, b *node) float64 {
	gap := cardGap
	if a.slot || b.slot {
		gap = slotGap
	}
	return a.right + gap + b.left
}

// block is a run of nodes pressed together; shift is where the first of them stands.
type block struct {
	first, last int
	wishes      []wish
	shift       float64
}

type wish struct{ x, weight float64 }

// settleRank places the nodes of a rank so that the weighted sum of their distances from where they want to be is least:
// an isotonic regression by pooling adjacent violators, whose blocks take the weighted median and so line up exactly.
func settleRank(rank []*node, neighbours func(*node) []arc) {
	offsets := make([]float64, len(rank))
	var blocks []block
	for i, n := range rank {
		if i > 0 {
			offsets[i] = offsets[i-1] + between(rank[i-1], n)
		}
		b := block{first: i, last: i, wishes: wishesOf(n, offsets[i], neighbours(n))}
		b.shift = median(b.wishes)
		for len(blocks) > 0 && blocks[len(blocks)-1].shift > b.shift {
			before := blocks[len(blocks)-1]
			blocks = blocks[:len(blocks)-1]
			b = block{first: before.first, last: b.last, wishes: append(before.wishes, b.wishes...)}
			b.shift = median(b.wishes)
		}
		blocks = append(blocks, b)
	}
	for _, b := range blocks {
		for i := b.first; i <= b.last; i++ {
			rank[i].x = b.shift + offsets[i]
		}
	}
}

func wishesOf(n *node, offset float64, arcs []arc) []wish {
	if len(arcs) == 0 {
		return []wish{{n.x - offset, 0.01}}
	}
	wishes := make([]wish, len(arcs))
	for i, a := range arcs {
		wishes[i] = wish{a.node.x - offset, a.weight}
	}
	return wishes
}

func median(wishes []wish) float64 {
	if len(wishes) == 1 {
		return wishes[0].x
	}
	sorted := slices.Clone(wishes)
	slices.SortFunc(sorted, func(a, b wish) int { return cmp.Compare(a.x, b.x) })
	total := 0.0
	for _, w := range sorted {
		total += w.weight
	}
	sum := 0.0
	for i, w := range sorted {
		sum += w.weight
		switch {
		case sum > total/2:
			return w.x
		case sum == total/2 && i+1 < len(sorted):
			return (w.x + sorted[i+1].x) / 2
		}
	}
	return sorted[len(sorted)-1].x
}

// lanes gives each way back a lane left of all it passes, the short ones inside.
func (l *layout) lanes() {
	lefts := make([]float64, len(l.ranks))
	for r, rank := range l.ranks {
		for i, n := range rank {
			if x := n.x - n.left; i == 0 || x < lefts[r] {
				lefts[r] = x
			}
		}
	}
	var backs []*way
	for _, w := range l.ways {
		if w.back {
			backs = append(backs, w)
		}
	}
	slices.SortStableFunc(backs, func(a, b *way) int { return l.span(a) - l.span(b) })
	for _, w := range backs {
		bottom, top := 2*l.rankOf[w.from]-1, 2*l.rankOf[w.to]
		if top > bottom {
			continue // the same rank: over the gap above it, no lane is needed
		}
		x := lefts[top]
		for r := top; r <= bottom; r++ {
			x = min(x, lefts[r])
		}
		w.lane = math.Round(min(x-laneGap, l.nodes[w.from].x+w.pillX)) // straight up from the label where that is far enough
		for r := top; r <= bottom; r++ {
			lefts[r] = w.lane
		}
	}
}

// hop is a piece of a way between two ranks: from x of the upper one to x of the lower one, or, where a way back turns
// down to its target, between two x of the lower one.
type hop struct {
	a, b float64
	turn bool
}

// net is all hops between two ranks that share a track: those that leave one stage, or arrive at one.
type net struct {
	key      any
	uppers   []float64
	lowers   []float64
	from, to float64
}

// stack gives each rank its y, with room for as many tracks between two ranks as are needed.
func (l *layout) stack() {
	l.gapTop = make([]float64, len(l.ranks))
	l.tracks = make([]map[any]float64, len(l.ranks))
	y := 0.0
	for r, rank := range l.ranks {
		h := 0.0
		for _, n := range rank {
			n.top = y
			h = max(h, n.h)
		}
		y += h
		if r+1 == len(l.ranks) {
			break
		}
		lead, tail := leaveGap, 4.0
		switch {
		case r%2 == 1:
			lead, tail = 4, arriveGap
		case !labelled(l.ranks[r+1]):
			lead, tail = 2, 0
		}
		l.gapTop[r] = y + lead
		used := l.assignTracks(r, y+lead)
		y += lead + tail + float64(max(used-1, 0))*trackGap
	}
	for r, rank := range l.ranks {
		if r%2 == 1 {
			centreLabels(rank)
		}
	}
}

func labelled(rank []*node) bool {
	return slices.ContainsFunc(rank, func(n *node) bool { return n.tag != nil })
}

// centreLabels puts the labels of a rank on one middle line.
func centreLabels(rank []*node) {
	h := 0.0
	for _, n := range rank {
		h = max(h, n.h)
	}
	for _, n := range rank {
		n.top += (h - n.h) / 2
	}
}

// assignTracks lays the nets between rank r and the next on tracks from y down and returns how many tracks there are.
func (l *layout) assignTracks(r int, y float64) int {
	nets := l.nets(r)
	l.tracks[r] = make(map[any]float64, len(nets))
	var rows [][]*net
	for _, n := range orderNets(nets) {
		row := 0
		for i := range rows {
			if clashes(rows[i], n) || mustBeBelow(n, rows[i]) {
				row = i + 1
			}
		}
		if row == len(rows) {
			rows = append(rows, nil)
		}
		rows[row] = append(rows[row], n)
		l.tracks[r][n.key] = y + float64(row)*trackGap
	}
	return len(rows)
}

func clashes(row []*net, n *net) bool {
	for _, other := range row {
		if n.from < other.to+slotGap && other.from < n.to+slotGap {
			return true
		}
	}
	return false
}

// mustBeBelow tells whether a net must lie below one of a row: where it comes in from below at an x at which the other
// one's line comes down from above, the two would run on top of each other.
func mustBeBelow(n *net, row []*net) bool {
	for _, other := range row {
		if above(other, n) {
			return true
		}
	}
	return false
}

func above(a, b *net) bool {
	for _, u := range a.uppers {
		for _, l := range b.lowers {
			if u > l-sameLine && u < l+sameLine {
				return true
			}
		}
	}
	return false
}

// untangle moves slots aside where two nets would each have to lie above the other.
func (l *layout) untangle() {
	const (
		rounds = 4
		aside  = 2*sameLine + 1 // less than slotGap, so nothing is run into
	)
	for range rounds {
		moved := false
		for r := range len(l.ranks) - 1 {
			if n := l.tangled(r); n != nil {
				n.x += aside
				moved = true
			}
		}
		if !moved {
			return
		}
	}
}

// tangled finds a slot of rank r, or of the next, where two nets between them meet that must both be above the other.
func (l *layout) tangled(r int) *node {
	nets := l.nets(r)
	for i, a := range nets {
		for _, b := range nets[:i] {
			if !above(a, b) || !above(b, a) {
				continue
			}
			for _, n := range slices.Concat(l.ranks[r], l.ranks[r+1]) {
				if n.slot && (n.among(a.uppers) && n.among(b.lowers) || n.among(b.uppers) && n.among(a.lowers)) {
					return n
				}
			}
		}
	}
	return nil
}

// among tells whether the line through a node is one of the lines.
func (n *node) among(lines []float64) bool {
	return slices.ContainsFunc(lines, func(x float64) bool { return x > n.x-sameLine && x < n.x+sameLine })
}

// orderNets sorts the nets so that one that must lie above another comes first, as far as that can be had.
func orderNets(nets []*net) []*net {
	slices.SortStableFunc(nets, func(a, b *net) int { return cmp.Compare(a.to-a.from, b.to-b.from) })
	var done []*net
	for len(nets) > 0 {
		next := slices.IndexFunc(nets, func(n *net) bool {
			return !slices.ContainsFunc(nets, func(o *net) bool { return o != n && above(o, n) })
		})
		next = max(next, 0)
		done = append(done, nets[next])
		nets = slices.Delete(nets, next, next+1)
	}
	return done
}

// nets collects what runs between rank r and the next one and is not straight down.
func (l *layout) nets(r int) []*net {
	byKey := map[any]*net{}
	var nets []*net
	for _, w := range l.ways {
		l.hops(w, r, func(key any, h hop) {
			n, ok := byKey[key]
			if !ok {
				n = &net{key: key, from: h.a, to: h.a}
				byKey[key] = n
				nets = append(nets, n)
			}
			n.add(h)
		})
	}
	return slices.DeleteFunc(nets, func(n *net) bool { return n.to-n.from < 0.5 })
}

func (n *net) add(h hop) {
	n.from, n.to = min(n.from, h.a, h.b), max(n.to, h.a, h.b)
	n.lowers = append(n.lowers, h.b)
	if h.turn {
		n.lowers = append(n.lowers, h.a)
	} else {
		n.uppers = append(n.uppers, h.a)
	}
}

// hops calls visit for each piece of a way between rank r and the next, with the key of its net.
func (l *layout) hops(w *way, r int, visit func(key any, h hop)) {
	if !w.back {
		i := r - w.chain[0].rank
		if i < 0 || i+1 >= len(w.chain) {
			return
		}
		a, b := w.chain[i], w.chain[i+1]
		visit(netKey(r, a, b), hop{a: a.x, b: b.x})
		return
	}
	source, target := l.nodes[w.from], l.nodes[w.to]
	pill := source.x + w.pillX
	if source.rank == target.rank {
		if r == target.rank-1 {
			visit(target, hop{a: pill, b: target.x, turn: true})
		}
		return
	}
	if r == source.rank-1 {
		visit(w, hop{a: w.lane, b: pill})
	}
	if r == target.rank-1 {
		visit(target, hop{a: w.lane, b: target.x, turn: true})
	}
}

// netKey is the stage a hop shares its track with: the one it leaves, or the one it arrives at.
func netKey(r int, a, b *node) any {
	if r%2 == 0 {
		return a
	}
	return b
}

// scene draws the wires and moves everything to begin at the upper left corner.
func (l *layout) scene(figures []*figure) *scene {
	s := &scene{figures: figures}
	for _, w := range l.ways {
		s.wires = append(s.wires, wire{points: l.trace(w), free: w.free})
	}
	for i, f := range figures {
		n := l.nodes[i]
		f.x, f.y = n.x-f.w/2, n.top
		for _, w := range f.backs {
			s.labels = append(s.labels, placedTag{w.pill, point{n.x + w.pillX, n.top + w.pillY}})
		}
	}
	for _, rank := range l.ranks {
		for _, n := range rank {
			if n.tag != nil {
				s.labels = append(s.labels, placedTag{n.tag, point{n.x, n.top + n.h/2}})
			}
		}
	}
	s.start = point{l.start.x, l.start.top + l.start.h/2}
	if l.join != nil {
		s.join = &point{l.join.x, l.join.top}
	}
	s.shift(l.bounds())
	return s
}

func (l *layout) bounds() (left, right, bottom float64) {
	left, right = l.start.x, l.start.x
	for _, rank := range l.ranks {
		for _, n := range rank {
			left, right = min(left, n.x-n.left), max(right, n.x+n.right)
			bottom = max(bottom, n.top+n.h)
		}
	}
	for _, w := range l.ways {
		if w.back {
			left = min(left, w.lane)
		}
	}
	return left, right, bottom
}

func (s *scene) shift(left, right, bottom float64) {
	s.w, s.h = right-left, bottom
	s.start.x -= left
	for _, f := range s.figures {
		f.x -= left
	}
	for i := range s.labels {
		s.labels[i].at.x -= left
	}
	for _, w := range s.wires {
		for i := range w.points {
			w.points[i].x -= left
		}
	}
	if s.join != nil {
		s.join.x -= left
	}
}

// trace is the line of a way, from the lower edge of its stage, or from its label, to the upper edge of its target.
func (l *layout) trace(w *way) []point {
	if w.back {
		return l.traceBack(w)
	}
	first := w.chain[0]
	points := []point{{first.x, first.top + first.h}}
	for i := 0; i+1 < len(w.chain); i++ {
		a, b := w.chain[i], w.chain[i+1]
		if y, ok := l.tracks[a.rank][netKey(a.rank, a, b)]; ok {
			points = append(points, point{a.x, y}, point{b.x, y})
		}
	}
	last := w.chain[len(w.chain)-1]
	return simplify(append(points, point{last.x, last.top}))
}

func (l *layout) traceBack(w *way) []point {
	source, target := l.nodes[w.from], l.nodes[w.to]
	y := source.top + w.pillY
	x := source.x + w.pillX
	points := []point{{source.x - source.figure.w/2, y}, {x, y}}
	if source.rank != target.rank {
		if track, ok := l.tracks[source.rank-1][any(w)]; ok {
			points = append(points, point{x, track}, point{w.lane, track})
		}
		x = w.lane
	}
	if track, ok := l.tracks[target.rank-1][any(target)]; ok {
		points = append(points, point{x, track}, point{target.x, track})
	}
	return simplify(append(points, point{target.x, target.top}))
}

// simplify leaves out points that do not turn.
func simplify(points []point) []point {
	out := points[:1]
	for i := 1; i < len(points); i++ {
		p := points[i]
		if p == out[len(out)-1] {
			continue
		}
		if n := len(out); n > 1 && (out[n-2].x == out[n-1].x && out[n-1].x == p.x || out[n-2].y == out[n-1].y && out[n-1].y == p.y) {
			out[n-1] = p
			continue
		}
		out = append(out, p)
	}
	return out
}
