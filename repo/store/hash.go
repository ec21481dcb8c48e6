package store

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strconv"
)

// Hash names an object by its content. The zero value names none, and stands for "no such ref" in a RefChange.
type Hash [20]byte

// String is the 40 hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// IsZero says whether h names nothing.
func (h Hash) IsZero() bool { return h == Hash{} }

// ParseHash reads 40 hexadecimal digits, in either case, and nothing else.
func ParseHash(s string) (Hash, error) {
	var h Hash
	if len(s) != 2*len(h) {
		return h, fmt.Errorf("%.50q is not an object name of 40 digits", s)
	}
	if _, err := hex.Decode(h[:], []byte(s)); err != nil {
		return Hash{}, fmt.Errorf("%.50q is not an object name of 40 digits", s)
	}
	return h, nil
}

// kind is the type of an object, or of an entry in a pack, with git's own numbers.
type kind byte

const (
	kindCommit   kind = 1
	kindTree     kind = 2
	kindBlob     kind = 3
	kindTag      kind = 4
	kindOfsDelta kind = 6
	kindRefDelta kind = 7
)

var kindNames = map[kind]string{kindCommit: "commit", kindTree: "tree", kindBlob: "blob", kindTag: "tag"}

func (k kind) String() string {
	if name, ok := kindNames[k]; ok {
		return name
	}
	return "object of type " + strconv.Itoa(int(k))
}

func kindByName(name string) (kind, bool) {
	for k, n := range kindNames {
		if n == name {
			return k, true
		}
	}
	return 0, false
}

// objectHeader is what git puts in front of the content, for the hash and in a loose object.
func objectHeader(k kind, size int) []byte {
	b := make([]byte, 0, 32)
	b = append(b, k.String()...)
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(size), 10)
	return append(b, 0)
}

func hashObject(k kind, data []byte) Hash {
	w := sha1.New()
	w.Write(objectHeader(k, len(data)))
	w.Write(data)
	return sumOf(w)
}

func sumOf(w hash.Hash) Hash {
	var h Hash
	w.Sum(h[:0])
	return h
}

var (
	// ErrMissing says that the repository does not hold that object, in any place.
	ErrMissing = errors.New("not in the repository")
	// ErrCorrupt says that something is there and is not what it must be. What was to be read is unknown, not absent.
	ErrCorrupt = errors.New("damaged")
)

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}
