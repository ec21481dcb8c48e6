package store

import (
	"context"
	"slices"
)

// write makes the new pack. Its .keep stays until release.
func (f *fold) write(ctx context.Context) (name string, release func() error, err error) {
	f.out, err = f.store.newPackWriter(len(f.order))
	if err != nil {
		return "", nil, err
	}
	defer f.out.abort()
	w := foldWriter{fold: f, fast: newDeflater(packLevel), small: newDeflater(foldLevel)}
	for i, h := range f.order {
		if i%64 == 0 && ctx.Err() != nil {
			return "", nil, ctx.Err()
		}
		if err := w.put(h); err != nil {
			return "", nil, err
		}
	}
	return f.out.publish()
}

type foldWriter struct {
	*fold
	fast, small *deflater
}

// put writes one object, after the one that it is a delta against. Where two packs hold each other's bases, that goes in
// a circle; then the one that was begun first is written whole.
func (w *foldWriter) put(h Hash) error {
	it := w.items[h]
	if it.begun {
		return nil
	}
	it.begun = true
	if it.kind == kindOfsDelta || it.kind == kindRefDelta {
		done, err := w.putCopiedDelta(h, it)
		if done || err != nil {
			return err
		}
		return w.putWhole(h, it)
	}
	if base, ok := w.lines.base(h); ok && w.items[base] != nil && base != h {
		done, err := w.putNewDelta(h, base, it)
		if done || err != nil {
			return err
		}
	}
	if it.pack == nil {
		return w.putWhole(h, it)
	}
	head, used, err := parseHeader(it.pack.data[it.from:it.end], it.from)
	if err != nil {
		return err
	}
	return w.emit(h, it, appendHeader(nil, head.kind, int(head.size)), it.pack.data[it.from+int64(used):it.end])
}

func (w *foldWriter) emit(h Hash, it *foldItem, head, body []byte) error {
	it.at = w.out.at
	return w.out.add(h, head, body)
}

// putCopiedDelta takes a delta over as it is: only the distance to its base is another one.
func (w *foldWriter) putCopiedDelta(h Hash, it *foldItem) (done bool, err error) {
	head, used, err := parseHeader(it.pack.data[it.from:it.end], it.from)
	if err != nil {
		return false, err
	}
	base := head.baseHash
	if head.kind == kindOfsDelta {
		base, err = it.pack.hashAt(head.baseAt)
		if err != nil {
			return false, err
		}
	}
	if w.items[base] == nil {
		return false, nil
	}
	if err := w.put(base); err != nil {
		return false, err
	}
	at := w.items[base].at
	if at == 0 {
		return false, nil
	}
	out := appendBack(appendHeader(nil, kindOfsDelta, int(head.size)), w.out.at-at)
	return true, w.emit(h, it, out, it.pack.data[it.from+int64(used):it.end])
}

// hashAt says which object the entry at that offset is.
func (p *foldPack) hashAt(off int64) (Hash, error) {
	if p.offsets == nil {
		p.offsets = p.pack.index.byOffset()
	}
	i, ok := slices.BinarySearchFunc(p.offsets, off, func(e packed, off int64) int { return int(e.offset - off) })
	if !ok {
		return Hash{}, corrupt("a delta in %s without a base", p.pack.name)
	}
	return p.offsets[i].hash, nil
}

func (w *foldWriter) putNewDelta(h, base Hash, it *foldItem) (done bool, err error) {
	if err := w.put(base); err != nil {
		return false, err
	}
	at := w.items[base].at
	if at == 0 {
		return false, nil
	}
	old, err := w.read(base)
	if err != nil {
		return false, err
	}
	o, err := w.read(h)
	if err != nil {
		return false, err
	}
	if old.kind != o.kind {
		return false, nil
	}
	delta := makeDelta(o.kind, old.data, o.data)
	if delta == nil {
		return false, nil
	}
	it.anew = true
	head := appendBack(appendHeader(nil, kindOfsDelta, len(delta)), w.out.at-at)
	return true, w.emit(h, it, head, w.small.deflate(delta))
}

// bigTree is where the slow levels stop being worth their time: hashes do not compress.
const bigTree = 32 << 10

func (w *foldWriter) putWhole(h Hash, it *foldItem) error {
	o, err := w.read(h)
	if err != nil {
		return err
	}
	z := w.small
	if o.kind == kindTree && len(o.data) > bigTree {
		z = w.fast
	}
	it.anew = true
	return w.emit(h, it, appendHeader(nil, o.kind, len(o.data)), z.deflate(o.data))
}
