package history

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"strings"

	"vgit/repo"
	"vgit/repo/store"
)

// sideIndex is what was found out about commits before, by their names: what the walk has to know of each, and in what it differs from
// its parents. So a hit reads no object at all, and what a rebase or a reset left behind is merely not asked for. It is a cache
// (docs/format.md 10): what it lacks is read from the objects and added, and whoever cannot write it does without.
type sideIndex struct {
	s    *store.Store // nil: what is new is only gathered
	head string
	anew bool // the file is absent, damaged, of another layout or version: it is to be written whole
	size int  // of the file, as far as it is sound

	at    map[store.Hash]record
	more  map[store.Hash][]record // those that compare the same commit with others of its parents
	count int                     // records read

	fresh []byte // records that are not in the file yet
}

const (
	indexFile   = "history"
	indexFormat = "vgit history 1 "
	maxIndex    = 64 << 20
	maxFresh    = 1 << 20 // from which on a long walk saves what it has
	blockHead   = 8       // length and checksum of what follows
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// openIndex reads the index of a repository, as far as it is sound. It never fails.
func openIndex(s *store.Store, l repo.Layout) *sideIndex {
	x := emptyIndex(s, l)
	b, err := s.CacheReadMost(indexFile, maxIndex)
	if err == nil {
		x.read(string(b))
	}
	x.anew = x.anew || err != nil
	return x
}

func emptyIndex(s *store.Store, l repo.Layout) *sideIndex {
	return &sideIndex{s: s, head: indexHead(l), at: map[store.Hash]record{}}
}

// indexHead is the first line. What an item is, and where, depends on the layout.
func indexHead(l repo.Layout) string {
	sum := crc32.Checksum(fmt.Appendf(nil, "%v %q %q", l.Single, l.Name, l.Ext), castagnoli)
	return fmt.Sprintf("%s%08x\n", indexFormat, sum)
}

// read takes the records of a file up to the first damage, such as a block that was cut short.
func (x *sideIndex) read(text string) {
	rest, ok := strings.CutPrefix(text, x.head)
	if !ok {
		x.anew = true
		return
	}
	for len(rest) >= blockHead {
		n, sum := be32(rest), be32(rest[4:])
		if uint64(n) > uint64(len(rest)-blockHead) {
			break
		}
		body := rest[blockHead : blockHead+int(n)]
		if crc32.Checksum([]byte(body), castagnoli) != sum || !x.block(body) {
			break
		}
		rest = rest[blockHead+int(n):]
	}
	x.size, x.anew = len(text)-len(rest), len(rest) > 0
}

// block takes records, each after its length.
func (x *sideIndex) block(body string) bool {
	d := decoder{rest: body}
	for d.rest != "" && !d.bad {
		rec := record(d.text())
		if d.bad || len(rec) < len(store.Hash{}) {
			return false
		}
		x.count++
		x.put(rec)
	}
	return !d.bad
}

func be32(s string) uint32 {
	return uint32(s[0])<<24 | uint32(s[1])<<16 | uint32(s[2])<<8 | uint32(s[3])
}

// put keeps a record. One that compares with other parents than the one that is there already stands beside it.
func (x *sideIndex) put(rec record) {
	h := rec.commit()
	old, ok := x.at[h]
	switch {
	case !ok || old.mask() == notCompared:
		x.at[h] = rec
	case rec.mask() != notCompared && x.find(h, rec.mask()) == "":
		if x.more == nil {
			x.more = map[store.Hash][]record{}
		}
		x.more[h] = append(x.more[h], rec)
	}
}

// find gives the record of a commit that compares it with these of its parents, "" if there is none.
func (x *sideIndex) find(h store.Hash, mask uint64) record {
	if rec := x.at[h]; rec != "" && rec.mask() == mask {
		return rec
	}
	for _, rec := range x.more[h] {
		if rec.mask() == mask {
			return rec
		}
	}
	return ""
}

// add keeps a record for the next reader, too.
func (x *sideIndex) add(rec record) {
	x.put(rec)
	if x.size+len(x.fresh)+len(rec) > maxIndex {
		return
	}
	x.count++
	x.fresh = append(binary.AppendUvarint(x.fresh, uint64(len(rec))), rec...)
	if len(x.fresh) >= maxFresh {
		x.flush()
	}
}

// spoilt forgets what turned out to be no record of a commit.
func (x *sideIndex) spoilt(h store.Hash) {
	delete(x.at, h)
	delete(x.more, h)
	x.anew = true
}

// flush writes what is new. That it cannot be written, as on a disk that is read only, is no failure: the next reader finds it out
// again. Two processes may do so at once, since a block is written in one piece.
func (x *sideIndex) flush() {
	if len(x.fresh) == 0 || x.s == nil {
		return
	}
	if x.anew {
		x.rewrite(func(store.Hash) bool { return true })
		return
	}
	block := appendBlock(nil, x.fresh)
	if x.s.CacheAppend(indexFile, block) == nil {
		x.size += len(block)
	}
	x.fresh = nil
}

// tidy writes the index anew if most of it is of commits that no ref leads to any more. It is asked after a walk that has seen all.
func (x *sideIndex) tidy(reached int, keep func(store.Hash) bool) {
	if x.s != nil && x.count > 2*reached+1000 {
		x.rewrite(keep)
	}
}

func (x *sideIndex) rewrite(keep func(store.Hash) bool) {
	file, body := []byte(x.head), []byte(nil)
	add := func(rec record) {
		body = append(binary.AppendUvarint(body, uint64(len(rec))), rec...)
		if len(body) >= maxFresh {
			file, body = appendBlock(file, body), body[:0]
		}
	}
	for h, rec := range x.at {
		if !keep(h) {
			continue
		}
		add(rec)
		for _, rec := range x.more[h] {
			add(rec)
		}
	}
	file = appendBlock(file, body)
	if len(file) <= maxIndex && x.s.CacheWrite(indexFile, file) == nil {
		x.size, x.anew = len(file), false
	}
	x.fresh = nil
}

func appendBlock(b, body []byte) []byte {
	if len(body) == 0 {
		return b
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(body)))
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(body, castagnoli))
	return append(b, body...)
}

// appendIndex adds records to the index without reading it: what a sync does, whose cost is not to grow with the history.
func appendIndex(s *store.Store, l repo.Layout, fresh []byte) error {
	if len(fresh) == 0 {
		return nil
	}
	head := indexHead(l)
	block := appendBlock(nil, fresh)
	got, size, err := s.CacheHead(indexFile, len(head))
	switch {
	case err == nil && string(got) == head && size+int64(len(block)) > maxIndex:
		return nil
	case err == nil && string(got) == head:
		return s.CacheAppend(indexFile, block)
	case err == nil || errors.Is(err, fs.ErrNotExist):
		return s.CacheWrite(indexFile, append([]byte(head), block...))
	}
	return err
}
