package crm

import "time"

// Figures are how much there is to do and what is stuck, for those who watch the program.
type Figures struct {
	OpenCases        map[Kind]int
	Notifications    map[NotificationStatus]int // pending, sending, failed and unknown
	OldestUnderWay   time.Duration              // how long ago the one under way that waits longest was written or last tried
	OpenIncidents    int
	UndecidedWaiting int           // commands not known to be decided
	LongestUndecided time.Duration // how long the oldest of them has waited; 0: there is none
}
