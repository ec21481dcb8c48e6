package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestArgumentsInAnyOrder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"sync", "sync"},
		{"sync cal -n --json", "--json sync -n -- cal"},
		{"--json sync --remote cloud cal/work", "--json sync --remote cloud -- cal/work"},
		{"sync cal --remote=cloud -c f", "-c f sync --remote=cloud -- cal"},
		{"sync -nv", "-v sync -n"},
		{"sync -- -n", "sync -- -n"},
		{"log -n 4 cal", "log -n 4 -- cal"},
		{"diff main -p -- cal", "diff -p -- main -- cal"},
		{"diff -- main", "diff -- -- main"},
		{"sync -h", "help sync"},
		{"--help", "help"},
		{"-q sync --help cal", "-q help sync"},
		{"--version", "--version"},
	} {
		got, err := arrange((&session{}).app(), strings.Fields(c.in))
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("arrange(%q) = %q, %v, want %q", c.in, got, err, c.want)
		}
	}
}

func TestArgumentsThatCannotBeMeant(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, says string }{
		{"snyc", `no command "snyc" (did you mean "sync"?)`},
		{"xyzzy", `no command "xyzzy"`},
		{"sync --dry-rum", `no flag "--dry-rum" (did you mean "--dry-run"?)`},
		{"sync -nz", `no flag "-nz"`},
		{"sync --remote", `--remote needs a value`},
		{"-z sync", `no flag "-z"`},
		{"sync --remote\x1b[2J x", `no flag "--remote\u{1b}[2J"`},
	} {
		_, err := arrange((&session{}).app(), strings.Split(c.in, " "))
		var usage *usageError
		if !errors.As(err, &usage) || !strings.HasPrefix(usage.what, c.says) || usage.hint == "" {
			t.Errorf("arrange(%q): %v, want %q and a hint", c.in, err, c.says)
		}
	}
}

// Every command has a help text and one line of usage, and no flag hides one of the flags that all have.
func TestCommandsAreExplained(t *testing.T) {
	t.Parallel()
	app := (&session{}).app()
	var global []string
	for _, f := range app.Flags {
		global = append(global, f.Names()...)
	}
	for _, c := range app.Commands {
		if c.Usage == "" || c.Action == nil {
			t.Errorf("%s has no usage or does nothing", c.Name)
		}
		for _, f := range c.Flags {
			for _, n := range f.Names() {
				if slices.Contains(global, n) {
					t.Errorf("%s: -%s is a flag of all commands", c.Name, n)
				}
			}
		}
	}
}
