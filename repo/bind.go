package repo

import (
	"fmt"
	"slices"

	"vgit/remote"
)

// This file pairs the collections that an account shows with the directories of the vdir: those that are known by their addresses, new
// ones as the configuration says. refound.go looks for those that are gone among the new ones in between.

// bindKnown pairs the collections of the account with the names that they have in the last snapshot, by address.
func (f *fetcher) bindKnown(prev *Snapshot, account remote.Account) (bound map[string]remote.Info, fresh []remote.Info) {
	byHref := map[remote.Href]string{}
	bound = map[string]remote.Info{}
	for name, c := range prev.colls {
		byHref[c.status.Href] = name
	}
	for _, info := range account.Collections {
		name, ok := byHref[info.Href]
		if !ok {
			fresh = append(fresh, info)
			continue
		}
		if _, still := f.rem.Choose(info, []string{name}, nil); still {
			bound[name] = info
			f.out.placed(f.rem, info, name)
		} else {
			f.out.left[name] = true
		}
	}
	return bound, fresh
}

// placed looks whether the configuration names another directory for a collection than it has (F110).
func (f *fetched) placed(rem Remote, info remote.Info, name string) {
	if rem.Placed == nil {
		return
	}
	if dir := rem.Placed(info); dir != "" && dir != name {
		f.remapped[name] = "the configuration calls it " + dir + "; rename the directory to that, or put the name back"
	}
}

// bindFresh gives new collections names, as configured.
func (f *fetcher) bindFresh(prev *Snapshot, fresh []remote.Info, bound map[string]remote.Info) {
	for _, info := range fresh {
		alone := len(slices.DeleteFunc(slices.Clone(fresh), func(i remote.Info) bool { return i.Name != info.Name })) == 1
		name, ok := f.choose(prev, info, alone, bound)
		switch old := prev.colls[name]; {
		case ok:
			bound[name] = info
		case old != nil && f.out.left[name] && f.rem.Placed != nil && f.rem.Placed(info) == name:
			delete(f.out.left, name)
			f.out.remapped[name] = "the configuration pairs it with " + string(info.Href) + ", and it was paired with " + string(old.status.Href) +
				"; move the directory away, and the other one comes in its place, or put the id back"
		}
	}
}

// choose gives a new collection its directory; alone tells that no other new one has its display name.
func (f *fetcher) choose(prev *Snapshot, info remote.Info, alone bool, bound map[string]remote.Info) (string, bool) {
	used := func(n string) bool {
		_, known := prev.colls[n]
		_, now := bound[n]
		return known || now
	}
	if f.r.o.Layout.Single {
		name := f.r.o.Layout.Name
		_, ok := f.rem.Choose(info, []string{name}, used)
		if ok && used(name) {
			f.out.problem(Problem{Remote: f.rem.Name, What: fmt.Sprintf("more than one collection fits a vdir of layout single; %s is left out", info.Href), Severity: Lasting})
			return "", false
		}
		return name, ok
	}
	dirs := slices.DeleteFunc(f.local.names(), used)
	taken := func(n string) bool { return used(n) || f.local.has(n) }
	if dir := madeFor(info, dirs); dir != "" {
		_, ok := f.rem.Choose(info, []string{dir}, nil)
		return dir, ok
	}
	name, ok := f.rem.Choose(info, dirs, taken)
	if alone && !slices.Contains(dirs, name) {
		if dir := f.calledSo(info.Name, dirs); dir != "" {
			if _, wanted := f.rem.Choose(info, []string{dir}, nil); wanted {
				return dir, true
			}
		}
	}
	return name, ok && !used(name)
}

// calledSo is the one of some directories whose file displayname says what a collection is called, "" if none or several do. So one that
// was renamed after it got its directory finds it again when the pairing is lost (G13).
func (f *fetcher) calledSo(name string, dirs []string) string {
	found := ""
	for _, dir := range dirs {
		files, err := f.r.propertyFiles(f.local.colls[dir])
		if err != nil {
			continue
		}
		if called, err := f.r.valueOf(remote.DisplayName, files[remote.DisplayName]); err != nil || called == "" || called != sense(remote.DisplayName, name) {
			continue
		}
		if found != "" {
			return ""
		}
		found = dir
	}
	return found
}

// missing notes known collections that the account does not show, and tells "gone" from "could not look" (P11, P12).
func (f *fetcher) missing(prev *Snapshot, account remote.Account, bound map[string]remote.Info) {
	for name, c := range prev.colls {
		if _, ok := bound[name]; ok {
			continue
		}
		if f.out.left[name] {
			continue
		}
		if err := failedHome(account, c.status.Href); err != nil {
			f.out.problem(f.failed(name, err))
			f.out.unread[name] = true
			continue
		}
		if _, wanted := f.rem.Choose(lastSeen(c.status), []string{name}, nil); !wanted {
			f.out.left[name] = true
			continue
		}
		f.out.gone[name] = "the server does not show it any more; its items stay here"
	}
}

// lastSeen is what is known of a collection that the account does not show any more, for the configuration to choose by.
func lastSeen(s *Status) remote.Info {
	return remote.Info{Href: s.Href, Kind: s.Kind, ID: lastSegment(s.Href), Name: s.Properties["displayname"]}
}

// asked tells whether a sync of only these collections is about this one.
func asked(only []string, name string) bool { return only == nil || slices.Contains(only, name) }

// failedHome gives the reason why the home set that holds a collection could not be listed.
func failedHome(account remote.Account, coll remote.Href) error {
	for home, err := range account.Failed {
		if len(coll) >= len(home) && coll[:len(home)] == home {
			return err
		}
	}
	return nil
}
