package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func gitFiles(t *testing.T, dir string) (config, attributes string) {
	t.Helper()
	return string(must(os.ReadFile(filepath.Join(dir, ".git", "config")))(t)), string(must(os.ReadFile(filepath.Join(dir, ".git", "info", "attributes")))(t))
}

// Only what stands between vgit's own marks is touched; what is set is what the user's git then reads (S40, S41).
func TestS40GitToolsStandBetweenMarks(t *testing.T) {
	t.Parallel()
	needGit(t)
	for _, own := range []struct{ config, attributes string }{
		{"", ""},
		{"[alias]\n\tst = status\n# the end\n", "*.ics -diff\n"},
		{"[alias]\r\n\tst = status\r\n", "# mine\r\n"},
		{"[merge \"vgit\"]\n\tdriver = mine\n", "*.ics merge=mine\n"},
	} {
		dir := t.TempDir()
		s := must(Init(dir, testOptions()))(t)
		defer s.Close()
		for name, more := range map[string]string{"config": own.config, "info/attributes": own.attributes} {
			f := must(os.OpenFile(filepath.Join(dir, ".git", name), os.O_APPEND|os.O_WRONLY, 0))(t)
			_, err := f.WriteString(more)
			if err := errors.Join(err, f.Close()); err != nil {
				t.Fatal(err)
			}
		}
		config, rows := gitFiles(t, dir)
		tools := &GitTools{Driver: `'/o\pt/it'\''s "v"/vgit' merge-driver %O %A %B %P`, Textconv: "/vgit; x # y", Patterns: []string{"*.ics"}}
		for i := range 2 {
			if changed := must(s.SetGitTools(tools))(t); changed != (i == 0) {
				t.Errorf("round %d: changed %v", i, changed)
			}
		}
		for key, want := range map[string]string{"merge.vgit.driver": tools.Driver, "diff.vgit.textconv": tools.Textconv} {
			if got := strings.TrimSuffix(git(t, dir, "config", key), "\n"); got != want {
				t.Errorf("%s: %q, want %q", key, got, want)
			}
		}
		after, after2 := gitFiles(t, dir)
		if !strings.HasPrefix(after, config) || !strings.HasPrefix(after2, attributes+"\n") || !strings.HasSuffix(after2, own.attributes) {
			t.Errorf("lines of others moved:\n%s\n%s", after, after2)
		}
		tools.Driver = "/other"
		must(s.SetGitTools(tools))(t)
		if must(s.SetGitTools(nil))(t); must(s.SetGitTools(nil))(t) {
			t.Error("removed twice")
		}
		if c, r := gitFiles(t, dir); c != config || r != rows {
			t.Errorf("after removing: %q, %q; before %q, %q", c, r, config, rows)
		}
	}
}

func TestS40GitToolsThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := must(Init(dir, testOptions()))(t)
	defer s.Close()
	good := GitTools{Driver: "/vgit merge-driver %O %A %B %P", Textconv: "/vgit textconv", Patterns: []string{"*.ics"}}
	config, rows := gitFiles(t, dir)
	for _, spoil := range []func(*GitTools){
		func(t *GitTools) { t.Driver = "/a\n[core]\n\tpager = x" }, func(t *GitTools) { t.Textconv = "a\x00b" },
		func(t *GitTools) { t.Patterns = []string{"* filter=x"} }, func(t *GitTools) { t.Patterns = []string{""} }, func(t *GitTools) { t.Patterns = []string{"#x"} },
	} {
		bad := good
		spoil(&bad)
		if _, err := s.SetGitTools(&bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
	// git config is at work: its lock is respected
	lock := filepath.Join(dir, ".git", "config.lock")
	if err := os.WriteFile(lock, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var locked *LockedError
	if _, err := s.SetGitTools(&good); !errors.As(err, &locked) {
		t.Errorf("beside git: %v", err)
	}
	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	if c, r := gitFiles(t, dir); c != config || r != rows {
		t.Errorf("something was written: %q, %q", c, r)
	}
	if err := os.WriteFile(filepath.Join(dir, ".git", "config"), []byte(config+toolsBegin+"\n[x]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SetGitTools(&good); err == nil || !strings.Contains(err.Error(), "by hand") {
		t.Errorf("half a block: %v", err)
	}
}
