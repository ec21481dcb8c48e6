package item_test

import (
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"
)

// The version of go-ical that the module proxy calls the latest reads RDATE from the EXDATE property, so that every added
// occurrence is missing. This holds the pin in go.mod.
func TestPinnedGoIcalReadsRDATE(t *testing.T) {
	t.Parallel()
	body := calendar("PRODID:-//vgit//test//EN | BEGIN:VEVENT | UID:e0 | DTSTAMP:20260101T000000Z | DTSTART:20260302T100000Z | " +
		"RRULE:FREQ=DAILY;COUNT=3 | RDATE:20260401T100000Z | EXDATE:20260303T100000Z | END:VEVENT")
	cal, err := ical.NewDecoder(strings.NewReader(body)).Decode()
	if err != nil {
		t.Fatal(err)
	}
	set, err := cal.Events()[0].RecurrenceSet(time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	var days []string
	for _, d := range set.All() {
		days = append(days, d.Format("0102"))
	}
	if got := strings.Join(days, " "); got != "0302 0304 0401" {
		t.Errorf("occurrences %s, want 0302 0304 0401", got)
	}
}
