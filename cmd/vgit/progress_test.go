package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestProgressOnlyForSlowWorkOnATerminal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name            string
		terminal, quiet bool
		takes           time.Duration
		shown           bool
	}{
		{"slow, on a terminal", true, false, 2 * time.Second, true},
		{"quick", true, false, slow / 2, false},
		{"no terminal", false, false, time.Hour, false},
		{"quiet", true, true, time.Hour, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var err bytes.Buffer
			now := time.Now()
			s := &session{World: World{Stderr: &err, ErrTerminal: c.terminal, Now: func() time.Time { return now }}, quiet: c.quiet}
			p := s.progress("cal")
			p.tell("work", 1, 10)
			now = now.Add(c.takes)
			p.tell("work\x1b[2J", 5, 10)
			p.end()
			if shown := strings.Contains(err.String(), "cal: work"); shown != c.shown || strings.Contains(err.String(), "work\x1b") {
				t.Errorf("shown: %q", err.String())
			}
		})
	}
}
