package store

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// foldItem is one object of a fold: in a pack at a place, or loose.
type foldItem struct {
	kind  kind
	pack  *foldPack // nil: loose
	from  int64     // the entry in the pack
	end   int64
	at    int64 // in the new pack; 0 as long as it is not written
	begun bool
	anew  bool // compressed by this fold, not copied
}

// foldPack is a pack in memory.
type foldPack struct {
	pack    *pack
	trusted bool // made by a fold: its objects were read back then
	left    bool // not sound; stays where it is
	data    []byte
	offsets []packed // by offset, once asked for
}

// collect reads all that is to be folded. What is damaged is left where it is: git may yet tell more of it.
func (f *fold) collect(ctx context.Context) error {
	for _, p := range f.packs {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f.collectPack(p); errors.Is(err, ErrCorrupt) {
			p.left = true
		} else if err != nil {
			return err
		}
	}
	total := int64(0)
	for _, l := range f.loose {
		if err := ctx.Err(); err != nil {
			return err
		}
		if total += l.size; total > foldMost {
			break
		}
		if f.items[l.hash] != nil {
			continue // in a pack as well: the file goes, the entry stays
		}
		k, data, err := readLoose(f.store.git, l.hash)
		if errors.Is(err, ErrCorrupt) || errors.Is(err, ErrMissing) {
			continue
		}
		if err != nil {
			return err
		}
		f.remember(object{l.hash, k, data})
		f.add(l.hash, &foldItem{kind: k})
	}
	return nil
}

func (f *fold) add(h Hash, it *foldItem) {
	f.items[h] = it
	f.order = append(f.order, h)
}

func (f *fold) collectPack(p *foldPack) error {
	k := p.pack
	p.data = make([]byte, k.size)
	if _, err := k.at.ReadAt(p.data, 0); err != nil {
		return err
	}
	if sha1.Sum(p.data[:k.size-20]) != k.index.checksum() {
		return corrupt("checksum of %s", k.name)
	}
	if int(binary.BigEndian.Uint32(p.data[8:])) != k.index.n {
		return corrupt("number of entries in %s", k.name)
	}
	list := k.index.byOffset()
	items := make([]*foldItem, len(list))
	for i, e := range list {
		end := k.size - 20
		if i+1 < len(list) {
			end = list[i+1].offset
		}
		if end <= e.offset || crc32.ChecksumIEEE(p.data[e.offset:end]) != e.crc {
			return corrupt("an entry of %s", k.name)
		}
		h, err := k.readHeader(e.offset)
		if err != nil {
			return err
		}
		if !p.trusted {
			if _, err := f.verify(k, e); err != nil {
				return err
			}
		}
		items[i] = &foldItem{kind: h.kind, pack: p, from: e.offset, end: end}
	}
	for i, e := range list {
		if f.items[e.hash] == nil {
			f.add(e.hash, items[i])
		}
	}
	return nil
}

// verify reads an object as a whole, once: what a fold has taken it trusts later.
func (f *fold) verify(k *pack, e packed) (object, error) {
	kind, data, err := k.read(e.offset, &f.store.bases)
	if err != nil {
		return object{}, err
	}
	if hashObject(kind, data) != e.hash {
		return object{}, corrupt("%s in %s", e.hash, k.name)
	}
	return object{e.hash, kind, data}, nil
}

// read gives the content of an object, of this fold or not. kind is that of the content, never of a delta.
func (f *fold) read(h Hash) (object, error) {
	if o, ok := f.recent[h]; ok {
		return o, nil
	}
	k, data, err := f.store.read(h)
	if err != nil {
		return object{}, err
	}
	o := object{h, k, data}
	f.remember(o)
	return o, nil
}

const foldMemory = 32 << 20

func (f *fold) remember(o object) {
	if f.held+len(o.data) > foldMemory {
		f.recent, f.held = map[Hash]object{}, 0
	}
	f.recent[o.hash] = o
	f.held += len(o.data)
}

// looseKind reads no more than the header; 0 if it cannot.
func (s *Store) looseKind(h Hash) kind {
	file, err := s.git.Open(loosePath(h))
	if err != nil {
		return 0
	}
	defer file.Close()
	z := inflaters.Get().(*inflater)
	defer inflaters.Put(z)
	if z.open(io.LimitReader(file, 4096)) != nil {
		return 0
	}
	k, _, err := looseHeader(bufio.NewReaderSize(z.z, 64))
	if err != nil {
		return 0
	}
	return k
}
