package main

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vgit/repo"
)

func TestFolded(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                       "",
		"one two three":          "one two|three",
		"a long-unbroken-word x": "a|long-unbr|oken-word|x",
		"日本語日本語日本語":              "日本語日|本語日本|語",
		"one\r\ntwo":             "one|two",
		"\x1b[2J":                `\u{1b}[2J`,
	} {
		if got := strings.Join(folded(text, 9), "|"); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// Lines are never wider than they may be, and nothing gets lost between them but blanks.
func TestFoldedLosesNothing(t *testing.T) {
	t.Parallel()
	plain := strings.NewReplacer(" ", "", "\n", "", "\r", "")
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("ab \n日é\u0301👩‍👩‍👧"))).Draw(rt, "text")
		n := rapid.IntRange(2, 30).Draw(rt, "columns")
		all := ""
		for _, line := range folded(text, n) {
			if strings.ContainsAny(line, "\n\r") || columns(line) > n && !strings.Contains(line, `\u{`) {
				rt.Errorf("%q is wider than %d", line, n)
			}
			all += line
		}
		if want := repo.Plain(plain.Replace(text)); len(text) < 100 && plain.Replace(all) != want {
			rt.Errorf("got %q, want %q", plain.Replace(all), want)
		}
	})
}
