//go:build unix

package main

import (
	"strings"
	"testing"
)

// TestUndoAsksOnATerminal: once about all of it, or about one item after the other; what is answered no stays as it is.
func TestUndoAsksOnATerminal(t *testing.T) {
	t.Parallel()
	r := newReader(t, 3)
	r.run("rm ~/phone/Personal/day-0[1-3].ics && vgit --config ~/phone.toml sync --allow-deletes 3 && vgit sync", nil)
	days := func() string {
		return strings.Join(strings.Fields(r.run("cd ~/.calendars/Personal && ls | grep day", nil)), " ")
	}
	said := r.run("vgit undo", []string{"quit"})
	if !strings.Contains(said, "Do these 3 changes? [y]es, [i]tems or [q]uit? quit") || days() != "" {
		t.Errorf("days %q after:\n%s", days(), said)
	}
	said = r.run("vgit undo", []string{"items", "yes", "no", "quit"})
	if days() != "" {
		t.Errorf("days %q after:\n%s", days(), said)
	}
	said = r.run("vgit undo -i", []string{"yes", "no", "yes"})
	if !strings.Contains(said, "Do this (1 of 3)? [y]es, [n]o, [a]ll, [d]one or [q]uit? yes") || days() != "day-01.ics day-03.ics" {
		t.Errorf("days %q after:\n%s", days(), said)
	}
	said = r.run("vgit restore --from main~2 calendars", nil)
	if days() != "day-01.ics day-02.ics day-03.ics" {
		t.Errorf("days %q after:\n%s", days(), said)
	}
}
