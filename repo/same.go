package repo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
)

// Where one side keeps what the other may not have, both differ for good, and a sync that finds nothing new would look at all of it each time.
// So the state is remembered in which there was nothing to do but to leave things as they are. It is kept with what may be lost.

// narrow tells whether not everything is carried between a vdir and a remote.
func (r Remote) narrow() bool { return r.OneWay.narrow() || !r.Filter.all() }

func (c Choice) narrow() bool { return c.OneWay.narrow() || c.Inside != nil }

func (w OneWay) narrow() bool { return w.Direction != "" || w.StayHere || w.StayThere }

// state names what a decision hangs on; "" if that is more than can be named.
func (r *Repo) state(s *side, l *Local, q Request) string {
	open := len(s.virtual)+len(s.pending.entries)+len(s.report.refusals)+len(s.got.problems)+len(s.got.gone)+len(s.got.unread)+len(s.got.remapped)+len(s.others)+len(l.vanished)+len(l.damaged)+len(l.scan.Odd) > 0
	if open || q.DryRun || q.Only != "" || q.Collections != nil || q.AllowDeletes != 0 || s.base.changed() || s.got.accepted != nil {
		return ""
	}
	for _, unsure := range s.got.unsure {
		if len(unsure) > 0 {
			return ""
		}
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s %s %s\n%+v %q\n%d %t %q %q\n", l.Tree, s.snap.Tree, s.base.tree, s.rem.OneWay, s.rem.Filter.text(), s.rem.Conflict.Take, s.rem.Conflict.Both, s.rem.Create, r.o.Properties)
	for _, name := range slices.Sorted(maps.Keys(l.dirs)) {
		fmt.Fprintf(sum, "%q %t %t %q\n", name, l.dirs[name], s.rem.Wanted == nil || s.rem.Wanted(name), l.like[name])
	}
	if s.rem.Create == "yes" && s.rem.Named != nil {
		fmt.Fprintf(sum, "%q\n", s.rem.Named())
	}
	for _, name := range slices.Sorted(maps.Keys(s.got.infos)) {
		fmt.Fprintf(sum, "%q %q %t\n", name, s.got.limits[name].text(), s.got.left[name])
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// nothingSince tells whether there is nothing to decide, since the last run found the same and nothing to do. Else what this run finds is
// remembered by settledAs.
func (r *Repo) nothingSince(s *side, l *Local, q Request) bool {
	if !s.rem.narrow() {
		return false
	}
	if s.state = r.state(s, l, q); s.state == "" {
		return false
	}
	before := ""
	r.cached("same-"+s.rem.Name, 1, func(f []string) { before = f[0] })
	return before == s.state
}

// settledAs notes the state that a plan was made from, if nothing is to be done in it.
func (s *side) settledAs(p *Plan) {
	s.report.same = ""
	idle := !slices.ContainsFunc(p.Steps, func(step Step) bool { return step.State != Kept })
	if idle && len(p.Problems)+len(p.Notices)+len(p.Over)+len(p.Lifted) == 0 {
		s.report.same = s.state
	}
}

func (r *Repo) saveSame(s *RemoteReport) error {
	if s.same == "" {
		return nil // it is another state by now, whatever the file says
	}
	return r.cache("same-"+s.Name, []byte(s.same+"\n"))
}
