package merge

import (
	"cmp"
	"slices"
)

// four holds one thing in the four bodies of a merge; nil where a body lacks it.
type four[T any] struct{ l0, l1, r0, r1 *T }

// any returns one of the four, ours before theirs.
func (q four[T]) any() *T {
	for _, x := range []*T{q.l1, q.r1, q.l0, q.r0} {
		if x != nil {
			return x
		}
	}
	return nil
}

// matcher finds the pairs of two lists: each element of either is in exactly one, alone or with its partner.
type matcher[T any] func(a, b []*T) (pairs [][2]*T)

// align puts the elements of four lists together. Both sides are followed from their base, the bases meet, and then what only one
// side knows meets what only the other knows, by the matcher fresh.
func align[T any](l0, l1, r0, r1 []*T, match, fresh matcher[T]) []four[T] {
	ours, theirs, bases := match(l0, l1), match(r0, r1), match(l0, r0)
	ours, theirs = apart(ours, theirs, match, fresh), apart(theirs, ours, match, fresh)
	l1of, r1of := partners(ours), partners(theirs)
	list := make([]four[T], 0, max(len(l1), len(r1)))
	var left, right []*T // what only one side knows
	side := map[*T]four[T]{}
	alone := func(q four[T], x *T) *T {
		side[x] = q
		return x
	}
	for _, p := range bases {
		q := four[T]{l0: p[0], r0: p[1]}
		if q.l0 != nil {
			q.l1 = l1of[q.l0]
		}
		if q.r0 != nil {
			q.r1 = r1of[q.r0]
		}
		switch {
		case q.r0 == nil:
			left = append(left, alone(q, either(q.l1, q.l0)))
		case q.l0 == nil:
			right = append(right, alone(q, either(q.r1, q.r0)))
		default:
			list = append(list, q)
		}
	}
	for _, p := range ours {
		if p[0] == nil {
			left = append(left, alone(four[T]{l1: p[1]}, p[1]))
		}
	}
	for _, p := range theirs {
		if p[0] == nil {
			right = append(right, alone(four[T]{r1: p[1]}, p[1]))
		}
	}
	for _, p := range fresh(left, right) {
		var q four[T]
		if p[0] != nil {
			q = side[p[0]]
		}
		if p[1] != nil {
			r := side[p[1]]
			q.r0, q.r1 = r.r0, r.r1
		}
		list = append(list, q)
	}
	return list
}

// apart sets aside what both sides have new, where more than one is new on a side: what is left may have but one partner then. So a merge
// that is done once more sees the same edits.
func apart[T any](pairs, others [][2]*T, match, fresh matcher[T]) [][2]*T {
	var kept [][2]*T
	var gone, come, new []*T
	for _, p := range pairs {
		switch {
		case p[1] == nil:
			gone = append(gone, p[0])
		case p[0] == nil:
			come = append(come, p[1])
		default:
			kept = append(kept, p)
		}
	}
	if len(gone) == 0 || len(come) < 2 {
		return pairs
	}
	kept, gone, come = alike(kept, gone, come, others, fresh)
	for _, p := range others {
		if p[0] == nil {
			new = append(new, p[1])
		}
	}
	var left []*T
	for _, p := range fresh(come, new) {
		switch {
		case p[0] != nil && p[1] != nil:
			kept = append(kept, [2]*T{nil, p[0]})
		case p[0] != nil:
			left = append(left, p[0])
		}
	}
	return append(kept, match(gone, left)...)
}

// alike makes an edit of what the other side has edited in the same way.
func alike[T any](kept [][2]*T, gone, come []*T, others [][2]*T, fresh matcher[T]) (pairs [][2]*T, restGone, restCome []*T) {
	var before, after []*T
	at := map[*T]int{}
	for i, p := range others {
		if p[0] != nil && p[1] != nil {
			before, after = append(before, p[0]), append(after, p[1])
			at[p[0]] = i
		}
	}
	from, to := partners(fresh(gone, before)), partners(fresh(after, come))
	taken := map[*T]bool{}
	for _, g := range gone {
		if old := from[g]; old != nil {
			if c := to[others[at[old]][1]]; c != nil {
				kept, taken[g], taken[c] = append(kept, [2]*T{g, c}), true, true
			}
		}
	}
	has := func(x *T) bool { return taken[x] }
	return kept, slices.DeleteFunc(gone, has), slices.DeleteFunc(come, has)
}

func either[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
}

func partners[T any](pairs [][2]*T) map[*T]*T {
	m := make(map[*T]*T, len(pairs))
	for _, p := range pairs {
		if p[0] != nil && p[1] != nil {
			m[p[0]] = p[1]
		}
	}
	return m
}

// identical pairs a list with itself, for bodies that share a model.
func identical[T any](a, b []*T) ([][2]*T, bool) {
	if len(a) != len(b) || len(a) > 0 && &a[0] != &b[0] {
		return nil, false
	}
	pairs := make([][2]*T, len(a))
	for i := range a {
		pairs[i] = [2]*T{a[i], b[i]}
	}
	return pairs, true
}

// matchEntries pairs the entries of a slot.
func matchEntries(leftover bool) matcher[entry] {
	return func(a, b []*entry) [][2]*entry {
		if pairs, ok := identical(a, b); ok {
			return pairs
		}
		found := pairUp(a, b, leftover)
		pairs := make([][2]*entry, len(found))
		for i, p := range found {
			pairs[i] = [2]*entry{p.a, p.b}
		}
		return pairs
	}
}

// alignEntries puts the entries of one slot together. A slot with one entry at most in each body has no choice, unless entries
// have keys; in all others two entries that are new on both sides are the same only by what they say.
func alignEntries(s four[slot]) []four[entry] {
	leftover, one := s.any().leftover, true
	entries := func(s *slot) []*entry {
		if s == nil {
			return nil
		}
		one = one && len(s.entries) < 2
		return s.entries
	}
	l0, l1, r0, r1 := entries(s.l0), entries(s.l1), entries(s.r0), entries(s.r1)
	if one && leftover && s.any().kind != mapped {
		return []four[entry]{{l0: first(l0), l1: first(l1), r0: first(r0), r1: first(r1)}}
	}
	list := align(l0, l1, r0, r1, matchEntries(leftover), matchEntries(false))
	if leftover {
		list = renamed(list)
	}
	return list
}

// renamed looks again at entries that were taken for an edit of another one, for want of a better match. Where the other side has just
// added the same, or has removed the old one, it is a removal and an addition. A merge whose file was written and not sent looks like
// that.
func renamed(list []four[entry]) []four[entry] {
	if !slices.ContainsFunc(list, func(q four[entry]) bool { return renames(q.l0, q.l1) || renames(q.r0, q.r1) }) {
		return list
	}
	type place struct {
		key   string
		there bool
	}
	fresh := map[place]int{}
	for i, q := range list {
		if e := either(q.l1, q.r1); q.l0 == nil && q.r0 == nil && (q.l1 == nil || q.r1 == nil) && e != nil {
			if at := (place{e.ident(), q.l1 == nil}); fresh[at] == 0 {
				fresh[at] = i + 1
			}
		}
	}
	added := func(key string, there bool) *four[entry] {
		i := fresh[place{key, there}]
		if i == 0 {
			return nil
		}
		delete(fresh, place{key, there})
		return &list[i-1]
	}
	for i := range list {
		if q := &list[i]; renames(q.l0, q.l1) {
			if twin := added(q.l1.ident(), true); twin != nil {
				twin.l1, q.l1 = q.l1, nil
			} else if q.r0 != nil && q.r1 == nil && q.l1.key != "" {
				e := q.l1
				q.l1 = nil
				list = append(list, four[entry]{l1: e})
			}
		}
		if q := &list[i]; renames(q.r0, q.r1) {
			if twin := added(q.r1.ident(), false); twin != nil {
				twin.r1, q.r1 = q.r1, nil
			} else if q.l0 != nil && q.l1 == nil && q.r1.key != "" {
				e := q.r1
				q.r1 = nil
				list = append(list, four[entry]{r1: e})
			}
		}
	}
	return list
}

// ident is what an entry is told apart by: its key, else all of it.
func (e *entry) ident() string { return cmp.Or(e.key, e.exact()) }

// renames reports whether an entry was taken for another that shares nothing with it that tells it apart.
func renames(from, to *entry) bool {
	return from != nil && to != nil && from.ident() != to.ident() && (entryID(from) == "" || entryID(from) != entryID(to))
}

func first[T any](list []*T) *T {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// alignSlots puts the slots of one component together, in the order of their names.
func alignSlots(c four[component]) []four[slot] {
	lists := [4][]*slot{}
	for i, c := range []*component{c.l0, c.l1, c.r0, c.r1} {
		if c != nil {
			lists[i] = c.slots
		}
	}
	var out []four[slot]
	for {
		name, found := "", false
		for _, list := range lists {
			if len(list) > 0 && (!found || list[0].name < name) {
				name, found = list[0].name, true
			}
		}
		if !found {
			return out
		}
		var here [4]*slot
		for i, list := range lists {
			if len(list) > 0 && list[0].name == name {
				here[i], lists[i] = list[0], list[1:]
			}
		}
		out = append(out, four[slot]{l0: here[0], l1: here[1], r0: here[2], r1: here[3]})
	}
}

// alignComponents puts the components of four models together by their keys, in the order of ours, then of theirs.
func alignComponents(l0, l1, r0, r1 *model) []four[component] {
	models := [4]*model{l0, l1, r0, r1}
	var at [4]map[string]*component
	for i, m := range models {
		at[i] = m.keys()
	}
	var out []four[component]
	seen := map[string]bool{}
	for _, m := range []*model{l1, r1, l0, r0} {
		for _, c := range m.components {
			if !seen[c.key] {
				seen[c.key] = true
				out = append(out, four[component]{l0: at[0][c.key], l1: at[1][c.key], r0: at[2][c.key], r1: at[3][c.key]})
			}
		}
	}
	return out
}
