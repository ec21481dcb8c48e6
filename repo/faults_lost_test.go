package repo_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"vgit/remote/davtest"
)

// keepers are servers by what they make of a PUT, for faults that leave its outcome open.
var keepers = map[string][]davtest.Option{
	"keeping":   nil,
	"rewriting": {davtest.RewritesOnPut(davtest.Sort())},
	"no etags":  {davtest.NoETagOnPut, davtest.RewritesOnPut(davtest.StripX())},
}

// lose are the ways in which the answer to a write can be lost, and whether the server carried it out.
var lose = map[string]struct {
	how  func(*davtest.Fault)
	done bool
}{
	"reset before": {func(f *davtest.Fault) { f.Before().Reset() }, false},
	"drop after":   {func(f *davtest.Fault) { f.After().Drop() }, true},
	"reset after":  {func(f *davtest.Fault) { f.After().Reset() }, true},
	"500 before":   {func(f *davtest.Fault) { f.Before().Status(500) }, false},
	"504 after":    {func(f *davtest.Fault) { f.After().Status(504) }, true},
	"web page":     {func(f *davtest.Fault) { f.After().HTML() }, true},
}

// TestF1F2LostAnswerToAPut: whether the server has carried it out or not, there is one item afterwards, what landed is not sent again,
// and nobody is asked.
func TestF1F2LostAnswerToAPut(t *testing.T) {
	t.Parallel()
	for server, opts := range keepers {
		for i, way := range slices.Sorted(maps.Keys(lose)) {
			l := lose[way]
			for j, kind := range []string{"create", "update", "delete"} {
				if server != "keeping" && (!l.done || kind == "delete") || !some(i+j, 3) {
					continue // what is kept of a write matters only where it was carried out
				}
				t.Run(fmt.Sprint(server, " ", way, " ", kind), func(t *testing.T) {
					t.Parallel()
					w := agreed(t, []string{"a", "b"}, opts...)
					method := "PUT"
					switch kind {
					case "create":
						w.write("work/n.ics", event("n", "New", "X-LOCAL:1"))
					case "update":
						w.write("work/a.ics", event("a", "Changed", "X-LOCAL:1"))
					case "delete":
						w.remove("work/a.ics")
						method = "DELETE"
					}
					w.server.ResetLog()
					l.how(w.server.On(davtest.Match{Method: method, N: 1}))
					report, err := w.try()
					must(t, err)
					if r := report.Remotes[0]; r.Err == nil && len(r.AllProblems()) == 0 {
						t.Error("nothing is said")
					}
					w.login()
					w.decided(w.sync())
					w.sync()
					want := 1
					if !l.done {
						want = 2
					}
					if n := w.server.Writes(); n != want {
						t.Errorf("%d writes, want %d", n, want)
					}
					w.same(map[string]string{"create": "a=First a b=First b n=New", "update": "a=Changed b=First b", "delete": "b=First b"}[kind])
					w.quiet()
				})
			}
		}
	}
}

// TestF3PutDeliveredTwice: a proxy sends a PUT twice, and vgit sees either answer; the second is a 412.
func TestF3PutDeliveredTwice(t *testing.T) {
	t.Parallel()
	for server, opts := range keepers {
		for answer := 1; answer <= 2; answer++ {
			for i, kind := range []string{"create", "update", "delete"} {
				if !some(i+answer, 2) {
					continue
				}
				t.Run(fmt.Sprint(server, " ", answer, " ", kind), func(t *testing.T) {
					t.Parallel()
					w := agreed(t, []string{"a", "b"}, opts...)
					want := ""
					switch kind {
					case "create":
						w.write("work/n.ics", event("n", "New", "X-LOCAL:1"))
						want = "a=First a b=First b n=New"
					case "update":
						w.write("work/a.ics", event("a", "Changed", "X-LOCAL:1"))
						want = "a=Changed b=First b"
					case "delete":
						w.remove("work/a.ics")
						want = "b=First b"
					}
					w.server.ResetLog()
					w.server.On(davtest.Match{Method: "PUT DELETE"}).Repeat(answer)
					w.decided(w.sync())
					w.server.ClearFaults()
					w.decided(w.sync())
					w.sync()
					if n := w.server.Writes(); n != 1 {
						t.Errorf("%d writes, want 1", n)
					}
					w.same(want)
					w.quiet()
				})
			}
		}
	}
}
