package repo

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"vgit/repo/store"
)

// damagedRef names what files held that were damaged and have been replaced since; bytes that were never a version. No remote has such a name.
const damagedRef = "refs/vgit/_damaged"

// Damaged are the files of items that are empty, cut, or half-written now (F71), by their paths in the vdir, with the reason; and all files of
// collections whose directories are missing (F64). The recorded vdir has what main had of them; nothing, if they are new.
func (l *Local) Damaged() map[string]string {
	all := maps.Clone(l.damaged)
	for coll := range l.vanished {
		for _, path := range l.lost[coll] {
			all[path] = "its directory is missing"
		}
	}
	return all
}

// paths are those of files in a collection.
func (r *Repo) paths(coll string, files Items) (paths []string) {
	for name := range files {
		paths = append(paths, r.o.Layout.path(coll, name))
	}
	return paths
}

// comeBack names the collections without a directory of which all comes back or goes by an edit. A part of one must not be written: the others
// would look deleted.
func (r *Repo) comeBack(l *Local, all []FileEdit) map[string]bool {
	covered := map[string]bool{}
	for _, e := range all {
		if e.Mend || e.After == nil {
			covered[r.o.Layout.path(e.Collection, e.Name)] = true
		}
	}
	back := map[string]bool{}
	for coll := range l.vanished {
		back[coll] = !slices.ContainsFunc(l.lost[coll], func(path string) bool { return !covered[path] })
	}
	return back
}

// wreck are the bytes of a damaged file.
func (l *Local) wreck(path string) []byte {
	for _, f := range l.scan.Files {
		if f.Path == path {
			return f.Body
		}
	}
	return nil
}

// wreckHash is the blob of a damaged file; zero: there is no file, as its directory is missing.
func (r *Repo) wreckHash(l *Local, path string) store.Hash {
	if l.damaged[path] == "" {
		return store.Hash{}
	}
	return r.g.AddBlob(l.wreck(path))
}

// keepWrecks makes the commit that keeps reachable what damaged files hold that are about to be replaced. Blanks and NUL bytes are not kept.
func (r *Repo) keepWrecks(l *Local, entries []entry) (change store.RefChange, ok bool, err error) {
	found := map[string]edits{}
	for _, e := range entries {
		path := r.o.Layout.path(e.coll, e.name)
		if l.damaged[path] == "" || blank(l.wreck(path)) {
			continue
		}
		if found[e.coll] == nil {
			found[e.coll] = edits{}
		}
		found[e.coll][e.name] = e.local
	}
	return r.aside(l, damagedRef, "damaged, and replaced\n", found)
}

func blank(b []byte) bool { return len(bytes.Trim(b, "\x00 \t\r\n")) == 0 }

// tellMended says of damaged files that were replaced where their bytes are, and no more what was wrong with them.
func (r *Repo) tellMended(l *Local, report *EditReport) {
	for _, e := range report.Done {
		path := r.o.Layout.path(e.Collection, e.Name)
		if !e.Mend {
			continue
		}
		var others []Problem
		for _, p := range report.Problems {
			if p.Name != path {
				others = append(others, p)
			}
		}
		if report.Problems = others; !blank(l.wreck(path)) {
			report.Kept = append(report.Kept, Problem{Name: path, Severity: Note,
				What: fmt.Sprintf("the %d bytes of the damaged file are kept: git -C %s show %s", len(l.wreck(path)), ShellWord(r.o.Path), ShellWord(damagedRef+":"+path))})
		}
	}
}
