package config

import (
	"fmt"
	"math"
	"time"
)

// units of a length of time, the longest first.
var units = []struct {
	name string
	size time.Duration
}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond}}

// parseSpan reads "30s", "7d" or "1h30m". Every number has a unit; what says what is wrong.
func parseSpan(s string) (d time.Duration, what string) {
	const forms = `(write it like "30s", "5m", "12h" or "7d")`
	if s == "" {
		return 0, "expected a length of time " + forms
	}
	for rest := s; rest != ""; {
		digits, letters := 0, 0
		for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
			digits++
		}
		for digits+letters < len(rest) && rest[digits+letters] >= 'a' && rest[digits+letters] <= 'z' {
			letters++
		}
		number, unit := rest[:digits], rest[digits:digits+letters]
		if digits == 0 {
			return 0, fmt.Sprintf("%q is no length of time %s", s, forms)
		}
		if letters == 0 && digits == len(rest) {
			return 0, fmt.Sprintf("%q has no unit %s", s, forms)
		}
		part, ok := times(number, unit)
		if !ok {
			return 0, fmt.Sprintf("%q is no length of time %s", s, forms)
		}
		if part > math.MaxInt64-d {
			return 0, fmt.Sprintf("%q is too long", s)
		}
		d, rest = d+part, rest[digits+letters:]
	}
	return d, ""
}

// times multiplies a number of at most nine digits by a unit.
func times(number, unit string) (time.Duration, bool) {
	if len(number) > 9 {
		return 0, false
	}
	var n time.Duration
	for _, c := range number {
		n = n*10 + time.Duration(c-'0')
	}
	for _, u := range units {
		if u.name == unit && n <= math.MaxInt64/u.size {
			return n * u.size, true
		}
	}
	return 0, false
}

// formatSpan writes d in the largest unit that fits evenly, in a form that parseSpan reads. Weeks are written as days.
func formatSpan(d time.Duration) string {
	for _, u := range units[1:] {
		if d != 0 && d%u.size == 0 {
			return fmt.Sprintf("%d%s", d/u.size, u.name)
		}
	}
	return "0s"
}
