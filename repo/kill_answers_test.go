package repo_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vgit/repo"
	"vgit/repo/disk/disktest"
)

// judgement is a hold, the answer to it, and what both sides have in the end: so many items, all with this title ("" for any).
type judgement struct {
	class  repo.Class
	refuse bool
	items  int
	title  string
}

var judgements = []judgement{
	{repo.PushDeletions, false, 14, ""},
	{repo.PushDeletions, true, 22, "First"},
	{repo.PullDeletions, false, 1, ""},
	{repo.PullDeletions, true, 22, "First"},
	{repo.PushChanges, false, 22, "Changed here"},
	{repo.PushChanges, true, 22, "First"},
	{repo.PullChanges, false, 22, "Changed there"},
	{repo.PullChanges, true, 22, "First"},
	{repo.DirectoryGone, false, 0, ""},
	{repo.DirectoryGone, true, 22, "First"},
}

func (j judgement) String() string {
	return fmt.Sprintf("%s, refused %t", j.class, j.refuse)
}

// judged is a world in which that is held and answered, and the answer is not carried out yet.
func (j judgement) judged(t *testing.T, account string) *world {
	t.Helper()
	w := j.held(t, account)
	if j.refuse {
		w.refuseAll(j.class)
	} else {
		w.acceptAll(j.class)
	}
	return w
}

func (j judgement) held(t *testing.T, account string) *world {
	t.Helper()
	w := newWorld(t, accounts[account])
	w.disk, w.lines = quick(w), 1
	for _, uid := range letters(22) {
		w.work.Put(uid+".ics", event(uid, "First "+uid))
	}
	w.sync()
	switch j.class {
	case repo.DirectoryGone:
		must(t, os.RemoveAll(filepath.Join(w.dir, "work")))
	case repo.PushDeletions:
		w.act(j.class, 0, 8)
	case repo.PullDeletions:
		w.act(j.class, 0, 21)
	default:
		w.act(j.class, 0, 22)
	}
	w.sync()
	return w
}

// ended checks that all is as the answer says, on both sides, and stays so.
func (j judgement) ended(w *world, rem *repo.RemoteReport) {
	w.t.Helper()
	if len(rem.Plan.Holds) > 0 || len(rem.Plan.InState(repo.Waits)) > 0 {
		w.t.Errorf("held is %+v, and %d wait", rem.Plan.Holds, len(rem.Plan.InState(repo.Waits)))
	}
	if here := w.here("work"); len(here) != j.items {
		w.t.Errorf("%d files, want %d", len(here), j.items)
	}
	for uid, body := range w.here("work") {
		if !strings.Contains(string(body), "SUMMARY:"+j.title) {
			w.t.Errorf("%s is %s", uid, body)
		}
	}
	w.noLeftovers()
	w.settled()
}

// TestK28AnswerCarriedOutAndKilled (K9 to K26, G20): wherever a run dies that carries out an answer, and whatever the server makes of what it is
// sent, the next ones finish it: nothing is done twice, nothing is held anew, and the third has nothing to do.
func TestK28AnswerCarriedOutAndKilled(t *testing.T) {
	t.Parallel()
	names := []string{"keeping", "rewriting", "dropping", "no etags"}
	died := map[string]int{}
	for i, j := range judgements {
		t.Run(j.String(), func(t *testing.T) {
			account := names[i%len(names)]
			for n, count := range j.judged(t, account).passes(deaths) {
				k := deaths[n]
				died[k.String()] += count
				if count == 0 || (n+i)%2 > 0 && os.Getenv("VGIT_CRASH_ALL") == "" {
					continue
				}
				t.Run(k.String(), func(t *testing.T) {
					t.Parallel()
					w := j.judged(t, account)
					k.arm(w, 1+n*i%count)
					w.try()
					w.revive()
					w.sync()
					j.ended(w, w.sync())
				})
			}
		})
	}
	for _, k := range deaths {
		if died[k.String()] == 0 && k.point != repo.AtRecordKept && k.point != repo.AtBody {
			t.Logf("no run comes to %s", k)
		}
	}
}

// TestK28AnswerToAHoldKilled: wherever a run dies that takes down an answer to a hold, it is there in whole or not at all, and nothing else
// is touched.
func TestK28AnswerToAHoldKilled(t *testing.T) {
	t.Parallel()
	answered, open := 0, 0
	j := judgement{repo.PushDeletions, true, 22, "First"}
	for n, last := 1, false; ; n++ {
		w := j.held(t, "keeping")
		id := w.hold(j.class).ID
		d := disktest.New(filepath.Dir(w.dir))
		died := false
		d.Before(func(op disktest.Op) error {
			ends := strings.HasSuffix(op.Name, "/vgit/holder") && op.Kind == disktest.Remove
			if died = died || !last && op.N >= n || last && ends; died {
				return disktest.ErrKilled
			}
			return nil
		})
		w.disk = d.Open
		err := w.answer(id, true)
		w.revive()
		if !died {
			must(t, err)
		}
		if rem := w.sync(); len(rem.Plan.Holds) == 0 {
			answered++
		} else {
			open++
			must(t, w.answer(id, true))
			w.sync()
		}
		j.ended(w, w.sync())
		if last {
			if !died {
				t.Error("nobody was killed at the last step")
			}
			break
		}
		last = !died
	}
	if answered < 2 || open == 0 {
		t.Errorf("%d answers were taken down, %d were not", answered, open)
	}
}
