package davtest

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// UTCToZone writes times in UTC in a zone that is an hour ahead in winter and two in summer, as one server does with the zone of
// the calendar (Google). The definition of the zone is left to whoever reads it.
func UTCToZone(name string) Model {
	zone, err := time.LoadLocation(name)
	if err != nil {
		zone = time.UTC
	}
	return lines(func(list []string) []string {
		for i, l := range list {
			r := readLine(l)
			at, err := time.Parse("20060102T150405Z", r.value)
			if err != nil || r.name != "DTSTART" && r.name != "DTEND" && r.name != "DUE" {
				continue
			}
			list[i] = r.name + ";TZID=" + name + ":" + at.In(zone).Format("20060102T150405")
		}
		return list
	})
}

// Shift moves the times of events in a zone by some hours, as DavMail does where it reads a zone wrongly.
func Shift(hours int) Model {
	return lines(func(list []string) []string {
		for i, l := range list {
			r := readLine(l)
			at, err := time.Parse("20060102T150405", r.value)
			if err != nil || r.name != "DTSTART" && r.name != "DTEND" || !strings.Contains(l, "TZID=") {
				continue
			}
			list[i] = strings.TrimSuffix(l, r.value) + at.Add(time.Duration(hours)*time.Hour).Format("20060102T150405")
		}
		return list
	})
}

// PhotoLink puts pictures somewhere else and a link to them into the card.
func PhotoLink(base string) Model {
	return lines(func(list []string) []string {
		for i, l := range list {
			r := readLine(l)
			if r.name != "PHOTO" || strings.HasPrefix(r.value, "http") {
				continue
			}
			sum := sha256.Sum256([]byte(r.value))
			list[i] = "PHOTO;VALUE=uri:" + base + "/" + hex.EncodeToString(sum[:8])
		}
		return list
	})
}
