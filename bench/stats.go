package main

import (
	"cmp"
	"slices"
)

// number is what can be measured.
type number interface{ ~int | ~int64 | ~float64 }

// percentile is the smallest of the values that at least p percent of them do not exceed; 0 of none.
func percentile[T number](values []T, p float64) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	rank := p / 100 * float64(len(sorted))
	index := int(rank)
	if float64(index) == rank {
		index--
	}
	return sorted[min(max(index, 0), len(sorted)-1)]
}

// median is the middle value, of an even number the mean of the two in the middle; 0 of none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// commonest is the value that occurs most often, of several such ones the smallest; 0 of none.
func commonest(values []int) int {
	counts := map[int]int{}
	for _, v := range values {
		counts[v]++
	}
	best := 0
	for v, n := range counts {
		if order := cmp.Compare(n, counts[best]); order > 0 || order == 0 && v < best {
			best = v
		}
	}
	return best
}

// mean is the average; 0 of none.
func mean(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
