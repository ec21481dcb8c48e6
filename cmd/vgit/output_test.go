package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode"

	"vgit/cmd/config"
	"vgit/merge"
	"vgit/repo"
)

// hostileText has one of each kind of character that must not reach a terminal.
const hostileText = "a\x1b[2J\r\nb\u202ec\u200bd\u009be\x7f\xff\u2028f"

func TestS13CleanIsOneHarmlessLine(t *testing.T) {
	t.Parallel()
	got := clean("one " + hostileText + " two")
	if strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' }) {
		t.Errorf("clean left something: %q", got)
	}
	if !strings.HasPrefix(got, "one a") || !strings.HasSuffix(got, " two") {
		t.Errorf("clean(…) = %q", got)
	}
	long := strings.Repeat("word ", 200)
	if got := clean(long); len(got) != len(long)-1 {
		t.Errorf("a long message was cut to %d of %d", len(got), len(long))
	}
}

func TestS13JSONIsEscapedAndMeansTheSame(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := &session{World: World{Stdout: &out}}
	in := strings.ToValidUTF8(hostileText, "") + "ü→\U000e0041<&>"
	if err := s.printJSON(map[string]string{"x": in}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsFunc(out.String(), func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) }) {
		t.Errorf("not escaped: %q", out.String())
	}
	if !strings.Contains(out.String(), "ü→") {
		t.Errorf("escaped without need: %s", out.String())
	}
	var back map[string]string
	if err := json.Unmarshal(out.Bytes(), &back); err != nil || back["x"] != in {
		t.Errorf("read back %q, %v", back["x"], err)
	}
}

func TestStepLines(t *testing.T) {
	t.Parallel()
	one := &config.Config{VDirs: []config.VDir{{Name: "cal", Remotes: []string{"a"}}}}
	two := &config.Config{VDirs: []config.VDir{{Name: "cal", Remotes: []string{"a", "b"}}, {Name: "x"}}}
	single := &config.Config{VDirs: []config.VDir{{Name: "own", Single: true}}}
	base := repo.Step{Remote: "a", Collection: "work", Name: "d.ics", Title: "Dentist", When: "2026-03-02 10:00", Side: repo.There, Kind: repo.Create}
	dentist := merge.Words{Sign: '+', Type: "event", Title: "Dentist", When: "Mon 2 Mar 10:00-11:00"}
	pull, moved, bare := base, base, base
	pull.Side, pull.Kind = repo.Here, repo.Update
	moved.Kind, moved.Needs = repo.Delete, "home/d.ics"
	bare.Title, bare.Name = "", hostileText
	for _, c := range []struct {
		cfg  *config.Config
		step *repo.Step
		want string
	}{
		{one, &base, "→ + event Dentist, Mon 2 Mar 10:00-11:00  work/d.ics"},
		{one, &pull, "← ~ event Dentist, Mon 2 Mar 10:00-11:00  work/d.ics"},
		{one, &moved, "→ - event Dentist, Mon 2 Mar 10:00-11:00  work/d.ics, moved to home"},
		{one, &bare, "→ + " + repo.Plain("work/"+hostileText)},
		{two, &base, "→ + event Dentist, Mon 2 Mar 10:00-11:00  cal/work/d.ics [a]"},
		{single, &base, "→ + event Dentist, Mon 2 Mar 10:00-11:00  own/d.ics"},
	} {
		s, words := &session{cfg: c.cfg}, dentist
		if c.step == &bare {
			words = merge.Words{}
		}
		if got := s.stepLine(&c.cfg.VDirs[0], c.step, words); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	s := &session{cfg: one, color: true}
	if got := s.stepLine(&one.VDirs[0], &base, dentist); got != "→ \x1b[32m+\x1b[0m event Dentist, Mon 2 Mar 10:00-11:00  work/d.ics" {
		t.Errorf("in colour: %q", got)
	}
}

func TestAgo(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{0: "just now", time.Minute: "1 minute ago", 59 * time.Minute: "59 minutes ago",
		time.Hour: "1 hour ago", 47 * time.Hour: "47 hours ago", 72 * time.Hour: "3 days ago"} {
		if got := ago(d); got != want {
			t.Errorf("ago(%v) = %q, want %q", d, got, want)
		}
	}
}

// TestAnswered: the end of the input is an answer only if there were words before it, and not told in a programmer's word.
func TestAnswered(t *testing.T) {
	t.Parallel()
	other := errors.New("other")
	for _, tt := range []struct {
		words string
		err   error
		want  string
	}{{"ada\n", nil, ""}, {"", nil, ""}, {"ada", io.EOF, ""}, {"", io.EOF, "there was no answer"}, {"ada", other, "other"}} {
		got := ""
		if err := answered(tt.words, tt.err); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%q, %v: %q, want %q", tt.words, tt.err, got, tt.want)
		}
	}
}
