package repo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"vgit/remote"
	"vgit/repo/store"
	"vgit/repo/vdir"
)

// This file makes collections on the server for directories that are only here (P92). Whether one is made is decided in decide.go; its
// items are decided once it is there, in the same sync.

// newCollection decides about a directory that the remote has no collection for.
func (d *decider) newCollection() {
	wanted := d.Create == "yes"
	refusal, refused := d.choice.Refusals[d.Collection+"/"]
	step := Step{Remote: d.choice.Remote, Collection: d.Collection, Side: There, Kind: Whole, State: Do, Why: "only here"}
	switch {
	case d.Create == "no":
	case d.choice.direction(d.Limits) == Pull && d.Bare:
	case d.choice.direction(d.Limits) == Pull:
		step.State, step.Why = Kept, "only here; "+staysHere
		d.plan.Steps = append(d.plan.Steps, step)
	case d.Like != "":
		d.hold(NewCollection, There, nil, "it may be the collection "+d.Like+" under another name, whose directory is gone, or another one")
	case !wanted && d.Bare: // nobody has put anything into it yet
	case !wanted:
		d.hold(NewCollection, There, nil, "it is only here")
	case refused && !refusal.Due:
		step.State, step.Why = Refused, "it is only here, and "+refusal.Why
		d.plan.Steps = append(d.plan.Steps, step)
	default:
		d.plan.Steps = append(d.plan.Steps, step)
	}
}

// makeCollections makes those collections that a plan says, and fetches what they are. again tells whether there is more to decide now.
// What cannot be made is said, and left alone for the rest of the run.
func (r *Repo) makeCollections(ctx context.Context, s *side, plan *Plan, l *Local, dry bool) (again bool, err error) {
	if dry {
		return false, nil
	}
	made := map[string]remote.Href{}
	for _, step := range plan.On(There, Do) {
		if step.Kind != Whole {
			continue
		}
		again = true
		href, err := r.makeCollection(ctx, s, step.Collection, l)
		if err == nil || errors.Is(err, remote.ErrExists) && href != "" {
			made[step.Collection] = href
			step.Href = href
			s.report.done(step)
			continue
		}
		if ctx.Err() != nil || fatal(err) {
			return false, err
		}
		s.notMade(r, step, err)
	}
	if len(made) == 0 {
		return again, nil
	}
	return true, r.fetchMade(ctx, s, l, made)
}

// notMade takes note of a collection that could not be made. A no is not heard again for a day.
func (s *side) notMade(r *Repo, step *Step, err error) {
	if s.unmade == nil {
		s.unmade = map[string]bool{}
	}
	s.unmade[step.Collection] = true
	var no *remote.Refused
	if errors.As(err, &no) {
		s.report.refusals[step.Collection+"/"] = Refusal{Why: "cannot be made on the server: " + no.Error(), Until: r.o.Now().Add(refusedFor)}
	}
	s.report.problem(Problem{Remote: s.rem.Name, Collection: step.Collection, What: "it could not be made on the server", Severity: severityOf(err), Err: err})
}

// makeCollection makes one. Something of another kind, or that is paired already, may have its id: then it gets a second one.
func (r *Repo) makeCollection(ctx context.Context, s *side, coll string, l *Local) (remote.Href, error) {
	maker, ok := s.rem.Client.(remote.Maker)
	if !ok {
		return "", &remote.Refused{Text: "this type of remote makes no collections"}
	}
	two := NewIDs(coll)
	ids := two[:]
	if s.rem.NewID != nil {
		if id := s.rem.NewID(coll); id != "" {
			ids = []string{id}
		}
	}
	c, err := r.newCollection(coll, l)
	if err != nil {
		return "", err
	}
	for _, c.ID = range ids {
		if r.idTaken(s, c.ID) {
			err = fmt.Errorf("%s: %w, and it is another collection", c.ID, remote.ErrExists)
			continue
		}
		r.at(AtRequest)
		var href remote.Href
		href, err = maker.Make(ctx, s.snap.account.Binding, c)
		r.at(AtMade)
		if err == nil || !errors.Is(err, remote.ErrExists) {
			return href, err
		}
		if found, ok := r.shownAt(ctx, s, coll, href); ok {
			return found, err // made meanwhile, or by a run that did not hear the answer
		}
	}
	return "", err
}

// idTaken tells whether a collection that the account showed has this id.
func (r *Repo) idTaken(s *side, id string) bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(s.got.infos)), func(info remote.Info) bool { return info.ID == id })
}

// shownAt looks at the account once more, for a collection of the right kind at an address, with which nothing
// is paired and which the configuration does not leave out.
func (r *Repo) shownAt(ctx context.Context, s *side, coll string, href remote.Href) (remote.Href, bool) {
	account, err := s.rem.Client.Look(ctx, s.snap.account.Binding)
	if err != nil {
		return "", false
	}
	for _, info := range account.Collections {
		if !samePlace(info.Href, href) || s.snap.has(info.Href) {
			continue
		}
		if _, ok := s.rem.Choose(info, []string{coll}, nil); ok {
			return info.Href, true
		}
	}
	return "", false
}

// samePlace compares the ends of two addresses of collections of one account, which may be spelled differently.
func samePlace(a, b remote.Href) bool { return a == b || lastSegment(a) == lastSegment(b) }

// has tells whether a collection of the snapshot has this address.
func (s *Snapshot) has(href remote.Href) bool {
	for _, c := range s.colls {
		if c.status.Href == href {
			return true
		}
	}
	return false
}

// fetchMade takes collections into the snapshot that were just made, under the names that their directories have.
func (r *Repo) fetchMade(ctx context.Context, s *side, l *Local, made map[string]remote.Href) error {
	account, err := s.rem.Client.Look(ctx, s.snap.account.Binding)
	if err != nil {
		return err
	}
	bound := map[string]remote.Info{}
	for name, href := range made {
		for _, info := range account.Collections {
			if samePlace(info.Href, href) && !s.snap.has(info.Href) {
				bound[name] = info
				_, _ = s.rem.Choose(info, []string{name}, nil)
			}
		}
		if _, ok := bound[name]; !ok {
			if s.unmade == nil {
				s.unmade = map[string]bool{}
			}
			s.unmade[name] = true
			s.report.problem(Problem{Remote: s.rem.Name, Collection: name, What: "it was made on the server, which does not show it yet; the next sync goes on", Severity: Temporary})
		}
	}
	keep := func(snap *Snapshot) error { return r.keepSnapshot(ctx, s, snap, "fetch") }
	f := r.fetcher(s, l, keep)
	f.only, f.out = nil, s.got
	f.out.snap = s.snap.clone()
	before := len(s.got.problems)
	if err := f.collections(ctx, s.snap, bound); err != nil {
		return err
	}
	s.report.Problems = append(s.report.Problems, s.got.problems[before:]...)
	if err := r.keepSnapshot(ctx, s, s.got.snap, "fetch"); err != nil {
		return err
	}
	return r.emptyDirectories(s, l)
}

// newCollection tells what a collection is to be: what its property files say, and the component types that its items have (T29).
func (r *Repo) newCollection(coll string, l *Local) (remote.NewCollection, error) {
	c := remote.NewCollection{Properties: map[string]string{}}
	files, err := r.tracked(l.colls[coll])
	if err != nil {
		return c, err
	}
	types := map[string]bool{}
	for name, h := range files {
		if properties[name] {
			text, err := r.g.Blob(h)
			if err != nil {
				return c, err
			}
			if v := readPropertyFile(name, text); v.state == valueSet && slices.Contains(r.synced(r.o.Kind), name) {
				c.Properties[name] = propertyToSend(name, v.text, "")
			}
			continue
		}
		it, err := r.parse(h)
		if err != nil {
			return c, err
		}
		if t := it.Component(); r.o.Kind == remote.Calendar && slices.Contains([]string{"VEVENT", "VTODO", "VJOURNAL"}, t) {
			types[t] = true
		}
	}
	if c.Properties["displayname"] == "" {
		c.Properties["displayname"] = coll
	}
	c.Components = slices.Sorted(maps.Keys(types))
	return c, nil
}

var safeID = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}$`)

// NewIDs are the ids that a collection may get which is made for a directory, best first: its name, or what is made of that if it is no
// safe path segment, and one for when that is taken, as by an address book in a home for both kinds. They are the same in every run, so
// that a collection whose answer was lost is found.
func NewIDs(dir string) [2]string {
	sum := sha256.Sum256([]byte(dir))
	first, second := "-"+hex.EncodeToString(sum[:4]), "-"+hex.EncodeToString(sum[4:8])
	if safeID.MatchString(dir) {
		return [2]string{dir, dir + second}
	}
	stem := strings.ToLower(vdir.DirName(strings.Map(func(r rune) rune {
		if r > '~' {
			return '-'
		}
		return r
	}, dir), "", func(string) bool { return false }))
	return [2]string{stem + first, stem + second}
}

// madeFor is the directory that a collection was made for by a run that did not hear of it any more, by its id; "" if there is none.
func madeFor(info remote.Info, dirs []string) string {
	for _, dir := range dirs {
		if ids := NewIDs(dir); info.ID == ids[1] || info.ID == ids[0] && info.ID != dir {
			return dir
		}
	}
	return ""
}

// hasProperties tells whether a directory has property files, which make it a collection without an item.
func (r *Repo) hasProperties(tree store.Hash) bool {
	files, err := r.tracked(tree)
	return err == nil && slices.ContainsFunc(slices.Collect(maps.Keys(files)), func(name string) bool { return properties[name] })
}

// bare tells whether a directory has nothing at all in it that the scan would name: it may be meant for a collection.
func (l *Local) bare(coll string) bool {
	return l.dirs[coll] && !slices.ContainsFunc(l.scan.Odd, func(o vdir.Odd) bool { return strings.HasPrefix(o.Path, coll+"/") })
}
