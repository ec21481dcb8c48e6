package store

import (
	"bytes"
	"encoding/binary"

	"github.com/go-git/go-git/v5/plumbing/format/packfile"
)

// A delta says how to make one object out of another: copy that range, insert these bytes. The general search for
// common ranges is slow, and not needed here: two versions of a tree, or of a file of lines, are nearly equal, so one
// walk along both finds what changed.

// makeDelta gives the delta from old to new, or nil if it would not be worth it.
func makeDelta(k kind, old, new []byte) []byte {
	if len(old) == 0 || len(new) == 0 {
		return nil
	}
	d := deltaWriter{limit: len(new) / 2}
	d.b = binary.AppendUvarint(d.b, uint64(len(old)))
	d.b = binary.AppendUvarint(d.b, uint64(len(new)))
	var w records = &lines{old: old}
	if k == kindTree {
		w = &entries{old: old}
	}
	for n := 0; n < len(new) && len(d.b) <= d.limit; {
		size, at := w.find(new[n:])
		if at >= 0 {
			d.copy(at, size)
		} else {
			d.literal(new[n : n+size])
		}
		n += size
	}
	d.flush()
	if len(d.b) > d.limit {
		return nil
	}
	return d.b
}

// records cuts the first record off the new version, and says where the old one has the same bytes, or -1.
type records interface {
	find(new []byte) (size, at int)
}

// entries walks along the entries of two trees, which are sorted by name.
type entries struct {
	old []byte
	pos int
}

func (w *entries) find(new []byte) (size, at int) {
	_, name, _, rest, err := nextEntry(new)
	if err != nil {
		return len(new), -1
	}
	size = len(new) - len(rest)
	for w.pos < len(w.old) {
		_, oldName, _, oldRest, err := nextEntry(w.old[w.pos:])
		if err != nil {
			return size, -1
		}
		c := bytes.Compare(oldName, name)
		if c > 0 {
			break
		}
		at = w.pos
		w.pos = len(w.old) - len(oldRest)
		if c == 0 {
			if bytes.Equal(w.old[at:w.pos], new[:size]) {
				return size, at
			}
			break
		}
	}
	return size, -1
}

// lines walks along the lines of two files, and finds its place again after a change by a table of the old lines.
type lines struct {
	old   []byte
	pos   int
	table map[string]int
}

func cutLine(b []byte) int {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return i + 1
	}
	return len(b)
}

func (w *lines) find(new []byte) (size, at int) {
	size = cutLine(new)
	if bytes.HasPrefix(w.old[w.pos:], new[:size]) {
		at = w.pos
		w.pos += size
		return size, at
	}
	if w.table == nil {
		w.table = map[string]int{}
		text := string(w.old)
		for p := 0; p < len(text); {
			n := cutLine(w.old[p:])
			w.table[text[p:p+n]] = p
			p += n
		}
	}
	at, ok := w.table[string(new[:size])]
	if !ok {
		return size, -1
	}
	w.pos = at + size
	return size, at
}

// deltaWriter joins neighbouring copies, and neighbouring insertions, before it writes them.
type deltaWriter struct {
	b        []byte
	limit    int
	from, to int    // the range that waits to be copied
	insert   []byte // the bytes that wait to be inserted; one of the two is empty
}

func (d *deltaWriter) copy(at, size int) {
	if d.to == at && d.to > d.from {
		d.to += size
		return
	}
	d.flush()
	d.from, d.to = at, at+size
}

func (d *deltaWriter) literal(b []byte) {
	if d.to > d.from {
		d.flush()
	}
	d.insert = append(d.insert, b...)
	for len(d.insert) >= 127 {
		d.b = append(append(d.b, 127), d.insert[:127]...)
		d.insert = d.insert[127:]
	}
}

func (d *deltaWriter) flush() {
	if len(d.insert) > 0 {
		d.b = append(append(d.b, byte(len(d.insert))), d.insert...)
		d.insert = nil
	}
	for d.from < d.to {
		n := min(d.to-d.from, maxCopy)
		d.copyInstruction(d.from, n)
		d.from += n
	}
	d.from, d.to = 0, 0
}

// maxCopy is the longest range that one instruction can name.
const maxCopy = 1<<24 - 1

// copyInstruction is a byte with a bit for each of the seven bytes that follow: four of the offset, three of the length,
// lowest first, those that are zero left out. A length of zero means 65,536.
func (d *deltaWriter) copyInstruction(offset, n int) {
	at := len(d.b)
	op := byte(0x80)
	d.b = append(d.b, 0)
	for i := range 4 {
		if c := byte(offset >> (8 * i)); c != 0 {
			op |= 1 << i
			d.b = append(d.b, c)
		}
	}
	if n != 0x10000 {
		for i := range 3 {
			if c := byte(n >> (8 * i)); c != 0 {
				op |= 0x10 << i
				d.b = append(d.b, c)
			}
		}
	}
	d.b[at] = op
}

// deltaSizes reads the two sizes at the beginning of a delta.
func deltaSizes(d []byte) (from, to uint64, err error) {
	from, n := binary.Uvarint(d)
	if n <= 0 {
		return 0, 0, corrupt("a delta without sizes")
	}
	to, m := binary.Uvarint(d[n:])
	if m <= 0 {
		return 0, 0, corrupt("a delta without sizes")
	}
	return from, to, nil
}

// applyDelta makes the new version; one of more than limit bytes is an error before it is made.
func applyDelta(old, delta []byte, limit int64) ([]byte, error) {
	_, to, err := deltaSizes(delta)
	if err != nil {
		return nil, err
	}
	if to > uint64(limit) {
		return nil, tooBig(to, limit)
	}
	out, err := packfile.PatchDelta(old, delta)
	if err != nil {
		return nil, corrupt("delta: %v", err)
	}
	return out, nil
}
