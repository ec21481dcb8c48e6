package repo

import (
	"os/exec"
	"testing"
)

// TestShellWords asks a shell what it makes of the words.
func TestShellWords(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"/home/ada/.calendars":  "/home/ada/.calendars",
		"work/a b.ics":          "'work/a b.ics'",
		"it's $HOME `x` \"y\"!": `'it'\''s $HOME ` + "`x`" + ` "y"!'`,
		"-rf":                   "'-rf'",
		"~/x":                   "'~/x'",
		"ü;*":                   "'ü;*'",
		"":                      "''",
	} {
		got := ShellWord(word)
		if got != want {
			t.Errorf("ShellWord(%q) = %s, want %s", word, got, want)
		}
		sh, err := exec.LookPath("sh")
		if err != nil {
			continue
		}
		if out, err := exec.Command(sh, "-c", "printf %s "+got).Output(); err != nil || string(out) != word && word[:min(1, len(word))] != "-" {
			t.Errorf("the shell makes %q of %s, %v", out, got, err)
		}
	}
}
