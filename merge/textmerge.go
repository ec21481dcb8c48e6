package merge

import (
	"slices"
	"strings"
)

// mergeText merges two edits of a text line by line, as diff3 does without context: hunks meet only where their lines in the base
// overlap or both insert at one point. It is for texts of which some version has two lines or more; ok is false where they do not
// fit together.
func mergeText(base, ours, theirs string) (merged string, ok bool) {
	b, o, t := textLines(base), textLines(ours), textLines(theirs)
	if max(len(b), len(o), len(t)) < 2 {
		return "", false
	}
	ho, oko := hunks(b, o)
	ht, okt := hunks(b, t)
	if !oko || !okt {
		return "", false
	}
	ht = unshown(ht, ho)
	ho = unshown(ho, ht)
	var out []string
	at := 0
	for len(ho) > 0 || len(ht) > 0 {
		var h hunk
		switch {
		case len(ht) == 0 || len(ho) > 0 && ho[0].before(ht[0]):
			h, ho = ho[0], ho[1:]
		case len(ho) == 0 || ht[0].before(ho[0]):
			h, ht = ht[0], ht[1:]
		case ho[0].equal(ht[0]):
			h, ho, ht = ho[0], ho[1:], ht[1:]
		default:
			return "", false
		}
		out = append(append(out, b[at:h.from]...), h.lines...)
		at = h.to
	}
	return strings.Join(append(out, b[at:]...), "\n"), true
}

func textLines(s string) []string {
	if s = strings.TrimRight(s, "\n"); s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// hunk replaces the lines from..to of the base.
type hunk struct {
	from, to int
	lines    []string
}

// before reports whether a hunk ends where the other begins, or earlier. Two insertions at one point are not in order; an
// insertion at the edge of a replacement is.
func (h hunk) before(o hunk) bool {
	if h.from == o.from && h.to == o.to {
		return false
	}
	return h.to <= o.from
}

func (h hunk) equal(o hunk) bool {
	return h.from == o.from && h.to == o.to && strings.Join(h.lines, "\n") == strings.Join(o.lines, "\n")
}

// unshown leaves out the hunks that are already part of what the other side has: after a crash one side is what was merged, and its
// lines that stand side by side are one hunk.
func unshown(hunks, other []hunk) []hunk {
	return slices.DeleteFunc(hunks, func(h hunk) bool {
		return slices.ContainsFunc(other, func(g hunk) bool { return g.shows(h) })
	})
}

// shows reports whether a larger hunk has a smaller one in it: its lines, or that they are gone.
func (h hunk) shows(small hunk) bool {
	switch {
	case small.from < h.from || small.to > h.to || small.equal(h):
		return false
	case len(small.lines) == 0:
		return small.to-small.from < h.to-h.from && len(h.lines) <= h.to-h.from-(small.to-small.from)
	}
	for at := 0; at+len(small.lines) <= len(h.lines); at++ {
		if slices.Equal(h.lines[at:at+len(small.lines)], small.lines) {
			return true
		}
	}
	return false
}

// manyLines is how much work comparing two texts may be: the product of the lines that differ.
const manyLines = 4_000_000

// hunks finds what leads from a to b, by the longest common subsequence of what is between a common head and tail.
func hunks(a, b []string) (list []hunk, ok bool) {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	a, b = a[head:len(a)-tail], b[head:len(b)-tail]
	if len(a)*len(b) > manyLines {
		return nil, false
	}
	length := commonLengths(a, b)
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		if i < len(a) && j < len(b) && a[i] == b[j] {
			i, j = i+1, j+1
			continue
		}
		h := hunk{from: head + i}
		for (i < len(a) || j < len(b)) && !(i < len(a) && j < len(b) && a[i] == b[j]) {
			if j == len(b) || i < len(a) && length(i+1, j) >= length(i, j+1) {
				i++
			} else {
				h.lines = append(h.lines, b[j])
				j++
			}
		}
		h.to = head + i
		list = append(list, h)
	}
	return list, true
}

// commonLengths is the table of the longest common subsequences of a[i:] and b[j:].
func commonLengths(a, b []string) func(i, j int) int32 {
	width := len(b) + 1
	table := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				table[i*width+j] = table[(i+1)*width+j+1] + 1
			} else {
				table[i*width+j] = max(table[(i+1)*width+j], table[i*width+j+1])
			}
		}
	}
	return func(i, j int) int32 { return table[i*width+j] }
}
