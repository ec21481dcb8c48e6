package repo

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vgit/repo/store"
)

// planOf is a plan from lines "SIDE KIND COLLECTION/NAME [needs COLLECTION/NAME] [said]".
func planOf(lines ...string) *Plan {
	p := &Plan{}
	for i, line := range lines {
		f := strings.Fields(line)
		coll, name, _ := strings.Cut(f[2], "/")
		s := Step{Remote: "r", Side: Side(f[0]), Kind: StepKind(f[1]), Collection: coll, Name: name, State: Do, After: store.Hash{byte(i + 1)}}
		for n := 3; n < len(f); n++ {
			switch f[n] {
			case "needs":
				s.Needs = f[n+1]
			case "said":
				s.Answered.ID = "0123456789ab"
			}
		}
		p.Steps = append(p.Steps, s)
	}
	return p
}

func unitsOf(p *Plan, state StepState) (all []string) {
	for _, u := range p.Units(state) {
		text := ""
		for _, s := range u {
			text += fmt.Sprintf(" %s %s %s", s.Side, s.Kind, s.path())
		}
		all = append(all, text[1:])
	}
	return all
}

// What goes together: all of one item, and both halves of a move, on each side. What only takes note of something is no question.
func TestUnits(t *testing.T) {
	t.Parallel()
	p := planOf("there create home/a", "here update work/b", "there update work/b", "here agree work/c", "there delete work/a needs home/a",
		"here property work/color", "there collection new/", "there delete work/d")
	want := []string{"there create home/a there delete work/a", "here update work/b there update work/b", "here property work/color", "there collection new/", "there delete work/d"}
	if diff := cmp.Diff(want, unitsOf(p, Do)); diff != "" {
		t.Errorf("units (-want +got):\n%s", diff)
	}
}

// A step is done if a person said yes to it and to all that it goes with, to the collection that it makes an item of, or to the hold that it
// was in. One that has become another one since is not.
func TestChoose(t *testing.T) {
	t.Parallel()
	p := planOf("here update work/b", "there update work/b", "here create work/x", "there create new/n", "there delete work/d said", "here agree work/c", "here update work/e")
	c := Chosen{p.Steps[0].Key(): true, p.Steps[2].Key(): true, {Remote: "r", Collection: "new", Side: There, Kind: Whole}: true}
	other := p.Steps[6]
	other.Before = store.Hash{9}
	c[other.Key()] = true
	p.choose(c)
	want := []string{"left", "left", "do", "do", "do", "do", "left"}
	var got []string
	for _, s := range p.Steps {
		got = append(got, string(s.State))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	all := planOf("here update work/b", "there delete work/d")
	if all.choose(nil); len(all.Units(Left)) > 0 {
		t.Error("nobody was asked, and something is left")
	}
	if all.choose(Chosen{}); len(all.Units(Do)) > 0 {
		t.Error("nobody said yes, and something is done")
	}
}

// Each step that changes anything is in one unit, and a unit is done or left as a whole.
func TestChooseLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		path := rapid.SampledFrom([]string{"a/1", "a/2", "b/1", "b/2", "c/3"})
		line := rapid.Custom(func(t *rapid.T) string {
			text := rapid.SampledFrom([]string{"here", "there"}).Draw(t, "side") + " " + rapid.SampledFrom([]string{"create", "update", "delete", "agree", "property"}).Draw(t, "kind") + " " + path.Draw(t, "path")
			if rapid.Bool().Draw(t, "moves") {
				text += " needs " + path.Draw(t, "to")
			}
			return text
		})
		p := planOf(rapid.SliceOfN(line, 0, 12).Draw(t, "plan")...)
		units, seen, chosen := p.Units(Do), map[*Step]int{}, Chosen{}
		for _, u := range units {
			for _, s := range u {
				seen[s]++
				chosen[s.Key()] = rapid.Bool().Draw(t, "yes")
			}
		}
		for i := range p.Steps {
			if n := seen[&p.Steps[i]]; n > 1 || (n == 0) != (p.Steps[i].Kind == Agree) {
				t.Fatalf("step %d is in %d units", i, n)
			}
		}
		p.choose(chosen)
		for _, u := range units {
			yes := true
			for _, s := range u {
				yes = yes && chosen[s.Key()]
			}
			for _, s := range u {
				if (s.State == Do) != yes {
					t.Fatalf("a unit was taken apart: %v", unitsOf(p, Left))
				}
			}
		}
	})
}
