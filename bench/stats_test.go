package main

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestPercentile(t *testing.T) {
	t.Parallel()
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = 100 - i // from 100 down to 1: the order must not matter
	}
	for _, c := range []struct {
		values []int
		p      float64
		want   int
	}{
		{nil, 50, 0},
		{[]int{7}, 0, 7},
		{[]int{7}, 100, 7},
		{hundred, 50, 50},
		{hundred, 95, 95},
		{hundred, 99, 99},
		{hundred, 99.5, 100},
		{hundred, 100, 100},
		{hundred, 0, 1},
		{[]int{3, 1, 2}, 50, 2},
		{[]int{4, 1, 3, 2}, 50, 2},
	} {
		if got := percentile(c.values, c.p); got != c.want {
			t.Errorf("percentile(%v, %v) = %v, want %v", c.values, c.p, got, c.want)
		}
	}
	if hundred[0] != 100 {
		t.Error("percentile has sorted its caller's values")
	}
}

func TestMedianAndMean(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values       []float64
		median, mean float64
	}{
		{nil, 0, 0},
		{[]float64{4}, 4, 4},
		{[]float64{9, 1, 2}, 2, 4},
		{[]float64{8, 1, 2, 1}, 1.5, 3},
	} {
		if got := median(c.values); got != c.median {
			t.Errorf("median(%v) = %v, want %v", c.values, got, c.median)
		}
		if got := mean(c.values); got != c.mean {
			t.Errorf("mean(%v) = %v, want %v", c.values, got, c.mean)
		}
	}
}

func TestCommonest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values []int
		want   int
	}{
		{nil, 0},
		{[]int{6, 6, 8, 6, 7}, 6},
		{[]int{9, 5, 9, 5}, 5},
	} {
		if got := commonest(c.values); got != c.want {
			t.Errorf("commonest(%v) = %d, want %d", c.values, got, c.want)
		}
	}
}

func TestRatioIsTheMedianOfTheRoundsRatios(t *testing.T) {
	t.Parallel()
	// Round by round 0.5, 1, 2: what slows both sides of one round must not show.
	f := ratioOf("speed", "%.0f", []float64{10, 300, 40}, []float64{20, 300, 20}, atLeast(0.75))
	if f.ratio != 1 || f.product != "40" || f.baseline != "20" || !f.ok() {
		t.Errorf("got %+v, ok %v", f, f.ok())
	}
	if f := ratioOf("speed", "%.0f", []float64{1}, []float64{0}, atLeast(0.75)); f.ok() || !math.IsNaN(f.ratio) {
		t.Errorf("a baseline of nothing gives %+v, ok %v", f, f.ok())
	}
}

func TestHold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		hold  hold
		value float64
		want  bool
	}{
		{atLeast(0.5), 0.5, true},
		{atLeast(0.5), 0.4999, false},
		{atMost(6), 6, true},
		{atMost(6), 7, false},
		{atMost(6), math.NaN(), false},
		{exactly(2), 2, true},
		{exactly(2), 1, false},
	} {
		if got := c.hold.holds(c.value); got != c.want {
			t.Errorf("%v holds for %v: %v, want %v", c.hold, c.value, got, c.want)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	missed := report(&out, []figure{
		{name: "fast", product: "1", baseline: "2", ratio: 0.5, hold: atLeast(0.75)},
		{name: "small", product: "3 KB", value: 3, hold: atMost(20)},
	})
	if missed != 1 {
		t.Errorf("%d figures missed, want 1", missed)
	}
	for _, want := range []string{"figure", "fast", "0.50", "≥ 0.75", "NO", "3 KB", "≤ 20", "yes"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, out.String())
		}
	}
}

func TestMilliseconds(t *testing.T) {
	t.Parallel()
	if got := milliseconds(1500 * time.Microsecond); got != 1.5 {
		t.Errorf("1500 µs are %v ms", got)
	}
}
