package repo_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"vgit/merge"
	"vgit/repo"
)

// lying is a file of a vdir as it lies there.
type lying struct {
	path string // absolute
	coll string
	uid  string
	body []byte
	s    slots
	ok   bool // a whole item
}

func (f lying) key() key { return key{f.coll, f.uid} }

// files lists the items of a vdir, in order; what is half-written too.
func (d *device) files() []lying {
	var found []lying
	for _, coll := range []string{"work", "home"} {
		names, _ := filepath.Glob(filepath.Join(d.vdir(), coll, "*.ics"))
		for _, p := range names {
			b, err := os.ReadFile(p)
			if err != nil {
				continue
			}
			f := lying{path: p, coll: coll, body: b}
			f.uid, f.s, f.ok = decompose(b)
			found = append(found, f)
		}
	}
	return found
}

func (d *device) find(uid string) (lying, bool) {
	for _, f := range d.files() {
		if f.ok && f.uid == uid {
			return f, true
		}
	}
	return lying{}, false
}

// here does what the user of a device does.
func (d *device) here(st step) {
	f, ok := d.find(st.arg(2))
	n, _ := strconv.Atoi(st.arg(4))
	switch {
	case st.arg(1) == "create":
		if !ok && !d.remembers(st.arg(2)) {
			d.create(st.arg(2), st.arg(3), n)
		}
	case st.arg(1) == "mend":
		d.mend()
	case st.arg(1) == "wipe", st.arg(1) == "lose":
		d.wipe(st.arg(2), st.arg(1) == "lose")
	case st.arg(1) == "hold":
		d.answerHolds(st.arg(2))
	case st.arg(1) == "settle":
		n, _ := strconv.Atoi(st.arg(3))
		d.settle(st.arg(2), n)
	case st.arg(1) == "restore":
		n, _ := strconv.Atoi(st.arg(3))
		d.restore(st.arg(2), n)
	case slices.Contains([]string{"commit", "gc", "repack"}, st.arg(1)):
		d.withGit(st.arg(1))
	case ok:
		d.edit(f, st, n)
	}
}

func (d *device) create(uid, coll string, n int) {
	p := filepath.Join(d.vdir(), coll, uid+".ics")
	if n%2 == 0 {
		p = filepath.Join(d.vdir(), coll, fmt.Sprintf("n%d.ics", n))
	}
	if _, err := os.Lstat(p); err == nil || os.MkdirAll(filepath.Dir(p), 0o700) != nil {
		return
	}
	if coll, _, _ := d.life.find(uid); coll != nil && d.life.temper.late {
		return // nobody can know of it yet, and the server takes a UID twice
	}
	s := slots{"SUMMARY": n}
	if !d.life.temper.dropsX {
		s["X-SLOT"] = n
	}
	d.life.model.put(key{coll, uid}, s, nil)
	save(p, compose(uid, s), n)
}

// edit changes one file.
func (d *device) edit(f lying, st step, n int) {
	m := d.life.model
	switch st.arg(1) {
	case "edit":
		s := maps.Clone(f.s)
		s[st.arg(3)] = n
		m.put(f.key(), s, f.s)
		if _, ok := d.took[f.key()]; ok {
			d.took[f.key()] = true
		}
		save(f.path, fill(f.body, st.arg(3), n), n)
	case "delete":
		m.remove(f.key(), f.s)
		os.Remove(f.path)
	case "rename":
		to := filepath.Join(filepath.Dir(f.path), st.arg(3)+".ics")
		if _, err := os.Lstat(to); err != nil {
			os.Rename(f.path, to)
		}
	case "swap":
		other, ok := d.find(st.arg(3))
		if ok && other.coll == f.coll && other.path != f.path {
			between := f.path + ".tmp"
			os.Rename(f.path, between)
			os.Rename(other.path, f.path)
			os.Rename(between, other.path)
		}
	case "move":
		to := filepath.Join(d.vdir(), st.arg(3), filepath.Base(f.path))
		if slices.ContainsFunc(d.files(), func(o lying) bool { return o.uid == f.uid && o.path != f.path }) {
			return // it would be there twice
		}
		if _, err := os.Lstat(to); err != nil && st.arg(3) != f.coll && os.MkdirAll(filepath.Dir(to), 0o700) == nil {
			m.put(key{st.arg(3), f.uid}, f.s, nil)
			m.remove(f.key(), f.s)
			os.Rename(f.path, to)
		}
	case "bad":
		if d.seen[blobName(f.body)] == "" {
			return // what was never recorded is not known by its name: its UID may come from the server meanwhile
		}
		d.whole[f.path] = f.body
		bad := map[string][]byte{"empty": nil, "half": f.body[:len(f.body)*2/3], "nul": make([]byte, len(f.body))}
		os.WriteFile(f.path, bad[st.arg(3)], 0o600)
	}
}

// save writes a file as programs do: one half in place, the other beside it.
func save(p string, body []byte, n int) {
	if n%3 == 0 {
		os.WriteFile(p, body, 0o600)
		return
	}
	if os.WriteFile(p+".tmp", body, 0o600) == nil {
		os.Rename(p+".tmp", p)
	}
}

// mend puts what the user remembers into files that are still as the crash left them.
func (d *device) mend() {
	for p, body := range d.whole {
		now, err := os.ReadFile(p)
		if _, _, ok := decompose(now); err == nil && !ok {
			os.WriteFile(p, body, 0o600)
		}
		delete(d.whole, p)
	}
}

// remembers tells whether an item is in a file that a crash spoilt.
func (d *device) remembers(uid string) bool {
	for _, body := range d.whole {
		if u, _, _ := decompose(body); u == uid {
			return true
		}
	}
	return false
}

// settle does with all items that wait what the manual says, below CONFLICTS.
func (d *device) settle(way string, n int) {
	if d.report == nil {
		return
	}
	d.life.model.settling = true
	defer func() { d.life.model.settling = false }()
	type mine struct {
		path string
		f    lying
	}
	if n%2 == 0 {
		d.answer(way)
		return
	}
	var kept []mine
	for _, s := range d.inState(repo.Waits) {
		p := filepath.Join(d.vdir(), s.Collection, s.Name)
		for _, f := range d.files() {
			if f.path != p || !f.ok {
				continue
			}
			d.takeTheirs(f, s)
			if way == "mine" {
				kept = append(kept, mine{p, f})
			}
		}
	}
	if len(kept) == 0 {
		return
	}
	d.disturbed(nil)
	for _, k := range kept {
		d.bringBack(k.path, k.f, n)
	}
}

// takeTheirs is git checkout of the other side, or rm if there is none.
func (d *device) takeTheirs(f lying, s *repo.Step) {
	m := d.life.model
	d.took[f.key()] = false
	theirs, err := d.git("show", s.Remote+"/main:"+s.Collection+"/"+s.Name)
	if err != nil {
		m.remove(f.key(), f.s)
		os.Remove(f.path)
		return
	}
	if _, s, ok := decompose([]byte(theirs)); ok {
		m.put(f.key(), s, f.s)
	}
	os.WriteFile(f.path, []byte(theirs), 0o600)
}

// bringBack makes the user's version an edit of what is there now.
func (d *device) bringBack(path string, f lying, n int) {
	now, ok := d.find(f.uid)
	if ok && now.coll != f.coll {
		return
	}
	s := maps.Clone(f.s)
	s["SUMMARY"] = n
	if ok {
		path = now.path
	} else if _, err := os.Lstat(path); err == nil {
		return
	}
	if d.life.temper.dropsX {
		delete(s, "X-SLOT")
	}
	d.life.model.put(f.key(), s, now.s)
	save(path, compose(f.uid, s), n)
}

// answer settles all items that wait as vgit resolve does.
func (d *device) answer(way string) {
	opened, err := repo.Open(d.options(nil), true)
	if err != nil {
		return
	}
	defer opened.Close()
	list, err := opened.Waiting(context.Background(), repo.Request{Remotes: d.remotes()})
	if err != nil {
		d.life.wrong("error", "what waits: %v", err)
	}
	for _, w := range list {
		a := repo.Resolution{Choices: map[string]merge.Choice{}}
		for _, c := range w.Step.Conflicts {
			a.Choices[c.Slot] = map[string]merge.Choice{"theirs": merge.TakeRemote, "mine": merge.TakeLocal}[way]
		}
		if err := opened.Resolve(context.Background(), w, a); err != nil {
			if !errors.Is(err, repo.ErrMoved) {
				d.life.wrong("error", "an answer: %v", err)
			}
			continue
		}
		d.answered(way, w)
	}
}

// answered notes what an answer means.
func (d *device) answered(way string, w *repo.Waiting) {
	m, k := d.life.model, key{w.Step.Collection, w.Step.UID}
	_, loser, _ := decompose(w.Ours)
	_, winner, stays := decompose(w.Theirs)
	if way == "mine" {
		loser, winner = winner, loser
		stays = w.Ours != nil
	}
	d.took[k] = false
	for _, c := range w.Step.Conflicts {
		if c.Slot == "item" && !stays {
			m.remove(k, loser)
		}
		for _, name := range concerned(c.Slot) {
			if loser[name] != winner[name] {
				m.supersede(k, name, loser[name])
			}
		}
	}
}

func (d *device) withGit(what string) {
	var err error
	var out string
	switch what {
	case "commit":
		d.git("add", "-A")
		d.git("commit", "-qm", "by hand")
	case "gc":
		out, err = d.git("gc", "-q", "--prune=now")
	case "repack":
		out, err = d.git("repack", "-adq")
	}
	if _, none := os.Stat(filepath.Join(d.vdir(), ".git/HEAD")); err != nil && none == nil && !d.missed { // a dead run may have left a lock, which the next one takes away
		d.life.wrong("git", "%s: %v: %s", what, err, out)
	}
}

// lying are the versions that a sync finds when it begins.
func (d *device) lying() map[string]string {
	found := map[string]string{}
	for _, f := range d.files() {
		if f.ok {
			found[blobName(f.body)] = fmt.Sprintf("%s %v on %s", f.key(), f.s, d.name)
		}
	}
	return found
}

// remember notes what a sync has recorded, which comes before it asks the server anything.
func (d *device) remember(recorded map[string]string) { maps.Copy(d.seen, recorded) }

// blobName is the name that git gives to content.
func blobName(body []byte) string {
	return fmt.Sprintf("%x", sha1.Sum(append(fmt.Appendf(nil, "blob %d\x00", len(body)), body...)))
}

// leftovers are the bodies in temporary files.
func (d *device) leftovers() []lying {
	var found []lying
	for _, coll := range []string{"work", "home"} {
		entries, _ := os.ReadDir(filepath.Join(d.vdir(), coll))
		for _, e := range entries {
			if b, err := os.ReadFile(filepath.Join(d.vdir(), coll, e.Name())); err == nil && !strings.HasSuffix(e.Name(), ".ics") && bytes.HasPrefix(b, []byte("BEGIN")) {
				f := lying{path: e.Name(), coll: coll, body: b}
				f.uid, f.s, f.ok = decompose(b)
				found = append(found, f)
			}
		}
	}
	return found
}
