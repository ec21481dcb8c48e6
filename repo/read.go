package repo

import (
	"errors"
	"strings"

	"vgit/repo/store"
)

// What follows is for those who read a repository without opening a vdir, such as the history.

// MainRef is the branch that holds what the vdir held.
const MainRef = mainRef

// TrackingRef is the branch that holds what a remote was seen to hold.
func TrackingRef(remote string) string { return trackingRef(remote) }

// BaseRef is the ref of what both sides held when they last agreed. The second parent of its commit is a tracking commit.
func BaseRef(remote string) string { return baseRef(remote) }

// Collections gives the tree of each collection below a tree that is a vdir or a snapshot; none of a zero one.
func (l Layout) Collections(o objects, tree store.Hash) (map[string]store.Hash, error) {
	return l.collections(o, tree)
}

// IsItem tells whether an entry of a collection's tree is an item.
func (l Layout) IsItem(e store.Entry) bool { return e.Mode == store.ModeFile && l.isItem(e.Name) }

// IsProperty tells whether a file of this name in a collection is one of its properties.
func IsProperty(name string) bool { return properties[name] }

// Path is where an item lies in the vdir.
func (l Layout) Path(coll, name string) string { return l.path(coll, name) }

// Split is the inverse of Path; ok is false for what cannot be the path of an item.
func (l Layout) Split(path string) (coll, name string, ok bool) {
	if path == "" {
		return "", "", false
	}
	return l.split(path)
}

// Origin is what a snapshot says about where it comes from.
type Origin struct {
	Remote string
	Made   string // what made it: "fetch", "push" or "move"
}

// ReadOrigin reads the account file of a snapshot, .vgit/remote, of this or a later version; ok is false for any other
// text. What is in it may have been written by anybody.
func ReadOrigin(b []byte) (from Origin, ok bool) {
	rest, err := textHead(accountPath, "remote", b)
	var newer *ErrNewer
	if errors.As(err, &newer) {
		_, rest, _ = strings.Cut(string(b), "\n")
	} else if err != nil {
		return Origin{}, false
	}
	for {
		line, tail, more := nextLine(rest)
		if !more {
			return from, from.Remote != ""
		}
		rest = tail
		f, err := readRecord(line, 2)
		if err != nil {
			continue
		}
		switch f[0] {
		case "remote":
			from.Remote = f[1]
		case "snapshot":
			from.Made = f[1]
		}
	}
}

// ReadProperties reads the properties of a collection out of its file in a snapshot, .vgit/collection/COLL: the values as the remote
// spells them, by name. What is in it may have been written by anybody.
func ReadProperties(b []byte) (map[string]string, error) {
	s, err := parseStatusHead(collectionsDir, b)
	if err != nil {
		return nil, err
	}
	return s.Properties, nil
}

// ByHand tells whether somebody else than vgit made a commit. It is for people to see, nothing is decided by it.
func ByHand(c store.Commit) bool { return c.Committer.Email != committerEmail }

// takenBack is the author of an edit that vgit made for a person: an undo or a restore. It is no name of a remote.
const takenBack = "vgit undo"

// TakesBack tells whether a commit is such an edit. Nothing hangs on it but what an undo is about that is asked for the last run.
func TakesBack(c store.Commit) bool {
	return c.Author.Name == takenBack && c.Author.Email == committerEmail
}

// Describe reads title and time of the item, of the new version where there is one. Neither is sanitised.
func (d *Difference) Describe(read Read) {
	if !properties[d.Name] {
		d.describe(read)
	}
}
