package main

import (
	"strings"
	"testing"

	"vgit/merge"
)

func TestSlotAnswers(t *testing.T) {
	t.Parallel()
	title := merge.Conflict{Slot: "summary", Base: "a", Local: "b", Remote: "c"}
	text := merge.Conflict{Slot: "occurrence 20260309 description", Base: "a", Local: "b", Remote: "c"}
	gone := merge.Conflict{Slot: "description", Base: "a", Local: "b"}
	for _, tt := range []struct {
		line string
		c    merge.Conflict
		want string
	}{
		{"h", title, "here"}, {" Here\r", title, "here"}, {"mine", title, "here"}, {"local", title, "here"}, {"t", title, "there"}, {"theirs", title, "there"},
		{"r", title, "there"}, {"e", title, "edit"}, {"s", title, "skip"}, {"q", title, "quit"}, {"", title, ""}, {"x", title, ""}, {"heree", title, ""},
		{"b", title, ""}, {"both", text, "both"}, {"b", text, "both"}, {"b", gone, ""},
	} {
		if got := slotAnswer(tt.line, tt.c); got != tt.want {
			t.Errorf("%q about %s: %q, want %q", tt.line, tt.c.Slot, got, tt.want)
		}
	}
	if strings.Contains(slotPrompt(title), "both") || !strings.Contains(slotPrompt(text), "[b]oth") {
		t.Errorf("prompts: %s%s", slotPrompt(title), slotPrompt(text))
	}
}
