package repo

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vgit/repo/item"
	"vgit/repo/store"
)

// bodies are versions of one event: a and a' differ in bookkeeping only, b and c in substance.
var bodies = map[string]string{"a": "First", "a'": "First", "b": "Second", "c": "Third"}

func version(name string) (store.Hash, []byte) {
	if name == "-" {
		return store.Hash{}, nil
	}
	stamp := "20260101T000000Z"
	if strings.HasSuffix(name, "'") {
		stamp = "20260202T000000Z"
	}
	text := strings.Join([]string{"BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:u", "DTSTAMP:" + stamp, "DTSTART:20260302T100000Z", "SUMMARY:" + bodies[name], "END:VEVENT", "END:VCALENDAR", ""}, "\r\n")
	var h store.Hash
	copy(h[:], name)
	return h, []byte(text)
}

// made are bodies that a merge made, by their hashes.
var made sync.Map

func addVersion(b []byte) store.Hash {
	for name := range bodies {
		if v, known := version(name); bytes.Equal(b, known) {
			return v
		}
	}
	sum := sha256.Sum256(b)
	var h store.Hash
	copy(h[:], sum[:])
	made.Store(h, b)
	return h
}

func readVersion(h store.Hash) (*item.Item, error) {
	if b, ok := made.Load(h); ok {
		return item.Parse(b.([]byte)), nil
	}
	for name := range bodies {
		if v, b := version(name); v == h {
			return item.Parse(b), nil
		}
	}
	return nil, errors.New("no such body")
}

// viewOf is a collection with one item in the four versions named.
func viewOf(l0, r0, l1, r1 string) View {
	v := View{Collection: "work", BaseLocal: Items{}, BaseThere: Items{}, Local: Items{}, There: Items{}, Status: &Status{}}
	put := func(into Items, name string) {
		if h, _ := version(name); !h.IsZero() {
			into["x.ics"] = h
		}
	}
	put(v.BaseLocal, l0)
	put(v.BaseThere, r0)
	put(v.Local, l1)
	put(v.There, r1)
	if r1 != "-" {
		v.Status.Rows = []Row{{Name: "x.ics", Href: "/work/x.ics", ETag: `"1"`, UID: "u"}}
	}
	return v
}

// TestDecideTable is the nine cases of one item (absent, same, changed on each side), with and without a base, and with a base whose halves
// differ.
func TestDecideTable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ l0, r0, l1, r1, want string }{
		{"a", "a", "a", "a", ""},
		{"a", "a", "a", "b", "here update do"},
		{"a", "a", "a", "-", "here delete do"},
		{"a", "a", "b", "a", "there update do"},
		{"a", "a", "-", "a", "there delete do"},
		{"a", "a", "b", "b", " agree do"},
		{"a", "a", "b", "c", "  waits"},
		{"a", "a", "b", "-", "  waits"},
		{"a", "a", "-", "b", "here create do;  waits"},
		{"a", "a", "-", "-", " agree do"},
		{"a", "a", "a'", "a", " agree do"},
		{"a", "a", "a", "a'", " agree do"},
		{"a", "a", "a'", "b", "here update do"},
		{"a", "a", "b", "a'", "there update do"},
		{"a", "a", "-", "a'", "there delete do"},
		{"a", "a", "a'", "-", "here delete do"},
		{"-", "-", "b", "-", "there create do"},
		{"-", "-", "-", "b", "here create do"},
		{"-", "-", "a", "a'", " agree do"},
		{"-", "-", "a", "b", "  waits"},
		{"a", "b", "a", "b", ""},
		{"a", "b", "c", "b", "there update do"},
		{"a", "b", "a", "c", "here update do"},
		{"a", "b", "-", "b", "there delete do"},
		{"a", "b", "a", "-", "here delete do"},
		{"a", "b", "c", "c", " agree do"},
	} {
		plan := Decide([]View{viewOf(c.l0, c.r0, c.l1, c.r1)}, Bodies{readVersion, addVersion}, Choice{Remote: "r"})
		var got []string
		for _, s := range plan.Steps {
			got = append(got, fmt.Sprintf("%s %s %s", s.Side, s.Kind, s.State))
		}
		if diff := cmp.Diff(c.want, strings.Join(got, ";")); diff != "" {
			t.Errorf("L0 %s R0 %s L1 %s R1 %s (-want +got):\n%s", c.l0, c.r0, c.l1, c.r1, diff)
		}
	}
}

// TestDecideNeverLoses: over all inputs, a deletion has a base, an absence on one side, and nothing of substance on the other since; a
// write never goes over something that was changed in substance since the base.
func TestDecideNeverLoses(t *testing.T) {
	t.Parallel()
	names := []string{"-", "a", "a'", "b", "c"}
	rapid.Check(t, func(t *rapid.T) {
		pick := func(label string) string { return rapid.SampledFrom(names).Draw(t, label) }
		l0, r0 := pick("l0"), pick("r0")
		if l0 == "-" || r0 == "-" {
			l0, r0 = "-", "-"
		}
		l1, r1 := pick("l1"), pick("r1")
		plan := Decide([]View{viewOf(l0, r0, l1, r1)}, Bodies{readVersion, addVersion}, Choice{})
		for _, s := range plan.Steps {
			mine, base := l1, l0
			if s.Side == There {
				mine, base = r1, r0
			}
			switch {
			case s.State != Do || s.Kind == Agree:
			case s.Kind == Delete && (base == "-" || bodies[mine] != bodies[base]):
				t.Fatalf("%+v deletes %s, base %s", s, mine, base)
			case s.Kind == Update && bodies[mine] != bodies[base]:
				t.Fatalf("%+v goes over %s, base %s", s, mine, base)
			case s.Kind == Create && mine != "-":
				t.Fatalf("%+v creates what is there", s)
			}
		}
	})
}

func TestDecideObeysTheCollection(t *testing.T) {
	t.Parallel()
	edit := viewOf("a", "a", "b", "a")
	for name, c := range map[string]struct {
		change func(*View)
		choice Choice
		want   StepState
	}{
		"read-only":          {func(v *View) { v.Limits.ReadOnly = true }, Choice{}, Refused},
		"other components":   {func(v *View) { v.Limits.Components = []string{"VTODO"} }, Choice{}, Refused},
		"too large":          {func(v *View) { v.Limits.MaxSize = 10 }, Choice{}, Refused},
		"refused before":     {func(*View) {}, Choice{Refusals: map[string]Refusal{"work/x.ics": {Body: edit.Local["x.ics"], Why: "no"}}}, Refused},
		"refused other body": {func(*View) {}, Choice{Refusals: map[string]Refusal{"work/x.ics": {Why: "no"}}}, Do},
		"gone there":         {func(v *View) { v.Gone = "it is gone" }, Choice{}, Held},
		"vanished here":      {func(v *View) { v.Vanished = true }, Choice{}, Held},
		"own put not shown":  {func(v *View) { v.Status.Rows[0].Flags.Stale = 1 }, Choice{}, ""},
		"pull only":          {func(*View) {}, Choice{Only: "pull"}, ""},
		"push only":          {func(*View) {}, Choice{Only: "push"}, Do},
	} {
		v := viewOf("a", "a", "b", "a")
		c.change(&v)
		plan := Decide([]View{v}, Bodies{readVersion, addVersion}, c.choice)
		got := StepState("")
		if len(plan.Steps) > 0 {
			got = plan.Steps[0].State
		}
		if got != c.want || len(plan.Steps) > 1 {
			t.Errorf("%s: %q, want %q: %+v", name, got, c.want, plan.Steps)
		}
	}
}
