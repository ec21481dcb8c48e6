package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPatch(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ old, new, want string }{
		"same":     {"A\r\n", "A\r\n", ""},
		"changed":  {"A\r\nB\r\nC\r\n", "A\r\nX\r\nC\r\n", "diff --git a/w/i.ics b/w/i.ics\n--- a/w/i.ics\n+++ b/w/i.ics\n@@ -1,3 +1,3 @@\n A\n-B\n+X\n C\n"},
		"came":     {"-", "A\n", "diff --git a/w/i.ics b/w/i.ics\n--- /dev/null\n+++ b/w/i.ics\n@@ -0,0 +1 @@\n+A\n"},
		"went":     {"A\n", "-", "diff --git a/w/i.ics b/w/i.ics\n--- a/w/i.ics\n+++ /dev/null\n@@ -1 +0,0 @@\n-A\n"},
		"ends":     {"A\r\n", "A\n", "diff --git a/w/i.ics b/w/i.ics\n--- a/w/i.ics\n+++ b/w/i.ics\n@@ -1 +1 @@\n-A^M\n+A\n"},
		"half":     {"A\n", "A", "diff --git a/w/i.ics b/w/i.ics\n--- a/w/i.ics\n+++ b/w/i.ics\n@@ -1 +1 @@\n-A\n+A\n\\ No newline at end of file\n"},
		"emptied":  {"A\n", "", "diff --git a/w/i.ics b/w/i.ics\n--- a/w/i.ics\n+++ b/w/i.ics\n@@ -1 +0,0 @@\n-A\n"},
		"nothing":  {"-", "", "diff --git a/w/i.ics b/w/i.ics\n"},
		"both not": {"-", "-", ""},
	} {
		if got := patch("w/i.ics", fileOf(c.old), fileOf(c.new)); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
	if got, want := movedPatch("a/i.ics", "b/i.ics", []byte("A\n"), []byte("A\n")), "diff --git a/a/i.ics b/b/i.ics\nrename from a/i.ics\nrename to b/i.ics\n"; got != want {
		t.Errorf("moved: %q", got)
	}
}

// fileOf is a file; "-" is none.
func fileOf(text string) []byte {
	if text == "-" {
		return nil
	}
	return []byte(text)
}

// TestPatchLeadsThere applies patches, which is what makes them the truth about two versions.
func TestPatchLeadsThere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{"A\n", "B\n", "C\n", "\n", "+x\n", "D"}), 0, 12), func(l []string) string { return strings.Join(l, "") })
		old, new := text.Draw(t, "old"), text.Draw(t, "new")
		if got := applied(t, patch("i.ics", []byte(old), []byte(new)), old); got != new {
			t.Fatalf("from %q to %q leads to %q", old, new, got)
		}
	})
}

// applied is what a patch makes of a text.
func applied(t *rapid.T, patch, text string) string {
	lines, next := strings.SplitAfter(text, "\n"), 0
	var out strings.Builder
	all := strings.SplitAfter(patch, "\n")
	for i, line := range all {
		if strings.HasPrefix(line, "@@ -") {
			from, count := 0, 1
			if _, err := fmt.Sscanf(line, "@@ -%d,%d", &from, &count); err != nil {
				count = 1
			}
			if count > 0 {
				from--
			}
			for ; next < from; next++ {
				out.WriteString(lines[next])
			}
			continue
		}
		if i < 3 || line == "" || line[0] == '\\' {
			continue
		}
		body := line[1:]
		if strings.HasPrefix(all[i+1], "\\") {
			body = strings.TrimSuffix(body, "\n")
		}
		if line[0] != '+' {
			if lines[next] != body {
				t.Fatalf("line %d is %q, and the patch has %q", next+1, lines[next], body)
			}
			next++
		}
		if line[0] != '-' {
			out.WriteString(body)
		}
	}
	return out.String() + strings.Join(lines[next:], "")
}

func TestPatchIsHarmlessAndWhole(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := &session{World: World{Stdout: &out}}
	long := strings.Repeat("é", 1000)
	s.showPatch(patch("i.ics", []byte("A\n"), []byte("X:\x1b[2J\u202e"+long+"\n")))
	if got := out.String(); strings.ContainsAny(got, "\x1b\u202e") || !strings.Contains(got, `+X:\u{1b}[2J\u{202e}`+long+"\n") {
		t.Errorf("%q", got)
	}
}
