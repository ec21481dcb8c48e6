package store

import (
	"bytes"
	"cmp"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Index is git's index: what is staged, and how each file looked when its content was last known. The zero value is an
// index that is not there.
type Index struct {
	Entries []IndexEntry // sorted by path, then stage
	// ModTime is that of the index file. An entry that is not older may have been written after it was looked at.
	ModTime time.Time
	// Checksum names what was read, for WriteIndex to compare. Leave it as it is.
	Checksum Hash
}

// IndexEntry is one file. Times are exact; sizes, devices and inodes are cut to 32 bits, as in the file.
type IndexEntry struct {
	Path                                   string
	Hash                                   Hash
	Mode                                   Mode
	Size                                   uint32
	ModTime, ChangeTime                    time.Time
	Dev, Ino                               uint32
	UID, GID                               uint32 // both zero: this process's own
	Stage                                  uint8  // 0, or 1 to 3 in a conflict of git's
	AssumeValid, SkipWorktree, IntentToAdd bool
}

func indexOrder(a, b IndexEntry) int {
	if c := strings.Compare(a.Path, b.Path); c != 0 {
		return c
	}
	return cmp.Compare(a.Stage, b.Stage)
}

const (
	indexFixed = 62 // bytes of an entry before its path
	flagValid  = 1 << 15
	flagExtend = 1 << 14
	flagSkip   = 1 << 14 // in the extended flags
	flagIntent = 1 << 13
	nameMask   = 0xfff
)

// indexChecksum is the one that stands at the end, or would stand there if the writer had not left it out.
func indexChecksum(b []byte) Hash {
	if len(b) >= 20 {
		if h := Hash(b[len(b)-20:]); !h.IsZero() {
			return h
		}
	}
	if len(b) == 0 {
		return Hash{}
	}
	return sha1.Sum(b)
}

// parseIndexFile reads versions 2 to 4. Optional extensions are caches of git's and are skipped; others are refused.
func parseIndexFile(b []byte) (*Index, error) {
	if len(b) < 12+20 || string(b[:4]) != "DIRC" {
		return nil, corrupt("not a git index")
	}
	tail := Hash(b[len(b)-20:])
	if !tail.IsZero() && sha1.Sum(b[:len(b)-20]) != tail {
		return nil, corrupt("checksum of the git index")
	}
	version, n := binary.BigEndian.Uint32(b[4:]), int(binary.BigEndian.Uint32(b[8:]))
	if version < 2 || version > 4 {
		return nil, corrupt("git index of version %d", version)
	}
	body := b[12 : len(b)-20]
	if n > len(body)/(indexFixed+2) {
		return nil, corrupt("number of entries in the git index")
	}
	r := indexReader{b: body, text: string(body), version: version}
	x := &Index{Entries: make([]IndexEntry, n), Checksum: indexChecksum(b)}
	sorted := true
	for i := range x.Entries {
		if err := r.entry(&x.Entries[i]); err != nil {
			return nil, err
		}
		sorted = sorted && x.Entries[i].Path != "" && (i == 0 || indexOrder(x.Entries[i-1], x.Entries[i]) < 0)
	}
	if err := checkExtensions(r.b[r.pos:]); err != nil {
		return nil, err // a split index has entries without a path
	}
	if !sorted {
		return nil, corrupt("order of the git index")
	}
	return x, nil
}

type indexReader struct {
	b       []byte
	text    string // the same bytes: paths are parts of it
	pos     int
	version uint32
	last    string
}

var errIndexCut = corrupt("the git index is cut")

func (r *indexReader) entry(e *IndexEntry) error {
	start := r.pos
	if len(r.b) < start+indexFixed+1 {
		return errIndexCut
	}
	f := r.b[start:]
	word := func(i int) uint32 { return binary.BigEndian.Uint32(f[4*i:]) }
	e.ChangeTime = indexTime(word(0), word(1))
	e.ModTime = indexTime(word(2), word(3))
	e.Dev, e.Ino, e.Mode = word(4), word(5), Mode(word(6))
	e.UID, e.GID, e.Size = word(7), word(8), word(9)
	e.Hash = Hash(f[40:60])
	flags := binary.BigEndian.Uint16(f[60:])
	e.AssumeValid, e.Stage = flags&flagValid != 0, uint8(flags>>12&3)
	r.pos += indexFixed
	if flags&flagExtend != 0 {
		if r.version < 3 || len(f) < indexFixed+3 {
			return corrupt("flags in the git index")
		}
		more := binary.BigEndian.Uint16(f[indexFixed:])
		e.SkipWorktree, e.IntentToAdd = more&flagSkip != 0, more&flagIntent != 0
		r.pos += 2
	}
	if err := r.path(e); err != nil {
		return err
	}
	if r.version < 4 {
		// One to eight NULs, so that the entry has a multiple of eight bytes; one was read.
		r.pos = start + (r.pos-start+7)&^7
		if r.pos > len(r.b) {
			return errIndexCut
		}
	}
	return nil
}

// path reads up to the NUL. Version 4 says first how much of the path before is to be cut off.
func (r *indexReader) path(e *IndexEntry) error {
	prefix := ""
	if r.version == 4 {
		cut, n := readBack(r.b[r.pos:])
		if n == 0 || cut > int64(len(r.last)) {
			return corrupt("a path in the git index")
		}
		prefix = r.last[:len(r.last)-int(cut)]
		r.pos += n
	}
	n := bytes.IndexByte(r.b[r.pos:], 0)
	if n < 0 {
		return errIndexCut
	}
	e.Path = r.text[r.pos : r.pos+n]
	if prefix != "" {
		e.Path = prefix + e.Path
	}
	if r.version == 4 && len(e.Path) > 1<<16 {
		return corrupt("a path in the git index")
	}
	r.last = e.Path
	r.pos += n + 1
	return nil
}

func indexTime(sec, nsec uint32) time.Time {
	if sec == 0 && nsec == 0 {
		return time.Time{}
	}
	return time.Unix(int64(sec), int64(nsec%1e9)) // more would carry into seconds that the format cannot hold
}

// checkExtensions walks over what follows the entries. A small first letter says that the index cannot be understood
// without the extension.
func checkExtensions(b []byte) error {
	for len(b) > 0 {
		if len(b) < 8 {
			return errIndexCut
		}
		name, size := string(b[:4]), int64(binary.BigEndian.Uint32(b[4:]))
		if size > int64(len(b)-8) {
			return errIndexCut
		}
		switch {
		case name == "link":
			return &Refused{"the repository uses a split index", "git update-index --no-split-index"}
		case name == "sdir":
			return &Refused{"the git index is sparse", "git sparse-checkout disable"}
		case name[0] < 'A' || name[0] > 'Z':
			return &Refused{fmt.Sprintf("the git index needs the extension %q", name), "use the git version that wrote it, or git read-tree HEAD"}
		}
		b = b[8+size:]
	}
	return nil
}

// encodeIndexFile writes version 2, or 3 if an entry has one of the flags that need it. uid and gid stand for zero.
func encodeIndexFile(list []IndexEntry, uid, gid uint32) ([]byte, error) {
	if !slices.IsSortedFunc(list, indexOrder) {
		list = slices.Clone(list)
		slices.SortFunc(list, indexOrder)
	}
	version, size := uint32(2), 12+20
	for i, e := range list {
		if e.Path == "" || e.Path[0] == '/' || strings.IndexByte(e.Path, 0) >= 0 || e.Stage > 3 {
			return nil, fmt.Errorf("%q cannot be a path in the git index", e.Path)
		}
		if i > 0 && indexOrder(list[i-1], e) == 0 {
			return nil, fmt.Errorf("%q is twice in the git index", e.Path)
		}
		if e.SkipWorktree || e.IntentToAdd {
			version = 3
		}
		size += indexFixed + 2 + len(e.Path) + 8
	}
	b := make([]byte, 0, size)
	b = append(b, "DIRC"...)
	b = binary.BigEndian.AppendUint32(b, version)
	b = binary.BigEndian.AppendUint32(b, uint32(len(list)))
	for i := range list {
		b = appendIndexEntry(b, &list[i], uid, gid)
	}
	sum := sha1.Sum(b)
	return append(b, sum[:]...), nil
}

func appendIndexEntry(b []byte, e *IndexEntry, uid, gid uint32) []byte {
	if e.UID != 0 || e.GID != 0 {
		uid, gid = e.UID, e.GID
	}
	start := len(b)
	b = appendIndexTime(b, e.ChangeTime)
	b = appendIndexTime(b, e.ModTime)
	for _, v := range [...]uint32{e.Dev, e.Ino, uint32(e.Mode), uid, gid, e.Size} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	b = append(b, e.Hash[:]...)
	flags := uint16(min(len(e.Path), nameMask)) | uint16(e.Stage)<<12
	if e.AssumeValid {
		flags |= flagValid
	}
	more := uint16(0)
	if e.SkipWorktree {
		more |= flagSkip
	}
	if e.IntentToAdd {
		more |= flagIntent
	}
	if more != 0 {
		b = binary.BigEndian.AppendUint16(b, flags|flagExtend)
		b = binary.BigEndian.AppendUint16(b, more)
	} else {
		b = binary.BigEndian.AppendUint16(b, flags)
	}
	b = append(b, e.Path...)
	for pad := 8 - (len(b)-start)%8; pad > 0; pad-- {
		b = append(b, 0)
	}
	return b
}

func appendIndexTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, 0, 0, 0, 0, 0, 0, 0, 0)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(t.Unix()))
	return binary.BigEndian.AppendUint32(b, uint32(t.Nanosecond()))
}
