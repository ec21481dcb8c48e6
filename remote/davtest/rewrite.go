package davtest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
)

// Model is what a server makes of a body. A Model gets bytes of its own, which it may change, and must not call the Server.
type Model func(body []byte) []byte

// Chain is several models, one after the other.
func Chain(models ...Model) Model {
	return func(body []byte) []byte {
		for _, m := range models {
			body = m(body)
		}
		return body
	}
}

// Keep stores what was sent.
func Keep() Model { return func(body []byte) []byte { return body } }

// lines makes a model of an edit of logical lines, without folds. Such models that rewrite lines fold again at 75 octets, with CRLF.
func lines(edit func([]string) []string) Model {
	return func(body []byte) []byte {
		list := slices.DeleteFunc(unfold(body), func(s string) bool { return s == "" })
		return fold(edit(list))
	}
}

func fold(list []string) []byte {
	var b bytes.Buffer
	for _, l := range list {
		width := 75
		for len(l) > width {
			cut := width
			for cut > 1 && l[cut]&0xC0 == 0x80 { // not inside a rune
				cut--
			}
			b.WriteString(l[:cut] + "\r\n ")
			l, width = l[cut:], 74
		}
		b.WriteString(l + "\r\n")
	}
	return b.Bytes()
}

// nameOf is the upper-case name of a logical line, without group and parameters.
func nameOf(l string) string { return readLine(l).name }

// Sort sorts the properties of each component by name, writes names in upper case, folds at 75 octets and ends lines with CRLF
// (Radicale, Xandikos).
func Sort() Model {
	return lines(func(list []string) []string {
		for i, l := range list {
			if end := strings.IndexAny(l, ":;"); end > 0 {
				list[i] = strings.ToUpper(l[:end]) + l[end:]
			}
		}
		from := 0
		for i := 0; i <= len(list); i++ {
			if i == len(list) || strings.HasPrefix(list[i], "BEGIN:") || strings.HasPrefix(list[i], "END:") {
				slices.SortStableFunc(list[from:i], func(a, b string) int { return strings.Compare(nameOf(a), nameOf(b)) })
				from = i + 1
			}
		}
		return list
	})
}

// Drop removes all lines of these names (without their groups).
func Drop(names ...string) Model {
	return lines(func(list []string) []string {
		return slices.DeleteFunc(list, func(l string) bool {
			return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, nameOf(l)) })
		})
	})
}

// StripX removes lines whose name begins with X-.
func StripX() Model {
	return lines(func(list []string) []string {
		return slices.DeleteFunc(list, func(l string) bool { return strings.HasPrefix(nameOf(l), "X-") })
	})
}

// StripTZ removes VTIMEZONE components (Cyrus, Fastmail).
func StripTZ() Model {
	return lines(func(list []string) []string {
		inside := false
		return slices.DeleteFunc(list, func(l string) bool {
			switch strings.ToUpper(l) {
			case "BEGIN:VTIMEZONE":
				inside = true
			case "END:VTIMEZONE":
				inside = false
				return true
			}
			return inside
		})
	})
}

// ZoneToAlias writes another name of a zone wherever the zone is named.
func ZoneToAlias(from, to string) Model {
	return lines(func(list []string) []string {
		for i, l := range list {
			list[i] = strings.NewReplacer("TZID="+from+":", "TZID="+to+":", "TZID="+from+";", "TZID="+to+";", "TZID:"+from, "TZID:"+to).Replace(l)
		}
		return list
	})
}

// AddAlarm gives every event without an alarm a default one (Cyrus, Fastmail).
func AddAlarm() Model {
	return lines(func(list []string) []string {
		var out []string
		alarm := false
		for _, l := range list {
			switch strings.ToUpper(l) {
			case "BEGIN:VEVENT":
				alarm = false
			case "BEGIN:VALARM":
				alarm = true
			case "END:VEVENT":
				if !alarm {
					out = append(out, "BEGIN:VALARM", "UID:default-alarm", "ACTION:DISPLAY", "TRIGGER:-PT10M", "DESCRIPTION:Reminder",
						"X-JMAP-DEFAULT-ALARM;VALUE=BOOLEAN:TRUE", "END:VALARM")
				}
			}
			out = append(out, l)
		}
		return out
	})
}

// AddOwner makes the owner of the calendar organizer and attendee of every event without an organizer (Google).
func AddOwner(address string) Model {
	return beforeEnd("VEVENT", "ORGANIZER", "ORGANIZER:"+address, "ATTENDEE;PARTSTAT=ACCEPTED:"+address)
}

// Defaults writes out what is meant anyway: CLASS:PUBLIC, STATUS:CONFIRMED, TRANSP:OPAQUE, PRIORITY:0 in events (SOGo and others).
func Defaults() Model {
	return Chain(beforeEnd("VEVENT", "CLASS", "CLASS:PUBLIC"), beforeEnd("VEVENT", "STATUS", "STATUS:CONFIRMED"),
		beforeEnd("VEVENT", "TRANSP", "TRANSP:OPAQUE"), beforeEnd("VEVENT", "PRIORITY", "PRIORITY:0"))
}

// beforeEnd adds lines to each component of a kind that has no line of that name of its own.
func beforeEnd(kind, name string, add ...string) Model {
	return lines(func(list []string) []string {
		var out []string
		depth, has := 0, false
		for _, l := range list {
			upper := strings.ToUpper(l)
			switch {
			case upper == "BEGIN:"+kind:
				depth, has = 1, false
			case upper == "END:"+kind:
				if !has {
					out = append(out, add...)
				}
				depth = 0
			case depth > 0 && strings.HasPrefix(upper, "BEGIN:"):
				depth++
			case depth > 0 && strings.HasPrefix(upper, "END:"):
				depth--
			case depth == 1 && nameOf(l) == name:
				has = true
			}
			out = append(out, l)
		}
		return out
	})
}

// Escape writes escapes that mean the same: \: for a colon in texts, \N for \n (Google Contacts).
func Escape() Model {
	texts := []string{"SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "NOTE", "FN"}
	return lines(func(list []string) []string {
		for i, l := range list {
			r := readLine(l)
			if !slices.Contains(texts, r.name) {
				continue
			}
			head := strings.TrimSuffix(l, r.value)
			list[i] = head + strings.NewReplacer(`\\`, `\\`, `\:`, `\:`, ":", `\:`, `\n`, `\N`).Replace(r.value)
		}
		return list
	})
}

// Stamp gives events and tasks another DTSTAMP and LAST-MODIFIED, and cards another REV, each time it is called. With
// RewritesOnRead it is the server that stamps what it gives away.
func Stamp() Model {
	var calls atomic.Int64
	return lines(func(list []string) []string {
		n := calls.Add(1)
		at := fmt.Sprintf("2026%02d%02dT%02d%02d%02dZ", n/86400/28%12+1, n/86400%28+1, n/3600%24, n/60%60, n%60)
		for i, l := range list {
			switch name := nameOf(l); name {
			case "DTSTAMP", "LAST-MODIFIED", "REV":
				list[i] = name + ":" + at
			}
		}
		return list
	})
}

// VCard3 turns 4.0 cards into 3.0, in the coarse way of servers: the version, and what has no place in 3.0 is dropped.
func VCard3() Model {
	convert := lines(func(list []string) []string {
		list = slices.DeleteFunc(list, func(l string) bool {
			return slices.Contains([]string{"KIND", "GENDER", "ANNIVERSARY", "LANG", "CLIENTPIDMAP"}, nameOf(l))
		})
		for i, l := range list {
			if nameOf(l) == "VERSION" {
				list[i] = "VERSION:3.0"
			}
		}
		return list
	})
	return func(body []byte) []byte {
		if inspect(body).version != "4.0" {
			return body
		}
		return convert(body)
	}
}

// Regroup renames groups to ITEM1, ITEM2, ... in upper case and puts labels before what they label (Nextcloud Contacts).
func Regroup() Model {
	return lines(func(list []string) []string {
		groups := map[string]string{}
		for i, l := range list {
			dot := strings.IndexByte(l, '.')
			if dot <= 0 || dot > strings.IndexAny(l+":", ":;") {
				continue
			}
			g := strings.ToUpper(l[:dot])
			if groups[g] == "" {
				groups[g] = fmt.Sprintf("ITEM%d", len(groups)+1)
			}
			list[i] = groups[g] + l[dot:]
			if i > 0 && nameOf(l) == "X-ABLABEL" && strings.HasPrefix(list[i-1], groups[g]+".") {
				list[i-1], list[i] = list[i], list[i-1]
			}
		}
		return list
	})
}
