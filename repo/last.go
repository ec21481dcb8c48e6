package repo

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"vgit/remote"
)

// Last is how the last run of a sync with one remote ended. It may be lost without harm.
type Last struct {
	Time    time.Time // zero: nobody knows
	Outcome string    // "" is a good end, else why it was not
}

// ReadLast tells how the last run with a remote ended.
func (r *Repo) ReadLast(remote string) Last {
	b, err := r.s.CacheRead("last-" + remote)
	if err != nil {
		return Last{}
	}
	line, _, _ := nextLine(string(b))
	f, err := readRecord(line, 2)
	if err != nil {
		return Last{}
	}
	t, err := time.Parse(timeFormat, f[0])
	if err != nil {
		return Last{}
	}
	return Last{Time: t, Outcome: f[1]}
}

func (r *Repo) writeLast(s *RemoteReport) error {
	outcome := ""
	switch {
	case errors.Is(s.Err, context.Canceled):
		outcome = "interrupted"
	case s.Err != nil:
		outcome = s.Err.Error()
	}
	var b bytes.Buffer
	writeRecord(&b, r.o.Now().UTC().Format(timeFormat), outcome)
	return r.s.CacheWrite("last-"+s.Name, b.Bytes())
}

// longestPeace is how long a server can keep itself from being asked; more than that is a clock that went wrong (P96).
const longestPeace = 2 * time.Hour

// notBefore is until when a remote asked not to be asked again; zero if it did not, or the time has come.
func (r *Repo) notBefore(name string) time.Time {
	b, err := r.s.CacheRead("busy-" + name)
	if err != nil {
		return time.Time{}
	}
	until, err := time.Parse(timeFormat, strings.TrimSpace(string(b)))
	if wait := until.Sub(r.o.Now()); err != nil || wait <= 0 || wait > longestPeace {
		return time.Time{}
	}
	return until
}

// saveNotBefore remembers for later runs until when a server asked for peace in this one. One that is merely busy is not spared:
// whoever tries again by hand may find it well.
func (r *Repo) saveNotBefore(s *RemoteReport) error {
	until := time.Time{}
	look := func(err error) {
		var busy *remote.Busy
		if errors.As(err, &busy) && busy.Asked && busy.Until.After(until) {
			until = busy.Until
		}
	}
	look(s.Err)
	for _, p := range s.AllProblems() {
		look(p.Err)
	}
	if until.IsZero() {
		return nil
	}
	return r.s.CacheWrite("busy-"+s.Name, []byte(until.UTC().Format(timeFormat)+"\n"))
}

// saveGone remembers which collections the server did not show, for Status.
func (r *Repo) saveGone(s *RemoteReport) error {
	if s.gone == nil {
		return nil // as far as is known, it is as it was
	}
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(s.gone)) {
		writeRecord(&b, name, s.gone[name])
	}
	return r.cache("gone-"+s.Name, b.Bytes())
}

func (r *Repo) loadGone(name string) map[string]string {
	found := map[string]string{}
	r.cached("gone-"+name, 2, func(f []string) { found[f[0]] = f[1] })
	return found
}

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
	l, err := r.recordAll(ctx, sides, true)
	if err != nil {
		return nil, nil, err
	}
	report.Problems = l.problems
	var decided []*side
	for _, s := range sides {
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
