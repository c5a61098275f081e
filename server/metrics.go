package server

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics are what is counted of requests. Labels carry patterns of routes, never a value of a request.
type metrics struct {
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
}

// PoolStats says how the connections to the database are used.
type PoolStats struct {
	Max, Open, Idle, InUse int
	Waits                  int64         // requests that found no connection free, since the start
	Waited                 time.Duration // how long they waited together
}

// newMetrics registers what /metrics shows: requests, the pool (when pool is not nil), the Go runtime and the process.
// Collectors that the program has registered already stay.
func newMetrics(registry *prometheus.Registry, pool func() PoolStats) (*metrics, error) {
	m := &metrics{
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "marshrut_http_request_duration_seconds", Help: "Time to answer HTTP requests, by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "marshrut_http_requests_in_flight", Help: "HTTP requests being answered.",
		}),
	}
	if registry == nil {
		return m, nil
	}
	all := []prometheus.Collector{
		m.duration, m.inFlight, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	}
	if pool != nil {
		all = append(all, poolMetrics(pool)...)
	}
	for _, c := range all {
		err := registry.Register(c)
		if _, known := errors.AsType[prometheus.AlreadyRegisteredError](err); err != nil && !known {
			return nil, fmt.Errorf("register the metrics: %w", err)
		}
	}
	return m, nil
}

// poolMetrics are read when /metrics is.
func poolMetrics(pool func() PoolStats) []prometheus.Collector {
	gauge := func(name, help string, value func(PoolStats) int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "marshrut_db_connections_" + name, Help: help},
			func() float64 { return float64(value(pool())) })
	}
	return []prometheus.Collector{
		gauge("max", "Connections to the database that may be open.", func(s PoolStats) int { return s.Max }),
		gauge("open", "Connections to the database that are open.", func(s PoolStats) int { return s.Open }),
		gauge("idle", "Open connections that nobody uses.", func(s PoolStats) int { return s.Idle }),
		gauge("in_use", "Open connections at work.", func(s PoolStats) int { return s.InUse }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "marshrut_db_connection_waits_total", Help: "Requests that found no connection free.",
		}, func() float64 { return float64(pool().Waits) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "marshrut_db_connection_wait_seconds_total", Help: "Time that requests waited for a connection.",
		}, func() float64 { return pool().Waited.Seconds() }),
	}
}
