package repo

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"vgit/repo/store"
	"vgit/repo/vdir"
)

// EditRequest is an edit of the vdir that vgit makes for a person, as a restore or an undo does.
type EditRequest struct {
	Remotes []Remote // all of the vdir; none of them is spoken with
	Several bool     // the vdir has more remotes than these
	// What begins the subject of the commit: "undo", "restore".
	What string
	// Plan tells what is to be written, given the vdir as it was recorded a moment ago. It is asked once more if somebody commits on main
	// meanwhile, and must not keep anything from the time before. No edit at all is an answer.
	Plan   func(ctx context.Context, l *Local) ([]FileEdit, error)
	DryRun bool
}

// FileEdit is one file of an item, or of a property of a collection, that is to be written or removed.
type FileEdit struct {
	Collection, Name string
	// Was is the path in the vdir that the file is moved from, "" if it is not moved. What lies there is removed once the file is written.
	Was string
	// Before is what the recorded vdir has at the place; zero: nothing. A file that is anything else stays as it is.
	Before store.Hash
	// Mend says that the file is damaged now (Local.Damaged), and is replaced all the same. What it holds is kept in a ref, but for blanks.
	Mend bool
	// After are the bytes that the file gets, exactly; nil: it is removed.
	After []byte
}

// EditReport is what became of an edit.
type EditReport struct {
	Commit   store.Hash // that main got; zero: main is as it was
	Done     []FileEdit
	Left     []LeftEdit // what was not done, and why
	Problems []Problem  // of the vdir
	Kept     []Problem  // of damaged files that were replaced: where their bytes are
}

// LeftEdit is an edit that was not done.
type LeftEdit struct {
	FileEdit
	Why string
	Err error // nil, or what failed
}

// ErrNothingYet says that a vdir has no repository, so that there is nothing to go back to.
var ErrNothingYet = errors.New("was never synced, so there is nothing to go back to")

// Edit records the vdir, asks for a plan, and carries it out: either all of it comes into the vdir, whatever dies on the way, or nothing does.
// What somebody saves in that very moment stays as it is saved. The files are on main then, as an edit, and are remembered as put back,
// for the next sync (G23). A dry run takes the same way and writes nothing.
func (r *Repo) Edit(ctx context.Context, q EditRequest) (report *EditReport, err error) {
	report = &EditReport{}
	if r.temp != "" {
		return report, fmt.Errorf("%s: %w", r.o.Path, ErrNothingYet)
	}
	if !q.DryRun {
		unlock, err := r.s.Lock()
		if err != nil {
			return report, err
		}
		defer unlock()
	}
	r.at(AtLocked)
	for range Rounds {
		report, err = r.edit(ctx, q)
		if !errors.Is(err, store.ErrStale) || ctx.Err() != nil {
			break
		}
	}
	told := &Report{}
	r.tellWritten(ctx, told)
	report.Problems = append(report.Problems, told.Problems...)
	return report, err
}

// edit is one way through an edit, under the lock.
func (r *Repo) edit(ctx context.Context, q EditRequest) (*EditReport, error) {
	report := &EditReport{}
	if err := r.s.CheckState(); err != nil {
		return report, err
	}
	sync := Request{Remotes: q.Remotes, Several: q.Several, DryRun: q.DryRun}
	sides, err := r.sides(sync, newReport(q.Remotes))
	if err != nil {
		return report, err
	}
	l, err := r.recordAll(ctx, sides, q.DryRun)
	if err != nil {
		return report, err
	}
	report.Problems = l.problems
	edits, err := q.Plan(ctx, l)
	if err != nil {
		return report, err
	}
	can := r.possible(l, edits, report)
	if q.DryRun {
		report.Done = can
		return report, nil
	}
	if len(can) > 0 {
		err = r.carryOut(ctx, q, sides, l, can, report)
		r.tellMended(l, report)
	}
	return report, errors.Join(err, r.leaveEdited(ctx, l, report))
}

// Objects reads git objects by their hashes.
type Objects = objects

// Objects reads what a recorded vdir holds, also what is not in the repository yet.
func (l *Local) Objects() Objects { return l.objects }

// possible leaves out, and reports, what cannot be written into the vdir as it is.
func (r *Repo) possible(l *Local, edits []FileEdit, report *EditReport) (can []FileEdit) {
	back := r.comeBack(l, edits)
	for _, e := range edits {
		why, err := r.objection(l, e, back)
		if why == "" && err == nil {
			can = append(can, e)
			continue
		}
		if why == "" {
			why = "cannot be read from the repository: " + err.Error()
		}
		report.Left = append(report.Left, LeftEdit{e, why, err})
	}
	return can
}

// objection tells what is against an edit, "" if nothing is.
func (r *Repo) objection(l *Local, e FileEdit, back map[string]bool) (string, error) {
	layout := r.o.Layout
	path := layout.path(e.Collection, e.Name)
	coll, name, ok := layout.split(path)
	switch {
	case !ok || coll != e.Collection || name != e.Name || !store.SoundName(coll) || !store.SoundName(name):
		return "is no path of a file in a collection", nil
	case !layout.isItem(name) && !properties[name]:
		return "is neither an item nor a property of a collection", nil
	case l.vanished[coll] && !back[coll]:
		return "the directory of its collection is missing; put it back, or restore the collection as a whole", nil
	case l.vanished[coll]:
	case l.damaged[path] != "" && !e.Mend:
		return l.damaged[path] + "; first " + r.mend(l, path), nil
	case l.damaged[path] == "" && (e.Mend || l.unknown(path, coll)):
		return "the file cannot be read, or is half-written", nil
	}
	for _, other := range l.names() {
		if other != coll && strings.EqualFold(other, coll) {
			return "there is a directory " + other, nil
		}
	}
	now, err := lookup(l.objects, l.Tree, path)
	if err == nil && now.Hash != e.Before {
		return "the file is not as it was planned for", nil
	}
	if e.Was == "" || err != nil {
		return "", err
	}
	if fromColl, fromName, ok := layout.split(e.Was); !ok || !layout.isItem(fromName) || l.unknown(e.Was, fromColl) {
		return e.Was + " is not there to be moved", nil
	}
	return "", nil
}

// carryOut writes what is possible, first noting it in a ref, so that it is finished whatever happens.
func (r *Repo) carryOut(ctx context.Context, q EditRequest, sides []*side, l *Local, can []FileEdit, report *EditReport) error {
	main, left := l.main, r.leaves(l, can)
	entries, of, err := r.editEntries(l, can)
	if err != nil || len(entries) == 0 {
		return err
	}
	if err := r.room(writtenBytes(can)); err != nil {
		return err
	}
	if err := r.beginEditing(ctx, l, q.What, entries); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx) // it is whole now or once the next command has finished it
	results, err := r.writeEntries(ctx, l, entries)
	if err != nil {
		return fmt.Errorf("%w; what is left to do is done by the next command that can write", err)
	}
	r.at(AtEditWritten)
	if err := r.unmove(ctx, l, entries, results); err != nil {
		return err
	}
	var done []entry
	failed := map[int]bool{}
	for i, res := range results {
		if res.Done {
			done = append(done, entries[i])
		} else if !failed[of[i]] {
			failed[of[i]] = true
			report.Left = append(report.Left, LeftEdit{can[of[i]], res.Why, res.Err})
		}
	}
	for i, e := range can {
		if !failed[i] {
			report.Done = append(report.Done, e)
		}
	}
	err = r.concludeEditing(ctx, l, sides, done)
	if errors.Is(err, store.ErrStale) { // somebody committed on main meanwhile: it is finished on top of that
		err = r.again(ctx, q, l)
	}
	if l.main != main {
		report.Commit = l.main
	}
	return errors.Join(err, r.unmake(l, left))
}

// again records the vdir anew, which finishes an edit that is under way.
func (r *Repo) again(ctx context.Context, q EditRequest, l *Local) error {
	sides, err := r.sides(Request{Remotes: q.Remotes, Several: q.Several}, newReport(q.Remotes))
	if err != nil {
		return err
	}
	fresh, err := r.recordAll(ctx, sides, false)
	if err == nil {
		*l = *fresh
	}
	return err
}

func writtenBytes(edits []FileEdit) (n int) {
	for i := range edits {
		n += len(edits[i].After)
	}
	return n
}

// editEntries makes the writes of some edits, all files that are written before all that go away. of tells for each the edit that it is of,
// what is removed since it was moved included.
func (r *Repo) editEntries(l *Local, can []FileEdit) (entries []entry, of []int, err error) {
	add := func(e entry, i int) {
		entries, of = append(entries, e), append(of, i)
	}
	written := map[string]bool{}
	for i, e := range can {
		if e.After != nil {
			written[r.o.Layout.path(e.Collection, e.Name)] = true
			w := entry{kind: pendWrite, coll: e.Collection, name: e.Name, body: r.g.AddBlob(e.After), local: e.Before}
			if e.Mend {
				w.local = r.wreckHash(l, r.o.Layout.path(e.Collection, e.Name))
			}
			add(w, i)
		}
	}
	for i, e := range can {
		if e.After == nil && !e.Before.IsZero() {
			add(entry{kind: pendRemove, coll: e.Collection, name: e.Name, local: e.Before}, i)
		}
		if e.Was == "" || written[e.Was] {
			continue
		}
		now, err := lookup(r.g, l.Tree, e.Was)
		if err != nil {
			return nil, nil, err
		}
		if !now.Hash.IsZero() {
			written[e.Was] = true
			coll, name, _ := r.o.Layout.split(e.Was)
			add(entry{kind: pendRemove, coll: coll, name: name, local: now.Hash}, i)
		}
	}
	return entries, of, nil
}

// writeEntries brings the files into the vdir, in batches, and gives one result for each. Where a file could not be written, nothing that it
// was to take the place of is removed. An error is one that ended it half way.
func (r *Repo) writeEntries(ctx context.Context, l *Local, entries []entry) (results []vdir.Result, err error) {
	missing := false
	for len(results) < len(entries) {
		from := len(results)
		n := min(from+pullBatch, len(entries))
		for i := from + 1; i < n; i++ { // what is removed comes in a batch of its own
			if entries[i].kind != entries[from].kind {
				n = i
			}
		}
		if missing && entries[from].kind == pendRemove {
			for _, e := range entries[from:n] {
				results = append(results, vdir.Result{Path: r.o.Layout.path(e.coll, e.name), Why: "stays, since another file could not be written"})
			}
			continue
		}
		batch, err := r.writeBatch(ctx, l, entries[from:n])
		if err != nil {
			return nil, &localError{err}
		}
		for _, res := range batch {
			missing = missing || !res.Done
		}
		results = append(results, batch...)
	}
	return results, nil
}

func (r *Repo) writeBatch(ctx context.Context, l *Local, entries []entry) ([]vdir.Result, error) {
	writes := make([]vdir.Write, len(entries))
	for i, e := range entries {
		w := vdir.Write{Path: r.o.Layout.path(e.coll, e.name), OldAbsent: e.local.IsZero(), Remove: e.kind == pendRemove}
		var err, errNew error
		if !w.OldAbsent {
			w.Old, err = r.oldBody(ctx, w.Path, e.local)
		}
		if !w.Remove {
			w.New, errNew = r.g.Blob(e.body)
		}
		if err = errors.Join(err, errNew); err != nil {
			return nil, err
		}
		writes[i] = w
	}
	results, err := r.apply(ctx, writes)
	for i, res := range results {
		if res.Done {
			r.stamp(l, res, entries[i].body)
			delete(l.damaged, res.Path)
			delete(l.vanished, entries[i].coll)
			l.dirs[entries[i].coll] = true
		}
	}
	return results, err
}

// leaveEdited writes what may be lost, and folds what was added.
func (r *Repo) leaveEdited(ctx context.Context, l *Local, report *EditReport) error {
	var locked *store.LockedError
	if err := r.writeIndex(l); errors.As(err, &locked) {
		report.Problems = append(report.Problems, Problem{What: "git's index is as it was before: " + locked.Error(), Severity: Temporary, Err: err})
	} else if err != nil {
		return err
	}
	return r.s.Fold(ctx)
}
