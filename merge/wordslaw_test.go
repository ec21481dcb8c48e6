package merge_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vgit/merge"
	"vgit/repo/item"
)

// spokenOf is what a line or the title must hold that tells of a slot. Slots that are not here are told by their own name.
var spokenOf = map[string]string{
	"time": `moved|\bend\b|\bstart\b|ends|time zone|now on|no end|no time|due|starts|all day|time changed|dtstart|dtend|duration|further|value of|x-`,
	"rule": `repeats|rule`, "summary": `title`, "place": `place|position|location`, "done": `done|begun|was:|completed|progress|status`,
	"description": `description|formatted text`, "name": ` → |name|of `, "attendee": `@|attendee|: `, "organizer": `organizer`,
	"transp": `shown as`, "class": `visibility`, "url": `link|label`, "categories": `category`, "resources": `resource`, "related-to": `related to`,
	"related": `related to`, "attach": `attachment`, "link": `web link`, "tel": `phone|label|pref`, "email": `email|label`, "adr": `address|label`,
	"impp": `messenger|label`, "socialprofile": `profile|label`, "org": `organization`, "title": `job title`, "bday": `birthday`,
	"deathdate": `date of death`, "x-abdate": `date|label`, "lang": `language`, "tz": `time zone`, "geo": `position`, "sort-string": `sorted as`,
	"label": `address label`, "uid": `UID`, "alarm": `reminder`, "pref": `preferred`, "item": `readable|type`, "vevent": `event`, "vtodo": `todo`, "x-ablabel": `label`,
}

// unspoken finds the strong changes that no line and no title tells of.
func unspoken(a, b *item.Item) (missing []string) {
	told := spring.Tell(a, b)
	all := append([]string{told.Title}, told.Lines...)
	for _, c := range merge.Diff(a, b) {
		if c.Strength != merge.Strong {
			continue
		}
		words := strings.Fields(c.Slot)
		pattern := ""
		if words[0] == "occurrence" {
			pattern = regexp.QuoteMeta("occurrence")
		} else if pattern = spokenOf[words[0]]; pattern == "" {
			pattern = regexp.QuoteMeta(words[0])
		}
		if strings.Contains(c.Old+c.New, "x-ablabel=") {
			pattern += "|label"
		}
		tells := regexp.MustCompile(pattern)
		if !slices.ContainsFunc(all, tells.MatchString) {
			missing = append(missing, c.Slot+" of "+c.Component+": "+c.Old+" → "+c.New)
		}
	}
	if len(missing) == 0 && len(merge.Diff(a, b)) == 0 && len(told.Lines) > 0 {
		missing = append(missing, "nothing changed, and yet: "+strings.Join(told.Lines, " | "))
	}
	return missing
}

// M14 over the cases: every strong change is told, and every conflict has its three values.
func TestM14Cases(t *testing.T) {
	t.Parallel()
	for _, c := range allCases(t) {
		for _, pair := range [][2][]byte{{c.L0, c.L1}, {c.R0, c.R1}, {c.L1, c.R1}, {c.L1, c.L0}, {c.R1, c.R0}} {
			if a, b := itemOf(pair[0]), itemOf(pair[1]); a != nil && b != nil {
				for _, m := range unspoken(a, b) {
					t.Errorf("case %02d: not told: %s", c.Number, m)
				}
			}
		}
		for _, conflict := range merge.Reconcile(versionsOf(c), contextOf(c)).Conflicts {
			base, local, remote := spring.Sides(conflict)
			for _, side := range []string{base, local, remote} {
				if side == "" {
					t.Errorf("case %02d: %s: base %q, local %q, remote %q", c.Number, conflict.Slot, base, local, remote)
				}
			}
		}
	}
}

// M14 over the corpus: lines are taken out, doubled and exchanged between files, and whatever strong change that makes is told.
func TestM14Corpus(t *testing.T) {
	items := corpus(t)
	var paths []string
	for _, path := range slices.Sorted(maps.Keys(items)) {
		if it := items[path]; it.State() == item.Sound && len(it.Bytes()) < 64<<10 {
			paths = append(paths, path)
		}
	}
	checkLaws(t, func(rt *rapid.T) {
		path := rapid.SampledFrom(paths).Draw(rt, "file")
		body := string(items[path].Bytes())
		other := string(items[rapid.SampledFrom(paths).Draw(rt, "other file")].Bytes())
		changed := body
		for range rapid.IntRange(1, 4).Draw(rt, "edits") {
			changed = edited(rt, changed, other)
		}
		a, b := item.Parse([]byte(body)), item.Parse([]byte(changed))
		for _, m := range append(unspoken(a, b), unspoken(b, a)...) {
			rt.Errorf("%s: not told: %s\n%s", path, m, changed)
		}
	})
}

// edited makes one edit of a line.
func edited(rt *rapid.T, body, other string) string {
	lines, others := strings.SplitAfter(body, "\n"), strings.SplitAfter(other, "\n")
	at := rapid.IntRange(0, len(lines)-1).Draw(rt, "line")
	switch rapid.IntRange(0, 3).Draw(rt, "edit") {
	case 0:
		lines[at] = ""
	case 1:
		lines[at] += lines[at]
	case 2:
		lines[at] += others[rapid.IntRange(0, len(others)-1).Draw(rt, "line there")]
	default:
		if i := strings.IndexByte(lines[at], ':'); i > 0 && !strings.HasPrefix(lines[at], "BEGIN") && !strings.HasPrefix(lines[at], "END") {
			lines[at] = lines[at][:i+1] + rapid.SampledFrom([]string{"", "x", "20260302T100000Z", "PT1H", "1", "mailto:a@b", `a\nb`, "FREQ=DAILY"}).Draw(rt, "value") + "\r\n"
		}
	}
	return strings.Join(lines, "")
}

// Whatever is in an item, what is said of it is short, at once, and the same each time (S14).
func TestHostileWords(t *testing.T) {
	t.Parallel()
	mega := strings.Repeat("\u202eA\x1b[2J", 200_000)
	lines := strings.Repeat(`\n`+"x", 200_000)
	for name, pair := range map[string][2]string{
		"1 MB title":       {event("SUMMARY:" + mega), event("SUMMARY:" + mega + "!")},
		"1 MB of lines":    {event("DESCRIPTION:a" + lines), event("DESCRIPTION:b" + lines + `\nq`)},
		"all lines others": {event("DESCRIPTION:" + strings.Repeat(`a\n`, 100_000)), event("DESCRIPTION:" + strings.Repeat(`b\n`, 100_000))},
		"1 MB attendee":    {event("SUMMARY:S"), event("SUMMARY:S | ATTENDEE;CN=\"" + mega + "\":mailto:" + mega)},
		"1 MB rule":        {timed("RRULE:FREQ=DAILY"), timed("RRULE:FREQ=WEEKLY;BYDAY=" + strings.Repeat("MO,", 300_000))},
		"1 MB zone":        {timed("SUMMARY:S"), event("DTSTART;TZID=" + mega + ":20260302T100000")},
		"far away":         {event("DTSTART:99991231T235959Z | DURATION:P999999W"), event("DTSTART:00000101T000000Z | DURATION:-P999999999999999D")},
		"1 MB label":       {card("item1.URL:x | item1.X-ABLABEL:A"), card("item1.URL:x | item1.X-ABLABEL:" + mega)},
		"1 MB name":        {card("N:A"), card("N:" + mega)},
		"not UTF-8":        {event("SUMMARY:\xff\xfe\xfd" + strings.Repeat("\x80", 1000)), event("SUMMARY:\xff\xfe" + strings.Repeat("\x80", 1001))},
		"many slots":       {event("SUMMARY:S"), event("SUMMARY:S" + strings.Repeat(" | X-A:1 | X-B:2 | ATTENDEE:mailto:a@b", 300))},
	} {
		a, b := item.Parse([]byte(pair[0])), item.Parse([]byte(pair[1]))
		start := time.Now()
		for _, told := range []merge.Words{spring.Tell(a, b), spring.Tell(b, a), spring.Tell(nil, b), spring.Tell(a, nil)} {
			for _, line := range append(told.Lines, told.String()) {
				if n := len([]rune(line)); n > 420 {
					t.Errorf("%s: %d characters: %.200s…", name, n, line)
				}
			}
		}
		spring.Whole(b)
		spring.Show(b)
		if took := time.Since(start); took > 2*time.Minute {
			t.Errorf("%s: took %v", name, took)
		}
	}
}
