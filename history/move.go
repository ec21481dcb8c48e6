package history

import (
	"slices"

	"vgit/repo"
	"vgit/repo/store"
)

// maxMoves is how many items that came or went are read to find out which of them moved.
const maxMoves = 1000

// joinMoves makes one difference out of an item that went from one place and came up in another: one with the same bytes, or
// else the same UID. What several have tells nothing.
func (r *reader) joinMoves(list []repo.Difference) []repo.Difference {
	list = r.join(list, func(h store.Hash) string { return string(h[:]) })
	n := 0
	for _, d := range list {
		if d.Sign != '~' {
			n++
		}
	}
	if n > maxMoves {
		return list
	}
	return r.join(list, func(h store.Hash) string {
		uid, _ := r.uid(h) // of what cannot be read nothing is known
		return uid
	})
}

func (r *reader) join(list []repo.Difference, key func(store.Hash) string) []repo.Difference {
	sign := func(c byte) bool {
		return slices.ContainsFunc(list, func(d repo.Difference) bool { return d.Sign == c })
	}
	if !sign('-') || !sign('+') {
		return list
	}
	gone, came := map[string]int{}, map[string]int{}
	for i, d := range list {
		switch {
		case repo.IsProperty(d.Name): // two collections may have one colour
		case d.Sign == '-':
			enter(gone, key(d.Old), i)
		case d.Sign == '+':
			enter(came, key(d.New), i)
		}
	}
	joined := false
	for k, to := range came {
		from, ok := gone[k]
		if !ok || k == "" || from < 0 || to < 0 {
			continue
		}
		old := &list[from]
		list[to].Sign, list[to].Old, list[to].Was = '~', old.Old, r.layout.Path(old.Collection, old.Name)
		old.Sign, joined = 0, true
	}
	if !joined {
		return list
	}
	return slices.DeleteFunc(list, func(d repo.Difference) bool { return d.Sign == 0 })
}

// enter notes where a key was met; -1 stands for several places.
func enter(m map[string]int, key string, i int) {
	if _, twice := m[key]; twice {
		i = -1
	}
	m[key] = i
}
