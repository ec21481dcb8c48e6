package repo

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// way is a choice for one direction.
func way(d Direction, e OneWayEdits) Choice {
	return Choice{Remote: "r", OneWay: OneWay{Direction: d, Edits: e}}
}

// shortPlan is a plan in words, one for each step.
func shortPlan(p *Plan) string {
	var got []string
	for _, s := range p.Steps {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s", s.Side, s.Kind, s.State)))
	}
	return strings.Join(got, "; ")
}

// TestOneWayTable is what becomes of one item in each state, by direction and by what becomes of edits that may not go.
func TestOneWayTable(t *testing.T) {
	t.Parallel()
	const none = ""
	for _, c := range []struct {
		l0, r0, l1, r1                 string
		pull, pullBack, push, pushBack string
	}{
		{"a", "a", "a", "b", "here update do", "here update do", "here update kept", "there update do"},
		{"a", "a", "a", "-", "here delete do", "here delete do", "here delete kept", "there create do"},
		{"a", "a", "b", "a", "there update kept", "here update do", "there update do", "there update do"},
		{"a", "a", "-", "a", "there delete kept", "here create do", "there delete do", "there delete do"},
		{"a", "a", "b", "b", "agree do", "agree do", "agree do", "agree do"},
		{"a", "a", "b", "c", "there update kept", "here update do", "waits", "there update do"},
		{"a", "a", "b", "-", "there create kept", "here delete do", "waits", "there create do"},
		{"a", "a", "-", "b", "there delete kept", "here create do", "waits", "there delete do"},
		{"a", "a", "-", "-", "agree do", "agree do", "agree do", "agree do"},
		{"a", "a", "a'", "a", "agree do", "agree do", "agree do", "agree do"},
		{"a", "a", "a", "a'", "agree do", "agree do", "agree do", "agree do"},
		{"-", "-", "b", "-", "there create kept", "here delete do", "there create do", "there create do"},
		{"-", "-", "-", "b", "here create do", "here create do", "here create kept", "there delete held"},
		{"-", "-", "a", "b", "there update kept", "here update do", "waits", "there update do"},
		{"a", "b", "a", "b", none, none, none, none},
	} {
		for choice, want := range map[*Choice]string{
			new(way(Pull, KeepEdits)): c.pull, new(way(Pull, RevertEdits)): c.pullBack,
			new(way(Push, "")): c.push, new(way(Push, RevertEdits)): c.pushBack,
		} {
			plan := Decide([]View{viewOf(c.l0, c.r0, c.l1, c.r1)}, Bodies{readVersion, addVersion}, *choice)
			if diff := cmp.Diff(want, shortPlan(plan)); diff != "" {
				t.Errorf("%s %s: L0 %s R0 %s L1 %s R1 %s (-want +got):\n%s", choice.OneWay.Direction, choice.OneWay.Edits, c.l0, c.r0, c.l1, c.r1, diff)
			}
		}
	}
}
