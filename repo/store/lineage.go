package store

import (
	"bytes"
	"strings"
)

// lineages says which trees and files are versions of one another: in each line every version but the first is a change
// of the one before. The n-th version is stored as a delta against the version n with its lowest set bit cleared (skip
// deltas), so that no chain of deltas is longer than n has bits. All versions of a line are in the rolling pack.
//
// They are kept in .git/vgit/fold. Without that file new lines begin, and the pack is not touched again.
type lineages struct {
	rolling string          // name of the rolling pack
	sealed  map[string]bool // packs that were rolling once
	lines   [][]Hash
	place   map[Hash]version
}

type version struct{ line, n int }

const (
	foldCache   = "fold"
	foldFormat  = "vgit fold 1"
	maxLineages = 4096
)

func (s *Store) readLineages() *lineages {
	l := &lineages{sealed: map[string]bool{}, place: map[Hash]version{}}
	b, err := s.CacheRead(foldCache)
	if err != nil {
		return l
	}
	format, rest, _ := strings.Cut(string(b), "\n")
	if format != foldFormat {
		return l
	}
	for text := range strings.Lines(rest) {
		fields := strings.Fields(text)
		if len(fields) < 2 {
			continue
		}
		switch fields[0] {
		case "rolling":
			l.rolling = fields[1]
		case "sealed":
			l.sealed[fields[1]] = true
		case "line":
			l.addLine(fields[1:])
		}
	}
	return l
}

func (l *lineages) addLine(names []string) {
	var line []Hash
	for _, name := range names {
		h, err := ParseHash(name)
		if _, twice := l.place[h]; err != nil || twice {
			return
		}
		line = append(line, h)
	}
	for n, h := range line {
		l.place[h] = version{len(l.lines), n}
	}
	l.lines = append(l.lines, line)
}

// writeLineages leaves out the oldest lines, if there are too many.
func (s *Store) writeLineages(l *lineages) error {
	var b bytes.Buffer
	b.WriteString(foldFormat + "\n")
	if l.rolling != "" {
		b.WriteString("rolling " + l.rolling + "\n")
	}
	s.packs.mu.RLock()
	for _, k := range s.packs.list {
		if l.sealed[k.name] {
			b.WriteString("sealed " + k.name + "\n")
		}
	}
	s.packs.mu.RUnlock()
	lines := l.lines
	if len(lines) > maxLineages {
		lines = lines[len(lines)-maxLineages:]
	}
	for _, line := range lines {
		b.WriteString("line")
		for _, h := range line {
			b.WriteString(" " + h.String())
		}
		b.WriteByte('\n')
	}
	return s.CacheWrite(foldCache, b.Bytes())
}

// onlyIn forgets what is not so any more: a rolling pack that git has repacked, lines that are not wholly in it.
func (l *lineages) onlyIn(list []*pack) {
	var rolling *pack
	for _, k := range list {
		if k.name == l.rolling {
			rolling = k
		}
	}
	if rolling == nil {
		l.drop()
		return
	}
	for _, line := range l.lines {
		for _, h := range line {
			if _, ok := rolling.index.find(h); !ok {
				l.drop()
				return
			}
		}
	}
}

func (l *lineages) drop() {
	l.rolling, l.lines, l.place = "", nil, map[Hash]version{}
}

// seal leaves the rolling pack as it is from now on.
func (l *lineages) seal() {
	l.sealed[l.rolling] = true
	l.drop()
}

func (l *lineages) longest() int {
	n := 0
	for _, line := range l.lines {
		n = max(n, len(line))
	}
	return n
}

// base says against which version h is to be a delta.
func (l *lineages) base(h Hash) (Hash, bool) {
	v, ok := l.place[h]
	if !ok || v.n == 0 {
		return Hash{}, false
	}
	return l.lines[v.line][v.n&(v.n-1)], true
}

// append makes h the next version of the line that old is in, or the first of a new line.
func (l *lineages) append(old, h Hash) {
	if _, ok := l.place[h]; ok {
		return
	}
	v, ok := l.place[old]
	if !ok || len(l.lines[v.line]) >= sealLine {
		l.place[h] = version{len(l.lines), 0}
		l.lines = append(l.lines, []Hash{h})
		return
	}
	l.place[h] = version{v.line, len(l.lines[v.line])}
	l.lines[v.line] = append(l.lines[v.line], h)
}

// statusDir is where files of lines are that change in each sync; elsewhere only big files are worth a line.
const (
	statusDir = ".vgit"
	bigBlob   = 4 << 10
)

// follow finds what the folded commits changed, parents first, and puts each new tree and status file into a line.
func (l *lineages) follow(f *fold) {
	w := lineWalk{fold: f, seen: map[Hash]bool{}}
	for _, h := range f.order {
		w.commit(h)
	}
}

type lineWalk struct {
	*fold
	seen map[Hash]bool
}

// commit follows one commit. What cannot be read is only not delta-compressed.
func (w *lineWalk) commit(h Hash) {
	// Without recursion: a thousand commits may be folded at once.
	for stack := []Hash{h}; len(stack) > 0; {
		h := stack[len(stack)-1]
		it := w.items[h]
		if it == nil || it.kind != kindCommit || w.seen[h] || (it.pack != nil && it.pack.trusted) {
			stack = stack[:len(stack)-1]
			continue
		}
		c, ok := w.readCommit(h)
		waits := false
		for _, p := range c.Parents {
			if up := w.items[p]; ok && up != nil && up.kind == kindCommit && !w.seen[p] && (up.pack == nil || !up.pack.trusted) {
				stack = append(stack, p)
				waits = true
			}
		}
		if waits {
			continue
		}
		w.seen[h] = true
		stack = stack[:len(stack)-1]
		if ok {
			w.versions(c)
		}
	}
}

func (w *lineWalk) readCommit(h Hash) (Commit, bool) {
	o, err := w.read(h)
	if err != nil || o.kind != kindCommit {
		return Commit{}, false
	}
	c, err := decodeCommit(o.data)
	return c, err == nil
}

func (w *lineWalk) versions(c Commit) {
	for _, p := range c.Parents {
		if parent, ok := w.readCommit(p); ok {
			w.tree(parent.Tree, c.Tree, false, 0)
		}
	}
	w.tree(Hash{}, c.Tree, false, 0)
}

const maxDepth = 64

// tree puts a new tree into a line, and then what is new below it. old is zero, or the tree at the same path before.
func (w *lineWalk) tree(old, new Hash, status bool, depth int) {
	if !w.unplaced(new) || depth > maxDepth {
		return
	}
	o, err := w.read(new)
	if err != nil || o.kind != kindTree {
		return
	}
	w.lines.append(old, new)
	var before entries
	if !old.IsZero() {
		if b, err := w.read(old); err == nil && b.kind == kindTree {
			before.old = b.data
		}
	}
	for rest := o.data; len(rest) > 0; {
		mode, name, hash, next, err := nextEntry(rest)
		if err != nil {
			return
		}
		if mode.IsDir() {
			w.tree(before.named(rest), Hash(hash), status || string(name) == statusDir, depth+1)
		} else {
			w.blob(&before, rest, Hash(hash), status)
		}
		rest = next
	}
}

// unplaced says whether an object is new to the rolling pack, and in no line yet.
func (w *lineWalk) unplaced(h Hash) bool {
	it := w.items[h]
	if it == nil || (it.pack != nil && it.pack.trusted) {
		return false
	}
	_, placed := w.lines.place[h]
	return !placed
}

func (w *lineWalk) blob(before *entries, entry []byte, new Hash, status bool) {
	if !w.unplaced(new) {
		return
	}
	if !status {
		o, err := w.read(new)
		if err != nil || len(o.data) < bigBlob {
			return
		}
	}
	w.lines.append(before.named(entry), new)
}

// named gives the hash of the old entry with the name of the first entry in new; zero if there is none. Names must come
// in order.
func (w *entries) named(new []byte) Hash {
	_, name, _, _, err := nextEntry(new)
	for err == nil && w.pos < len(w.old) {
		var oldName, hash, rest []byte
		_, oldName, hash, rest, err = nextEntry(w.old[w.pos:])
		if err != nil {
			break
		}
		c := bytes.Compare(oldName, name)
		if c > 0 {
			break
		}
		w.pos = len(w.old) - len(rest)
		if c == 0 {
			return Hash(hash)
		}
	}
	return Hash{}
}
