package server

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"marshrut/crm"
)

// How often /metrics counts in the database, whoever asks it, and how long it waits.
const (
	figuresKept    = 15 * time.Second
	figuresTimeout = 5 * time.Second
)

var (
	openCasesMetric = prometheus.NewDesc("marshrut_open_cases", "Open cases, by kind.", []string{"kind"}, nil)
	ledgerMetric    = prometheus.NewDesc("marshrut_notifications", "Notifications that are under way or need a person, by status.", []string{"status"}, nil)
	underWayMetric  = prometheus.NewDesc("marshrut_notification_oldest_seconds", "How long ago the notification under way that waits longest was written or last tried.", nil, nil)
	incidentsMetric = prometheus.NewDesc("marshrut_open_incidents", "Open incidents.", nil, nil)
	undecidedMetric = prometheus.NewDesc("marshrut_undecided_commands", "Commands that are not known to be decided.", nil, nil)
	longestMetric   = prometheus.NewDesc("marshrut_undecided_command_oldest_seconds", "How long the oldest undecided command has waited.", nil, nil)
)

// figures counts what is open when /metrics is asked. When the database does not answer, its metrics are missing and the
// others are there.
type figures struct {
	count func(context.Context) (*crm.Figures, error)
	clock crm.Clock
	log   *slog.Logger

	mu      sync.Mutex
	last    *crm.Figures
	counted time.Time
}

// Describe implements prometheus.Collector.
func (*figures) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{openCasesMetric, ledgerMetric, underWayMetric, incidentsMetric, undecidedMetric, longestMetric} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (f *figures) Collect(to chan<- prometheus.Metric) {
	now := f.current()
	if now == nil {
		return
	}
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	for kind, n := range now.OpenCases {
		gauge(openCasesMetric, float64(n), string(kind))
	}
	for status, n := range now.Notifications {
		gauge(ledgerMetric, float64(n), string(status))
	}
	gauge(underWayMetric, now.OldestUnderWay.Seconds())
	gauge(incidentsMetric, float64(now.OpenIncidents))
	gauge(undecidedMetric, float64(now.UndecidedWaiting))
	gauge(longestMetric, now.LongestUndecided.Seconds())
}

// current counts anew when the last count is old; nil: the database does not answer.
func (f *figures) current() *crm.Figures {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.clock(); f.counted.IsZero() || now.Sub(f.counted) >= figuresKept {
		ctx, cancel := context.WithTimeout(context.Background(), figuresTimeout)
		defer cancel()
		counted, err := f.count(ctx)
		if err != nil {
			f.log.WarnContext(ctx, "the figures for /metrics were not counted", "error", err)
		}
		f.last, f.counted = counted, now
	}
	return f.last
}
