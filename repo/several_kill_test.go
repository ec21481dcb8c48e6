package repo_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"vgit/remote/davtest"
	"vgit/repo"
	"vgit/repo/disk/disktest"
)

// startPair is a sync with two remotes at its beginning that has a step of every kind to do with both.
func startPair(t *testing.T) *pair {
	t.Helper()
	p := newPair(t, nil, nil)
	p.disk = quick(p.world)
	for _, uid := range []string{"same", "ea", "eb", "eh", "ga", "gb", "gh", "three"} {
		p.write("work/"+uid+".ics", event(uid, "First", "LOCATION:Home", "DESCRIPTION:Text"))
	}
	p.sync()
	p.a.work.Put("ea.ics", event("ea", "Edited on a", "LOCATION:Home", "DESCRIPTION:Text"))
	p.b.work.Put("eb.ics", event("eb", "Edited on b", "LOCATION:Home", "DESCRIPTION:Text"))
	p.write("work/eh.ics", event("eh", "Edited here", "LOCATION:Home", "DESCRIPTION:Text"))
	p.a.work.Put("three.ics", event("three", "On a", "LOCATION:Home", "DESCRIPTION:Text"))
	p.b.work.Put("three.ics", event("three", "First", "LOCATION:On b", "DESCRIPTION:Text"))
	p.write("work/three.ics", event("three", "First", "LOCATION:Home", "DESCRIPTION:Here"))
	p.a.work.Delete("ga.ics")
	p.b.work.Delete("gb.ics")
	p.remove("work/gh.ics")
	p.a.work.Put("1.ics", event("na", "New on a"))
	p.b.work.Put("1.ics", event("nb", "New on b"))
	p.a.work.Put("2.ics", event("nab", "New on both"))
	p.b.work.Put("3.ics", event("nab", "New on both"))
	p.write("work/nh.ics", event("nh", "New here"))
	return p
}

// ended checks that everything came to all places.
func (p *pair) ended() {
	p.t.Helper()
	for uid, line := range map[string]string{"same": "SUMMARY:First", "ea": "SUMMARY:Edited on a", "eb": "SUMMARY:Edited on b", "eh": "SUMMARY:Edited here",
		"na": "SUMMARY:New on a", "nb": "SUMMARY:New on b", "nab": "SUMMARY:New on both", "nh": "SUMMARY:New here"} {
		p.has(uid, line)
	}
	p.has("three", "SUMMARY:On a", "LOCATION:On b", "DESCRIPTION:Here")
	for _, uid := range []string{"ga", "gb", "gh"} {
		p.has(uid)
	}
	p.settled()
	p.noLeftovers()
}

// revive is the machine as the next run finds it.
func (p *pair) revive() {
	p.disk, p.at = quick(p.world), nil
	for _, w := range []*world{p.a, p.b} {
		w.server.ClearFaults()
		w.login()
	}
}

// TestSeveralRemotesKilled: whatever operation of the disk a run with two remotes dies at, or fails at, the next ones bring all three places to
// the same end, and ask nobody. Both servers hold bodies that are the same, and an object that the one could not write is not lost to
// the other (F58).
func TestSeveralRemotesKilled(t *testing.T) {
	t.Parallel()
	p := startPair(t)
	d := disktest.New(filepath.Dir(p.dir))
	p.disk = d.Open
	p.sync()
	total := len(d.Log())
	for n := range points(total, 8) {
		for _, way := range []error{disktest.ErrKilled, syscall.EIO} {
			t.Run(fmt.Sprint(n, way), func(t *testing.T) {
				t.Parallel()
				p := startPair(t)
				d := disktest.New(filepath.Dir(p.dir))
				p.disk = d.Open
				d.Before(func(op disktest.Op) error {
					if op.N != n {
						return nil
					}
					if way == disktest.ErrKilled {
						p.a.server.On(davtest.Match{}).Before().Drop()
						p.b.server.On(davtest.Match{}).Before().Drop()
					}
					return way
				})
				p.try()
				p.revive()
				if out, err := p.tryGit("fsck", "--strict", "--no-dangling"); err != nil && !strings.Contains(out, "HEAD") {
					t.Errorf("git fsck: %s", out)
				}
				for range 3 {
					if w := p.waits(p.sync()); len(w) > 0 {
						t.Errorf("waits: %s: %s", w[0].Name, w[0].Why)
					}
				}
				p.ended()
			})
		}
	}
}

// TestSeveralRemotesOneSyncDoesAll has a step of every kind to do with both.
func TestSeveralRemotesOneSyncDoesAll(t *testing.T) {
	t.Parallel()
	p := startPair(t)
	dry := p.sync(func(q *repo.Request) { q.DryRun = true })
	report := p.sync()
	for i, r := range report.Remotes {
		if told, did := moving(dry.Remotes[i].Plan.InState(repo.Do)), moving(r.Done); told != did {
			t.Errorf("%s: a dry run (F115) told\n%s\nand the sync did\n%s", r.Name, told, did)
		}
	}
	p.ended()
}

// moving are the steps that change an item, in order.
func moving(steps []*repo.Step) string {
	var lines []string
	for _, s := range steps {
		if s.Kind != repo.Agree && s.Kind != repo.Rename {
			lines = append(lines, fmt.Sprintf("%s %s %s", s.Side, s.Kind, s.Name))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
