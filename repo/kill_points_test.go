package repo_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"vgit/remote/davtest"
	"vgit/repo"
	"vgit/repo/disk/disktest"
)

// source gives the points that the package declares, by the names of their constants, and how often each is used outside of
// their declaration.
func source(t *testing.T) (declared map[string]repo.Point, used map[string]int) {
	t.Helper()
	declared, used = map[string]repo.Point{}, map[string]int{}
	files, err := filepath.Glob("*.go")
	must(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		must(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				if kind, ok := n.Type.(*ast.Ident); ok && kind.Name == "Point" && len(n.Values) == 1 {
					text, err := strconv.Unquote(n.Values[0].(*ast.BasicLit).Value)
					must(t, err)
					declared[n.Names[0].Name] = repo.Point(text)
					return false
				}
			case *ast.Ident:
				used[n.Name]++
			}
			return true
		})
	}
	return declared, used
}

// TestEveryPointHasItsCase: each crash point of the source is one where some test kills a run, and each is one that the source comes to.
func TestEveryPointHasItsCase(t *testing.T) {
	t.Parallel()
	declared, used := source(t)
	if len(declared) < 20 {
		t.Fatalf("only %d points found in the source", len(declared))
	}
	cases := map[repo.Point]bool{}
	for _, k := range slices.Concat(deaths, moveDeaths, firstDeaths, againDeaths, makeDeaths, editDeaths) {
		cases[k.point] = true
	}
	for name, p := range declared {
		if !cases[p] {
			t.Errorf("%s (%s) has no case", name, p)
		}
		if used[name] == 0 {
			t.Errorf("%s (%s) is nowhere in the source", name, p)
		}
	}
}

// TestEveryPointIsPassed: a first sync, a sync with steps of every kind, one that finds what a killed run left, and an
// edit that is made for a person come to every point.
func TestEveryPointIsPassed(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	passed := map[repo.Point]bool{}
	w := startMove(t, "uid unique", func(w *world) {
		w.at = func(p repo.Point) {
			mu.Lock()
			defer mu.Unlock()
			passed[p] = true
		}
	})
	w.lines = 1
	w.work.Put("new.ics", event("new", "New there"))
	w.write("made/m.ics", event("m", "Made"))
	w.sync(creates("yes"))
	w.work.Put("new.ics", event("new", "Second there"))
	at := w.at
	w.killedOnce(exchanged)
	w.at = at
	w.sync()
	_, err := w.edit(map[string][]byte{"new.ics": event("new", "Put back")})
	must(t, err)
	declared, _ := source(t)
	for name, p := range declared {
		if !passed[p] {
			t.Errorf("nothing came to %s (%s)", name, p)
		}
	}
}

// TestPointsAreInOrder: the points are those boundaries, in that order, that docs/design.md tells a sync by.
func TestPointsAreInOrder(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	w.write("work/a.ics", event("a", "Here"))
	w.work.Put("b.ics", event("b", "There"))
	var passed []repo.Point
	w.at, w.lines = func(p repo.Point) { passed = append(passed, p) }, 1
	w.sync()
	want := []repo.Point{
		repo.AtLocked, repo.AtRecordKept, repo.AtRecorded, repo.AtBody, repo.AtFetchKept, repo.AtFetched, repo.AtDecided,
		repo.AtPendingKept, repo.AtPending, repo.AtWritten, repo.AtPullKept, repo.AtPulled, repo.AtAgreeKept, repo.AtAgreed,
		repo.AtPendingKept, repo.AtPending, repo.AtRequest, repo.AtAnswer, repo.AtReadBack, repo.AtPushKept, repo.AtPushed, repo.AtAgreeKept, repo.AtAgreed,
		repo.AtSettled, repo.AtNoted, repo.AtIndexed, repo.AtPacked,
	}
	if !slices.Equal(passed, want) {
		t.Errorf("passed %q\nwant   %q", passed, want)
	}
}

// againDeaths are where a run dies that heals what another left, beside those of the matrix.
var againDeaths = []death{{rows: "K30", point: repo.AtSwept}}

// TestRecoveryKilled (K30): the run that heals dies too, three times at the same place, at each of its points and of the operations
// on files between them; the one after ends where it would have ended.
func TestRecoveryKilled(t *testing.T) {
	t.Parallel()
	names := []string{"keeping", "rewriting", "no etags"}
	counts := startMatrix(t, names[0]).passes(deaths)
	for i, k := range deaths {
		for n := 1; n <= counts[i]; n++ {
			account := names[(i+n)%len(names)]
			if os.Getenv("VGIT_CRASH_ALL") == "" && n != 1+i%counts[i] || k.op != nil && n > 12 {
				continue
			}
			t.Run(k.String()+"/"+strconv.Itoa(n), func(t *testing.T) {
				t.Parallel()
				for again := range recoveries(t, account, k, n, i) {
					w := startMatrix(t, account)
					k.arm(w, n)
					w.try()
					for range 3 {
						w.revive()
						w.diesAgain(again)
					}
					w.revive()
					progress := w.progress()
					w.sync()
					report := w.sync()
					w.ended("a nothing", progress, report)
					w.quietly(false)
					if t.Failed() {
						t.Fatalf("killed again at %d", again)
					}
				}
			})
		}
	}
}

// recoveries gives the places, numbered from 1, at which the run after a killed one dies: one of them, or all if VGIT_CRASH_ALL is set.
func recoveries(t *testing.T, account string, k death, n, some int) func(func(int) bool) {
	w := startMatrix(t, account)
	k.arm(w, n)
	w.try()
	w.revive()
	total := w.diesAgain(0)
	return func(yield func(int) bool) {
		if os.Getenv("VGIT_CRASH_ALL") == "" {
			yield(1 + some*7%total)
			return
		}
		for m := 1; m <= total; m += 3 {
			if !yield(m) {
				return
			}
		}
	}
}

// diesAgain is a run that dies at the n-th place, points and changes of the vdir and of refs taken together, and tells how many places
// it came to.
func (w *world) diesAgain(n int) int {
	d := disktest.New(filepath.Dir(w.dir))
	w.disk = d.Open
	var count atomic.Int32
	dies := func() bool {
		now := int(count.Add(1)) == n
		if now {
			w.server.On(davtest.Match{}).Before().Drop()
		}
		return now
	}
	w.at = func(repo.Point) {
		if dies() {
			d.Before(func(disktest.Op) error { return disktest.ErrKilled })
		}
	}
	d.Before(func(op disktest.Op) error {
		if (inVdir(op) || op.Kind == disktest.Rename) && dies() {
			return disktest.ErrKilled
		}
		return nil
	})
	w.try()
	return int(count.Load())
}
