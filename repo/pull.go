package repo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vgit/remote"
	"vgit/repo/store"
	"vgit/repo/vdir"
)

// pullBatch is how many files are written between two looks at memory: their bodies are held at the same time.
const pullBatch = 2000

// side is one remote within a sync: what is known of it, and what was done.
type side struct {
	rem     Remote
	base    *Base
	pending *pending
	snap    *Snapshot
	// tracking is the ref's value; it differs from snap.Commit only if somebody moved or removed the ref.
	tracking  store.Hash
	got       *fetched
	virtual   virtual
	since     time.Time                // when the last run ended; zero: nobody knows
	unwritten map[string]bool          // items whose files could not be written as the plan says, by collection and name: nothing of them is sent
	asked     map[string][2]store.Hash // items that the program for conflicts was asked about, and what both sides stood for
	unsettled map[string]string        // what kept it from settling them
	amended   []Step                   // files that are to get what the server wrote otherwise
	unmade    map[string]bool          // collections that could not be made in this run
	met       []entry                  // writes that were refused because the item is in another state than the plan says
	only      []string                 // Request.Collections
	look      bool                     // Request.Look
	sent      []*Step                  // writes that the server took, and that no snapshot tells of yet
	others    []*side                  // the other remotes of the vdir in this sync
	shared    bool                     // the vdir has other remotes, in this sync or not
	planned   *Plan                    // what is to be done; nil: nothing was decided since the last push
	plannedOn store.Hash               // the tree of the vdir that it was made for
	named     store.Hash               // the tree that the names of pairs and rows were brought in step with
	again     map[string][]remote.Href // by collection: what the last push met in another state
	imagined  []Step                   // of a dry run: the pulls that it did in memory
	report    *RemoteReport
	state     string // that a decision hangs on, "" if it cannot be named: see same.go
	idle      bool   // it is that of the last run, which found nothing to do
	lost      bool   // what both sides agreed on is not in the repository any more
	// properties tells that nothing but the properties of collections is synced.
	properties bool
}

// pull does the steps of a plan that write into the vdir, and moves main and the base. A file that the user saved meanwhile
// stays as it is, and its item is decided anew by the next sync. When it fails half way, what was written is on main all the
// same.
func (r *Repo) pull(ctx context.Context, s *side, plan *Plan, l *Local) error {
	steps := r.undeleted(ctx, r.unmet(s, s.free(plan.On(Here, Do)), l))
	s.unwritten = map[string]bool{}
	for _, step := range plan.On(Here, Do) {
		s.unwritten[step.path()] = true
	}
	agreed := s.free(agreements(plan))
	if len(steps) == 0 && len(agreed) == 0 {
		return nil
	}
	if len(steps) > 0 {
		if err := r.movePairs(ctx, s, steps, l); err != nil {
			return err
		}
		if err := r.beginPending(ctx, s.pending, pullEntries(steps), l.Commit, s.snap.Commit); err != nil {
			return err
		}
	}
	written, left, failed := r.writeFiles(ctx, s, steps, l)
	if len(steps) > 0 {
		r.at(AtWritten)
	}
	ctx = context.WithoutCancel(ctx) // what was written is noted, whatever ended the run
	if err := r.mergeMain(ctx, s, written, l); err != nil {
		return errors.Join(failed, err)
	}
	for _, step := range append(written, agreed...) {
		if err := r.noted(s, step); err != nil {
			return err
		}
		delete(s.unwritten, step.path())
		s.report.done(step)
	}
	mine := map[string]bool{}
	for _, step := range steps {
		mine[step.path()] = !left[step.path()]
	}
	s.pending.end(func(e entry) bool { return e.kind.pull() && mine[e.coll+"/"+e.name] })
	return errors.Join(failed, r.agree(ctx, s, l))
}

func agreements(plan *Plan) []*Step {
	var steps []*Step
	for i := range plan.Steps {
		if s := &plan.Steps[i]; s.Kind == Agree && s.State == Do {
			steps = append(steps, s)
		}
	}
	return steps
}

// free leaves out steps of items that an older write may still be under way for.
func (s *side) free(steps []*Step) []*Step {
	if len(s.pending.entries) == 0 {
		return steps
	}
	busy := map[string]bool{}
	for _, e := range s.pending.entries {
		if s.virtual[e.coll][e.name].r0.IsZero() {
			busy[e.coll+"/"+e.name] = true
		}
	}
	var open []*Step
	for _, step := range steps {
		if !busy[step.path()] {
			open = append(open, step)
		}
	}
	return open
}

func pullEntries(steps []*Step) []entry {
	entries := make([]entry, len(steps))
	for i, s := range steps {
		entries[i] = entry{kind: pendWrite, coll: s.Collection, name: s.Name, body: s.After, local: s.Before}
		switch {
		case s.Shows:
			entries[i].kind, entries[i].intent, entries[i].seen = pendShow, s.Intent, s.There
		case s.Kind == Delete:
			entries[i].kind = pendRemove
		case s.There != s.After:
			entries[i].seen = s.There
		}
	}
	return entries
}

// writeFiles applies the steps to the vdir and returns those that were done. After those in left, by path, something failed: a
// file that they took away may still lie there under another name, and pending has to know whose it is.
func (r *Repo) writeFiles(ctx context.Context, s *side, steps []*Step, l *Local) (done []*Step, left map[string]bool, err error) {
	left = map[string]bool{}
	for from := 0; from < len(steps); from += pullBatch {
		batch, writes := r.writes(ctx, s, steps[from:min(from+pullBatch, len(steps))])
		if r.o.Progress != nil && len(steps) > pullBatch {
			r.o.Progress("writing", from, len(steps))
		}
		if err := r.room(size(writes)); err != nil {
			return done, left, err
		}
		results, err := r.apply(ctx, writes)
		for i, res := range results {
			switch {
			case res.Done:
				done = append(done, batch[i])
				left[batch[i].path()] = res.Err != nil
				r.stamp(l, res, batch[i].After)
			case res.Err != nil:
				s.report.problem(stepProblem(batch[i], "cannot be written: "+res.Err.Error(), Lasting, res.Err))
			case res.Why != "" && err == nil:
				s.report.problem(stepProblem(batch[i], res.Why+"; the next sync goes on", Note, nil))
			}
		}
		if err != nil {
			return done, left, &localError{err}
		}
	}
	return done, left, nil
}

// size is how many bytes some writes put into the vdir.
func size(writes []vdir.Write) (n int) {
	for i := range writes {
		n += len(writes[i].New)
	}
	return n
}

func stepProblem(s *Step, what string, severity Severity, err error) Problem {
	return Problem{Remote: s.Remote, Collection: s.Collection, Name: s.Name, Title: s.Title, What: what, Severity: severity, Err: err}
}

// writes makes the writes of some steps. A step whose bytes are not to be had is left out and reported: one damaged object
// stops one item (F101).
func (r *Repo) writes(ctx context.Context, s *side, steps []*Step) (can []*Step, writes []vdir.Write) {
	for _, step := range steps {
		w := vdir.Write{Path: r.o.Layout.path(step.Collection, step.Name), OldAbsent: step.Before.IsZero(), Remove: step.After.IsZero()}
		var err, errNew error
		if !w.OldAbsent {
			w.Old, err = r.oldBody(ctx, w.Path, step.Before)
		}
		if !w.Remove {
			w.New, errNew = r.g.Blob(step.After)
		}
		if err = errors.Join(err, errNew); err != nil {
			s.report.problem(stepProblem(step, "cannot be read from the repository", Lasting, err))
			continue
		}
		can, writes = append(can, step), append(writes, w)
	}
	return can, writes
}

// oldBody is what a file is expected to hold. If the repository lost it, the file itself may have it still; then it is on record
// again.
func (r *Repo) oldBody(ctx context.Context, path string, h store.Hash) ([]byte, error) {
	b, err := r.g.Blob(h)
	if err == nil {
		return b, nil
	}
	now, ok, _ := r.current(ctx, path)
	if !ok || r.g.AddBlob(now) != h {
		return nil, err
	}
	return now, nil
}

// stamp notes what the index will say of a file that was just written.
func (r *Repo) stamp(l *Local, res vdir.Result, h store.Hash) {
	if res.Stat == (vdir.Stat{}) {
		delete(l.stats, res.Path)
		l.removed[res.Path] = true
		return
	}
	delete(l.removed, res.Path)
	l.stats[res.Path] = stamp{hash: h, stat: res.Stat}
}

// mergeMain makes the pull commit: main's tree with what was written, and both sides as parents.
func (r *Repo) mergeMain(ctx context.Context, s *side, done []*Step, l *Local) error {
	if len(done) == 0 {
		return nil
	}
	byColl := map[string]edits{}
	for _, step := range done {
		if byColl[step.Collection] == nil {
			byColl[step.Collection] = edits{}
			l.dirs[step.Collection] = true
		}
		byColl[step.Collection][step.Name] = step.After
	}
	return r.advance(ctx, l, byColl, s, done...)
}

// advance moves main to its tree with the edits, as a pull from the remote of a side. The message has the notes of the steps.
func (r *Repo) advance(ctx context.Context, l *Local, byColl map[string]edits, s *side, steps ...*Step) error {
	old, remote, tracking := l.Tree, s.rem.Name, s.snap.Commit
	for coll, ed := range byColl {
		var err error
		if l.Tree, err = editPath(r.g, l.Tree, r.o.Layout.dir(coll), ed); err != nil {
			return err
		}
	}
	if l.Tree == old {
		return nil
	}
	lines, err := r.differences(old, l.Tree)
	if err != nil {
		return err
	}
	commit, err := r.commit(remote, r.message(pulling(s, steps), lines), l.Tree, l.Commit, tracking)
	if err != nil {
		return err
	}
	if err := r.publish(ctx, AtPullKept, "vgit: pull from "+remote, store.RefChange{Name: mainRef, Old: l.main, New: commit}); err != nil {
		return fmt.Errorf("main: %w", err)
	}
	l.Commit, l.main = commit, commit
	r.at(AtPulled)
	l.colls, err = r.o.Layout.collections(r.g, l.Tree)
	return err
}

// emptyDirectories makes the directories of collections that hold nothing yet, so that the user has where to put the first
// item. One that items were agreed in is not made anew: it is missing (F64).
func (r *Repo) emptyDirectories(s *side, l *Local) error {
	if r.o.Layout.Single {
		return nil
	}
	for name := range s.got.looked {
		agreed, _ := s.base.trees(name)
		if l.dirs[name] || l.vanished[name] || !agreed.IsZero() {
			continue
		}
		if err := r.d.Make(name); err != nil {
			return err
		}
		l.dirs[name] = true
	}
	return nil
}
