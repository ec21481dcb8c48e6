package repo

import (
	"context"

	"vgit/remote"
)

// Status tells what the next sync would find, from what is known here: local edits, what waits, what is held, what could not
// be read. It asks no remote and writes nothing.
func (r *Repo) Status(ctx context.Context, q Request) (*Report, error) {
	report := newReport(q.Remotes)
	_, _, err := r.known(ctx, q, report)
	return report, err
}

// known decides from what is known here, and gives the sides that could be decided for.
func (r *Repo) known(ctx context.Context, q Request, report *Report) ([]*side, *Local, error) {
	if err := r.s.CheckState(); err != nil {
		return nil, nil, err
	}
	sides, err := r.sides(q, report)
	if err != nil {
		return nil, nil, err
	}
	editing, err := r.loadRestored()
	if err != nil {
		return nil, nil, err
	}
	l, err := r.recordAll(ctx, sides, true)
	if err != nil {
		return nil, nil, err
	}
	report.Problems = l.problems
	var decided []*side
	for _, s := range sides {
		s.report.CutShort = len(s.pending.entries)+len(editing.entries) > 0
		if s.report.PutBack, err = r.notAgreed(s, l); err != nil {
			return nil, nil, err
		}
		s.got = asKnown(s, r.loadGone(s.rem.Name), r.loadLimits(s.rem.Name))
		if s.got.held, err = r.heldAsKnown(s); err != nil {
			return nil, nil, err
		}
		if s.got.held != nil {
			s.report.holdRemote(s.got.held)
			continue
		}
		if err := r.followFiles(s, l); err != nil {
			return nil, nil, err
		}
		plan, err := r.decide(s, l, q)
		if err != nil {
			return nil, nil, err
		}
		s.report.plan(plan)
		if s.report.NotKept, err = s.base.notKept(); err != nil {
			return nil, nil, err
		}
		decided = append(decided, s)
	}
	return decided, l, nil
}

// followFiles lets pairs and rows take the names that the user gave the files, in memory only.
func (r *Repo) followFiles(s *side, l *Local) error {
	f := &fetcher{r: r, rem: s.rem, local: l, base: s.base, names: r.namer(s, l), out: s.got}
	s.got.snap = s.snap.clone()
	for _, coll := range s.snap.names() {
		c := &collecting{fetcher: f, name: coll}
		if err := c.begin(s.snap.colls[coll]); err != nil {
			return err
		}
		if err := f.renamed(s.snap.colls[coll], c); err != nil {
			return err
		}
	}
	s.snap = s.got.snap
	return nil
}

// asKnown is a fetch that asked nobody: each collection as the last snapshot has it.
func asKnown(s *side, gone map[string]string, limits map[string]Limits) *fetched {
	f := &fetched{snap: s.snap, limits: limits, infos: map[string]remote.Info{}, gone: gone, looked: map[string]bool{}, remapped: map[string]string{}}
	s.report.Empty = s.snap.account.Binding.URL != "" && len(s.snap.colls) == 0 && readdressed(s) == nil
	for _, name := range s.snap.names() {
		f.infos[name] = remote.Info{}
		f.placed(s.rem, lastSeen(s.snap.colls[name].status), name)
		for _, o := range s.snap.colls[name].status.Owed {
			p := Problem{Remote: s.rem.Name, Collection: name, Name: lastSegment(o.Href), What: "could not be read from the server yet", Severity: Temporary}
			if d, ok := s.report.deleted[o.Href]; ok && d.etag == o.ETag {
				p.What, p.Severity = stillShown, Note // as a sync says of it
			}
			f.problem(p)
		}
	}
	s.report.Problems = append(s.report.Problems, f.problems...)
	f.problems = nil
	return f
}
