//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vgit/remote/davtest"
)

// TestLongAnswersGoThroughThePager: on a terminal, with the program of the person there, which may be a line for the shell, end early, or not
// be there at all.
func TestLongAnswersGoThroughThePager(t *testing.T) {
	t.Parallel()
	h := newVillain(t)
	h.work.SetProps(davtest.Props{DisplayName: "Work"})
	h.work.Fill(1, 400)
	b, err := os.ReadFile(filepath.Join(h.home, "config.toml"))
	if err != nil {
		t.Fatal(err)
	}
	h.configure(strings.Replace(string(b), `password = "secret"`, `password = { env = "CANARY" }`, 1))
	h.env = []string{"CANARY=secret"}
	h.onTerminal("sync", "-q")
	upper := filepath.Join(h.home, "upper")
	if err := os.WriteFile(upper, []byte("#!/bin/sh\ntr a-z A-Z\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	long := []string{"log", "-v", "-p"}
	for name, c := range map[string]struct {
		env  []string
		args []string
		want func(out string) bool
	}{
		"a line for the shell": {[]string{"PAGER=FOO=1 sed 's/^/P:/'"}, long, func(out string) bool { return allBegin(out, "P:") }},
		"one word":             {[]string{"PAGER=" + upper}, long, func(out string) bool { return strings.Contains(out, "RECEIVED FROM R") }},
		"ends early":           {[]string{"PAGER=head -n 1"}, long, func(out string) bool { return strings.Count(out, "\n") == 1 && strings.Contains(out, "received") }},
		"ends at once":         {[]string{"PAGER=true"}, long, func(out string) bool { return out == "" }},
		"fails":                {[]string{"PAGER=cat && exit 3"}, []string{"log"}, func(out string) bool { return strings.Contains(out, "received") }},
		"is not there":         {[]string{"PAGER=/nowhere/pager -x"}, []string{"log"}, func(out string) bool { return strings.HasPrefix(out, "20") }},
		"none":                 {[]string{"PAGER="}, []string{"log"}, func(out string) bool { return strings.HasPrefix(out, "20") }},
		"not wanted":           {[]string{"PAGER=sed s/^/P:/"}, []string{"log", "--no-pager"}, func(out string) bool { return strings.HasPrefix(out, "20") }},
		"not for programs":     {[]string{"PAGER=sed s/^/P:/"}, []string{"log", "--json"}, func(out string) bool { return strings.HasPrefix(out, "{") }},
		"not on a dumb one":    {[]string{"PAGER=sed s/^/P:/", "TERM=dumb"}, []string{"log"}, func(out string) bool { return strings.HasPrefix(out, "20") }},
		"without secrets": {[]string{"PAGER=env; cat >/dev/null"}, long, func(out string) bool {
			return strings.Contains(out, "LESS=FRX") && strings.Contains(out, "HOME=") && !strings.Contains(out, "CANARY")
		}},
		"with options of its own": {[]string{"PAGER=env; cat >/dev/null", "LESS=S"}, long, func(out string) bool { return strings.Contains(out, "LESS=S\n") }},
		"errors":                  {[]string{"PAGER=sed s/^/P:/"}, []string{"log", "nonsense"}, func(out string) bool { return strings.HasPrefix(out, "vgit: nothing is called") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, code := h.typing("", append([]string{"CANARY=secret"}, c.env...), c.args...)
			if !c.want(out) {
				t.Errorf("vgit %q said %d bytes: %.300q", c.args, len(out), out)
			}
			if good := name != "errors"; good != (code == 0) {
				t.Errorf("vgit %q: exit status %d", c.args, code)
			}
		})
	}
}

func allBegin(out, with string) bool {
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	for _, line := range lines {
		if !strings.HasPrefix(line, with) {
			return false
		}
	}
	return len(lines) > 400
}
