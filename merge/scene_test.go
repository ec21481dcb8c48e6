package merge_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vgit/merge"
	"vgit/merge/mergetest"
	"vgit/repo/item"
)

// lawCases is how many cases the laws are tried on. VGIT_LAWS says another number: make test tries 20,000, make fuzz a million.
const (
	lawCases    = 2_000
	lawsInTests = 20_000
)

// checkLaws tries a property on many cases. Tests that call it must not be parallel, as the number is one for the whole program.
func checkLaws(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	n := lawCases
	if s := os.Getenv("VGIT_LAWS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatalf("VGIT_LAWS=%s: how many is that?", s)
		}
	} else if testing.Short() || raceDetector {
		n /= 10
	}
	set := map[string]string{"rapid.checks": strconv.Itoa(n), "rapid.nofailfile": "true"}
	if n <= lawsInTests {
		set["rapid.seed"] = "20260302" // what is tried does not depend on the day; make fuzz tries something else each time
	}
	for name, value := range set {
		f := flag.Lookup(name)
		before, chosen := f.Value.String(), false
		flag.Visit(func(set *flag.Flag) { chosen = chosen || set == f })
		if !chosen {
			defer f.Value.Set(before)
			f.Value.Set(value)
		}
	}
	rapid.Check(t, property)
}

// scene is one merge: what it was made of, its bodies, and what it came to.
type scene struct {
	story   string
	v       merge.Versions
	context merge.Context
	oneBase bool
	result  merge.Result
}

// newScene merges.
func newScene(story string, v merge.Versions, c merge.Context) *scene {
	return &scene{story: story, v: v, context: c, result: merge.Reconcile(v, c), oneBase: v.L0 == v.R0}
}

// String is what a reader needs of a scene in which a law does not hold.
func (s *scene) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", s.story)
	tellChanges(&b, "ours", bodyOf(s.v.L0), bodyOf(s.v.L1))
	tellChanges(&b, "theirs", bodyOf(s.v.R0), bodyOf(s.v.R1))
	for _, n := range s.result.Notes {
		fmt.Fprintf(&b, "  note(%s) %s: %s\n", n.Kind, n.Slot, n.Text)
	}
	for _, x := range s.result.Conflicts {
		fmt.Fprintf(&b, "  conflict(%s): base %q, local %q, remote %q, shows theirs %v, %s\n", x.Slot, x.Base, x.Local, x.Remote, x.ShowsRemote, x.Reason)
	}
	for _, body := range []struct {
		name  string
		bytes []byte
	}{{"L0", bodyOf(s.v.L0)}, {"L1", bodyOf(s.v.L1)}, {"R0", bodyOf(s.v.R0)}, {"R1", bodyOf(s.v.R1)},
		{"the file", s.result.Local}, {[]string{"no body", "the body", "a deletion"}[s.result.Send], s.result.Body}} {
		fmt.Fprintf(&b, "%s:\n%s\n", body.name, withoutZones(body.bytes))
	}
	return b.String()
}

func bodyOf(it *item.Item) []byte {
	if it == nil {
		return nil
	}
	return it.Bytes()
}

// withoutZones leaves out what makes events long and is the same in most of them.
func withoutZones(body []byte) string {
	before, rest, found := strings.Cut(strings.ReplaceAll(string(body), "\r\n", "\n"), "BEGIN:VTIMEZONE\n")
	if !found {
		return before
	}
	_, after, _ := strings.Cut(rest, "END:VTIMEZONE\n")
	return before + "(time zone)\n" + after
}

// fixtures are the items that scenes begin with, and the edits that are tried on each.
type fixture struct {
	name  string
	item  *mergetest.Item
	edits []string
}

func fixtures(tb testing.TB) []fixture {
	var list []fixture
	for _, f := range []struct {
		name  string
		edits [][]string
	}{
		{"E0", [][]string{eventEdits, allDayEdits}},
		{"R0", [][]string{eventEdits, seriesEdits}},
		{"A0", [][]string{alarmEdits, eventEdits, allDayEdits}},
		{"S0", [][]string{meetingEdits, eventEdits, allDayEdits}},
		{"T0", [][]string{taskEdits}},
		{"C0", [][]string{cardEdits}},
		{"C0", [][]string{cardEdits, moreCardEdits}},
	} {
		body, err := mergetest.Fixture("testdata", f.name)
		if err != nil {
			tb.Fatal(err)
		}
		all := fixture{name: f.name, item: mergetest.Read(body)}
		for _, edits := range f.edits {
			all.edits = append(all.edits, edits...)
		}
		list = append(list, all)
	}
	return list
}

// drawn makes up to most edits of an item; those that find nothing to edit are left out.
func (f *fixture) drawn(t *rapid.T, who string, it *mergetest.Item, most int) (*mergetest.Item, []string) {
	var made []string
	for range rapid.IntRange(0, most).Draw(t, who) {
		e := f.edits[rapid.IntRange(0, len(f.edits)-1).Draw(t, "edit")]
		if edited, err := it.Edit(e); err == nil && !again(it, e) {
			it, made = edited, append(made, e)
		}
	}
	return it, made
}

// again reports whether an edit would add what is there already: what is there twice cannot be told apart.
func again(it *mergetest.Item, edit string) bool {
	value, found := strings.CutPrefix(edit, "+alarm {")
	if found {
		value, _, _ = strings.Cut(value, " & ")
	} else if i := strings.IndexByte(edit, ':'); i >= 0 && edit[0] == '+' {
		value, _, _ = strings.Cut(edit[i:], " | ")
	} else {
		return false
	}
	return strings.Contains(string(it.Bytes()), strings.NewReplacer("<P1>", p1, "<P2>", p2).Replace(value))
}

// drawScene makes a scene of one of the fixtures.
func drawScene(t *rapid.T, list []fixture) *scene {
	f := list[rapid.IntRange(0, len(list)-1).Draw(t, "fixture")]
	base, baseEdits := f.drawn(t, "base", f.item, 3)
	remote, remoteEdits := base, []string(nil)
	if rapid.IntRange(0, 4).Draw(t, "bases") == 4 {
		unlike := fixture{edits: slices.DeleteFunc(slices.Clone(f.edits), func(e string) bool { // a server that shifts times is a case of its own
			return strings.HasPrefix(e, "time ") || strings.Contains(e, "DTSTART") || strings.Contains(e, "RRULE")
		})}
		remote, remoteEdits = unlike.drawn(t, "second base", base, 2)
	}
	l1, ours := f.drawn(t, "ours", base, 3)
	r1, theirs := f.drawn(t, "theirs", remote, 3)
	if len(ours) > 0 {
		l1 = l1.Clock("20260201T000000Z")
	}
	if len(theirs) > 0 {
		r1 = r1.Clock("20260202T000000Z")
	}
	v := merge.Versions{L0: item.Parse(base.Bytes()), L1: item.Parse(l1.Bytes())}
	if v.R0 = v.L0; len(remoteEdits) > 0 {
		v.R0 = item.Parse(remote.Bytes())
	}
	bytes := r1.Bytes()
	if rapid.IntRange(0, 7).Draw(t, "respelt") == 7 {
		bytes = mergetest.Respell(bytes)
	}
	v.R1 = item.Parse(bytes)
	story := fmt.Sprintf("%s  B: %s  R0: %s  O: %s  T: %s", f.name, strings.Join(baseEdits, " | "), strings.Join(remoteEdits, " | "),
		strings.Join(ours, " | "), strings.Join(theirs, " | "))
	return newScene(story, v, merge.Context{})
}
