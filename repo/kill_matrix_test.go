package repo_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"vgit/repo"
)

// matrixCase is one run that dies, and what comes after it.
type matrixCase struct {
	account string
	death   death
	n       int
	sequel  sequel
}

func (c matrixCase) String() string {
	return fmt.Sprintf("%s/%s/%d/%s", c.account, c.death, c.n, c.sequel.name)
}

// TestKillMatrix (K1 to K26, sequels a, b and c): wherever a run dies that has a step of every kind to do, and whatever somebody does on
// either side before the next one, that one brings both sides to the same end. What others did later wins; what the
// killed run wrote is nobody's edit; only where both sides were really edited the item waits.
func TestKillMatrix(t *testing.T) {
	t.Parallel()
	for _, c := range matrix(t) {
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			w := startMatrix(t, c.account)
			c.death.arm(w, c.n)
			w.try()
			w.revive()
			progress := w.progress()
			c.sequel.do(w)
			allow := func(r *repo.Request) { r.AllowDeletes = 9 }
			w.sync(allow)
			report := w.sync(allow) // a server that rewrites may need one more look
			w.ended(c.sequel.name, progress, report)
			w.quietly(len(report.Plan.InState(repo.Waits)) > 0)
		})
	}
}

// matrix gives all cases if VGIT_CRASH_ALL is set; else two of each death, which have all pairs of an account and a sequel among them.
func matrix(t *testing.T) (cases []matrixCase) {
	t.Helper()
	names := slices.Sorted(maps.Keys(accounts))
	counts := map[string][]int{}
	for _, account := range names {
		counts[account] = startMatrix(t, account).passes(deaths)
	}
	all := os.Getenv("VGIT_CRASH_ALL") != ""
	for i, k := range deaths {
		for j := range 2 {
			c := 2*i + j
			account := names[c%len(names)]
			count := counts[account][i]
			if count == 0 {
				t.Errorf("no run comes to %s", k)
			} else if !all {
				cases = append(cases, matrixCase{account, k, 1 + c%count, sequels[c%len(sequels)]})
			}
		}
		for _, account := range names {
			for n := 1; all && n <= counts[account][i]; n += max(counts[account][i]/12, 1) {
				for _, q := range sequels {
					cases = append(cases, matrixCase{account, k, n, q})
				}
			}
		}
	}
	return cases
}
