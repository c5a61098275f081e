package crm_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"marshrut/crm"
)

func TestR66_LettersGoWhenTheUserWantsThem(t *testing.T) {
	t.Parallel()
	omsk, err := time.LoadLocation("Asia/Omsk")
	require.NoError(t, err)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, omsk) }
	quiet := crm.LetterTimes{DigestAt: "09:00", QuietFrom: "20:00", QuietTo: "08:30"}
	noon := crm.LetterTimes{DigestAt: "09:00", QuietFrom: "12:00", QuietTo: "13:00"}
	daily := crm.LetterTimes{DigestAt: "09:00", Digest: []string{crm.SubjectTask}}
	both := crm.LetterTimes{DigestAt: "07:00", Digest: []string{crm.SubjectTask}, QuietFrom: "20:00", QuietTo: "08:30"}
	for name, one := range map[string]struct {
		times  crm.LetterTimes
		now    time.Time
		want   time.Time
		digest bool
	}{
		"at once":                         {crm.LetterTimes{}, at(2, 10, 0), at(2, 10, 0), false},
		"by day":                          {quiet, at(2, 19, 59), at(2, 19, 59), false},
		"in the evening":                  {quiet, at(2, 20, 0), at(3, 8, 30), false},
		"in the night":                    {quiet, at(3, 0, 10), at(3, 8, 30), false},
		"at the end of the night":         {quiet, at(3, 8, 30), at(3, 8, 30), false},
		"at noon":                         {noon, at(2, 12, 59), at(2, 13, 0), false},
		"after noon":                      {noon, at(2, 13, 0), at(2, 13, 0), false},
		"in the digest of the day":        {daily, at(2, 8, 59), at(2, 9, 0), true},
		"in the digest of the next day":   {daily, at(2, 9, 0), at(3, 9, 0), true},
		"a digest that waits for the day": {both, at(2, 10, 0), at(3, 8, 30), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := &crm.User{Email: "anna@office.example", Active: true, TimeZone: "Asia/Omsk", LetterTimes: one.times}
			got, digest, wanted := u.LetterAt(crm.SubjectTask, one.now.UTC())
			require.True(t, wanted)
			require.True(t, one.want.Equal(got), "%s, want %s", got.In(omsk), one.want)
			require.Equal(t, one.digest, digest)
		})
	}
}

func TestR66_NobodyIsWrittenToWhoDoesNotWantIt(t *testing.T) {
	t.Parallel()
	for name, u := range map[string]crm.User{
		"muted":      {Email: "a@office.example", Active: true, LetterTimes: crm.LetterTimes{Muted: []string{crm.SubjectTask}}},
		"no address": {Active: true},
		"gone":       {Email: "a@office.example"},
	} {
		_, _, wanted := u.LetterAt(crm.SubjectTask, time.Now())
		require.False(t, wanted, name)
	}
	reader := crm.User{Email: "a@office.example", Active: true, LetterTimes: crm.LetterTimes{Muted: []string{crm.SubjectMention}}}
	_, _, wanted := reader.LetterAt(crm.SubjectTask, time.Now())
	require.True(t, wanted)
}

// TestR66_DigestsKeepTheirTimeWhenClocksAreChanged: Berlin put them forward on 29 March 2026.
func TestR66_DigestsKeepTheirTimeWhenClocksAreChanged(t *testing.T) {
	t.Parallel()
	u := crm.User{
		Email: "a@office.example", Active: true, TimeZone: "Europe/Berlin",
		LetterTimes: crm.LetterTimes{Digest: []string{crm.SubjectTask}, DigestAt: "09:00"},
	}
	got, _, _ := u.LetterAt(crm.SubjectTask, time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC))
	require.Equal(t, time.Date(2026, 3, 29, 7, 0, 0, 0, time.UTC), got)
	for text, is := range map[string]bool{"09:00": true, "23:59": true, "9:00": false, "24:00": false, "": false, "09:60": false} {
		require.Equal(t, is, crm.IsClock(text), text)
	}
}
