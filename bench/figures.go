package main

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"
	"time"
)

// hold is what a figure must be.
type hold struct {
	sign  string // ≥, ≤ or =
	limit float64
}

func atLeast(limit float64) hold { return hold{"≥", limit} }
func atMost(limit float64) hold  { return hold{"≤", limit} }
func exactly(limit float64) hold { return hold{"=", limit} }

// holds tells whether the value is as wanted; one that could not be measured (NaN) is not.
func (h hold) holds(value float64) bool {
	switch h.sign {
	case "≥":
		return value >= h.limit
	case "≤":
		return value <= h.limit
	}
	return value == h.limit
}

func (h hold) String() string { return fmt.Sprintf("%s %g", h.sign, h.limit) }

// figure is one line of the table: a ratio of the product to a baseline, or, without a baseline, a value by itself.
type figure struct {
	name              string
	product, baseline string  // as shown
	ratio             float64 // with a baseline
	value             float64 // without one
	hold              hold
}

func (f *figure) judged() float64 {
	if f.baseline == "" {
		return f.value
	}
	return f.ratio
}

func (f *figure) ok() bool { return f.hold.holds(f.judged()) }

// ratioOf compares the two sides round by round, so that what slows one round down slows both sides of it, and takes the
// median of the rounds. format shows a side's own median.
func ratioOf(name, format string, product, baseline []float64, h hold) figure {
	ratios := make([]float64, 0, len(product))
	for i := range product {
		if baseline[i] != 0 {
			ratios = append(ratios, product[i]/baseline[i])
		}
	}
	ratio := math.NaN()
	if len(ratios) > 0 {
		ratio = median(ratios)
	}
	return figure{
		name: name, product: fmt.Sprintf(format, median(product)), baseline: fmt.Sprintf(format, median(baseline)),
		ratio: ratio, hold: h,
	}
}

// valueOf is a figure without a baseline.
func valueOf(name, format string, value float64, h hold) figure {
	return figure{name: name, product: fmt.Sprintf(format, value), value: value, hold: h}
}

// report prints the table and tells how many figures are not as wanted.
func report(to io.Writer, figures []figure) int {
	missed := 0
	table := tabwriter.NewWriter(to, 0, 0, 3, ' ', 0)
	fmt.Fprint(table, "figure\tproduct\tbaseline\tratio\thold\tok\n")
	for i := range figures {
		f := &figures[i]
		baseline, ratio, ok := "-", "-", "yes"
		if f.baseline != "" {
			baseline, ratio = f.baseline, fmt.Sprintf("%.2f", f.ratio)
		}
		if !f.ok() {
			ok = "NO"
			missed++
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", f.name, f.product, baseline, ratio, f.hold, ok)
	}
	// A terminal that does not take the table cannot be told so.
	_ = table.Flush()
	return missed
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// inMilliseconds is percentile, in milliseconds.
func inMilliseconds(durations []time.Duration, p float64) float64 {
	return milliseconds(percentile(durations, p))
}
