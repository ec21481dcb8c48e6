package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// A few objects are as quick as loose files, and simpler; many go into one pack.
const (
	maxLoose      = 50
	maxLooseBytes = 8 << 20
)

// Keep makes all objects of the stage durable and empties it; ones that the repository holds already, and sound, are
// not written again. On an error the stage is as before, and what was written is garbage that does no harm.
//
// No ref names the objects yet, so a git gc that clears away at once could take them. Until release is called they are
// protected: a pack by a .keep file, loose objects by being held in memory and written again by Update if they are
// gone. Call release when the refs have moved, or when the objects are not wanted after all. Calling it twice does no
// harm, and a process that ends without it leaves nothing that the next Lock does not clear away.
func (g *Stage) Keep(ctx context.Context) (release func() error, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	list, there, err := g.store.absent(ctx, g)
	if err != nil {
		return nil, err
	}
	size := 0
	for _, o := range list {
		size += len(o.data)
	}
	var unkeep func() error
	if len(list) <= maxLoose && size <= maxLooseBytes {
		err = g.store.keepLoose(ctx, list)
		there = append(there, list...)
	} else {
		unkeep, err = g.store.keepPacked(ctx, list)
	}
	if err != nil {
		return nil, err
	}
	g.store.watch(there)
	g.held, g.order = map[Hash]object{}, nil
	return func() error {
		err := g.store.forget(there)
		if unkeep != nil {
			err = errors.Join(err, unkeep())
		}
		return err
	}, nil
}

// absent gives the objects that the repository does not hold, or holds damaged (F101), and those that it holds.
func (s *Store) absent(ctx context.Context, g *Stage) (list, there []object, err error) {
	if err := s.packs.scan(); err != nil {
		return nil, nil, err
	}
	var loose map[Hash]bool
	if len(g.order) > maxLoose {
		if loose, err = s.looseNames(); err != nil {
			return nil, nil, err
		}
	}
	for i, h := range g.order {
		if i%256 == 0 && ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		if !s.packs.has(h) && (loose != nil && !loose[h]) {
			list = append(list, g.held[h])
			continue
		}
		if _, _, err := s.readOnce(h); err != nil {
			list = append(list, g.held[h])
		} else {
			there = append(there, g.held[h])
		}
	}
	return list, there, nil
}

// looseNames lists all loose objects.
func (s *Store) looseNames() (map[Hash]bool, error) {
	names := map[Hash]bool{}
	err := s.eachLoose(func(h Hash) error {
		names[h] = true
		return nil
	})
	return names, err
}

func (s *Store) eachLoose(visit func(Hash) error) error {
	top, err := s.git.ReadDir("objects")
	if err != nil {
		return err
	}
	for _, d := range top {
		if len(d.Name()) != 2 || !d.IsDir() {
			continue
		}
		files, err := s.git.ReadDir("objects/" + d.Name())
		if errors.Is(err, fs.ErrNotExist) {
			continue // git removes empty ones
		}
		if err != nil {
			return err
		}
		for _, f := range files {
			if h, err := ParseHash(d.Name() + f.Name()); err == nil {
				if err := visit(h); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (s *Store) keepLoose(ctx context.Context, list []object) error {
	z := newDeflater(looseLevel)
	var sum tally
	dirs := map[string]bool{}
	for _, o := range list {
		if err := ctx.Err(); err != nil {
			return err
		}
		size, err := s.writeLoose(z, o)
		if err != nil {
			return err
		}
		sum.count(o.kind, size)
		dirs[path.Dir(loosePath(o.hash))] = true
	}
	for _, o := range list {
		dir := path.Dir(loosePath(o.hash))
		if dirs[dir] {
			if err := s.git.SyncDir(dir); err != nil {
				return err
			}
			delete(dirs, dir)
		}
	}
	if len(list) > 0 {
		if err := s.git.SyncDir(tmpDir); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since.add(sum)
	return nil
}

// watch holds objects in memory that have no pack of ours to protect them: those written loose, and those that were
// there before, which may be unreachable ones that git is about to clear away.
func (s *Store) watch(list []object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range list {
		s.fresh[o.hash] = o
	}
}

// looseLevel and packLevel are fast; a fold takes its time over what it compresses anew.
const (
	looseLevel = 1
	packLevel  = 1
	foldLevel  = 6
)

// writeLoose writes one object, durable but for its name, and says how long it is on disk. What lies there under this name is replaced: it was looked at
// and is not this object.
func (s *Store) writeLoose(z *deflater, o object) (size int, err error) {
	body := z.deflate(append(objectHeader(o.kind, len(o.data)), o.data...))
	tmp, err := s.writeTemp(body, true)
	if err != nil {
		return 0, err
	}
	name := loosePath(o.hash)
	err = s.git.Rename(tmp, name)
	if errors.Is(err, fs.ErrNotExist) {
		if err = s.mkdirs(path.Dir(name)); err == nil {
			err = s.git.Rename(tmp, name)
		}
	}
	if err != nil {
		s.git.Remove(tmp)
	}
	return len(body), err
}

// refreshLoose writes again what a git gc has taken since Keep.
func (s *Store) refreshLoose() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.fresh) == 0 {
		return nil
	}
	// A pack that git has removed can be read as long as it is open.
	if err := s.packs.scan(); err != nil {
		return err
	}
	var gone []object
	for h, o := range s.fresh {
		if !s.Has(h) {
			gone = append(gone, o)
		}
	}
	z := newDeflater(looseLevel)
	for _, o := range gone {
		if _, err := s.writeLoose(z, o); err != nil {
			return err
		}
		if err := s.syncMove(path.Dir(loosePath(o.hash))); err != nil {
			return err
		}
	}
	return nil
}

// forget looks once more, since a gc that began before the ref moved may have ended after, and lets go.
func (s *Store) forget(list []object) error {
	err := s.refreshLoose()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range list {
		delete(s.fresh, o.hash)
	}
	return err
}

// keepPacked writes one pack; two goroutines compress.
func (s *Store) keepPacked(ctx context.Context, list []object) (func() error, error) {
	w, err := s.newPackWriter(len(list))
	if err != nil {
		return nil, err
	}
	defer w.abort()
	err = compressAll(ctx, list, func(o object, body []byte) error {
		return w.add(o.hash, appendHeader(nil, o.kind, len(o.data)), body)
	})
	if err != nil {
		return nil, err
	}
	_, release, err := w.publish()
	if err != nil {
		return nil, fmt.Errorf("writing a pack: %w", err)
	}
	s.mu.Lock()
	s.since.packs++
	s.mu.Unlock()
	return release, nil
}
