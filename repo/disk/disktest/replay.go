package disktest

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
)

// Replay turns into, a directory in the state in which the log began (see Copy), into one that a power loss at the end
// of the log may leave. What was made durable is there: data by Sync of the file, entries by SyncDir of all directories
// they changed, both by SyncFS. Of the rest, each change of entries is there in whole or not at all, in any order that
// leaves the ones it builds on, so a new directory takes all that is in it with it; data may be missing from some point on, end at a multiple of 512, or have blocks of NUL.
//
// Seed 0 loses all that can be lost, seed 1 keeps everything, any other is a choice of its own, always the same one.
func Replay(log []Op, seed uint64, into string) error {
	root, err := load(into)
	if err != nil {
		return err
	}
	m := &machine{root: root, live: map[*node]map[string]*node{}, open: map[int]*node{}}
	for _, op := range log {
		if err := m.play(op); err != nil {
			return fmt.Errorf("replay %v: %w", op, err)
		}
	}
	c := newChooser(seed)
	m.lose(c)
	if err := empty(into); err != nil {
		return err
	}
	return (&writer{c, map[*node]string{}}).write(root, into)
}

// node is a file, a directory or a link; entries and data are what is surely on the disk.
type node struct {
	mode    fs.FileMode
	entries map[string]*node
	data    []byte
	target  string
	writes  [][]byte
	synced  int // how many of the writes are durable
}

// change is one operation on entries; it happens in whole or not at all.
type change struct {
	edits []edit
	must  bool
}

type edit struct {
	dir     *node
	name    string
	old, to *node // nil: no entry
	synced  bool
}

// machine follows the log as it happened.
type machine struct {
	root    *node
	live    map[*node]map[string]*node // the entries that running programs see
	open    map[int]*node
	nodes   []*node // those that were written to
	changes []*change
}

func (m *machine) entries(dir *node) map[string]*node {
	if m.live[dir] == nil {
		m.live[dir] = maps.Clone(dir.entries)
		if m.live[dir] == nil {
			m.live[dir] = map[string]*node{}
		}
	}
	return m.live[dir]
}

// find is the node of that name, nil if there is none.
func (m *machine) find(name string) *node {
	n := m.root
	if name == "." {
		return n
	}
	for part := range strings.SplitSeq(name, "/") {
		if n == nil || !n.mode.IsDir() {
			return nil
		}
		n = m.entries(n)[part]
	}
	return n
}

// change sets entries, given as name and node, in one step.
func (m *machine) change(names []string, to ...*node) error {
	c := &change{}
	for i, name := range names {
		dir := m.find(path.Dir(name))
		if dir == nil {
			return fmt.Errorf("%s is not in the state that the log began with", path.Dir(name))
		}
		base := path.Base(name)
		c.edits = append(c.edits, edit{dir: dir, name: base, old: m.entries(dir)[base], to: to[i]})
	}
	for _, e := range c.edits {
		if e.to == nil {
			delete(m.entries(e.dir), e.name)
		} else {
			m.entries(e.dir)[e.name] = e.to
		}
	}
	m.changes = append(m.changes, c)
	return nil
}

func (m *machine) play(op Op) error {
	if op.Kind == Write {
		if n := m.open[op.Handle]; n != nil && len(op.Data) > 0 {
			n.writes = append(n.writes, op.Data)
			m.nodes = append(m.nodes, n)
		}
		return nil
	}
	if op.Err != nil {
		return nil
	}
	n := m.find(op.Name)
	switch op.Kind {
	case Create, Append, Lock:
		if n == nil {
			n = &node{mode: op.Perm.Perm()}
			if err := m.change([]string{op.Name}, n); err != nil {
				return err
			}
		}
		m.open[op.Handle] = n
	case Sync:
		if n := m.open[op.Handle]; n != nil {
			n.synced = len(n.writes)
		}
	case Chmod:
		if n := m.open[op.Handle]; n != nil {
			n.mode = op.Perm.Perm()
		}
	case Mkdir:
		return m.change([]string{op.Name}, &node{mode: fs.ModeDir | op.Perm.Perm()})
	case Rename, RenameNew:
		if m.find(op.To) == n { // two names of one file: both stay
			return nil
		}
		return m.change([]string{op.To, op.Name}, n, nil)
	case Link:
		return m.change([]string{op.To}, n)
	case Exchange:
		return m.change([]string{op.Name, op.To}, m.find(op.To), n)
	case Remove:
		return m.change([]string{op.Name}, nil)
	case SyncDir:
		m.sync(func(dir *node) bool { return dir == n })
	case SyncFS:
		m.sync(func(*node) bool { return true })
		for _, n := range m.nodes {
			n.synced = len(n.writes)
		}
	}
	return nil
}

// sync makes the entries of some directories durable.
func (m *machine) sync(of func(dir *node) bool) {
	for _, c := range m.changes {
		c.must = true
		for i := range c.edits {
			e := &c.edits[i]
			e.synced = e.synced || of(e.dir)
			c.must = c.must && e.synced
		}
	}
}

// on says whether c can only have happened after an earlier one: on the same entry, in a directory that it made, or the
// removal of a directory that it emptied.
func (c *change) on(earlier *change) bool {
	return c.any(earlier, func(e, f edit) bool {
		return f.dir == e.dir && f.name == e.name || f.to == e.dir || e.old != nil && f.dir == e.old
	})
}

// with says whether an earlier change is durable with c. A new directory is not with its content: if its own entry was
// not made durable, all that is in it is lost.
func (c *change) with(earlier *change) bool {
	return c.any(earlier, func(e, f edit) bool {
		return f.dir == e.dir && f.name == e.name || e.old != nil && f.dir == e.old
	})
}

func (c *change) any(earlier *change, fits func(e, f edit) bool) bool {
	for _, e := range c.edits {
		for _, f := range earlier.edits {
			if fits(e, f) {
				return true
			}
		}
	}
	return false
}

// lose decides which changes of entries are left, and applies those to what is on the disk.
func (m *machine) lose(choose *chooser) {
	for i, c := range slices.Backward(m.changes) {
		for _, earlier := range m.changes[:i] {
			earlier.must = earlier.must || c.must && c.with(earlier)
		}
	}
	var lost []*change
	for _, c := range m.changes {
		if !c.must && (!choose.keep() || slices.ContainsFunc(lost, c.on)) {
			lost = append(lost, c)
			continue
		}
		for _, e := range c.edits {
			if e.to == nil {
				delete(e.dir.entries, e.name)
				continue
			}
			if e.dir.entries == nil {
				e.dir.entries = map[string]*node{}
			}
			e.dir.entries[e.name] = e.to
		}
	}
}

// chooser is the seeded fate of what was not made durable.
type chooser struct {
	*rand.Rand
	likely float64
}

func newChooser(seed uint64) *chooser {
	c := &chooser{Rand: rand.New(rand.NewPCG(seed, 0))}
	switch seed {
	case 0:
	case 1:
		c.likely = 1
	default:
		c.likely = []float64{0.1, 0.5, 0.9}[c.IntN(3)]
	}
	return c
}

func (c *chooser) keep() bool { return c.Float64() < c.likely }

// content is what is left of the data of a file.
func (c *chooser) content(n *node) []byte {
	const block = 512
	sure := append(slices.Clone(n.data), slices.Concat(n.writes[:n.synced]...)...)
	all := append(slices.Clone(sure), slices.Concat(n.writes[n.synced:]...)...)
	if len(all) == len(sure) || c.likely == 1 {
		return all
	}
	if c.likely == 0 {
		return sure
	}
	if !c.keep() { // it ends too early
		cut := len(sure) + c.IntN(len(all)-len(sure)+1)
		all = all[:max(len(sure), cut/block*block)]
	}
	for from := len(sure) / block * block; from < len(all); from += block {
		if !c.keep() { // the length was written, the data was not
			start := max(from, len(sure))
			copy(all[start:min(from+block, len(all))], make([]byte, block))
		}
	}
	return all
}
