package store

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// When a fold is due, and what it takes. Below these bounds nothing is done.
const (
	foldTrees      = 8       // loose trees that are worth a delta,
	foldTreeSize   = 4 << 10 // which those of this many bytes on disk are
	foldLoose      = 400     // loose objects of any kind
	foldLooseBytes = 4 << 20
	foldPacks      = 8 // small packs

	smallPack = 2 << 20  // a pack below this is folded, if nobody holds it
	sealAt    = 16 << 20 // the rolling pack is left alone from here on,
	sealLine  = 1024     // or when it holds this many versions of one tree
	foldMost  = 64 << 20 // what one fold takes at most; the rest is for the next
	bigLoose  = 16 << 20 // a loose object above this stays loose
)

// Fold joins loose objects and small packs into one rolling pack, with deltas from one version of a tree to the next, so
// that history stays small. It is to be called under Lock, after each sync that wrote something, and does nothing until
// enough has come together. Every object that it takes away is in the new pack first, whether a ref reaches it or not:
// what the index, a reflog, a stash or a commit in the making relies on stays. An error leaves all objects readable.
func (s *Store) Fold(ctx context.Context) error {
	s.mu.Lock()
	dirty := s.dirty
	s.mu.Unlock()
	if !dirty {
		return nil
	}
	f, err := s.survey()
	if err != nil {
		return err
	}
	if f.due() {
		if err := f.run(ctx); err != nil {
			return fmt.Errorf("folding history: %w", err)
		}
	}
	s.mu.Lock()
	s.dirty = false
	s.mu.Unlock()
	return nil
}

// fold is one fold: what it takes, and where each object of that lies.
type fold struct {
	store *Store
	loose []looseFile
	packs []*foldPack // the rolling one first, if there is one
	lines *lineages
	small int // packs that are not the rolling one

	items  map[Hash]*foldItem
	order  []Hash
	recent map[Hash]object // contents that were read, up to a bound
	held   int
	out    *packWriter
}

type looseFile struct {
	hash Hash
	size int64
}

// survey looks at what could be folded, by names and sizes only.
func (s *Store) survey() (*fold, error) {
	f := &fold{store: s, items: map[Hash]*foldItem{}, recent: map[Hash]object{}}
	err := s.eachLoose(func(h Hash) error {
		info, err := s.git.Lstat(loosePath(h))
		if err == nil && info.Size > 0 && info.Size <= bigLoose {
			f.loose = append(f.loose, looseFile{h, info.Size})
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := s.packs.scan(); err != nil {
		return nil, err
	}
	f.lines = s.readLineages()
	return f, f.findPacks()
}

// findPacks takes the rolling pack and those that are small, and leaves alone what somebody holds (.keep), what git
// treats apart (.promisor, .mtimes), and what is sealed.
func (f *fold) findPacks() error {
	files, err := f.store.git.ReadDir(packDir)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, e := range files {
		there[e.Name()] = true
	}
	p := &f.store.packs
	p.mu.RLock()
	defer p.mu.RUnlock()
	f.lines.onlyIn(p.list)
	total := int64(0)
	for _, k := range p.list {
		rolling := k.name == f.lines.rolling
		free := !there[k.name+".keep"] && !there[k.name+".promisor"] && !there[k.name+".mtimes"]
		fits := rolling || (k.size < smallPack && !f.lines.sealed[k.name])
		if !free || !fits || total+k.size > foldMost {
			if rolling {
				f.lines.seal()
			}
			continue
		}
		total += k.size
		if rolling {
			f.packs = append([]*foldPack{{pack: k, trusted: true}}, f.packs...)
			continue
		}
		f.packs = append(f.packs, &foldPack{pack: k})
		f.small++
	}
	return nil
}

// due says whether it is time. Only when nothing else says so are loose objects opened, to count the trees.
func (f *fold) due() bool {
	bytes := int64(0)
	for _, l := range f.loose {
		bytes += l.size
	}
	if bytes >= foldLooseBytes || len(f.loose) >= foldLoose || f.small >= foldPacks {
		return true
	}
	trees := 0
	for _, l := range f.loose {
		if l.size >= foldTreeSize && f.store.looseKind(l.hash) == kindTree {
			trees++
		}
	}
	return trees >= foldTrees
}

func (f *fold) run(ctx context.Context) error {
	if err := f.collect(ctx); err != nil {
		return err
	}
	if len(f.order) == 0 {
		return nil
	}
	f.lines.follow(f)
	name, release, err := f.write(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := f.readBack(name); err != nil {
		return err
	}
	f.lines.rolling = name
	if f.out.at >= sealAt || f.lines.longest() >= sealLine {
		f.lines.seal()
	}
	// A cache: without it the next fold begins a new rolling pack, and loses nothing.
	if err := f.store.writeLineages(f.lines); err != nil {
		return err
	}
	if err := f.clear(name); err != nil {
		return err
	}
	return f.store.packs.scan()
}

// readBack makes sure of the new pack before anything else is removed: its checksum, that each object is in its index,
// and that what was compressed anew gives back what it was made from.
func (f *fold) readBack(name string) error {
	p := &f.store.packs
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, k := range p.list {
		if k.name != name {
			continue
		}
		sum := sha1.New()
		if _, err := io.Copy(sum, io.NewSectionReader(k.at, 0, k.size-20)); err != nil {
			return err
		}
		if sumOf(sum) != k.index.checksum() {
			return corrupt("the new pack, read back")
		}
		for _, h := range f.order {
			off, ok := k.index.find(h)
			if !ok {
				return corrupt("%s is not in the new pack", h)
			}
			if !f.items[h].anew {
				continue
			}
			kind, data, err := k.read(off, &f.store.bases)
			if err != nil {
				return err
			}
			if hashObject(kind, data) != h {
				return corrupt("%s in the new pack, read back", h)
			}
		}
		return nil
	}
	return corrupt("the new pack is not there")
}

// clear removes what the new pack holds. An index goes before its pack, so that at no moment something promises what is
// not there; for the same reason the index over several packs goes before all (libraries 2.5).
func (f *fold) clear(name string) error {
	s := f.store
	remove := func(file string) error {
		if err := s.git.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if len(f.packs) > 0 {
		if err := f.clearMultiIndex(remove); err != nil {
			return err
		}
	}
	for _, p := range f.packs {
		if p.left || p.pack.name == name {
			continue
		}
		// Somebody may have begun to hold it meanwhile.
		if _, err := s.git.Lstat(packDir + "/" + p.pack.name + ".keep"); err == nil {
			continue
		}
		for _, ext := range []string{".idx", ".rev", ".bitmap", ".pack"} {
			if err := remove(packDir + "/" + p.pack.name + ext); err != nil {
				return err
			}
		}
	}
	for _, l := range f.loose {
		if it := f.items[l.hash]; it != nil {
			if err := remove(loosePath(l.hash)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *fold) clearMultiIndex(remove func(string) error) error {
	files, err := f.store.git.ReadDir(packDir)
	if err != nil {
		return err
	}
	// "multi-pack-index" sorts before its bitmaps, which are nothing without it.
	for _, e := range files {
		if strings.HasPrefix(e.Name(), "multi-pack-index") && !e.IsDir() {
			if err := remove(packDir + "/" + e.Name()); err != nil {
				return err
			}
		}
	}
	return f.store.git.SyncDir(packDir)
}
