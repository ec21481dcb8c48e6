package repo

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vgit/merge"
	"vgit/repo/item"
	"vgit/repo/store"
)

// messenger is a repository of which only the items exist.
func messenger(bodies ...string) (*Repo, []store.Hash) {
	r := &Repo{items: map[store.Hash]*item.Item{}}
	r.o.Now = func() time.Time { return time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC) }
	var hashes []store.Hash
	for i, b := range bodies {
		h := store.Hash{1, byte(i), byte(i >> 8)}
		r.items[h] = item.Parse([]byte("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:e\r\n" + b + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"))
		hashes = append(hashes, h)
	}
	return r, hashes
}

// A message says what changed in each item, what waits with its three values, and what to look at; docs/format.md 9 shows one.
func TestMessageSaysWhatChanged(t *testing.T) {
	t.Parallel()
	r, h := messenger("DTSTART:20260302T100000Z\r\nSUMMARY:Planning", "DTSTART:20260302T100000Z\r\nSUMMARY:Plan\r\nLOCATION:Room 1", "SUMMARY:Dentist")
	plan := &Plan{Steps: []Step{{Collection: "work", Name: "r.ics", Title: "Review", State: Waits, Conflicts: []merge.Conflict{
		{Slot: "time", Base: "20260303T100000Z 20260303T110000Z", Local: "20260303T140000Z 20260303T150000Z", Remote: ""}}}}}
	s := &side{rem: Remote{Name: "nextcloud"}, report: &RemoteReport{Plan: plan}}
	done := []*Step{{Collection: "work", Name: "c.ics", Title: "Choir", When: "2026-03-03 19:00", Notes: []merge.Note{{Kind: "series", Text: "look"}}}}
	got := r.message(pulling(s, done), []Difference{
		{Sign: '~', Collection: "work", Name: "e.ics", Old: h[0], New: h[1]},
		{Sign: '+', Collection: "work", Name: "d.ics", New: h[2]},
	})
	want := `sync work: 2 pulled, 1 conflict (Review: time)

~ event Plan (Mon 2 Mar 10:00 UTC)  work/e.ics
    title "Planning" → "Plan"
    + place "Room 1"
+ event Dentist  work/d.ics
! Review: time  work/r.ics
    base    Tue 3 Mar 10:00-11:00 UTC
    local   Tue 3 Mar 14:00-15:00 UTC
    remote  (none)
? Choir (2026-03-03 19:00)  work/c.ics: series: look

Remote: nextcloud
Direction: pull
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// However much changed, and whatever stands in it, a message is short and each of its lines harmless (S13, S14).
func TestMessageIsBounded(t *testing.T) {
	t.Parallel()
	mega := strings.Repeat("\u202e\x1b[2Jx", 100_000)
	long := "SUMMARY:" + mega
	for i := range 300 {
		long += fmt.Sprintf("\r\nX-%d:%s", i, mega[:300])
	}
	r, h := messenger("SUMMARY:A", long)
	var lines []Difference
	for i := range 10_000 {
		lines = append(lines, Difference{Sign: '~', Collection: "w\u202e", Name: fmt.Sprintf("%d\n.ics", i), Old: h[0], New: h[1]})
	}
	waits := &Plan{}
	for i := range 1000 {
		waits.Steps = append(waits.Steps, Step{Collection: "w", Name: fmt.Sprint(i), Title: mega, State: Waits, Conflicts: []merge.Conflict{{Slot: "summary", Base: mega, Local: mega}}})
	}
	text := r.message(pulling(&side{rem: Remote{Name: "r"}, report: &RemoteReport{Plan: waits}}, nil), lines)
	all := strings.Split(text, "\n")
	if len(all) > 300 || len([]rune(all[0])) > 72 || !strings.Contains(text, "more)") || !strings.Contains(text, "(+990 conflicts)") {
		t.Errorf("%d lines: %.2000s", len(all), text)
	}
	for _, line := range all {
		if strings.ContainsAny(line, "\x1b\u202e\r") || len(line) > 6000 {
			t.Fatalf("a line of %d bytes: %.300q", len(line), line)
		}
	}
}

// A first download compares nothing: what is new is read for its title, and that only of the items that are named. Reading any other
// would panic here, where there are no objects.
func TestFirstDownloadReadsFewItems(t *testing.T) {
	t.Parallel()
	r, h := messenger("SUMMARY:A")
	var lines []Difference
	for i := range 10_000 {
		d := Difference{Sign: '+', Collection: "w", Name: fmt.Sprint(i), New: h[0]}
		if i >= maxLines {
			d.New = store.Hash{9}
		}
		lines = append(lines, d)
	}
	text := r.message(pulling(&side{rem: Remote{Name: "r"}}, nil), lines)
	if strings.Count(text, "\n+ event A  w/") != maxLines || !strings.Contains(text, "(+9950 more)") {
		t.Error(text)
	}
}
