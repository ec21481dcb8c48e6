package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"

	"vgit/repo/disk"
)

const packDir = "objects/pack"

// pack is an open pack. git may remove its files at any moment; the handles go on working.
type pack struct {
	name  string // without extension: pack-HASH
	index *packIndex
	file  disk.File
	at    io.ReaderAt
	size  int64
}

// packs is the packs of a repository, as they were when last looked at.
type packs struct {
	dir  disk.Dir
	mu   sync.RWMutex
	list []*pack
	bad  map[string]error // packs that cannot be used, and why
}

// scan looks for new packs and lets go of those that vanished. A pack counts when both its files are there: between
// the two renames of whoever writes one, it does not exist yet.
func (p *packs) scan() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	files, err := p.dir.ReadDir(packDir)
	if errors.Is(err, fs.ErrNotExist) {
		files, err = nil, nil
	}
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, f := range files {
		there[f.Name()] = true
	}
	known := map[string]*pack{}
	for _, k := range p.list {
		if there[k.name+".idx"] && there[k.name+".pack"] {
			known[k.name] = k
		} else {
			k.file.Close()
		}
	}
	p.list, p.bad = nil, nil
	for _, f := range files {
		name, isIdx := strings.CutSuffix(f.Name(), ".idx")
		if !isIdx || !there[name+".pack"] {
			continue
		}
		k := known[name]
		if k == nil {
			k, err = openPack(p.dir, name)
		}
		if k != nil {
			p.list = append(p.list, k)
		} else if !errors.Is(err, fs.ErrNotExist) {
			if p.bad == nil {
				p.bad = map[string]error{}
			}
			p.bad[name] = err
		}
	}
	return nil
}

func (p *packs) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range p.list {
		k.file.Close()
	}
	p.list = nil
}

// maxIndex bounds what is read for one index: some 9 million objects.
const maxIndex = 256 << 20

func openPack(dir disk.Dir, name string) (*pack, error) {
	base := path.Join(packDir, name)
	idx, err := readSmall(dir, base+".idx", maxIndex)
	if err != nil {
		return nil, err
	}
	f, err := dir.Open(base + ".pack")
	if err != nil {
		return nil, err
	}
	k, err := newPack(name, idx, f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", base, err)
	}
	return k, nil
}

func newPack(name string, idx []byte, f disk.File) (*pack, error) {
	info, err := f.Info()
	if err != nil {
		return nil, err
	}
	k := &pack{name: name, file: f, size: info.Size}
	var ok bool
	if k.at, ok = f.(io.ReaderAt); !ok {
		whole, err := io.ReadAll(f)
		if err != nil {
			return nil, err
		}
		k.at = bytes.NewReader(whole)
	}
	if k.index, err = parseIndex(idx, k.size); err != nil {
		return nil, err
	}
	return k, k.checkEnds()
}

// checkEnds looks at the first and last bytes, so that an index is never used with another pack, or with a torn one.
func (k *pack) checkEnds() error {
	var head [12]byte
	var tail Hash
	if k.size < 32 {
		return corrupt("a pack of %d bytes", k.size)
	}
	if _, err := k.at.ReadAt(head[:], 0); err != nil {
		return err
	}
	if _, err := k.at.ReadAt(tail[:], k.size-20); err != nil {
		return err
	}
	if string(head[:8]) != "PACK\x00\x00\x00\x02" && string(head[:8]) != "PACK\x00\x00\x00\x03" {
		return corrupt("the beginning of a pack")
	}
	if tail != k.index.checksum() {
		return corrupt("a pack that is not the one of its index")
	}
	return nil
}

// readSmall reads a file that must not be longer than limit.
func readSmall(dir disk.Dir, name string, limit int64) ([]byte, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Info()
	if err != nil {
		return nil, err
	}
	if info.Size > limit {
		return nil, fmt.Errorf("%s: %w", name, tooBig(uint64(info.Size), limit))
	}
	b := bytes.NewBuffer(make([]byte, 0, info.Size+bytes.MinRead))
	if _, err := b.ReadFrom(io.LimitReader(f, limit+1)); err != nil {
		return nil, err
	}
	if int64(b.Len()) > limit {
		return nil, fmt.Errorf("%s: %w", name, tooBig(uint64(b.Len()), limit))
	}
	return b.Bytes(), nil
}

func tooBig(size uint64, limit int64) error {
	return fmt.Errorf("%w: %d bytes, where %d is the most that is read", ErrCorrupt, size, limit)
}
