package repo

import (
	"vgit/merge"
	"vgit/repo/item"
)

// Takes is the file as it would be if all conflicts of the item were settled by that policy. Two of them hold the same of all that
// merges, and differ in the conflicts alone. It is nil where that deletes the item.
func (w *Waiting) Takes(p merge.Policy) []byte {
	v := merge.Versions{L0: parsed(w.Base), L1: parsed(w.Ours), R0: parsed(w.there), R1: parsed(w.Theirs)}
	if v.L0 == nil || v.R0 == nil { // half a pair is none
		v.L0, v.R0 = nil, nil
	}
	return merge.Reconcile(v, merge.Context{Me: w.remote.Me, Host: w.remote.Host, Policy: p}).Local
}

func parsed(b []byte) *item.Item {
	if b == nil {
		return nil
	}
	return item.Parse(b)
}
