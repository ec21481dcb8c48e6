package repo

import "testing"

// TestG23WhatIsPutBackIsNoFlood: what a person puts back, as a restore will, is counted neither as new items nor as a rollback, in either
// direction; what nobody put back is. A restore that deletes counts like anybody's deletions.
func TestG23WhatIsPutBackIsNoFlood(t *testing.T) {
	t.Parallel()
	for _, putBack := range []bool{true, false} {
		for _, class := range []Class{PushAdditions, PullAdditions, PushDeletions} {
			v := many(20)
			v.PutBack = map[string]bool{}
			n := 1100
			if class == PushDeletions {
				n = 8
			}
			for i := range n {
				does[class](&v, i)
			}
			for _, items := range []Items{v.Local, v.There, v.BaseLocal} {
				for name := range items {
					v.PutBack[name] = putBack
				}
			}
			held := len(decideAll(Choice{}, v).Holds) > 0
			if want := !putBack || class == PushDeletions; held != want {
				t.Errorf("%s, put back %v: held %v", class, putBack, held)
			}
		}
	}
}
