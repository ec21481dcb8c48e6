package merge_test

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-ical"
	"github.com/emersion/go-vcard"
	"pgregory.net/rapid"

	"vgit/merge"
	"vgit/repo/item"
)

func itemsOf(bodies ...string) (all []*item.Item) {
	for _, b := range bodies {
		all = append(all, item.Parse([]byte(b)))
	}
	return all
}

// vtimezone is a definition without summer time.
func vtimezone(name, offset string) string {
	return "BEGIN:VTIMEZONE | TZID:" + name + " | BEGIN:STANDARD | DTSTART:19700101T000000 | TZOFFSETFROM:" + offset + " | TZOFFSETTO:" + offset + " | END:STANDARD | END:VTIMEZONE | "
}

func inZoneOf(uid, definition, tzid string) string {
	return calendar(definition + "BEGIN:VEVENT | UID:" + uid + " | DTSTART;TZID=" + tzid + ":20260302T100000 | X-Long:" + strings.Repeat("x", 90) + " | END:VEVENT")
}

func TestBundleCalendar(t *testing.T) {
	t.Parallel()
	body, renamed := merge.BundleCalendar(itemsOf(
		inZoneOf("a", vtimezone("Own", "+0100"), "Own"), inZoneOf("b", vtimezone("Own", "+0100"), "Own"), inZoneOf("c", vtimezone("Own", "+0200"), "Own"),
		strings.ReplaceAll(strings.TrimRight(inZoneOf("d", "", "Europe/Berlin"), "\r\n"), "\r\n", "\n"),
	), merge.Properties{Name: "Work, mine", Color: "#ff0000"})
	want := crlf("BEGIN:VCALENDAR | VERSION:2.0 | PRODID:-//vgit//export//EN | X-WR-CALNAME:Work\\, mine | X-APPLE-CALENDAR-COLOR:#ff0000 | " +
		vtimezone("Own", "+0100") + vtimezone("/vgit/2/Own", "+0200"))
	long := "X-Long:" + strings.Repeat("x", 90)
	for _, e := range []string{"UID:a | DTSTART;TZID=Own", "UID:b | DTSTART;TZID=Own", `UID:c | DTSTART;TZID="/vgit/2/Own"`, "UID:d | DTSTART;TZID=Europe/Berlin"} {
		want += crlf("BEGIN:VEVENT | " + e + ":20260302T100000 | " + long + " | END:VEVENT")
	}
	if want += "END:VCALENDAR\r\n"; string(body) != want {
		t.Errorf("got\n%s\nwant\n%s", body, want)
	}
	if len(renamed) != 1 || renamed[0] != (merge.Renamed{Item: 2, From: "Own", To: "/vgit/2/Own"}) {
		t.Errorf("renamed: %v", renamed)
	}
	if body, _ := merge.BundleCalendar(nil, merge.Properties{}); !strings.HasPrefix(string(body), "BEGIN:VCALENDAR\r\n") {
		t.Errorf("of nothing: %q", body)
	}
}

// split takes a calendar apart again, by UID.
func split(body []byte) map[string]*item.Item {
	zones, entries := "", map[string]string{}
	for cal := range item.Parse(body).Tree().Components() {
		for c := range cal.Components() {
			uid := ""
			if l := c.Leaf("UID"); l != nil {
				uid = strings.TrimSpace(item.Unescape(l.Value()))
			}
			if c.Name == "VTIMEZONE" {
				zones += string(c.Bytes())
			} else {
				entries[uid] += string(c.Bytes())
			}
		}
	}
	all := map[string]*item.Item{}
	for uid, text := range entries {
		all[uid] = item.Parse([]byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + zones + text + "END:VCALENDAR\r\n"))
	}
	return all
}

// What is put together and taken apart again says what the items said, whatever time zones they brought.
func TestBundleAndSplit(t *testing.T) {
	items := corpus(t)
	var paths []string
	for _, path := range slices.Sorted(maps.Keys(items)) {
		if it := items[path]; it.State() == item.Sound && strings.HasPrefix(it.Component(), "V") && it.Component() != "VCARD" && len(it.Bytes()) < 64<<10 {
			if body, _ := merge.BundleCalendar([]*item.Item{it}, merge.Properties{}); len(split(body)) == 1 { // not with components that have no UID
				paths = append(paths, path)
			}
		}
	}
	for i, offset := range []string{"+0100", "+0200", "+0300"} { // whose names say nothing and whose definitions differ
		path := "own" + string(rune('a'+i))
		items[path] = item.Parse([]byte(inZoneOf(path, vtimezone("Own", offset), "Own")))
		paths = append(paths, path, path, path)
	}
	checkLaws(t, func(rt *rapid.T) {
		var some []*item.Item
		seen := map[string]bool{}
		for range rapid.IntRange(1, 6).Draw(rt, "items") {
			if it := items[rapid.SampledFrom(paths).Draw(rt, "file")]; !seen[it.UID()] {
				seen[it.UID()] = true
				some = append(some, it)
			}
		}
		body, _ := merge.BundleCalendar(some, merge.Properties{Name: "n"})
		parts := split(body)
		if len(parts) != len(some) {
			rt.Fatalf("%d items went in, and %d came out\n%s", len(some), len(parts), body)
		}
		for _, it := range some {
			got := parts[it.UID()]
			if got == nil {
				rt.Fatalf("%q is missing", it.UID())
			}
			for _, c := range merge.Diff(it, got) {
				if c.Strength == merge.Strong && c.Component != "VCALENDAR" {
					rt.Errorf("%q: %v\n%s", it.UID(), c, body)
				}
			}
		}
	})
}

// Readers by others take what is exported.
func TestBundlesAreRead(t *testing.T) {
	t.Parallel()
	body, _ := merge.BundleCalendar(itemsOf(inZoneOf("a", vtimezone("Own", "+0100"), "Own"), inZoneOf("b", vtimezone("Own", "+0200"), "Own"), task("SUMMARY:T")), merge.Properties{Name: "n"})
	cal, err := ical.NewDecoder(bytes.NewReader(body)).Decode()
	if err != nil || len(cal.Children) != 5 {
		t.Errorf("go-ical: %v, %d components", err, len(cal.Children))
	}
	cards := vcard.NewDecoder(bytes.NewReader(merge.BundleCards(itemsOf(card("TEL:1"), strings.TrimRight(card("TEL:2"), "\r\n"), strings.ReplaceAll(card("TEL:3"), "\r\n", "\n")))))
	n := 0
	for {
		_, err := cards.Decode()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("go-vcard: %v", err)
		}
		n++
	}
	if n != 3 {
		t.Errorf("go-vcard: %d cards", n)
	}
}
