package vdir

import (
	"path"
	"slices"
	"strings"
)

// nameKind is what a name in a collection stands for, whatever the entry is.
type nameKind int

const (
	stray nameKind = iota
	item
	property
	ignored
	dropping
)

// properties are the names of the files that hold what a collection is called and looks like.
var properties = [...]string{"color", "displayname", "description", "order"}

// litter is what editors, file managers and sync tools leave (F72), apart from names that begin with a dot or a #. The
// files of vgit itself begin with a dot.
var litter = []string{"*~", "*.tmp", "*.orig", "*.rej", "*.swp", "4913", "Thumbs.db", "desktop.ini"}

// foreignDirs are directories that systems make at the top of what they mount or index.
var foreignDirs = []string{"lost+found", "@eaDir", "$RECYCLE.BIN", "System Volume Information"}

func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, _ := path.Match(p, name)
		return ok
	})
}

func (s Spec) kind(name string) nameKind {
	switch {
	case name[0] == '.', name[0] == '#', matches(s.Ignore, name):
		return ignored
	case len(name) > len(s.Extension) && strings.HasSuffix(name, s.Extension):
		return item
	case slices.Contains(properties[:], name):
		return property
	case matches(litter, name):
		return ignored
	case s.isDropping(name):
		return dropping
	}
	return stray
}

// isDropping recognises NAME.icsXXXXXX and NAME.icsXXXXXXXX, which khal, khard and todoman write before they rename (X7).
func (s Spec) isDropping(name string) bool {
	i := strings.LastIndex(name, s.Extension)
	if i <= 0 || s.Extension == "" {
		return false
	}
	random := name[i+len(s.Extension):]
	return (len(random) == 6 || len(random) == 8) && strings.Trim(random, alphanumeric+"_") == ""
}

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
