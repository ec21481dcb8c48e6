package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/go-git/go-git/v5/plumbing"

	"vgit/repo/disk"
)

const (
	maxRefFile    = 4096
	maxPackedRefs = 64 << 20
)

// checkRefName holds a name to git's own rules. Names come from the configuration and from git, never from a server.
func checkRefName(name string) error {
	if !strings.HasPrefix(name, "refs/") || plumbing.ReferenceName(name).Validate() != nil || strings.Contains(name, "/-") {
		return fmt.Errorf("%.100q cannot be the name of a ref", name)
	}
	return nil
}

// Ref gives what a ref names, zero if there is no such ref. HEAD and other symbolic refs are followed once. A ref that
// cannot be read is an error, never absent.
func (s *Store) Ref(name string) (Hash, error) {
	if name != "HEAD" {
		if err := checkRefName(name); err != nil {
			return Hash{}, err
		}
	}
	v, err := s.readRef(name)
	if err != nil || v.target == "" {
		return v.hash, err
	}
	target := v.target
	if err := checkRefName(target); err != nil {
		return Hash{}, fmt.Errorf("%s: %w", name, err)
	}
	if v, err = s.readRef(target); err == nil && v.target != "" {
		err = fmt.Errorf("%s leads to %s, which leads on to %.100q; point one of them at a commit", name, target, v.target)
	}
	return v.hash, err
}

// refValue is what a ref holds: an object, or another ref.
type refValue struct {
	hash   Hash
	target string
}

// readRef reads one ref, loose first: whoever packs refs writes the packed one before removing the loose one.
func (s *Store) readRef(name string) (refValue, error) {
	v, ok, err := s.looseRef(name)
	if ok || err != nil {
		return v, err
	}
	packed, err := s.packedRefs()
	if err != nil {
		return refValue{}, err
	}
	return refValue{hash: packed.find(name)}, nil
}

func (s *Store) looseRef(name string) (v refValue, ok bool, err error) {
	b, err := readSmall(s.git, name, maxRefFile)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return refValue{}, false, nil
	}
	if errors.Is(err, disk.ErrNotRegular) {
		// A folder of that name is no ref; a link is not followed (S42).
		if info, lerr := s.git.Lstat(name); lerr == nil && info.Mode.IsDir() {
			return refValue{}, false, nil
		}
	}
	if err != nil {
		return refValue{}, false, err
	}
	v, err = parseRef(b)
	if err != nil {
		return v, false, fmt.Errorf("%s: %w", path.Join(s.path, name), err)
	}
	return v, true, nil
}

func parseRef(b []byte) (refValue, error) {
	text := strings.TrimRight(string(b), " \t\r\n")
	if target, ok := strings.CutPrefix(text, "ref:"); ok {
		return refValue{target: strings.TrimLeft(target, " \t")}, nil
	}
	h, err := ParseHash(text)
	if err != nil || h.IsZero() {
		return refValue{}, corrupt("a ref that names no object; remove the file, or restore it from the reflog")
	}
	return refValue{hash: h}, nil
}

// Refs gives all refs whose name begins with prefix, symbolic ones left out. One that cannot be read fails the whole.
func (s *Store) Refs(prefix string) (map[string]Hash, error) {
	out := map[string]Hash{}
	loose := map[string]bool{}
	err := s.walkRefs("refs", prefix, func(name string) error {
		v, ok, err := s.looseRef(name)
		if err != nil {
			return err
		}
		if ok {
			loose[name] = true
		}
		if ok && v.target == "" {
			out[name] = v.hash
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	packed, err := s.packedRefs()
	if err != nil {
		return nil, err
	}
	for _, r := range packed.refs {
		if strings.HasPrefix(r.name, prefix) && !loose[r.name] {
			out[r.name] = r.hash
		}
	}
	return out, nil
}

func (s *Store) walkRefs(dir, prefix string, visit func(string) error) error {
	list, err := s.git.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range list {
		name := dir + "/" + e.Name()
		switch {
		case e.IsDir():
			// Only folders that lead to the prefix, or from it.
			if strings.HasPrefix(name+"/", prefix) || strings.HasPrefix(prefix, name+"/") {
				err = s.walkRefs(name, prefix, visit)
			}
		case strings.HasPrefix(name, prefix) && checkRefName(name) == nil:
			err = visit(name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// packedRefs is the file packed-refs, line by line, so that it can be written again without one ref and otherwise as it
// was.
type packedRefs struct {
	header string
	refs   []packedRef
}

type packedRef struct {
	name string
	hash Hash
	peel string // the line "^HASH" of a tag, if any
}

func (s *Store) packedRefs() (*packedRefs, error) {
	b, err := readSmall(s.git, "packed-refs", maxPackedRefs)
	if errors.Is(err, fs.ErrNotExist) {
		return &packedRefs{}, nil
	}
	if err != nil {
		return nil, err
	}
	p, err := parsePackedRefs(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path.Join(s.path, "packed-refs"), err)
	}
	return p, nil
}

func parsePackedRefs(b []byte) (*packedRefs, error) {
	p := &packedRefs{}
	for line := range strings.Lines(string(b)) {
		whole := strings.HasSuffix(line, "\n")
		line = strings.TrimSuffix(line, "\n")
		switch {
		case !whole:
			return nil, corrupt("the last line is cut")
		case strings.HasPrefix(line, "#"):
			p.header += line + "\n"
		case strings.HasPrefix(line, "^") && len(p.refs) > 0:
			p.refs[len(p.refs)-1].peel = line
		default:
			h, name, ok := strings.Cut(line, " ")
			hash, err := ParseHash(h)
			if !ok || err != nil || !strings.HasPrefix(name, "refs/") {
				return nil, corrupt("a line that is no ref: %.80q", line)
			}
			p.refs = append(p.refs, packedRef{name: name, hash: hash})
		}
	}
	return p, nil
}

// find does not rely on the order that the header may promise.
func (p *packedRefs) find(name string) Hash {
	for _, r := range p.refs {
		if r.name == name {
			return r.hash
		}
	}
	return Hash{}
}

func (p *packedRefs) without(name string) []byte {
	var b bytes.Buffer
	b.WriteString(p.header)
	for _, r := range p.refs {
		if r.name == name {
			continue
		}
		fmt.Fprintf(&b, "%s %s\n", r.hash, r.name)
		if r.peel != "" {
			b.WriteString(r.peel + "\n")
		}
	}
	return b.Bytes()
}

// inTheWay gives a ref that cannot be beside one called name, since one of the two would have to be file and folder:
// refs/a and refs/a/b. Refs that are removed in the same step do not count.
func (s *Store) inTheWay(name string, removed []string) (string, error) {
	packed, err := s.packedRefs()
	if err != nil {
		return "", err
	}
	for _, r := range packed.refs {
		if clash(name, r.name) && !slices.Contains(removed, r.name) {
			return r.name, nil
		}
	}
	for above := path.Dir(name); above != "refs" && above != "."; above = path.Dir(above) {
		if _, ok, err := s.looseRef(above); (ok || err != nil) && !slices.Contains(removed, above) {
			return above, err
		}
	}
	found := ""
	err = s.walkRefs(name, name+"/", func(below string) error {
		if !slices.Contains(removed, below) {
			found = below
		}
		return nil
	})
	if errors.Is(err, syscall.ENOTDIR) {
		err = nil
	}
	return found, err
}

func clash(a, b string) bool {
	return strings.HasPrefix(a, b+"/") || strings.HasPrefix(b, a+"/")
}
