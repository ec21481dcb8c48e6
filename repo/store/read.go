package store

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"

	"vgit/repo/disk"
)

// Blob gives the content of a file, to be read and not changed. It is what its name says, byte for byte: anything else
// that lies there is an error (ErrCorrupt), as is the absence of the object (ErrMissing).
func (s *Store) Blob(h Hash) ([]byte, error) { return s.object(h, kindBlob) }

// Tree gives the entries in git's order. Names are as they stand in the tree; those of a hostile one may be anything
// that has no slash.
func (s *Store) Tree(h Hash) (list []Entry, err error) {
	raw, err := s.object(h, kindTree)
	if err != nil {
		return nil, err
	}
	if list, err = decodeTree(raw); err != nil {
		return nil, fmt.Errorf("tree %s: %w", h, corrupt("%v", err))
	}
	return list, nil
}

// Commit gives a commit. Headers that vgit does not write, signatures among them, are left out.
func (s *Store) Commit(h Hash) (c Commit, err error) {
	raw, err := s.object(h, kindCommit)
	if err != nil {
		return Commit{}, err
	}
	if c, err = decodeCommit(raw); err != nil {
		return Commit{}, fmt.Errorf("commit %s: %w", h, err)
	}
	return c, nil
}

// edge turns a panic over a hostile object into an error: nothing that a repository holds stops a sync (S37).
func edge(err *error) {
	if r := recover(); r != nil {
		*err = corrupt("cannot be read (%v)", r)
	}
}

func (s *Store) object(h Hash, want kind) ([]byte, error) {
	k, data, err := s.read(h)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", want, h, err)
	}
	if k != want {
		return nil, fmt.Errorf("%s is a %s, not a %s", h, k, want)
	}
	return data, nil
}

// Has says whether the repository holds the object. It does not read it, so it may be damaged.
func (s *Store) Has(h Hash) bool {
	for again := range 2 {
		if again > 0 && s.packs.scan() != nil {
			return false
		}
		if s.packs.has(h) || s.hasLoose(h) {
			return true
		}
	}
	return false
}

func (p *packs) has(h Hash) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, k := range p.list {
		if _, ok := k.index.find(h); ok {
			return true
		}
	}
	return false
}

func (s *Store) hasLoose(h Hash) bool {
	info, err := s.git.Lstat(loosePath(h))
	return err == nil && info.Size > 0
}

// read looks in the packs and among the loose objects; if neither has it, git may have moved it from one to the other
// meanwhile, so the packs are listed anew and both are asked once more. A copy that is damaged does not hide a good one.
func (s *Store) read(h Hash) (k kind, data []byte, err error) {
	defer edge(&err)
	var damage error
	for again := range 2 {
		if again > 0 {
			if err := s.packs.scan(); err != nil {
				return 0, nil, err
			}
		}
		k, data, err = s.readOnce(h)
		if err == nil {
			return k, data, nil
		}
		if !errors.Is(err, ErrMissing) {
			damage = err
		}
	}
	if damage != nil {
		return 0, nil, damage
	}
	s.packs.mu.RLock()
	defer s.packs.mu.RUnlock()
	for _, bad := range s.packs.bad {
		return 0, nil, fmt.Errorf("%w, and may be in a pack that cannot be read: %w", ErrMissing, bad)
	}
	return 0, nil, ErrMissing
}

func (s *Store) readOnce(h Hash) (kind, []byte, error) {
	k, data, damage := s.packs.read(h, &s.bases)
	if damage == nil {
		return k, data, nil
	}
	k, data, err := readLoose(s.git, h)
	if err == nil {
		return k, data, nil
	}
	if !errors.Is(damage, ErrMissing) {
		return 0, nil, damage
	}
	return 0, nil, err
}

// read tries each pack that names the object.
func (p *packs) read(h Hash, bases *baseCache) (kind, []byte, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	var damage error = ErrMissing
	for _, pk := range p.list {
		off, ok := pk.index.find(h)
		if !ok {
			continue
		}
		k, data, err := pk.read(off, bases)
		if err == nil && hashObject(k, data) != h {
			err = corrupt("%s holds other bytes under this name", pk.name)
		}
		if err == nil {
			return k, data, nil
		}
		damage = err
	}
	return 0, nil, damage
}

func loosePath(h Hash) string {
	s := h.String()
	return "objects/" + s[:2] + "/" + s[2:]
}

func readLoose(dir disk.Dir, h Hash) (kind, []byte, error) {
	f, err := dir.Open(loosePath(h))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil, ErrMissing
	}
	if err != nil {
		return 0, nil, err
	}
	defer f.Close()
	k, data, err := decodeLoose(f)
	if err == nil && hashObject(k, data) != h {
		err = corrupt("the file holds other bytes under this name")
	}
	if err != nil {
		return 0, nil, fmt.Errorf("%s: %w", loosePath(h), err)
	}
	return k, data, nil
}

func decodeLoose(r io.Reader) (kind, []byte, error) {
	f := inflaters.Get().(*inflater)
	defer inflaters.Put(f)
	if err := f.open(r); err != nil {
		return 0, nil, corrupt("zlib: %v", err)
	}
	z := bufio.NewReaderSize(f.z, 512)
	k, size, err := looseHeader(z)
	if err != nil {
		return 0, nil, err
	}
	data, err := readExactly(z, size)
	return k, data, err
}

// looseHeader reads "tree 1234" and a NUL, which are at most 32 bytes.
func looseHeader(z *bufio.Reader) (kind, int64, error) {
	head, err := z.Peek(32)
	if err != nil && err != io.EOF {
		return 0, 0, corrupt("zlib: %v", err)
	}
	var name string
	for i, c := range head {
		switch {
		case c == ' ' && name == "":
			name = string(head[:i])
		case c == 0:
			k, ok := kindByName(name)
			size, err := strconv.ParseInt(string(head[min(len(name)+1, i):i]), 10, 64)
			if !ok || err != nil || size < 0 {
				return 0, 0, corrupt("header of an object")
			}
			if size > maxObject {
				return 0, 0, tooBig(uint64(size), maxObject)
			}
			_, err = z.Discard(i + 1)
			return k, size, err
		}
	}
	return 0, 0, corrupt("header of an object")
}
