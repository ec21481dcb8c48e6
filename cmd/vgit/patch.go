package main

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff"
	"github.com/fatih/color"

	"vgit/repo"
)

// patch is what leads from one version of a file to another, as `git diff` shows it; "" if nothing does. nil is a file that is not there.
// Lines end in CR LF in both versions or in neither, mostly, and then the CR is left out; else it is shown as ^M. The text may hold
// anything that the file does: showPatch makes it harmless, for reading and not for applying.
func patch(path string, old, new []byte) string { return movedPatch(path, path, old, new) }

// movedPatch is patch for a file that had another path before.
func movedPatch(was, path string, old, new []byte) string {
	from, to := "a/"+was, "b/"+path
	if old == nil {
		from = "/dev/null"
	}
	if new == nil {
		to = "/dev/null"
	}
	a, b := shownEnds(old, new)
	lines := udiff.Unified(from, to, a, b)
	if lines == "" && was == path && (old == nil) == (new == nil) {
		return ""
	}
	head := fmt.Sprintf("diff --git a/%s b/%s\n", was, path)
	if was != path {
		head += fmt.Sprintf("rename from %s\nrename to %s\n", was, path)
	}
	return head + lines
}

// shownEnds leaves out the CRs at the ends of lines, or shows them.
func shownEnds(old, new []byte) (a, b string) {
	cr := "^M\n"
	if alike(old, new) {
		cr = "\n"
	}
	return strings.ReplaceAll(string(old), "\r\n", cr), strings.ReplaceAll(string(new), "\r\n", cr)
}

func alike(versions ...[]byte) bool {
	with, all := 0, 0
	for _, v := range versions {
		with += bytes.Count(v, []byte("\r\n"))
		all += bytes.Count(v, []byte("\n"))
	}
	return with == 0 || with == all
}

// showPatch prints a patch in colours, line by line and nothing cut.
func (s *session) showPatch(text string) {
	for line := range strings.Lines(text) {
		line = whole(strings.TrimSuffix(line, "\n"))
		switch {
		case strings.HasPrefix(line, "+++ "), strings.HasPrefix(line, "--- "), strings.HasPrefix(line, "diff "), strings.HasPrefix(line, "rename "):
			line = s.bold(line)
		case strings.HasPrefix(line, "@@"):
			line = s.paint(color.FgCyan, line)
		case strings.HasPrefix(line, "+"):
			line = s.paint(color.FgGreen, line)
		case strings.HasPrefix(line, "-"):
			line = s.paint(color.FgRed, line)
		}
		fmt.Fprintln(s.Stdout, line)
	}
}

// putBytes prints a file as it is, and on a terminal harmless line by line: raw bytes are for files and pipes (S13).
func (s *session) putBytes(b []byte) error {
	if s.OutTerminal {
		for line := range strings.Lines(string(b)) {
			fmt.Fprintln(s.Stdout, whole(strings.TrimRight(line, "\r\n")))
		}
		return nil
	}
	_, err := s.Stdout.Write(b)
	return err
}

// whole makes a line harmless without cutting it, piece by piece, since the one sanitiser cuts what is long.
func whole(line string) string {
	const piece = 100 // characters
	var b strings.Builder
	for len(line) > 0 {
		end := 0
		for n := 0; n < piece && end < len(line); n++ {
			_, size := utf8.DecodeRuneInString(line[end:])
			end += size
		}
		b.WriteString(repo.Plain(line[:end]))
		line = line[end:]
	}
	return b.String()
}
