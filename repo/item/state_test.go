package item_test

import (
	"strings"
	"sync"
	"testing"

	"vgit/repo/item"
)

// calendar makes a VCALENDAR of lines; the lines between are separated by " | ".
func calendar(lines string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + crlf(lines) + "END:VCALENDAR\r\n"
}

func crlf(lines string) string {
	if lines == "" {
		return ""
	}
	return strings.ReplaceAll(lines, " | ", "\r\n") + "\r\n"
}

func TestStates(t *testing.T) {
	t.Parallel()
	event := func(lines string) string { return "BEGIN:VEVENT | " + lines + " | END:VEVENT" }
	const override = "RECURRENCE-ID:20260303T100000Z"
	for _, test := range []struct {
		name, body string
		state      item.State
		problem    string // a part of it
		uid        string
		component  string
	}{
		{"event", calendar(event("UID:e0")), item.Sound, "", "e0", "VEVENT"},
		{"task", calendar("BEGIN:VTODO | UID:t0 | END:VTODO"), item.Sound, "", "t0", "VTODO"},
		{"journal", calendar("BEGIN:VJOURNAL | UID:j0 | END:VJOURNAL"), item.Sound, "", "j0", "VJOURNAL"},
		{"availability", calendar("BEGIN:VAVAILABILITY | UID:a | END:VAVAILABILITY"), item.Sound, "", "a", "VAVAILABILITY"},
		{"card", crlf("BEGIN:VCARD | VERSION:3.0 | UID:c0 | END:VCARD"), item.Sound, "", "c0", "VCARD"},
		{"T10: a name in small letters", calendar(event("uid:e0")), item.Sound, "", "e0", "VEVENT"},
		{"T10: not the UID of an alarm", calendar("BEGIN:VEVENT | BEGIN:VALARM | UID:a1 | END:VALARM | UID:e0 | END:VEVENT"),
			item.Sound, "", "e0", "VEVENT"},
		{"not the UID of a time zone", calendar("BEGIN:VTIMEZONE | UID:z | TZID:Z | END:VTIMEZONE | " + event("UID:e0")), item.Sound, "", "e0", "VEVENT"},
		{"escapes and blanks", calendar(event(`UID: a\,b `)), item.Sound, "", "a,b", "VEVENT"},
		{"overrides", calendar(event("UID:e0 | "+override) + " | " + event("UID:e0")), item.Sound, "", "e0", "VEVENT"},
		{"no master is legal", calendar(event("UID:e0 | " + override)), item.Sound, "", "e0", "VEVENT"},
		{"small letters everywhere", strings.ToLower(calendar(event("UID:e0"))), item.Sound, "", "e0", "VEVENT"},
		{"an alarm and a time zone do not count", calendar("BEGIN:VTIMEZONE | TZID:Z | END:VTIMEZONE | " + event("UID:e0")), item.Sound, "", "e0", "VEVENT"},
		{"P62: junk lines travel along", "junk\r\n" + calendar("a line without a colon | "+event("UID:e0 | :::")) + "more junk", item.Sound, "", "e0", "VEVENT"},
		{"BOM", "\xef\xbb\xbf" + calendar(event("UID:e0")), item.Sound, "", "e0", "VEVENT"},
		{"trailing NUL bytes", calendar(event("UID:e0")) + "\x00\x00", item.Sound, "", "e0", "VEVENT"},
		{"blanks behind the name", "BEGIN:VCARD \r\nUID:c\r\nEND:VCARD\t\r\n", item.Sound, "", "c", "VCARD"},

		{"P62: no END", "BEGIN:VCALENDAR\r\n" + crlf(event("UID:e0")), item.Broken, "BEGIN:VCALENDAR has no END", "e0", "VEVENT"},
		{"P62: inner END missing", calendar("BEGIN:VEVENT | UID:e0"), item.Broken, "BEGIN:VEVENT has no END", "e0", "VEVENT"},
		{"P62: END too many", calendar(event("UID:e0") + " | END:VEVENT"), item.Broken, "END:VEVENT has no BEGIN", "e0", "VEVENT"},
		{"P62: no component", "SUMMARY:A\r\n", item.Broken, "neither a VCALENDAR nor a VCARD", "", ""},
		{"P62: empty", "", item.Broken, "neither", "", ""},
		{"P62: two cards", strings.Repeat("BEGIN:VCARD\r\nUID:c\r\nEND:VCARD\r\n", 2), item.Broken, "2 components side by side", "c", "VCARD"},

		{"F95: conflict markers", calendar(event("UID:e0 | <<<<<<< HEAD | SUMMARY:A | ======= | SUMMARY:B | >>>>>>> other")), item.Broken, "conflict markers", "e0", "VEVENT"},
		{"F95: in a text they are none", calendar(event("UID:e0 | DESCRIPTION: | \t<<<<<<< HEAD | \t======= | \t>>>>>>> other | <<<<<<< x")), item.Sound, "", "e0", "VEVENT"},

		{"P63: several UIDs", calendar(event("UID:e0") + " | " + event("UID:e1")), item.Opaque, "several UIDs", "e0", "VEVENT"},
		{"P63: several in one event", calendar(event("UID:e0 | UID:e1")), item.Opaque, "several UIDs", "e0", "VEVENT"},
		{"P63: no UID", calendar(event("SUMMARY:A")), item.Opaque, "no UID", "", "VEVENT"},
		{"P63: an empty one", calendar(event("UID:")), item.Opaque, "no UID", "", "VEVENT"},
		{"P63: none in an override", calendar(event("UID:e0") + " | " + event(override)), item.Opaque, "no UID", "e0", "VEVENT"},
		{"P63: no UID in a card", "BEGIN:VCARD\r\nFN:A\r\nEND:VCARD\r\n", item.Opaque, "no UID", "", "VCARD"},
		{"P63: two masters", calendar(event("UID:e0") + " | " + event("UID:e0")), item.Opaque, "without RECURRENCE-ID", "e0", "VEVENT"},
		{"two types", calendar(event("UID:e0") + " | BEGIN:VTODO | UID:e0 | " + override + " | END:VTODO"), item.Opaque, "mixes", "e0", "VEVENT"},
		{"nothing but a time zone", calendar("BEGIN:VTIMEZONE | TZID:Z | END:VTIMEZONE"), item.Opaque, "no event", "", ""},
		{"no calendar around it", crlf(event("UID:e0")), item.Opaque, "outside of VCALENDAR", "e0", "VEVENT"},
		{"P67: not UTF-8", calendar(event("UID:e0 | SUMMARY:Caf\xe9")), item.Opaque, "not UTF-8", "e0", "VEVENT"},
		{"broken beats opaque", "BEGIN:VCALENDAR\r\n" + crlf(event("SUMMARY:\xe9")), item.Broken, "no END", "", "VEVENT"},

		{"limit: depth", strings.Repeat("BEGIN:X\r\n", 65) + strings.Repeat("END:X\r\n", 65), item.Opaque, "64 deep", "", ""},
		{"limit: parameters", calendar(event("UID:e0 | X;Y=" + strings.Repeat("y", 300_000) + ":1")), item.Opaque, "KiB of parameters", "", ""},
		{"limit: lines", calendar(event("UID:e0 | " + strings.Repeat("A:1 | ", 1<<18) + "B:1")), item.Opaque, "lines", "", ""},
		{"limit: bytes", calendar(event("UID:e0 | A:" + strings.Repeat("a", 64<<20))), item.Opaque, "64 MiB", "", ""},
	} {
		it := item.Parse([]byte(test.body))
		if it.State() != test.state || !strings.Contains(it.Problem(), test.problem) || (test.problem == "") != (it.Problem() == "") {
			t.Errorf("%s: %v: %q, want %v: %q", test.name, it.State(), it.Problem(), test.state, test.problem)
		}
		if it.UID() != test.uid || it.Component() != test.component {
			t.Errorf("%s: UID %q of %q, want %q of %q", test.name, it.UID(), it.Component(), test.uid, test.component)
		}
		if got := string(it.Tree().AppendTo(nil)); got != test.body {
			t.Errorf("%s: the tree gives other bytes", test.name)
		}
	}
}

func TestP61CutBodyIsUnknown(t *testing.T) {
	t.Parallel()
	whole := calendar("BEGIN:VEVENT | UID:e0 | END:VEVENT")
	for n := range len(whole) {
		if got, want := item.Complete([]byte(whole[:n])), n >= len(whole)-2; got != want {
			t.Errorf("cut after %d of %d bytes: complete %v, want %v", n, len(whole), got, want)
		}
	}
	for _, test := range []struct {
		name, body string
		want       bool
	}{
		{"whole", whole, true},
		{"blanks and NUL bytes behind", whole + " \t\r\n\x00\x00\n", true},
		{"byte order mark", "\xef\xbb\xbf" + whole, true},
		{"LF", strings.ReplaceAll(whole, "\r\n", "\n"), true},
		{"CR", strings.ReplaceAll(whole, "\r\n", "\r"), true},
		{"small letters", strings.ToLower(whole), true},
		{"an END of something else", strings.Replace(whole, "END:VCALENDAR", "END:VCARD", 1), false},
		{"empty", "", false},
		{"a web page", "<html>\n<body>END:VCALENDAR</body>\n</html>\n", false},
		{"only an END", "END:VCALENDAR\r\n", false},
	} {
		if got := item.Complete([]byte(test.body)); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestF71Damaged(t *testing.T) {
	t.Parallel()
	whole := calendar("BEGIN:VEVENT | UID:e0 | END:VEVENT")
	for _, test := range []struct{ name, body, want string }{
		{"whole", whole, ""},
		{"without the last line end", strings.TrimSuffix(whole, "\r\n"), ""},
		{"P62: unbalanced, but with its END", strings.Replace(whole, "END:VEVENT\r\n", "", 1), ""},
		{"a stray NUL", strings.Replace(whole, "UID:e0", "UID:e0\r\nSUMMARY:a\x00b", 1), ""},
		{"padded by the file system", whole + strings.Repeat("\x00", 4096), ""},
		{"empty", "", "empty"},
		{"blanks", " \r\n\r\n", "only blanks"},
		{"NUL bytes", strings.Repeat("\x00", 700), "only NUL bytes"},
		{"NUL bytes and a line end", "\x00\x00\n", "only blanks"},
		{"a hole", strings.Replace(whole, "UID:e0", "UID:e0"+strings.Repeat("\x00", 512), 1), "hole"},
		{"F67: half", whole[:len(whole)/2], "does not end with END:VCALENDAR"},
		{"F67: half, the rest allocated", whole[:40] + strings.Repeat("\x00", 4000), "does not end with END:VCALENDAR"},
		{"begun", "BEG", "no BEGIN"},
	} {
		if got := item.Damaged([]byte(test.body)); !strings.Contains(got, test.want) || (got == "") != (test.want == "") {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestP85ForUpload(t *testing.T) {
	t.Parallel()
	body := calendar("BEGIN:VEVENT | UID:e0 | SUMMARY:a | \tb | END:VEVENT")
	for _, test := range []struct{ name, body, want string }{
		{"ready", body, body},
		{"F82: LF", strings.ReplaceAll(body, "\r\n", "\n"), body},
		{"F82: mixed", strings.Replace(body, "\r\n", "\n", 2), body},
		{"F82: CR", strings.ReplaceAll(body, "\r\n", "\r"), body},
		{"F82: CR CR LF", strings.ReplaceAll(body, "\r\n", "\r\r\n"), body},
		{"F82: BOM", "\xef\xbb\xbf" + body, body},
		{"F82: not UTF-8", strings.Replace(body, "SUMMARY:a", "SUMMARY:\xe9", 1), strings.Replace(body, "SUMMARY:a", "SUMMARY:\xe9", 1)},
		{"a lone CR is data", strings.Replace(body, "SUMMARY:a", "SUMMARY:a\rb", 1), strings.Replace(body, "SUMMARY:a", "SUMMARY:a\rb", 1)},
		{"no last line end", strings.TrimSuffix(body, "\r\n"), strings.TrimSuffix(body, "\r\n")},
		{"METHOD", strings.Replace(body, "VERSION:2.0", "method;x=y:REQ\r\n UEST\r\nVERSION:2.0", 1), body},
		{"a METHOD elsewhere", strings.Replace(body, "UID:e0", "UID:e0\r\nMETHOD:x", 1), strings.Replace(body, "UID:e0", "UID:e0\r\nMETHOD:x", 1)},
		{"all at once", "\xef\xbb\xbf" + strings.ReplaceAll(strings.Replace(body, "VERSION", "METHOD:PUBLISH\r\nVERSION", 1), "\r\n", "\n"), body},
		{"empty", "", ""},
	} {
		got := item.ForUpload([]byte(test.body))
		if string(got) != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
		if again := item.ForUpload(got); string(again) != string(got) {
			t.Errorf("%s: a second time: %q", test.name, again)
		}
	}
	raw := []byte(body)
	if got := item.ForUpload(raw); &got[0] != &raw[0] {
		t.Error("what is ready is copied")
	}
}

// An item is read when it is asked, by whoever comes first; the others wait.
func TestItemIsSafeForManyReaders(t *testing.T) {
	t.Parallel()
	it := item.Parse([]byte(calendar("BEGIN:VEVENT | UID:e0 | SUMMARY:S | END:VEVENT")))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if it.State() != item.Sound || it.UID() != "e0" || it.Summary() != "S" || it.Tree() == nil {
				t.Error("a reader saw an item half read")
			}
		})
	}
	wg.Wait()
}
