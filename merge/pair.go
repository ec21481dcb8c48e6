package merge

import (
	"slices"
	"strconv"
	"strings"
)

// pair is one entry in two bodies; one of them may be nil.
type pair struct{ a, b *entry }

// label names the entry of a map, with a blank in front.
func (p pair) label() string {
	e := p.a
	if e == nil {
		e = p.b
	}
	if e.key == "" {
		return ""
	}
	return " " + e.key
}

// pairUp finds the partner of each entry: by the identities both sides have, by key, by the exact value, and for slots with the
// leftover rule the only unmatched one with the same TYPE, then the only unmatched one.
func pairUp(a, b []*entry, leftover bool) []pair {
	switch {
	case len(a) == 0 && len(b) == 0:
		return nil
	case len(a) == 1 && len(b) == 1 && (leftover || a[0].key == b[0].key):
		return []pair{{a[0], b[0]}}
	}
	pairs := make([]pair, 0, len(a)+len(b))
	found := func(x, y *entry) bool {
		pairs = append(pairs, pair{x, y})
		return true
	}
	a, b = slices.Clone(a), slices.Clone(b)
	for _, rung := range []func(*entry) string{entryID, entryAndRank, entryKeyAndValue, entryKey, (*entry).exact} {
		a, b, _ = climb(a, b, rung, false, found)
	}
	if leftover {
		a, b, _ = climb(a, b, entryTypes, true, found)
		a, b, _ = climb(a, b, func(*entry) string { return "any" }, true, found)
	}
	for _, e := range a {
		pairs = append(pairs, pair{a: e})
	}
	for _, e := range b {
		pairs = append(pairs, pair{b: e})
	}
	return pairs
}

func entryID(e *entry) string { return strings.Join(e.ids, "\x1e") }

func entryKey(e *entry) string { return e.key }

// entryAndRank tells preferred entries from others that say the same.
func entryAndRank(e *entry) string {
	if e.pref == 0 || e.key == "" {
		return ""
	}
	return entryKeyAndValue(e) + "\x1d" + strconv.Itoa(e.pref)
}

func entryKeyAndValue(e *entry) string {
	if e.key == "" {
		return ""
	}
	return e.key + "\x1d" + e.exact()
}

func entryTypes(e *entry) string {
	if f := e.field("type"); f != nil {
		return "type " + f.loose
	}
	return "type"
}

// climb calls found for the elements of which rung says the same, the n-th with the n-th; with unique, only where there is just
// one on each side. It returns what is left, and false if found did. It writes into b.
func climb[T any](a, b []*T, rung func(*T) string, unique bool, found func(x, y *T) bool) (restA, restB []*T, ok bool) {
	if len(a) == 0 || len(b) == 0 {
		return a, b, true
	}
	waiting := make(map[string][]int, len(b))
	for i, e := range b {
		if name := rung(e); name != "" {
			waiting[name] = append(waiting[name], i)
		}
	}
	count := map[string]int{}
	if unique {
		for _, e := range a {
			count[rung(e)]++
		}
	}
	for _, e := range a {
		name := rung(e)
		list := waiting[name]
		if name == "" || len(list) == 0 || unique && (len(list) > 1 || count[name] > 1) {
			restA = append(restA, e)
			continue
		}
		if !found(e, b[list[0]]) {
			return nil, nil, false
		}
		b[list[0]] = nil
		waiting[name] = list[1:]
	}
	return restA, slices.DeleteFunc(b, func(e *T) bool { return e == nil }), true
}
