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
	since := s.since
	s.since = tally{}
	s.mu.Unlock()
	if since == (tally{}) {
		return nil
	}
	sum, known := s.readTally()
	sum.add(since)
	if known && !sum.due() {
		return s.writeTally(sum)
	}
	f, err := s.survey()
	if err == nil {
		sum = f.tally()
		if sum.due() {
			err = f.run(ctx)
			sum = tally{}
		}
	}
	if err != nil {
		s.mu.Lock()
		s.since.add(since) // asked again by the next call
		s.mu.Unlock()
		return fmt.Errorf("folding history: %w", err)
	}
	return s.writeTally(sum)
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

// tally counts what is there: exactly, if nothing else says already that a fold is due. Only then are loose objects
// opened, to tell trees.
func (f *fold) tally() tally {
	t := tally{objects: len(f.loose), packs: f.small}
	for _, l := range f.loose {
		t.bytes += l.size
	}
	if t.due() {
		return t
	}
	for _, l := range f.loose {
		if l.size >= foldTreeSize && f.store.looseKind(l.hash) == kindTree {
			t.trees++
		}
	}
	return t
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
	var doomed []string
	for _, p := range f.packs {
		// Somebody may have begun to hold it meanwhile.
		_, err := f.store.git.Lstat(packDir + "/" + p.pack.name + ".keep")
		if !p.left && p.pack.name != name && errors.Is(err, fs.ErrNotExist) {
			doomed = append(doomed, p.pack.name)
		}
	}
	if err := f.store.removePacks(doomed); err != nil {
		return err
	}
	for _, l := range f.loose {
		if f.items[l.hash] != nil {
			if err := f.store.removeFile(loosePath(l.hash)); err != nil {
				return err
			}
		}
	}
	return nil
}

// doomedFile names the packs that are being removed, so that after a crash a pack without an index is known for what it
// is.
const doomedFile = ownDir + "/doomed"

func (s *Store) removePacks(names []string) error {
	if len(names) == 0 {
		return nil
	}
	if err := s.writeFile(doomedFile, []byte(strings.Join(names, "\n")+"\n")); err != nil {
		return err
	}
	if err := s.removeMultiIndex(); err != nil {
		return err
	}
	for _, name := range names {
		if err := s.removeFile(packDir + "/" + name + ".idx"); err != nil {
			return err
		}
	}
	if err := s.git.SyncDir(packDir); err != nil {
		return err
	}
	for _, name := range names {
		if err := s.removeWithoutIndex(name); err != nil {
			return err
		}
	}
	return s.endRemoval()
}

// removeWithoutIndex removes what is left of a pack when its index is gone for good.
func (s *Store) removeWithoutIndex(name string) error {
	for _, ext := range []string{".rev", ".bitmap", ".pack"} {
		if err := s.removeFile(packDir + "/" + name + ext); err != nil {
			return err
		}
	}
	return nil
}

// sweepDoomed goes on with a removal that was cut short. A pack that still has its index is whole, and is for the next
// fold.
func (s *Store) sweepDoomed() error {
	b, err := readSmall(s.git, doomedFile, maxConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, name := range strings.Fields(string(b)) {
		if strings.ContainsRune(name, '/') {
			continue
		}
		if _, err := s.git.Lstat(packDir + "/" + name + ".idx"); errors.Is(err, fs.ErrNotExist) {
			if err := s.removeWithoutIndex(name); err != nil {
				return err
			}
		}
	}
	return s.endRemoval()
}

func (s *Store) endRemoval() error {
	if err := s.git.SyncDir(packDir); err != nil {
		return err
	}
	return s.removeFile(doomedFile)
}

func (s *Store) removeMultiIndex() error {
	files, err := s.git.ReadDir(packDir)
	if err != nil {
		return err
	}
	removed := false
	// "multi-pack-index" sorts before its bitmaps, which are nothing without it.
	for _, e := range files {
		if strings.HasPrefix(e.Name(), "multi-pack-index") {
			if err := s.removeFile(packDir + "/" + e.Name()); err != nil {
				return err
			}
			removed = true
		}
	}
	if !removed {
		return nil
	}
	return s.git.SyncDir(packDir)
}

// removeFile is content if somebody else was quicker.
func (s *Store) removeFile(name string) error {
	err := s.git.Remove(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
