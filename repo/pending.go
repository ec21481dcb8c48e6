package repo

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"vgit/remote"
	"vgit/repo/store"
)

// entryKind is what an entry of pending is about to do.
type entryKind string

const (
	pendWrite  entryKind = "write"
	pendShow   entryKind = "show"
	pendRemove entryKind = "remove"
	pendCreate entryKind = "create"
	pendUpdate entryKind = "update"
	pendDelete entryKind = "delete"
	pendPatch  entryKind = "patch" // of a property: name is that of the property, and body its value
)

var entryOrder = map[entryKind]int{pendWrite: 1, pendShow: 2, pendRemove: 3, pendCreate: 4, pendUpdate: 5, pendDelete: 6, pendPatch: 7}

func (k entryKind) pull() bool { return k == pendWrite || k == pendShow || k == pendRemove }

// entry is one write that may or may not have been done: docs/format.md 6.
type entry struct {
	kind  entryKind
	coll  string
	name  string
	href  remote.Href
	etag  remote.ETag
	body  store.Hash // pull/ or sent/
	local store.Hash // the file when the entry was made
	there store.Hash // the body in the snapshot it was planned from
	// answered tells that the server said yes to a PUT whose body could not be read back: it landed, whatever is there now.
	answered bool
	// was is the remote half of the pair at that time, of an update that also sends on what others did: zero if it is there.
	was store.Hash
	// over tells that what others did was to stay there, as the remote is only pushed to: it is no part of the pair. It is not written down,
	// but known from the configuration.
	over bool
	// intent and seen are what a show notes in the base; seen of a write is the remote half of its pair, zero if that is body.
	intent, seen store.Hash
}

// half is the remote half of the pair of a write that landed, there being what the remote has of what was sent.
func (r *Repo) half(e entry, there store.Hash) store.Hash {
	if e.over && !e.was.IsZero() {
		return r.under(e.there, e.was, there)
	}
	return there
}

// base is the remote half of the pair that an update was planned with.
func (e *entry) base() store.Hash {
	if !e.was.IsZero() {
		return e.was
	}
	return e.there
}

// pending is the list of what is being written, as it stands in its ref.
type pending struct {
	remote  string
	commit  store.Hash
	entries []entry
	stored  int  // entries that the commit has
	marked  bool // one of them has been answered since
}

// shrunk tells whether entries were settled since the commit was made, or more is known of one.
func (p *pending) shrunk() bool { return len(p.entries) < p.stored || p.marked }

var entryDirs = []string{"pull", "sent", "local", "there", "was", "intent", "seen"}

func (e *entry) blob(dir string) *store.Hash {
	switch dir {
	case "local":
		return &e.local
	case "there":
		if e.kind.pull() { // it is body; an older push of the item may stand beside, with another
			return nil
		}
		return &e.there
	case "was":
		if e.kind != pendUpdate {
			return nil
		}
		return &e.was
	case "intent":
		if e.kind != pendShow {
			return nil
		}
		return &e.intent
	case "seen":
		if e.kind != pendShow && e.kind != pendWrite {
			return nil
		}
		return &e.seen
	case "pull":
		if e.kind != pendWrite && e.kind != pendShow {
			return nil
		}
	case "sent":
		if e.kind != pendCreate && e.kind != pendUpdate && e.kind != pendPatch {
			return nil
		}
	}
	return &e.body
}

// loadPending reads what the last run left. A kind that is not known is an error: then nothing may be written.
func (r *Repo) loadPending(name string) (*pending, error) {
	p := &pending{remote: name}
	var err error
	if p.commit, err = r.s.Ref(pendingRef(name)); err != nil || p.commit.IsZero() {
		return p, err
	}
	c, err := r.g.Commit(p.commit)
	if err != nil {
		return nil, err
	}
	b, err := readFile(r.g, c.Tree, ".vgit/pending")
	if err != nil {
		return nil, err
	}
	if p.entries, err = parsePending(b); err != nil {
		return nil, err
	}
	p.stored = len(p.entries)
	return p, r.loadBlobs(c.Tree, p.entries)
}

// parsePending reads the list of docs/format.md 6.
func parsePending(b []byte) ([]entry, error) {
	const file = ".vgit/pending"
	rest, err := textHead(file, "pending", b)
	if err != nil {
		return nil, err
	}
	var entries []entry
	for {
		line, tail, ok := nextLine(rest)
		if !ok {
			return entries, nil
		}
		rest = tail
		f, err := readRecord(line, 6)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		e := entry{kind: entryKind(f[0]), coll: f[1], name: f[2], href: remote.Href(f[3]), etag: remote.ETag(f[4]), answered: f[5] == answered}
		if entryOrder[e.kind] == 0 || beyond(f, 6) || f[5] != "" && f[5] != answered {
			return nil, &ErrNewer{File: file + " (" + f[0] + ")", Version: versionOf("pending") + 1, Known: versionOf("pending")}
		}
		if e.coll == "" || e.name == "" {
			return nil, fmt.Errorf("%s: line %q lacks a collection or a name", file, line)
		}
		entries = append(entries, e)
	}
}

// answered is the last field of an entry whose request the server said yes to.
const answered = "answered"

// pendingList sorts the entries and writes their list. parsePending is its inverse.
func pendingList(entries []entry) []byte {
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(entryOrder[a.kind], entryOrder[b.kind]), strings.Compare(a.coll, b.coll), strings.Compare(a.name, b.name))
	})
	var list bytes.Buffer
	writeHead(&list, "pending")
	for _, e := range entries {
		mark := ""
		if e.answered {
			mark = answered
		}
		writeRecord(&list, string(e.kind), e.coll, e.name, string(e.href), string(e.etag), mark)
	}
	return list.Bytes()
}

// loadBlobs finds the blobs of entries. A first download leaves as many as there are items, so each tree is read once.
func (r *Repo) loadBlobs(tree store.Hash, entries []entry) error {
	read := map[string]map[string]store.Hash{}
	for i := range entries {
		e := &entries[i]
		for _, dir := range entryDirs {
			into := e.blob(dir)
			if into == nil {
				continue
			}
			at := join(dir, r.o.Layout.dir(e.coll))
			if read[at] == nil {
				var err error
				if read[at], err = r.directory(tree, at); err != nil {
					return err
				}
			}
			*into = read[at][e.name]
		}
	}
	return nil
}

// directory is what a path below a tree holds, by name; empty if there is no such path.
func (r *Repo) directory(tree store.Hash, path string) (map[string]store.Hash, error) {
	found := map[string]store.Hash{}
	e, err := lookup(r.g, tree, path)
	if err != nil || e.Hash.IsZero() || e.Mode != store.ModeDir {
		return found, err
	}
	list, err := r.g.Tree(e.Hash)
	for _, x := range list {
		found[x.Name] = x.Hash
	}
	return found, err
}

// write makes the commit of the entries on the stage; zero if there are none.
func (r *Repo) pendingCommit(p *pending, parents ...store.Hash) (store.Hash, error) {
	if len(p.entries) == 0 {
		return store.Hash{}, nil
	}
	list := pendingList(p.entries)
	files := map[string]edits{}
	for i := range p.entries {
		e := &p.entries[i]
		for _, dir := range entryDirs {
			if h := e.blob(dir); h != nil && !h.IsZero() {
				at := join(dir, r.o.Layout.dir(e.coll))
				if files[at] == nil {
					files[at] = edits{}
				}
				files[at][e.name] = *h
			}
		}
	}
	root, err := editPath(r.g, store.Hash{}, ".vgit", edits{"pending": r.g.AddBlob(list)})
	if err != nil {
		return store.Hash{}, err
	}
	for dir, ed := range files {
		if root, err = editPath(r.g, root, dir, ed); err != nil {
			return store.Hash{}, err
		}
	}
	text := fmt.Sprintf("pending %s: %d writes under way\n\nRemote: %s\n", p.remote, len(p.entries), p.remote)
	return r.commit("", text, root, parents...)
}

// begin makes entries durable beside those that stand, before the first of them is done.
func (r *Repo) beginPending(ctx context.Context, p *pending, more []entry, parents ...store.Hash) error {
	p.entries = append(p.entries, more...)
	commit, err := r.pendingCommit(p, parents...)
	if err != nil {
		return err
	}
	if err := r.publish(ctx, AtPendingKept, "vgit: pending", store.RefChange{Name: pendingRef(p.remote), Old: p.commit, New: commit}); err != nil {
		return err
	}
	p.commit, p.stored, p.marked = commit, len(p.entries), false
	r.at(AtPending)
	return nil
}

// rewritten gives the ref change that leaves only the entries that still stand.
func (r *Repo) rewritten(p *pending, parents ...store.Hash) (store.RefChange, error) {
	commit, err := r.pendingCommit(p, parents...)
	return store.RefChange{Name: pendingRef(p.remote), Old: p.commit, New: commit}, err
}

// answer notes that the server said yes to the write of a step.
func (p *pending) answer(step *Step) {
	for i := range p.entries {
		if e := &p.entries[i]; e.coll == step.Collection && e.name == step.Name && !e.kind.pull() {
			e.answered, p.marked = true, true
		}
	}
}

// creates are the hrefs that stand for new items, by collection.
func (p *pending) creates() map[string][]remote.Href {
	found := map[string][]remote.Href{}
	for _, e := range p.entries {
		if e.kind == pendCreate {
			found[e.coll] = append(found[e.coll], e.href)
		}
	}
	return found
}

// end takes entries out by what is said of them.
func (p *pending) end(done func(entry) bool) {
	p.entries = slices.DeleteFunc(p.entries, done)
}
