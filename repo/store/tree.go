package store

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Mode is the type and permission of an entry in a tree or in the index, as git writes it.
type Mode uint32

// The modes that a tree can hold.
const (
	ModeFile   Mode = 0o100644
	ModeExec   Mode = 0o100755
	ModeDir    Mode = 0o040000
	ModeLink   Mode = 0o120000
	ModeModule Mode = 0o160000
)

// IsDir says whether the entry is a tree.
func (m Mode) IsDir() bool { return m&0o170000 == ModeDir }

// Entry is one name in a tree.
type Entry struct {
	Name string
	Mode Mode
	Hash Hash
}

// treeOrder is git's: by bytes, a directory as if its name ended in a slash.
func treeOrder(a, b Entry) int {
	n := min(len(a.Name), len(b.Name))
	if c := strings.Compare(a.Name[:n], b.Name[:n]); c != 0 {
		return c
	}
	return cmp.Compare(byteAfter(a.Name, n, a.Mode), byteAfter(b.Name, n, b.Mode))
}

func byteAfter(name string, n int, m Mode) byte {
	if n < len(name) {
		return name[n]
	}
	if m.IsDir() {
		return '/'
	}
	return 0
}

// encodeTree sorts a copy of the entries and refuses what git's fsck would complain of.
func encodeTree(entries []Entry) ([]byte, error) {
	if !slices.IsSortedFunc(entries, treeOrder) {
		entries = slices.Clone(entries)
		slices.SortFunc(entries, treeOrder)
	}
	size := 0
	for i, e := range entries {
		if err := checkEntry(e); err != nil {
			return nil, err
		}
		if i > 0 && entries[i-1].Name == e.Name {
			return nil, fmt.Errorf("two entries named %q in one tree", e.Name)
		}
		size += len(e.Name) + 28
	}
	if err := checkPairs(entries); err != nil {
		return nil, err
	}
	b := make([]byte, 0, size)
	for _, e := range entries {
		b = strconv.AppendUint(b, uint64(e.Mode), 8)
		b = append(append(append(append(b, ' '), e.Name...), 0), e.Hash[:]...)
	}
	return b, nil
}

func checkEntry(e Entry) error {
	switch e.Mode {
	case ModeFile, ModeExec, ModeDir, ModeLink, ModeModule:
	default:
		return fmt.Errorf("tree entry %q has mode %o, which git does not know", e.Name, uint32(e.Mode))
	}
	if e.Hash.IsZero() {
		return fmt.Errorf("tree entry %q names no object", e.Name)
	}
	if !SoundName(e.Name) {
		return fmt.Errorf("%q cannot be a name in a tree", e.Name)
	}
	return nil
}

// SoundEntries are those that AddTree takes, of each name the first: what is left of a tree that somebody made to do harm (S5).
func SoundEntries(entries []Entry) []Entry {
	seen := map[string]bool{}
	var sound []Entry
	for _, e := range entries {
		if checkEntry(e) == nil && !seen[e.Name] {
			seen[e.Name] = true
			sound = append(sound, e)
		}
	}
	return sound
}

// SoundName leaves out what could leave a directory, or reach git's own one under a name that some file system holds
// for equal: Windows drops dots and blanks at the end, and HFS+ what nobody sees (S3).
func SoundName(name string) bool {
	if name == "" || name == "." || name == ".." || strings.IndexByte(name, '/') >= 0 || strings.IndexByte(name, 0) >= 0 {
		return false
	}
	if c := name[0]; c < 0x80 && c != '.' && c != 'g' && c != 'G' { // as nearly all names
		return true
	}
	low := strings.ToLower(strings.TrimRight(name, " ."))
	if strings.ContainsAny(low, unseen) {
		low = strings.Map(func(r rune) rune {
			if strings.ContainsRune(unseen, r) {
				return -1
			}
			return r
		}, low)
	}
	return low != ".git" && low != "git~1" && !strings.HasPrefix(low, ".git:") && !strings.HasPrefix(low, `.git\`)
}

// unseen are the code points that HFS+ ignores in names.
const unseen = "\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u206a\u206b\u206c\u206d\u206e\u206f\ufeff"

// checkPairs finds a file and a directory of the same name: other names may lie between the two in git's order.
func checkPairs(entries []Entry) error {
	dirs := map[string]bool{}
	for _, e := range entries {
		if e.Mode.IsDir() {
			dirs[e.Name] = true
		}
	}
	if len(dirs) == 0 {
		return nil
	}
	for _, e := range entries {
		if !e.Mode.IsDir() && dirs[e.Name] {
			return fmt.Errorf("two entries named %q in one tree", e.Name)
		}
	}
	return nil
}

var errTree = errors.New("malformed tree")

// nextEntry cuts the first entry off a raw tree.
func nextEntry(raw []byte) (mode Mode, name, hash, rest []byte, err error) {
	i := 0
	for ; i < len(raw) && raw[i] != ' '; i++ {
		if raw[i] < '0' || raw[i] > '7' || i == 7 {
			return 0, nil, nil, nil, errTree
		}
		mode = mode<<3 | Mode(raw[i]-'0')
	}
	if i == 0 || i == len(raw) {
		return 0, nil, nil, nil, errTree
	}
	raw = raw[i+1:]
	n := bytes.IndexByte(raw, 0)
	if n < 1 || len(raw) < n+1+20 {
		return 0, nil, nil, nil, errTree
	}
	return mode, raw[:n], raw[n+1 : n+21], raw[n+21:], nil
}

// decodeTree reads any tree that git can read. Names are as they stand there: hostile ones too, but none with a slash.
func decodeTree(raw []byte) ([]Entry, error) {
	list := make([]Entry, 0, len(raw)/40)
	text := string(raw) // one copy for all names
	for rest := raw; len(rest) > 0; {
		mode, name, hash, next, err := nextEntry(rest)
		if err != nil {
			return nil, err
		}
		if bytes.IndexByte(name, '/') >= 0 {
			return nil, errTree
		}
		end := len(raw) - len(next) - 21
		list = append(list, Entry{Name: text[end-len(name) : end], Mode: mode, Hash: Hash(hash)})
		rest = next
	}
	return list, nil
}
