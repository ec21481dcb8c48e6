package repo_test

import (
	"maps"
	"slices"
	"strconv"

	"vgit/remote/davtest"
)

// there does what a second client does on the server.
func (l *life) there(st step) {
	switch coll := l.colls[st.arg(2)]; st.arg(1) {
	case "etags":
		coll.NewETags()
	case "tokens":
		coll.ForgetTokens()
	case "reimport":
		coll.Reimport()
	case "backup":
		l.backup = &backup{kept: coll.Backup(), held: l.held(coll)}
	case "restore":
		l.restore(coll)
	default:
		l.editThere(st)
	}
}

// held is what a collection holds now.
func (l *life) held(coll *davtest.Collection) map[key]slots {
	held := map[key]slots{}
	for _, name := range coll.List() {
		body, _ := coll.Get(name)
		if uid, s, ok := decompose(body); ok {
			held[key{coll.ID(), uid}] = s
		}
	}
	return held
}

// restore puts the backup back, as an administrator does who knows what sync tokens are: none of the old ones is good, and no
// etag comes a second time. What differs from today is meant so.
func (l *life) restore(coll *davtest.Collection) {
	if l.backup == nil {
		return
	}
	today := l.held(coll)
	coll.Restore(l.backup.kept)
	for range 200 {
		coll.Put("restored.ics", compose("restored", slots{}))
		coll.Delete("restored.ics")
	}
	coll.ForgetTokens()
	for k, s := range today {
		old, ok := l.backup.held[k]
		switch {
		case !ok:
			l.model.remove(k, s)
		default:
			l.model.put(k, old, s)
		}
	}
	for k, old := range l.backup.held {
		if _, ok := today[k]; !ok {
			l.model.put(k, old, nil)
		}
	}
}

// find looks for an item on the server.
func (l *life) find(uid string) (coll *davtest.Collection, name string, s slots) {
	for _, id := range []string{"work", "home"} {
		coll := l.colls[id]
		for _, name := range coll.List() {
			body, _ := coll.Get(name)
			if u, s, ok := decompose(body); ok && u == uid {
				return coll, name, s
			}
		}
	}
	return nil, "", nil
}

// holds tells whether a collection has an item, perhaps beside another of the same UID elsewhere.
func (l *life) holds(coll *davtest.Collection, uid string) bool {
	_, ok := l.held(coll)[key{coll.ID(), uid}]
	return ok
}

// lies tells whether a device has an item, which it may be about to send to a server that does not show what is there.
func (l *life) lies(uid string) bool {
	return slices.ContainsFunc(l.both, func(d *device) bool { _, ok := d.find(uid); return ok })
}

// editThere changes one item on the server.
func (l *life) editThere(st step) {
	uid := st.arg(2)
	coll, name, s := l.find(uid)
	n, _ := strconv.Atoi(st.arg(4))
	if st.arg(1) == "create" {
		if coll == nil && !(l.temper.late && l.lies(uid)) {
			s := slots{"SUMMARY": n, "X-SLOT": n}
			l.model.put(key{st.arg(3), uid}, s, nil)
			l.colls[st.arg(3)].Put("of-"+uid+".ics", compose(uid, s))
		}
		return
	}
	if coll == nil {
		return
	}
	k, seen := key{coll.ID(), uid}, maps.Clone(s)
	switch st.arg(1) {
	case "edit":
		s[st.arg(3)] = n
		l.model.put(k, s, seen)
		coll.Edit(name, func(b []byte) []byte { return fill(b, st.arg(3), n) })
	case "delete":
		l.model.remove(k, seen)
		coll.Delete(name)
	case "move":
		if to := l.colls[st.arg(3)]; to != coll && !l.holds(to, uid) {
			l.model.put(key{to.ID(), uid}, s, nil)
			l.model.remove(k, seen)
			coll.Move(name, to, name)
		}
	}
}
