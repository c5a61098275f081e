package crm

// BoardBound is how many cases of a column are counted and added up: more are said to be more, and have no sums.
const BoardBound = 10_000

// BoardFilter says which open cases a board shows, in which columns.
type BoardFilter struct {
	Cases  CaseFilter // of one kind and map; its order is not looked at
	Stages []string   // ids of the columns
	Cards  int        // of each column at most, at least 1
	After  *Cursor    // ID; where a column's next page begins
}

// BoardColumn is a stage with the open cases that stand at it, newest first.
type BoardColumn struct {
	Stage string
	Count Count // up to BoardBound
	Sums  []BoardSum
	Cards Page[CaseItem]
}

// BoardSum is what a column's cases may bring in one currency.
type BoardSum struct {
	Currency  string
	Potential string // decimal
	Weighted  string // each by its probability; one without a probability adds nothing
}

// BoardStage is a stage at which open cases stand, and a version of the map that one of them follows.
type BoardStage struct {
	Stage   string
	Version int
}
