package repo

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"vgit/merge"
	"vgit/repo/item"
	"vgit/repo/store"
)

// Filter is a view of a remote: what is outside of it is neither written here nor sent, and stays as it is on both sides. Leaving the view is
// no deletion (F49, T4, T27). The zero value lets everything through.
//
// The bodies outside are fetched like all others and are in the tracking branch, so that the view is worked out from what an item is and not
// from what a server makes of a question, a wider one has all it needs, and an item that comes back goes on from its pair.
type Filter struct {
	Components   []string  // of VEVENT, VTODO, VJOURNAL; nil: all
	Since, Until time.Time // of events; zero: open
}

// all tells whether there is nothing outside.
func (f Filter) all() bool { return len(f.Components) == 0 && f.Since.IsZero() && f.Until.IsZero() }

// lets tells whether an item is inside. What is no whole item is, since nobody knows what it is.
func (f Filter) lets(it *item.Item) bool {
	if c := it.Component(); len(f.Components) > 0 && it.State() != item.Broken && c != "" && c != "VCARD" && !slices.Contains(f.Components, c) {
		return false
	}
	return merge.During(it, f.Since, f.Until)
}

// text is what filters are compared by.
func (f Filter) text() string {
	return strings.Join(f.Components, ",") + " " + f.Since.UTC().Format(timeFormat) + " " + f.Until.UTC().Format(timeFormat)
}

// outside decides an item that is outside of the view, if it is: in all of its versions. One that was inside when both sides agreed, or is on
// one of them, goes on being synced, so that an edit that moves it out is an edit like others.
func (d *decider) outside(name string, v four) bool {
	if d.choice.Inside == nil || d.Landed[name] || v.l1 == v.r1 {
		return false
	}
	for _, h := range []store.Hash{v.r1, v.r0, v.l1, v.l0} {
		if !h.IsZero() && d.choice.Inside(h) {
			return false
		}
	}
	based, before := !v.l0.IsZero() && !v.r0.IsZero(), v.l0
	if shown, waits := d.Shown[name]; waits {
		before = shown.File
	}
	if v.l1.IsZero() && !based {
		d.plan.leaveOut(d.Collection)
		return true
	}
	const why = " it is outside of the view, and nothing of it is carried"
	o := one{name: name, four: v, file: v.l1, intent: v.l1}
	if d.strong(before, v.l1) {
		d.add(o, Step{Side: There, Kind: kindOf(v.r1, v.l1), State: Kept, Before: v.r1, After: v.l1, Why: change(before, v.l1) + " here;" + why})
	}
	if based && d.strong(v.r0, v.r1) {
		d.add(o, Step{Side: Here, Kind: kindOf(v.l1, v.r1), State: Kept, Before: v.l1, After: v.r1, Why: change(v.r0, v.r1) + " there;" + why})
	}
	return true
}

// kindOf is what makes one version into another.
func kindOf(from, to store.Hash) StepKind {
	switch {
	case to.IsZero():
		return Delete
	case from.IsZero():
		return Create
	}
	return Update
}

// change is what was done, in a word.
func change(from, to store.Hash) string {
	return map[StepKind]string{Create: "new", Update: "changed", Delete: "deleted"}[kindOf(from, to)]
}

// leaveOut counts an item that the view leaves out.
func (p *Plan) leaveOut(coll string) {
	if p.Outside == nil {
		p.Outside = map[string]int{}
	}
	p.Outside[coll]++
}

// outsiders remembers which bodies are outside of a view, so that they are not read again in each run in which something else changed. It is
// kept with what may be lost.
type outsiders struct {
	filter Filter
	known  map[store.Hash]bool
	asked  map[store.Hash]bool // those found in this run
	fresh  bool                // some of them are not on disk
}

// loadOutsiders reads what the runs before found. As days pass, a window that follows them lets nothing in again at its beginning.
func (r *Repo) loadOutsiders(name string, f Filter) *outsiders {
	o := &outsiders{filter: f, known: map[store.Hash]bool{}, asked: map[store.Hash]bool{}}
	head := true
	good := false
	r.cached("outside-"+name, 3, func(fields []string) {
		if head {
			since, err := time.Parse(timeFormat, fields[1])
			head, good = false, err == nil && fields[0] == strings.Join(f.Components, ",") && !since.After(f.Since) && fields[2] == f.Until.UTC().Format(timeFormat)
			return
		}
		if h, err := store.ParseHash(fields[0]); good && err == nil {
			o.known[h] = true
		}
	})
	return o
}

// inside is the view as Decide asks for it.
func (o *outsiders) inside(read Read) func(store.Hash) bool {
	return func(h store.Hash) bool {
		if !o.known[h] {
			it, err := read(h)
			if err != nil || o.filter.lets(it) {
				return true
			}
			o.known[h], o.fresh = true, true
		}
		o.asked[h] = true
		return false
	}
}

// saveOutsiders writes them, if there are new ones. Bodies that nobody asked for are gone by now.
func (r *Repo) saveOutsiders(s *RemoteReport) error {
	o := s.outsiders
	if o == nil || !o.fresh {
		return nil
	}
	hashes := make([]string, 0, len(o.asked))
	for h := range o.asked {
		hashes = append(hashes, h.String())
	}
	slices.Sort(hashes)
	var b bytes.Buffer
	writeRecord(&b, strings.Join(o.filter.Components, ","), o.filter.Since.UTC().Format(timeFormat), o.filter.Until.UTC().Format(timeFormat))
	for _, h := range hashes {
		writeRecord(&b, h, "", "")
	}
	return r.cache("outside-"+s.Name, b.Bytes())
}
