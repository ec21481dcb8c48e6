package merge_test

import (
	"bytes"
	"fmt"
	"strings"

	"vgit/merge"
	"vgit/merge/mergetest"
	"vgit/repo/item"
)

// besides is a condition of one case that file and body alone do not hold. It says what is wrong.
type besides func(c *mergetest.Case, r merge.Result) []string

// more are the conditions by the number of the case.
var more = map[int]besides{
	4:  fileIs(func(c *mergetest.Case) []byte { return c.R1 }),
	5:  unwritten,
	6:  unwritten,
	9:  all(showsTheirs, againTheSame),
	13: all(unwritten, onlySummaryIsOurs),
	17: endsOnce,
	18: endsOnce,
	19: strongInUTC,
	22: all(lineInFile("EXDATE;TZID=Europe/Berlin:20260309T100000"), counted("EXDATE", 1)),
	28: all(showsTheirs, counted("EXDATE", 0)),
	29: all(showsTheirs, counted("EXDATE", 0)),
	35: all(showsTheirs, nothingSent),
	37: suggests("e0b", "20260406T110000"),
	38: suggests("e0p"),
	39: notes("split", "e0p"),
	41: counted("BEGIN:VALARM", 1),
	46: counted("RELATED-TO", 2),
	47: all(counted("GEO", 0), counted("X-APPLE-STRUCTURED-LOCATION", 0)),
	48: counted("BEGIN:VTIMEZONE", 1),
	50: all(unwritten, counted("ATTENDEE", 3), replyStands),
	54: strangersConflict,
	61: all(showsTheirs, nothingSent, againTheSame),
	62: nothingSent,
	63: nothingSent,
	64: unwritten,
	66: counted("TEL", 2),
	69: all(counted("URL", 1), counted("X-ABLABEL", 1)),
	70: all(counted("TEL", 3), counted("EMAIL", 2), counted("X-ABLABEL", 3)),
	74: preferredOnce,
	77: lineInFile("X-LOCAL:1"),
	78: addedStays,
	79: serverRewrites,
}

func all(list ...besides) besides {
	return func(c *mergetest.Case, r merge.Result) (wrong []string) {
		for _, b := range list {
			wrong = append(wrong, b(c, r)...)
		}
		return wrong
	}
}

// unless is one sentence where something does not hold.
func unless(holds bool, format string, args ...any) []string {
	if holds {
		return nil
	}
	return []string{fmt.Sprintf(format, args...)}
}

func fileIs(want func(c *mergetest.Case) []byte) besides {
	return func(c *mergetest.Case, r merge.Result) []string {
		return unless(bytes.Equal(r.Local, want(c)), "the file has other bytes")
	}
}

func unwritten(c *mergetest.Case, r merge.Result) []string {
	return unless(bytes.Equal(r.Local, c.L1), "the file is written")
}

func nothingSent(_ *mergetest.Case, r merge.Result) []string {
	return unless(r.Send == merge.Nothing, "something is sent")
}

func showsTheirs(_ *mergetest.Case, r merge.Result) []string {
	return unless(len(r.Conflicts) == 1 && r.Conflicts[0].ShowsRemote, "the conflict does not say that the file shows theirs")
}

// againTheSame merges once more against the same remote, as the next run would whose local side stands for the same.
func againTheSame(c *mergetest.Case, r merge.Result) []string {
	again := merge.Reconcile(versionsOf(c), contextOf(c))
	return unless(bytes.Equal(again.Local, r.Local) && len(again.Conflicts) == len(r.Conflicts), "the second merge is another")
}

// counted wants so many lines of a name in the file, and in the body if there is one.
func counted(name string, n int) besides {
	return func(_ *mergetest.Case, r merge.Result) (wrong []string) {
		for what, body := range map[string][]byte{"file": r.Local, "body": r.Body} {
			if found := countLines(body, name); body != nil && found != n {
				wrong = append(wrong, fmt.Sprintf("%d lines %s in the %s, want %d", found, name, what, n))
			}
		}
		return wrong
	}
}

// countLines counts the lines that begin with a name, in any case and group, outside of time zones.
func countLines(body []byte, name string) int {
	n, inZone := 0, false
	for line := range strings.SplitSeq(strings.ToUpper(string(body)), "\n") {
		line = strings.TrimRight(line, "\r")
		inZone = inZone && line != "END:VTIMEZONE"
		if _, rest, grouped := strings.Cut(line, "."); grouped && (strings.HasPrefix(line, "ITEM") || strings.HasPrefix(line, "GROUP")) {
			line = rest
		}
		if !inZone && (line == name || strings.HasPrefix(line, name+":") || strings.HasPrefix(line, name+";")) {
			n++
		}
		inZone = inZone || line == "BEGIN:VTIMEZONE"
	}
	return n
}

func lineInFile(line string) besides {
	return func(_ *mergetest.Case, r merge.Result) []string {
		return unless(bytes.Contains(r.Local, []byte("\n"+line+"\r\n")), "the file lacks %s", line)
	}
}

func endsOnce(_ *mergetest.Case, r merge.Result) []string {
	end, duration := countLines(r.Local, "DTEND"), countLines(r.Local, "DURATION")
	return unless(end+duration == 1, "%d DTEND and %d DURATION in the file", end, duration)
}

// onlySummaryIsOurs wants theirs but for the line of the title, and the clocks that come with an edit.
func onlySummaryIsOurs(c *mergetest.Case, r merge.Result) (wrong []string) {
	theirs, body := strings.Split(string(c.R1), "\n"), strings.Split(string(r.Body), "\n")
	if len(theirs) != len(body) {
		return []string{"the body has more or fewer lines than theirs"}
	}
	for i := range theirs {
		name, _, _ := strings.Cut(theirs[i], ":")
		if theirs[i] != body[i] && name != "summary" && name != "dtstamp" && name != "last-modified" {
			wrong = append(wrong, fmt.Sprintf("the body has %q, theirs %q", body[i], theirs[i]))
		}
	}
	return wrong
}

// strongInUTC wants it said that a series in UTC is another one.
func strongInUTC(c *mergetest.Case, _ merge.Result) []string {
	for _, change := range merge.Diff(item.Parse(c.R0), item.Parse(c.R1)) {
		if change.Slot == "time" && change.Strength == merge.Strong {
			return nil
		}
	}
	return []string{"the diff does not say that the times of the series change"}
}

func suggests(words ...string) besides {
	return func(_ *mergetest.Case, r merge.Result) (wrong []string) {
		for _, word := range words {
			if len(r.Conflicts) != 1 || !strings.Contains(r.Conflicts[0].Suggestion, word) {
				wrong = append(wrong, "the suggestion does not name "+word)
			}
		}
		return wrong
	}
}

func notes(kind, word string) besides {
	return func(_ *mergetest.Case, r merge.Result) []string {
		for _, n := range r.Notes {
			if n.Kind == kind && strings.Contains(n.Text, word) {
				return nil
			}
		}
		return []string{"no note(" + kind + ") names " + word}
	}
}

// replyStands wants the status that a server keeps on an attendee in the body.
func replyStands(_ *mergetest.Case, r merge.Result) []string {
	body := unfolded(string(r.Body), true)
	return unless(strings.Contains(body, "SCHEDULE-STATUS=2.0:mailto:ann@"), "the body loses SCHEDULE-STATUS")
}

// strangersConflict merges without knowing who the user is.
func strangersConflict(c *mergetest.Case, _ merge.Result) []string {
	r := merge.Reconcile(versionsOf(c), merge.Context{})
	wrong := unless(len(r.Conflicts) == 1 && r.Conflicts[0].Slot == "summary", "without an address: not conflict(summary) but %v", r.Conflicts)
	return append(wrong, differing("without an address, the file", c.L1, r.Local, nil)...)
}

func preferredOnce(_ *mergetest.Case, r merge.Result) []string {
	n := strings.Count(strings.ToLower(string(r.Local)), "pref:")
	return unless(n == 1, "%d preferred entries", n)
}

// addedStays wants the server's alarm in the body and not in the file.
func addedStays(_ *mergetest.Case, r merge.Result) []string {
	return append(unless(countLines(r.Local, "BEGIN:VALARM") == 0, "the server's alarm is in the file"),
		unless(countLines(r.Body, "BEGIN:VALARM") == 1, "the server's alarm is not in the body")...)
}

// serverRewrites goes on for two runs against a server that kept something else than it was sent.
func serverRewrites(c *mergetest.Case, r merge.Result) (wrong []string) {
	stored := strings.Replace(string(r.Body), "LOCATION:Room 1\r\n", "PRIORITY:5\r\n", 1)
	file, remote := itemOf(r.Local), item.Parse([]byte(stored))
	for run := 2; run <= 3; run++ {
		next := merge.Reconcile(merge.Versions{L0: file, L1: file, R0: remote, R1: remote}, contextOf(c))
		wrong = append(wrong, unless(next.Send == merge.Nothing, "run %d sends", run)...)
		wrong = append(wrong, unless(bytes.Equal(next.Local, r.Local), "run %d writes the file", run)...)
	}
	return append(wrong, unless(countLines(r.Local, "LOCATION") == 1 && countLines(r.Local, "PRIORITY") == 0, "the file follows the server")...)
}
