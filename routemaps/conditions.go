package routemaps

// Condition is a compiled expression (https://expr-lang.org) over the declared fields; see docs/route-maps.md.
type Condition struct {
	Source string
	Pos    Pos
}
