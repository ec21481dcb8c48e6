package merge

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/teambition/rrule-go"
	"pgregory.net/rapid"
)

// days lists the first days of a series, as month and day.
func days(start string, rules ...string) string {
	from := parseMoment(start)
	x := expand(from, rules)
	if x == nil {
		return "?"
	}
	var list []string
	first := dayNumber(from.wall)
	for n := first; n < first+800 && len(list) < 8; n++ {
		if yes, _ := x.on(n); yes {
			list = append(list, time.Unix(int64(n)*secondsADay, 0).UTC().Format("0102"))
		}
	}
	return strings.Join(list, " ")
}

func TestExpansion(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ start, rules, want string }{
		{"20260302T100000", "FREQ=WEEKLY;BYDAY=MO;COUNT=3", "0302 0309 0316"},
		{"20260302T100000", "freq=weekly;count=2", "0302 0309"},
		{"20260302T100000", "FREQ=WEEKLY;BYDAY=TU;COUNT=2", "0302 0303 0310"}, // the start is an occurrence, too
		{"20260302T100000", "FREQ=WEEKLY;UNTIL=20260316T100000", "0302 0309 0316"},
		{"20260302T100000", "FREQ=WEEKLY;UNTIL=20260316T095959", "0302 0309"},
		{"20260302T100000", "FREQ=WEEKLY;UNTIL=20260316", "0302 0309 0316"}, // against the rules, and meant like that
		{"20260302", "FREQ=DAILY;INTERVAL=10;UNTIL=20260322", "0302 0312 0322"},
		{"20260131", "FREQ=MONTHLY;COUNT=3", "0131 0331 0531"},
		{"20260105", "FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", "0105 0130 0227"},
		{"20260101", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2", "0101 0130 0227"},
		{"20240229", "FREQ=YEARLY;COUNT=2", "0229"},
		{"20260302T100000", "", "0302"},
		{"20260302T100000", "FREQ=WEEKLY;COUNT=1|FREQ=DAILY;INTERVAL=3;COUNT=2", "0302 0305"},
		{"20260302T100000", "FREQ=DAILY;BYHOUR=10;COUNT=2", "0302 0303"},
		{"20260302T100000", "FREQ=DAILY;BYHOUR=10,12;COUNT=2", "?"},
		{"20260302T100000", "FREQ=HOURLY;COUNT=2", "?"},
		{"20260302T100000", "FREQ=YEARLY;BYWEEKNO=20", "?"},
		{"20260302T100000", "FREQ=WEEKLY;COUNT=2;UNTIL=20260302", "?"},
		{"20260302T100000", "FREQ=WEEKLY;COUNT=0", "?"},
		{"20260302T100000", "FREQ=WEEKLY;INTERVAL=", "?"},
		{"20260302T100000", "FREQ=WEEKLY;X-PART=1", "?"},
		{"20260302T100000", "FREQ=WEEKLY;BYDAY=XX", "?"},
		{"20260302T100000", "FREQ=FORTNIGHTLY", "?"},
		{"tomorrow", "FREQ=WEEKLY", "?"},
	} {
		var rules []string
		if c.rules != "" {
			rules = strings.Split(c.rules, "|")
		}
		if got := days(c.start, rules...); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.start, c.rules, got, c.want)
		}
	}
}

// M13: no rule takes long, and what is far away cannot be told.
func TestExpansionIsBounded(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	for _, rule := range []string{"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY", "FREQ=YEARLY;INTERVAL=10000", "FREQ=DAILY;BYDAY=MO;BYSETPOS=300"} {
		start := parseMoment("00010101T000000")
		x := expand(start, []string{rule})
		first := dayNumber(start.wall)
		if _, known := x.on(first + maxDays); !known {
			t.Errorf("%s: nothing is known of the last day", rule)
		}
		if _, known := x.on(first + maxDays + 1); known {
			t.Errorf("%s: known beyond the bound", rule)
		}
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

// Another implementation finds the same days.
func TestExpansionAgainstAnother(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		from := time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(-30000, 800).Draw(t, "start"))
		rule := drawRule(t, from)
		option, err := rrule.StrToROption(rule)
		if err != nil {
			t.Skip(err)
		}
		const span = 900
		option.Dtstart = from
		if end := from.AddDate(0, 0, span); option.Until.IsZero() || option.Until.After(end) {
			option.Until = end
		}
		other, err := rrule.NewRRule(*option)
		if err != nil {
			t.Skip(err)
		}
		want := map[int]bool{dayNumber(from): true}
		for _, at := range other.All() {
			want[dayNumber(at)] = true
		}
		x := expand(moment{wall: from}, []string{rule})
		if x == nil {
			t.Fatalf("%s cannot be expanded", rule)
		}
		for n := dayNumber(from); n < dayNumber(from)+span; n++ {
			if yes, known := x.on(n); yes != want[n] || !known {
				t.Fatalf("%s from %v: day %v is %v, want %v", rule, from, time.Unix(int64(n)*secondsADay, 0).UTC(), yes, want[n])
			}
		}
	})
}

// drawRule makes a rule that gives days.
func drawRule(t *rapid.T, from time.Time) string {
	kind := rapid.SampledFrom([]string{"YEARLY", "MONTHLY", "WEEKLY", "DAILY"}).Draw(t, "freq")
	rule := "FREQ=" + kind
	some := func(name string, values []string) {
		if rapid.IntRange(0, 3).Draw(t, "has "+name) == 0 {
			rule += ";" + name + "=" + strings.Join(rapid.SliceOfNDistinct(rapid.SampledFrom(values), 1, 3, rapid.ID[string]).Draw(t, name), ",")
		}
	}
	some("BYDAY", []string{"MO", "TU", "WE", "SU", "SA"})
	if (kind == "YEARLY" || kind == "MONTHLY") && !strings.Contains(rule, "BYDAY") {
		some("BYDAY", []string{"1MO", "-1FR", "2SU", "-2WE", "+3TU"})
	}
	some("BYMONTH", []string{"1", "2", "3", "12"})
	if kind != "WEEKLY" {
		some("BYMONTHDAY", []string{"1", "2", "15", "31", "-1", "-30"})
	}
	if kind == "YEARLY" {
		some("BYYEARDAY", []string{"1", "60", "100", "366", "-1", "-100"})
	}
	if strings.Contains(rule, "BY") && (kind == "YEARLY" || kind == "MONTHLY") { // the other one counts its first week from the start
		some("BYSETPOS", []string{"1", "2", "-1", "-2"})
	}
	if n := rapid.IntRange(1, 4).Draw(t, "interval"); n > 1 {
		rule += fmt.Sprint(";INTERVAL=", n)
	}
	some("WKST", []string{"SU"})
	switch rapid.IntRange(0, 2).Draw(t, "end") {
	case 0:
		rule += fmt.Sprint(";COUNT=", rapid.IntRange(1, 20).Draw(t, "count"))
	case 1:
		until := from.Add(time.Duration(rapid.IntRange(0, 8000).Draw(t, "until")) * time.Hour)
		rule += ";UNTIL=" + stamp(until) + "Z"
	}
	return rule
}
