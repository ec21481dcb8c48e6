package repo

import (
	"maps"
	"slices"

	"vgit/remote"
	"vgit/repo/store"
)

// shownProperties are the properties that a remote shows now. What it does not tell of is as it was (P28).
func shownProperties(before map[string]string, info remote.Info) map[string]string {
	return withUnread(before, info.Properties, info.Unread)
}

func withUnread(before, now map[string]string, unread []string) map[string]string {
	all := maps.Clone(now)
	if all == nil {
		all = map[string]string{}
	}
	for _, name := range unread {
		if value, had := before[name]; had {
			all[name] = value
		}
	}
	return all
}

// takeProperties notes what the account shows of the properties of a collection whose rows are not read.
func (f *fetcher) takeProperties(name string, s *Status, info remote.Info) error {
	now := shownProperties(s.Properties, info)
	if maps.Equal(s.Properties, now) {
		return nil
	}
	s.Properties = now
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.out.snap.replace(f.r.g, name, s, nil)
}

// onlyProperties is the fetch of a collection in a sync of nothing else. One that was never looked at waits for a whole sync.
func (f *fetcher) onlyProperties(prev *seen, info remote.Info) error {
	if prev == nil {
		return nil
	}
	return f.takeProperties(prev.name, prev.status.clone(), info)
}

// synced are the properties that are synced with a remote of a kind, in their order.
func (r *Repo) synced(kind remote.Kind) []string {
	return slices.DeleteFunc(inPropertyOrder(r.o.Properties), func(n string) bool { return !slices.Contains(remote.PropertiesOf(kind), n) })
}

// valueHash is the blob of a value as a remote spells it; zero for none.
func (r *Repo) valueHash(value string) store.Hash {
	if value == "" {
		return store.Hash{}
	}
	return r.g.AddBlob([]byte(value))
}

// propertyNews tells, without reading a file, whether a remote shows other properties of a collection than were agreed on.
func (r *Repo) propertyNews(s *side, coll string, c *seen) (bool, error) {
	agreed, err := s.base.agreedThere(coll)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(r.synced(s.rem.Kind), func(n string) bool { return r.valueHash(c.status.Properties[n]) != agreed[n] }), nil
}

// propertyViews gathers the synced properties of a collection for Decide.
func (r *Repo) propertyViews(s *side, l *Local, coll string, c *seen) ([]PropertyView, error) {
	names := r.synced(s.rem.Kind)
	if len(names) == 0 || c == nil {
		return nil, nil
	}
	files, err := r.propertyFiles(l.colls[coll])
	if err != nil {
		return nil, err
	}
	pairs, err := s.base.propertyPairs(coll)
	if err != nil {
		return nil, err
	}
	unknown := r.unknownNames(l, coll)
	var views []PropertyView
	for _, name := range names {
		underWay := slices.ContainsFunc(s.pending.entries, func(e entry) bool { return e.coll == coll && e.name == name })
		if unknown[name] || underWay || r.ignored(name) {
			continue
		}
		views = append(views, PropertyView{Name: name, BaseLocal: pairs[name].local, BaseThere: pairs[name].there,
			Local: files[name], There: r.valueHash(c.status.Properties[name])})
	}
	return views, nil
}

// propertyFiles are the files of properties in the tree of a collection.
func (r *Repo) propertyFiles(tree store.Hash) (Items, error) {
	entries, err := r.o.Layout.list(r.g, tree)
	if err != nil {
		return nil, err
	}
	files := Items{}
	for _, e := range entries {
		if properties[e.Name] {
			r.o.Layout.putAny(files, e)
		}
	}
	return files, nil
}

// settlePatch finds out whether the request of a killed run set a property, now that the account was looked at. done is false if nobody
// knows yet.
func (r *Repo) settlePatch(e entry, f *fetched, base *Base) (done bool, err error) {
	info, shown := f.infos[e.coll]
	c := f.snap.colls[e.coll]
	if !shown || c == nil {
		return false, nil
	}
	if slices.Contains(info.Unread, e.name) {
		return false, nil
	}
	_, err = r.patchSeen(e, c, base)
	return true, err // what it did not do is decided anew
}

// patchSeen moves the pair if a snapshot shows what an entry sent, and did not when it was sent.
func (r *Repo) patchSeen(e entry, c *seen, base *Base) (bool, error) {
	sent, err := r.valueOf(e.name, e.body)
	if err != nil {
		return false, err
	}
	before, err := r.valueOf(e.name, e.there)
	if err != nil {
		return false, err
	}
	value := c.status.Properties[e.name]
	if now := sense(e.name, value); now != sent || now == before {
		return false, nil
	}
	return true, base.setProperty(e.coll, e.name, propertyPair{e.local, r.valueHash(value)})
}

// valueOf is the sense of a value by its blob; zero is none.
func (r *Repo) valueOf(name string, h store.Hash) (string, error) {
	if h.IsZero() {
		return "", nil
	}
	b, err := r.g.Blob(h)
	return sense(name, string(b)), err
}
