//go:build servers

package main_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// slot is something of an item that a person edits by itself, in any spelling of the item that a server may give it.
type slot struct {
	name string
	set  func(body []byte, n int) []byte // the n-th edit of it
	get  func(body []byte) string        // what it is, in a form that all servers give it
	want func(n int) string              // what get gives after the n-th edit
}

// logical are the lines of a body, each with what it was folded into.
func logical(body []byte) []string {
	var lines []string
	for _, l := range strings.SplitAfter(string(body), "\n") {
		if len(lines) > 0 && (strings.HasPrefix(l, " ") || strings.HasPrefix(l, "\t")) {
			lines[len(lines)-1] += l
		} else if l != "" {
			lines = append(lines, l)
		}
	}
	return lines
}

var folds = regexp.MustCompile(`\r?\n[ \t]`)

// content is a logical line without folds and its end.
func content(line string) string { return strings.TrimRight(folds.ReplaceAllString(line, ""), "\r\n") }

// begins is the first line of what an item is about, which is no zone.
var begins = regexp.MustCompile(`^BEGIN:(VEVENT|VTODO|VCARD)`)

// own are the bounds of the lines of the first such component, up to its first alarm. A card is one component.
func own(lines []string) (from, to int) {
	from = slices.IndexFunc(lines, begins.MatchString) + 1
	inner := func(l string) bool { return strings.HasPrefix(l, "BEGIN:") || strings.HasPrefix(l, "END:") }
	return from, from + slices.IndexFunc(lines[from:], inner)
}

// setLine replaces the first own line that a pattern matches, or adds one.
func setLine(body []byte, which *regexp.Regexp, line string) []byte {
	lines := logical(body)
	from, to := own(lines)
	at := slices.IndexFunc(lines[from:to], func(l string) bool { return which.MatchString(content(l)) })
	if at < 0 {
		return []byte(strings.Join(slices.Insert(lines, to, line+"\r\n"), ""))
	}
	lines[from+at] = line + "\r\n"
	return []byte(strings.Join(lines, ""))
}

// ownLines are the own lines that a pattern matches, sorted.
func ownLines(body []byte, which *regexp.Regexp) []string {
	lines := logical(body)
	from, to := own(lines)
	var found []string
	for _, l := range lines[from:to] {
		if l = content(l); which.MatchString(l) {
			found = append(found, l)
		}
	}
	slices.Sort(found)
	return found
}

// text is a slot that is one property with a text. format has a %d for the number of the edit.
func text(property, format string) slot {
	which := regexp.MustCompile(`(?i)^` + property + `[:;]`)
	return slot{property,
		func(body []byte, n int) []byte { return setLine(body, which, property+":"+fmt.Sprintf(format, n)) },
		func(body []byte) string {
			found := ownLines(body, which)
			if len(found) != 1 {
				return fmt.Sprint(found)
			}
			_, text, _ := strings.Cut(found[0], ":")
			return strings.TrimRight(strings.NewReplacer(`\,`, ",", `\;`, ";", `\:`, ":", `\\`, `\`).Replace(text), ";")
		},
		func(n int) string { return strings.NewReplacer(`\,`, ",").Replace(fmt.Sprintf(format, n)) }}
}

// date is text for a date, with or without its dashes.
func date(property, format string) slot {
	s := text(property, format)
	return slot{s.name, s.set,
		func(body []byte) string { return strings.ReplaceAll(s.get(body), "-", "") },
		func(n int) string { return strings.ReplaceAll(s.want(n), "-", "") }}
}

// entry is a slot that is one of several lines of a property, told by its TYPE. It keeps its parameters.
func entry(property, kind, format string) slot {
	which := regexp.MustCompile(`(?i)^` + property + `;[^:]*\b` + kind + `\b[^:]*:`)
	value := func(body []byte) (head, text string, n int) {
		found := ownLines(body, which)
		if len(found) == 0 {
			return property + ";TYPE=" + kind, "", 0
		}
		head, text, _ = strings.Cut(found[0], ":")
		return head, text, len(found)
	}
	return slot{strings.ToLower(property + " " + kind),
		func(body []byte, n int) []byte {
			head, _, _ := value(body)
			return setLine(body, which, head+":"+fmt.Sprintf(format, n))
		},
		func(body []byte) string {
			_, text, n := value(body)
			if n != 1 {
				return fmt.Sprintf("%d lines, %s", n, text)
			}
			return text
		},
		func(n int) string { return fmt.Sprintf(format, n) }}
}

// category is an element of a set, the other elements of which are of no concern.
func category(word string) slot {
	which := regexp.MustCompile(`(?i)^CATEGORIES[:;]`)
	get := func(body []byte) (found string) {
		for _, l := range ownLines(body, which) {
			_, list, _ := strings.Cut(l, ":")
			for _, c := range strings.Split(list, ",") {
				if strings.HasPrefix(strings.TrimSpace(c), word) {
					found += strings.TrimSpace(c)
				}
			}
		}
		return found
	}
	return slot{"categories " + word,
		func(body []byte, n int) []byte {
			now := fmt.Sprintf("%s%d", word, n)
			if was := get(body); was != "" {
				for _, l := range ownLines(body, which) {
					if strings.Contains(l, was) {
						return setLine(body, regexp.MustCompile(regexp.QuoteMeta(l)), strings.Replace(l, was, now, 1))
					}
				}
			}
			if all := ownLines(body, which); len(all) > 0 {
				return setLine(body, which, all[0]+","+now)
			}
			return setLine(body, which, "CATEGORIES:"+now)
		},
		get,
		func(n int) string { return fmt.Sprintf("%s%d", word, n) }}
}

var (
	anyAlarm  = regexp.MustCompile(`(?s)BEGIN:VALARM.*?TRIGGER[^:]*:([-+A-Z0-9]+)`)
	firstBell = regexp.MustCompile(`(?s)(BEGIN:VALARM.*?TRIGGER)[^:]*:[-+A-Z0-9]+`)
)

// before is when the n-th alarm rings: never a quarter of an hour, which generated alarms have.
func before(n int) string { return fmt.Sprintf("-PT%dM", 16+n%44) }

// alarm is the only reminder of an event, which may have none yet.
var alarm = slot{"alarm",
	func(body []byte, n int) []byte {
		if anyAlarm.Match(body) {
			return firstBell.ReplaceAll(body, []byte("${1}:"+before(n)))
		}
		added := "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:" + before(n) + "\r\nDESCRIPTION:Reminder\r\nEND:VALARM\r\n"
		at := strings.Index(string(body), "END:VEVENT")
		return slices.Concat(body[:at], []byte(added), body[at:])
	},
	func(body []byte) string {
		found := anyAlarm.FindAllSubmatch(body, -1)
		if len(found) != 1 {
			return fmt.Sprintf("%d alarms", len(found))
		}
		return string(found[0][1])
	},
	before}

// day moves an event that does not repeat to another day of a month.
var day = slot{"time",
	func(body []byte, n int) []byte {
		for _, property := range []string{"DTSTART", "DTEND"} {
			which := regexp.MustCompile(`^` + property + `[:;]`)
			head, at, _ := strings.Cut(ownLines(body, which)[0], ":")
			end := 0
			if property == "DTEND" && !strings.Contains(at, "T") {
				end = 1
			}
			body = setLine(body, which, fmt.Sprintf("%s:%s%s", head, monthAndDay(n, end), at[8:]))
		}
		return body
	},
	func(body []byte) string {
		_, at, _ := strings.Cut(ownLines(body, regexp.MustCompile(`^DTSTART[:;]`))[0], ":")
		_, to, _ := strings.Cut(ownLines(body, regexp.MustCompile(`^DTEND[:;]`))[0], ":")
		return at[:8] + " " + to[:6]
	},
	func(n int) string { return monthAndDay(n, 0) + " " + monthAndDay(n, 0)[:6] }}

// monthAndDay is a date of its own for each n, and the days after it.
func monthAndDay(n, after int) string {
	return fmt.Sprintf("%d%02d%02d", 2027+n/240, 1+n/20%12, 1+n%20+after)
}

// slots are those of what r.generated gives.
func (r *rig) slots() []slot {
	if r.kind == "contacts" {
		return []slot{text("TITLE", `Title %d`), text("NOTE", `Note %d\, which is longer`), text("NICKNAME", "Nick%d"), date("BDAY", "1970-01-%02d"),
			entry("TEL", "CELL", "+49 170 %07d"), entry("TEL", "WORK", "+49 30 %07d"), entry("EMAIL", "WORK", "work%d@example.org"),
			entry("EMAIL", "HOME", "home%d@example.org"), entry("ADR", "WORK", ";;Side Street %d;Potsdam;;14467;Germany"), category("group")}
	}
	return []slot{text("SUMMARY", "Title %d"), text("LOCATION", `Room %d\, upstairs`), text("DESCRIPTION", `Words %d\, and more`), text("PRIORITY", "%d"),
		text("URL", "https://example.org/%d"), category("topic"), alarm, day}
}
