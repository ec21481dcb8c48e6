package main

import (
	"testing"

	"vgit/cmd/config"
	"vgit/merge"
	"vgit/repo"
)

func TestSlotAnswers(t *testing.T) {
	t.Parallel()
	plain := &session{cfg: &config.Config{}}
	program := &waiter{vdir: &config.VDir{Settling: config.Settling{Program: config.Program{Words: []string{"meld"}}}}, Waiting: &repo.Waiting{Step: &repo.Step{}}}
	none := &waiter{vdir: &config.VDir{}, Waiting: &repo.Waiting{Step: &repo.Step{}}}
	title := merge.Conflict{Slot: "summary", Base: "a", Local: "b", Remote: "c"}
	text := merge.Conflict{Slot: "occurrence 20260309 description", Base: "a", Local: "b", Remote: "c"}
	gone := merge.Conflict{Slot: "description", Base: "a", Local: "b"}
	for _, tt := range []struct {
		line string
		w    *waiter
		c    merge.Conflict
		want string
	}{
		{"h", none, title, "here"}, {" Here\r", none, title, "here"}, {"mine", none, title, "here"}, {"local", none, title, "here"}, {"t", none, title, "there"},
		{"theirs", none, title, "there"}, {"r", none, title, "there"}, {"e", none, title, "edit"}, {"s", none, title, "skip"}, {"q", none, title, "quit"},
		{"", none, title, ""}, {"x", none, title, ""}, {"heree", none, title, ""}, {"b", none, title, ""}, {"both", none, text, "both"},
		{"b", none, text, "both"}, {"b", none, gone, ""}, {"p", none, title, ""}, {"p", program, title, "program"}, {"command", program, title, "program"},
	} {
		if got := wordAnswer(tt.line, slotWords, plain.offered(tt.w, tt.c)); got != tt.want {
			t.Errorf("%q about %s: %q, want %q", tt.line, tt.c.Slot, got, tt.want)
		}
	}
	for want, offered := range map[string][]string{
		"[h]ere, [t]here, [e]dit, [s]kip or [q]uit? ":                    plain.offered(none, title),
		"[h]ere, [t]here, [b]oth, [e]dit, [p]rogram, [s]kip or [q]uit? ": plain.offered(program, text),
	} {
		if got := wordPrompt(offered); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
