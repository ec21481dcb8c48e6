package repo

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// many is a collection of n agreed items, in body a.
func many(n int) View {
	v := View{Collection: "work", BaseLocal: Items{}, BaseThere: Items{}, Local: Items{}, There: Items{}, Status: &Status{}}
	h, _ := version("a")
	for i := range n {
		name := fmt.Sprintf("%05d.ics", i)
		v.BaseLocal[name], v.BaseThere[name], v.Local[name], v.There[name] = h, h, h, h
		v.Status.Rows = append(v.Status.Rows, Row{Name: name, UID: name})
	}
	return v
}

// TestG17HoldIDNamesTheSet: the same set has the same ID in each run, and one item more, another state of one, or another direction has
// another. Accepted states are not held.
func TestG17HoldIDNamesTheSet(t *testing.T) {
	t.Parallel()
	hold := func(change func(*View)) Hold {
		v := many(20)
		for i := range 8 {
			delete(v.Local, fmt.Sprintf("%05d.ics", i))
		}
		change(&v)
		p := Decide([]View{v}, Bodies{readVersion, addVersion}, Choice{Remote: "r"})
		if len(p.Holds) != 1 || len(p.In(&p.Holds[0])) != len(p.Holds[0].States) {
			t.Fatalf("%d holds, want 1, with all of its steps: %+v", len(p.Holds), p.Holds)
		}
		return p.Holds[0]
	}
	first := hold(func(*View) {})
	if first.Class != PushDeletions || first.Side != There || len(first.ID) != idLength || len(first.States) != 8 {
		t.Errorf("%+v", first)
	}
	if diff := cmp.Diff(first, hold(func(*View) {})); diff != "" {
		t.Errorf("another run gives another hold: %s", diff)
	}
	b, _ := version("b")
	for what, change := range map[string]func(*View){
		"one more":      func(v *View) { delete(v.Local, "00010.ics") },
		"another state": func(v *View) { v.BaseLocal["00000.ics"], v.Local["00009.ics"] = b, b },
		"one accepted":  func(v *View) { v.Accepted = map[ItemState]bool{v.state("00000.ics"): true} },
	} {
		if hold(change).ID == first.ID {
			t.Errorf("%s: the ID is the same", what)
		}
	}
	v := many(20)
	v.Accepted = map[ItemState]bool{}
	for i := range 8 {
		delete(v.Local, fmt.Sprintf("%05d.ics", i))
		v.Accepted[v.state(fmt.Sprintf("%05d.ics", i))] = true
	}
	if p := Decide([]View{v}, Bodies{readVersion, addVersion}, Choice{}); len(p.Holds) > 0 || len(p.InState(Held)) > 0 {
		t.Errorf("what was accepted is held: %+v", p.Holds)
	}
}
