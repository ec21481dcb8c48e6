//go:build unix

package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vgit/cmd/config"
	"vgit/repo/item"
)

// programs of conflicts are lines for the shell, with $1 and $2 for what their arguments are.
func conflictProgram(line string, files ...string) config.Program {
	return config.Program{Words: append([]string{"/bin/sh", "-c", line, "sh"}, files...), Timeout: time.Minute}
}

func conflictSides() sides {
	of := func(title string) []byte { return []byte(event("a", title, "20300506T120000Z", "20300506T130000Z")) }
	return sides{base: of("Base"), local: of("Mine"), remote: of("Theirs"), ext: ".ics"}
}

func programSession(t *testing.T) *session {
	t.Setenv("TMPDIR", t.TempDir())
	env := map[string]string{"HOME": t.TempDir(), "PATH": os.Getenv("PATH")}
	lookup := func(k string) string { return env[k] }
	return &session{World: World{Env: lookup}, resolver: (&config.Config{}).Resolver(lookup, []string{"PATH=" + env["PATH"], "HOME=" + env["HOME"]})}
}

// What a program settles is taken: in the form with an output, and in the one with two files (V77).
func TestV77ProgramsSettle(t *testing.T) {
	s := programSession(t)
	in := conflictSides()
	pick := filepath.Join(s.Env("HOME"), "bin", "pick")
	if err := os.MkdirAll(filepath.Dir(pick), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(pick, []byte("#!/bin/sh\ntest $# = 3 && test \"$1\" = -x && cp \"$3\" \"$2\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		program config.Program
		want    string
	}{
		"output":         {conflictProgram(`cat "$2" > "$4"`, "{base}", "{local}", "{remote}", "{output}"), string(in.local)},
		"in one word":    {conflictProgram(`cp "${1#--from=}" "${2#--to=}"`, "--from={remote}", "--to={output}"), string(in.remote)},
		"base":           {conflictProgram(`cp "$1" "$2"`, "{base}", "{output}"), string(in.base)},
		"two files":      {conflictProgram(`cp "$2" "$1"`), string(in.remote)},
		"named, swapped": {conflictProgram(`cp "$2" "$1"`, "{remote}", "{local}"), string(in.local)},
		"as vdirsyncer":  {config.Program{Words: []string{"~/bin/pick", "-x"}, Timeout: time.Minute}, string(in.remote)},
		"by PATH":        {config.Program{Words: []string{"cp", "{remote}", "{output}"}, Timeout: time.Minute}, string(in.remote)},
	} {
		got, err := s.askProgram(t.Context(), tt.program, in)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
	}
	// nobody else can look in, nothing stays, and secrets are not passed on
	p := conflictProgram(`ls -ld "$(dirname "$1")" "$1" | cut -c1-10 | tr '\n' ' ' >&2; exit 1`, "{local}", "{output}")
	if _, err := s.askProgram(t.Context(), p, in); err == nil || !strings.Contains(err.Error(), "drwx------ -rw-------") {
		t.Errorf("modes: %v", err)
	}
	if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// What goes wrong with a program is an error, in time, and no harm: the conflict waits (F113, S31).
func TestF113S31ProgramsThatFail(t *testing.T) {
	s := programSession(t)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(event("a", "Secret", "20300506T120000Z", "20300506T130000Z")), 0o600); err != nil {
		t.Fatal(err)
	}
	in := conflictSides()
	quick := conflictProgram(`sleep 100 & sleep 100`)
	quick.Timeout = 50 * time.Millisecond
	terminal := conflictProgram(`cp "$2" "$1"`)
	terminal.Terminal = true
	for name, tt := range map[string]struct {
		program config.Program
		want    string
	}{
		"fails":                {conflictProgram(`echo "a\033[31m bad day" >&2; echo; exit 3`), `the program "sh" ended with exit status 3: a\u{1b}[31m bad day`},
		"says the same again":  {conflictProgram(`echo "cannot read $1" >&2; exit 1`), "exit status 1: cannot read local.ics"},
		"killed":               {conflictProgram(`kill -9 $$`), "was ended by a signal"},
		"hangs":                {quick, "was still at work after 50ms"},
		"not there":            {config.Program{Words: []string{"no-such-program-here"}, Timeout: time.Minute}, "is not in $PATH"},
		"needs a terminal":     {terminal, "needs a terminal"},
		"leaves both":          {conflictProgram(`:`), "left two files that differ"},
		"no output":            {conflictProgram(`:`, "{local}", "{output}"), "left no result"},
		"removes a file":       {conflictProgram(`rm "$1"`), "no such file"},
		"link":                 {conflictProgram(`ln -s `+secret+` "$2"`, "{local}", "{output}"), "something else than a file"},
		"link for a file":      {conflictProgram(`rm "$1" "$2"; ln -s ` + secret + ` "$1"; ln -s ` + secret + ` "$2"`), "something else than a file"},
		"pipe":                 {conflictProgram(`mkfifo "$2"`, "{local}", "{output}"), "something else than a file"},
		"directory":            {conflictProgram(`mkdir "$2"`, "{local}", "{output}"), "something else than a file"},
		"huge":                 {conflictProgram(`head -c 100000000 /dev/zero > "$2"`, "{local}", "{output}"), "left 95 MiB"},
		"prints without end":   {conflictProgram(`head -c 50000000 /dev/zero; exit 1`), "exit status 1"},
		"empty standard input": {conflictProgram(`read line || exit 7`), "exit status 7"},
	} {
		began := time.Now()
		got, err := s.askProgram(t.Context(), tt.program, in)
		if err == nil || !strings.Contains(err.Error(), tt.want) || got != nil {
			t.Errorf("%s: %v, %d bytes", name, err, len(got))
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.askProgram(ctx, conflictProgram(`sleep 100`), in); err != context.DeadlineExceeded && (err == nil || !strings.Contains(err.Error(), "deadline")) {
		t.Errorf("cancelled: %v", err)
	}
	if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// With a terminal the program has it, and no time limit.
func TestProgramsHaveTheTerminal(t *testing.T) {
	s := programSession(t)
	lent := false
	s.Lend = func(c *exec.Cmd) func() {
		c.Stdin, lent = strings.NewReader("two\n"), true
		return func() { lent = false }
	}
	in := conflictSides()
	p := conflictProgram(`sleep 0.1; read which; test "$which" = two && cp "$2" "$1"`)
	p.Terminal, p.Timeout = true, time.Millisecond
	if got, err := s.askProgram(t.Context(), p, in); err != nil || string(got) != string(in.remote) {
		t.Errorf("%v\n%s", err, got)
	}
	if lent {
		t.Error("the terminal was not given back")
	}
}

// S31: a result is in place of an item only if it is one of the same UID and type.
func TestS31ResultIsTheSameItem(t *testing.T) {
	t.Parallel()
	mine := event("a", "Mine", "20300506T120000Z", "20300506T130000Z")
	for _, tt := range []struct{ body, want string }{
		{mine, ""},
		{strings.ReplaceAll(mine, "Mine", "Theirs"), ""},
		{"", "is no item"},
		{"<<<<<<< local\r\n" + mine, `has a line that cannot be read: "<<<<<<< local"`},
		{strings.ReplaceAll(mine, "SUMMARY", "=======\r\nSUMMARY"), `has a line that cannot be read: "======="`},
		{strings.TrimSuffix(mine, "END:VCALENDAR\r\n"), "is no item"},
		{strings.ReplaceAll(mine, "UID:a", "UID:b"), `has the UID "b" instead of "a"`},
		{strings.ReplaceAll(mine, "VEVENT", "VTODO"), "is a VTODO instead of a VEVENT"},
		{"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a\r\nFN:Mine\r\nN:Mine\r\nEND:VCARD\r\n", "is a VCARD instead of a VEVENT"},
	} {
		err := sameItem([]byte(tt.body), nil, []byte("broken"), []byte(mine))
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%q: %v, want %s", tt.body, err, tt.want)
		}
	}
	if item.Parse([]byte(mine)).State() != item.Sound {
		t.Error("the item of this test is not sound")
	}
}
