package repo_test

import (
	"context"
	"maps"
	"path/filepath"
	"strings"

	"vgit/repo"
	"vgit/repo/store"
)

// restore lets vgit put the file of an item back as main had it: the n-th version before that of today. It is an edit by the user, to
// values that the slots had before; an item that is gone is made anew.
func (d *device) restore(uid string, n int) {
	f, ok := d.find(uid)
	if !ok && (d.life.temper.trash || d.life.temper.late || d.remembers(uid)) {
		return
	}
	path, body := d.versionOf(uid, f, n)
	for _, other := range d.files() { // few were ever edited
		if body == nil && other.ok {
			f, ok, uid = other, true, other.uid
			path, body = d.versionOf(uid, f, n)
		}
	}
	if body == nil {
		return
	}
	if ok {
		path, _ = filepath.Rel(d.vdir(), f.path)
	}
	coll, name, _ := strings.Cut(path, "/")
	_, s, _ := decompose(body)
	if d.life.temper.dropsX {
		delete(s, "X-SLOT")
	}
	recorded := d.lying()
	opened, err := repo.Open(d.options(nil), true)
	if err != nil {
		return
	}
	defer opened.Close()
	report, err := opened.Edit(context.Background(), repo.EditRequest{Remotes: d.remotes(), What: "restore", Plan: func(_ context.Context, l *repo.Local) ([]repo.FileEdit, error) {
		now, err := blobAt(l, coll, name)
		return []repo.FileEdit{{Collection: coll, Name: name, Before: now, After: body}}, err
	}})
	if err != nil {
		if !d.missed { // what a dead run left may be in the way
			d.life.wrong("error", "a restore: %v", err)
		}
		return
	}
	d.remember(recorded)
	if len(report.Done) == 0 {
		return
	}
	k := key{coll, uid}
	if _, ok := d.took[k]; ok {
		d.took[k] = true
	}
	if ok {
		d.life.model.put(k, s, f.s)
	} else {
		d.life.model.put(k, s, nil)
	}
}

// versionOf finds an older version of an item on main, with the path that it had; nil if there is none.
func (d *device) versionOf(uid string, now lying, n int) (path string, body []byte) {
	touching := "*.ics"
	if now.ok {
		touching, _ = filepath.Rel(d.vdir(), now.path)
	}
	commits, err := d.git("log", "--first-parent", "-m", "-n", "12", "--format=%H^ %H", "main", "--", touching)
	if err != nil {
		return "", nil
	}
	for _, commit := range strings.Fields(commits) {
		names, _ := d.git("grep", "-l", "-e", "^UID:"+uid+"\r*$", commit, "--", touching)
		for _, at := range strings.Fields(names) {
			text, err := d.git("show", at)
			got, s, ok := decompose([]byte(text))
			if err != nil || !ok || got != uid || now.ok && maps.Equal(s, now.s) {
				continue
			}
			_, path, _ = strings.Cut(at, ":")
			if body = []byte(text); n <= 0 {
				return path, body
			}
			n--
		}
	}
	return path, body
}

// blobAt is what a recorded vdir has at a place.
func blobAt(l *repo.Local, coll, name string) (found store.Hash, err error) {
	colls, err := repo.Layout{Ext: ".ics"}.Collections(l.Objects(), l.Tree)
	if err != nil || colls[coll].IsZero() {
		return found, err
	}
	list, err := l.Objects().Tree(colls[coll])
	for _, e := range list {
		if e.Name == name {
			found = e.Hash
		}
	}
	return found, err
}
