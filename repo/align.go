package repo

import (
	"maps"
	"strings"

	"vgit/remote"
	"vgit/repo/store"
	"vgit/repo/vdir"
)

// naming knows which names of a collection belong to which item: how the user renamed files since the base, and which
// files wait for an item of the same UID to appear on the remote.
type naming struct {
	renames map[string]string      // of rows and base pairs: old name → new name
	hints   map[remote.Href]string // names of items that an interrupted push created
	sent    []entry                // the same, for servers that give what they store another address and another UID
	files   map[string]bool        // names of all files, as vdir.Fold gives them
	pairs   Items                  // local halves of the base
	waiting func() map[string]string
	cached  map[string]string
}

// moved tells whether any name changed. A nil naming is one that nobody had a reason to work out.
func (n *naming) moved() bool { return n != nil && len(n.renames) > 0 }

// uses tells whether a file of this name (folded) is in the vdir.
func (n *naming) uses(folded string) bool { return n.files[folded] }

// paired tells whether the base has an item of this name.
func (n *naming) paired(name string) bool { _, ok := n.pairs[name]; return ok }

// byUID finds the one file with this UID that belongs to no known item; "" if there is none or several.
func (n *naming) byUID(uid string) string {
	if uid == "" {
		return ""
	}
	if n.cached == nil {
		n.cached = n.waiting()
	}
	return n.cached[uid]
}

// aligner works out the naming of one collection from its base, its files and the rows of the last snapshot.
type aligner struct {
	base, baseThere Items // the halves of the pairs
	local           Items
	rows            func() (*Status, error) // nil status: the remote has no such collection yet
	read            Read
}

func (a *aligner) naming() (*naming, error) {
	n := &naming{pairs: a.base, files: make(map[string]bool, len(a.local))}
	for name := range a.local {
		n.files[vdir.Fold(name)] = true
	}
	st, err := a.rows()
	if err != nil {
		return nil, err
	}
	known, rows := a.known(st), map[string]string{}
	if st != nil {
		for i := range st.Rows {
			rows[st.Rows[i].Name] = st.Rows[i].UID
		}
	}
	n.renames = a.renames(known)
	bound := maps.Clone(rows) // a pair without a row waits for its item to come back
	for from := range n.renames {
		delete(bound, from) // the file that has this name now may hold what nobody has met yet
	}
	for from, to := range n.renames {
		if _, ok := rows[from]; ok {
			bound[to] = rows[from]
		}
	}
	n.waiting = func() map[string]string { return a.unbound(bound) }
	return n, nil
}

// behind finds pairs that a crash left under the old names of their files, while the rows have the new ones already: a pair
// follows the row that has its UID. One that stands in the way there gets a name of its own, and is found again by its UID.
func (a *aligner) behind(there Items) (map[string]string, error) {
	st, err := a.rows()
	if err != nil || st == nil {
		return nil, err
	}
	lost, strays, found := map[string]string{}, map[string]bool{}, map[string]string{}
	for name, h := range a.baseThere {
		if there[name] == h {
			continue
		}
		row, uid := st.row(name), a.uid(h)
		if uid == "" || row != nil && row.UID == uid {
			continue
		}
		single(lost, uid, name)
		strays[name] = true
	}
	if len(lost) == 0 {
		return nil, nil
	}
	for i := range st.Rows {
		if uid := st.Rows[i].UID; uid != "" {
			single(found, uid, st.Rows[i].Name)
		}
	}
	moves, taken := map[string]string{}, map[string]bool{}
	for uid, from := range lost {
		to := found[uid]
		if _, paired := a.base[to]; from != "" && to != "" && (!paired || strays[to]) {
			moves[from], taken[to] = to, true
		}
	}
	known := a.known(st)
	for name := range taken {
		if _, moved := moves[name]; !moved && strays[name] {
			moves[name] = a.spare(name, known)
		}
	}
	return moves, nil
}

// known gives each name that is in the base or the snapshot its UID.
func (a *aligner) known(st *Status) map[string]string {
	known := make(map[string]string, len(a.base))
	if st != nil {
		for i := range st.Rows {
			known[st.Rows[i].Name] = st.Rows[i].UID
		}
	}
	for name, h := range a.base {
		if _, ok := known[name]; !ok {
			known[name] = a.uid(h)
		}
	}
	return known
}

func (a *aligner) uid(h store.Hash) string {
	if h.IsZero() {
		return ""
	}
	it, err := a.read(h)
	if err != nil {
		return ""
	}
	return uidOf(it)
}

// unbound lists the files that belong to no known item, by UID; a UID that two of them have is left out.
func (a *aligner) unbound(known map[string]string) map[string]string {
	found, twice := map[string]string{}, map[string]bool{}
	for name, h := range a.local {
		if _, ok := known[name]; ok {
			continue
		}
		uid := a.uid(h)
		if uid == "" {
			continue
		}
		if _, ok := found[uid]; ok {
			twice[uid] = true
		}
		found[uid] = name
	}
	for uid := range twice {
		delete(found, uid)
	}
	return found
}

// renames finds names whose item is somewhere else now: the file is gone or holds another UID, and one other file has
// the UID (F74). A name that a file with another UID took over is given up for one that is free, so that the old item
// is seen as deleted and the new one as new (F75, V12).
func (a *aligner) renames(known map[string]string) map[string]string {
	lost, found := map[string]string{}, map[string]string{} // UID → name, of items without their file, of files without their item
	var usurped []string
	for name, uid := range known {
		h, ok := a.local[name]
		if paired := a.base[name]; !paired.IsZero() && h != paired { // a server may give another UID to what it stores
			if here := a.uid(paired); here != "" {
				uid = here
			}
		}
		switch {
		case !ok && uid != "":
			single(lost, uid, name)
		case ok && h != a.base[name] && uid != "":
			if now := a.uid(h); now != "" && now != uid {
				single(lost, uid, name)
				single(found, now, name)
				usurped = append(usurped, name)
			}
		}
	}
	if len(lost) == 0 {
		return map[string]string{}
	}
	for name, h := range a.local {
		if _, ok := known[name]; !ok {
			if uid := a.uid(h); uid != "" {
				single(found, uid, name)
			}
		}
	}
	renames := map[string]string{}
	for uid, from := range lost {
		if to := found[uid]; from != "" && to != "" {
			renames[from] = to
		}
	}
	for _, name := range usurped {
		if _, ok := renames[name]; !ok {
			renames[name] = a.spare(name, known)
		}
	}
	return renames
}

// single enters a name under a UID, or "" if another has it already: then nothing can be told by the UID.
func single(m map[string]string, uid, name string) {
	if _, ok := m[uid]; ok {
		name = ""
	}
	m[uid] = name
}

// spare makes a name that neither a file nor a known item has.
func (a *aligner) spare(name string, known map[string]string) string {
	stem, ext := name, ""
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		stem, ext = name[:i], name[i:]
	}
	for {
		stem += "-old"
		if _, ok := known[stem+ext]; !ok && a.local[stem+ext].IsZero() {
			return stem + ext
		}
	}
}
