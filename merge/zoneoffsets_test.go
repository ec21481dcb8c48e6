package merge_test

import (
	"strings"
	"testing"

	"vgit/merge"
	"vgit/repo/item"
)

// 5.5: two definitions of a zone that only its program knows are one if they agree around the time of the item.
func TestDefinitionsThatMeanTheSame(t *testing.T) {
	t.Parallel()
	observance := func(kind, start, from, to, rule string) string {
		return "BEGIN:" + kind + "|DTSTART:" + start + "|TZOFFSETFROM:" + from + "|TZOFFSETTO:" + to + rule + "|END:" + kind
	}
	const october, march = "|RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "|RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"
	winter := observance("STANDARD", "19701025T030000", "+0200", "+0100", october)
	summer := observance("DAYLIGHT", "19700329T020000", "+0100", "+0200", march)
	meeting := func(definition string) *item.Item {
		return calendarOfParts("VTIMEZONE!TZID:Customized Time Zone|"+definition, "DTSTART;TZID=Customized Time Zone:20260302T100000|RRULE:FREQ=DAILY")
	}
	for _, c := range []struct {
		name, other string
		want        merge.Strength
	}{
		{"in another order", summer + "|" + winter, merge.None},
		{"with a name", strings.Replace(winter, "|END", "|TZNAME:X|END", 1) + "|" + summer, merge.None},
		{"with what was in 1893", observance("STANDARD", "18930401T000632", "+005328", "+0100", "") + "|" + winter + "|" + summer, merge.None},
		{"as Windows writes it", observance("STANDARD", "16010101T030000", "+0200", "+0100", october) + "|" + observance("DAYLIGHT", "16010101T020000", "+0100", "+0200", march), merge.None},
		{"from 2024 on", observance("STANDARD", "20241027T030000", "+0200", "+0100", october) + "|" + observance("DAYLIGHT", "20240331T020000", "+0100", "+0200", march), merge.None},
		{"until 1995 and from then on", observance("STANDARD", "19701025T030000", "+0200", "+0100", october+";UNTIL=19951029T010000Z") + "|" +
			observance("STANDARD", "19961027T030000", "+0200", "+0100", october) + "|" + summer, merge.None},
		{"a month earlier", strings.Replace(winter, "BYMONTH=10", "BYMONTH=9", 1) + "|" + summer, merge.Strong},
		{"no summer any more", winter, merge.Strong},
		{"another offset", strings.ReplaceAll(winter+"|"+summer, "+0200", "+0300"), merge.Strong},
		{"until last year", observance("STANDARD", "19701025T030000", "+0200", "+0100", october) + "|" +
			observance("DAYLIGHT", "19700329T020000", "+0100", "+0200", march+";UNTIL=20250330T010000Z"), merge.Strong},
		{"nothing that can be read", observance("STANDARD", "yesterday", "+0200", "+0100", ""), merge.Strong},
	} {
		if got := merge.Compare(meeting(winter+"|"+summer), meeting(c.other)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
