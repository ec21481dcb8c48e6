package main

import (
	"testing"

	"vgit/cmd/config"
	"vgit/merge"
	"vgit/repo"
)

// What was answered about one remote is the answer about another that has the very same, and nothing else.
func TestResolveAsksOnceOfSeveralRemotes(t *testing.T) {
	t.Parallel()
	v := &config.VDir{Name: "cal"}
	of := func(remote, name string) *waiter {
		return &waiter{vdir: v, Waiting: &repo.Waiting{Step: &repo.Step{Remote: remote, Collection: "work", Name: name}}}
	}
	c := merge.Conflict{Slot: "summary", Local: "Here", Remote: "There"}
	said := sayings{{of("a", "x.ics"), "a", c, "there"}}
	other := c
	other.Remote = "Elsewhere"
	for name, tt := range map[string]struct {
		w    *waiter
		c    merge.Conflict
		want string
	}{
		"the same of another remote": {of("b", "x.ics"), c, "there"},
		"the same remote again":      {of("a", "x.ics"), c, ""},
		"another item":               {of("b", "y.ics"), c, ""},
		"a third value":              {of("b", "x.ics"), other, ""},
	} {
		if got := said.elsewhere(tt.w, tt.c); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
