package repo_test

import (
	"maps"
	"slices"
	"strconv"

	"vgit/remote/davtest"
)

// there does what a second client does on a server.
func (l *life) there(st step) {
	h := l.hosts[slices.Index(actors, st.arg(0))]
	switch coll := h.colls[st.arg(2)]; st.arg(1) {
	case "etags":
		coll.NewETags()
	case "tokens":
		coll.ForgetTokens()
	case "reimport":
		coll.Reimport()
	case "backup":
		h.backup = &backup{kept: coll.Backup(), held: held(coll)}
	case "restore":
		h.restore(coll)
	case "wipe":
		h.wipe(coll)
	default:
		h.edit(st)
	}
}

// held is what a collection holds now.
func held(coll *davtest.Collection) map[key]slots {
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
func (h *host) restore(coll *davtest.Collection) {
	if h.backup == nil {
		return
	}
	m, today := h.life.model, held(coll)
	coll.Restore(h.backup.kept)
	for range 200 {
		coll.Put("restored.ics", compose("restored", slots{}))
		coll.Delete("restored.ics")
	}
	coll.ForgetTokens()
	for k, s := range today {
		old, ok := h.backup.held[k]
		switch {
		case !ok:
			m.remove(k, s)
		default:
			m.put(k, old, s)
		}
	}
	for k, old := range h.backup.held {
		if _, ok := today[k]; !ok {
			m.put(k, old, nil)
		}
	}
}

// find looks for an item on any server.
func (l *life) find(uid string) (coll *davtest.Collection, name string, s slots) {
	for _, h := range l.hosts {
		if coll, name, s = h.find(uid); coll != nil {
			break
		}
	}
	return coll, name, s
}

// find looks for an item on this one.
func (h *host) find(uid string) (coll *davtest.Collection, name string, s slots) {
	for _, id := range []string{"work", "home"} {
		coll := h.colls[id]
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
func holds(coll *davtest.Collection, uid string) bool {
	_, ok := held(coll)[key{coll.ID(), uid}]
	return ok
}

// lies tells whether a device has an item, which it may be about to send to a server that does not show what is there.
func (l *life) lies(uid string) bool {
	return slices.ContainsFunc(l.devices, func(d *device) bool { _, ok := d.find(uid); return ok })
}

// edit changes one item on the server.
func (h *host) edit(st step) {
	l, uid := h.life, st.arg(2)
	coll, name, s := h.find(uid)
	n, _ := strconv.Atoi(st.arg(4))
	if st.arg(1) == "create" {
		if known, _, _ := l.find(uid); known == nil && !(l.temper.late && l.lies(uid)) {
			s := slots{"SUMMARY": n, "X-SLOT": n}
			l.model.put(key{st.arg(3), uid}, s, nil)
			h.colls[st.arg(3)].Put("of-"+uid+".ics", compose(uid, s))
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
		if to := h.colls[st.arg(3)]; to != coll && !holds(to, uid) {
			l.model.put(key{to.ID(), uid}, s, nil)
			l.model.remove(k, seen)
			coll.Move(name, to, name)
		}
	}
}
