package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestMomentsInThePast has a Tuesday in Berlin, one month after the clocks were set back.
func TestMomentsInThePast(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones: ", err)
	}
	now := time.Date(2026, 11, 24, 15, 0, 0, 0, berlin)
	for _, c := range []struct {
		text, want string
		day        bool
	}{
		{"2026-11-20", "2026-11-20T00:00:00+01:00", true},
		{"2026-07-01", "2026-07-01T00:00:00+02:00", true},
		{"2026-11-20 18:00", "2026-11-20T18:00:00+01:00", false},
		{"2026-11-20T18:00", "2026-11-20T18:00:00+01:00", false},
		{"2026-11-20  9:05:07", "2026-11-20T09:05:07+01:00", false},
		{"2026-11-20T18:00:00Z", "2026-11-20T19:00:00+01:00", false},
		{"2026-11-20t18:00:00.5-08:00", "2026-11-21T03:00:00+01:00", false},
		{"14:59", "2026-11-24T14:59:00+01:00", false},
		{"15:00", "2026-11-24T15:00:00+01:00", false},
		{"18:00", "2026-11-23T18:00:00+01:00", false},
		{"now", "2026-11-24T15:00:00+01:00", false},
		{"today", "2026-11-24T00:00:00+01:00", true},
		{"today 18:00", "2026-11-24T18:00:00+01:00", false},
		{"Yesterday", "2026-11-23T00:00:00+01:00", true},
		{"yesterday 18:00", "2026-11-23T18:00:00+01:00", false},
		{"tuesday", "2026-11-17T00:00:00+01:00", true},
		{"tue", "2026-11-17T00:00:00+01:00", true},
		{"last tuesday 18:00", "2026-11-17T18:00:00+01:00", false},
		{"monday", "2026-11-23T00:00:00+01:00", true},
		{"wednesday", "2026-11-18T00:00:00+01:00", true},
		{"2 days ago", "2026-11-22T15:00:00+01:00", false},
		{"a week ago", "2026-11-17T15:00:00+01:00", false},
		{"30 days ago", "2026-10-25T15:00:00+01:00", false}, // a day of 25 hours
		{"31 days ago", "2026-10-24T15:00:00+02:00", false},
		{"720 hours ago", "2026-10-25T15:00:00+01:00", false},
		{"744 hours ago", "2026-10-24T16:00:00+02:00", false},
		{"1 minute ago", "2026-11-24T14:59:00+01:00", false},
		{"9 months ago", "2026-02-24T15:00:00+01:00", false},
		{"2 years ago", "2024-11-24T15:00:00+01:00", false},
	} {
		got, day, ok := timeSaid(c.text, now)
		if !ok || day != c.day || got.Format(time.RFC3339) != c.want {
			t.Errorf("%q is %v, day %v, understood %v; want %s, day %v", c.text, got.Format(time.RFC3339), day, ok, c.want, c.day)
		}
	}
}

func TestMonthsHaveALastDay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ now, text, want string }{
		{"2026-03-31", "1 month ago", "2026-02-28"},
		{"2028-02-29", "1 year ago", "2027-02-28"},
		{"2026-12-31", "a month ago", "2026-11-30"},
		{"2026-01-15", "2 months ago", "2025-11-15"},
	} {
		now, err := time.Parse(time.DateOnly, c.now)
		if err != nil {
			t.Fatal(err)
		}
		if got, _, ok := timeSaid(c.text, now); !ok || got.Format(time.DateOnly) != c.want {
			t.Errorf("%s, seen from %s, is %v; want %s", c.text, c.now, got, c.want)
		}
	}
}

// What is not understood whole is no moment: a guess would restore or undo the wrong thing.
func TestMomentsAreNotGuessed(t *testing.T) {
	t.Parallel()
	s := &session{World: World{Now: func() time.Time { return time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC) }}}
	for _, text := range []string{"", " ", "nonsense", "tuesdy", "5 weks ago", "work 2 days ago", "2026-02-30", "2026-13-01", "24:00", "18:60", "1800:00", "last", "last yesterday", "last 2026-11-24",
		"tuesday monday", "18:00 tuesday", "2026-11-24 25:00", "days ago", "-1 days ago", "2000000 days ago", "31 Feb", "tomorrow", "next tuesday", "work/main/main", "/main", "mains", "ab", "main:work", "abcg", "main~1~x", "\x1b[2J"} {
		w, err := s.moment(text)
		var wrong *usageError
		if !errors.As(err, &wrong) {
			t.Errorf("%q is taken for %+v", text, w)
		} else if !strings.Contains(wrong.hint, "2 days ago") || strings.Contains(wrong.what, "\x1b") {
			t.Errorf("%q: %q, hint %q", text, wrong.what, wrong.hint)
		}
	}
	for _, text := range []string{"main", "HEAD", "main~2", "main^", "HEAD~1^2", "server/main", "server/main~", "4f1c", "4F1C~3", "2026", "20261124"} {
		if w, err := s.moment(text); err != nil || w.Rev != text {
			t.Errorf("%q is %+v, %v; want a revision", text, w, err)
		}
	}
}

func FuzzMoment(f *testing.F) {
	for _, text := range []string{"2026-11-20 18:00", "last tuesday 18:00", "2 days ago", "main~2", "2026-11-20T18:00:00Z"} {
		f.Add(text)
	}
	now := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		when, day, ok := timeSaid(text, now)
		if ok && day && !when.Equal(when.Truncate(24*time.Hour)) {
			t.Errorf("%q is the day %v", text, when)
		}
	})
}
