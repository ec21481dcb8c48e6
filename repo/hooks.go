package repo

import (
	"context"
	"slices"
	"strings"

	"vgit/repo/vdir"
)

// Hooks are asked, and told, about the files that a sync deletes and writes. They are called from its goroutine, under its lock, and never
// in a dry run. nil: nobody is.
type Hooks struct {
	// BeforeDelete is asked before the file of an item, or of a property, is deleted because it is gone on a remote, by its path in the vdir. An error keeps
	// the file: the deletion is held in this run, with the error as the reason, and the next sync asks again.
	BeforeDelete func(ctx context.Context, remote, path string) error
	// AfterWrite is told which files were written, by their paths in the vdir, each once, when all that a sync does is done and kept. An
	// error is reported, and nothing else follows from it. A run that was killed tells nobody.
	AfterWrite func(ctx context.Context, paths []string) error
}

// HookHold is what a deletion is held by that BeforeDelete refused. It is no class of the guard: only the hook can let it pass.
const HookHold Class = "before_delete"

// undeleted leaves out the deletions that BeforeDelete refuses.
func (r *Repo) undeleted(ctx context.Context, steps []*Step) []*Step {
	if r.o.Hooks.BeforeDelete == nil {
		return steps
	}
	return slices.DeleteFunc(steps, func(step *Step) bool {
		if !step.After.IsZero() {
			return false
		}
		path := r.o.Layout.path(step.Collection, step.Name)
		err := r.refused[path] // in an earlier round
		if err == nil {
			err = r.o.Hooks.BeforeDelete(ctx, step.Remote, path)
		}
		if err == nil {
			return false
		}
		if r.refused == nil {
			r.refused = map[string]error{}
		}
		r.refused[path] = err
		step.State, step.Hold, step.Why = Held, HookHold, err.Error()
		return true
	})
}

// apply does writes in the vdir and notes which files were written.
func (r *Repo) apply(ctx context.Context, writes []vdir.Write) ([]vdir.Result, error) {
	results, err := r.d.Apply(ctx, writes)
	r.mu.Lock() // what several remotes stored otherwise is written side by side
	defer r.mu.Unlock()
	for i, res := range results {
		if res.Done && !writes[i].Remove && r.o.Hooks.AfterWrite != nil {
			r.written = append(r.written, res.Path)
		}
	}
	return results, err
}

// tellWritten tells AfterWrite. What it does to the files is met by the next record: the index has been written by now, so that not even
// an edit within one tick of the clock passes for what vgit wrote.
func (r *Repo) tellWritten(ctx context.Context, report *Report) {
	if len(r.written) == 0 || ctx.Err() != nil {
		return
	}
	slices.SortFunc(r.written, strings.Compare)
	switch err := r.o.Hooks.AfterWrite(ctx, slices.Compact(r.written)); {
	case ctx.Err() != nil:
		report.Problems = append(report.Problems, Problem{What: "interrupted before the hooks of all files that were written had run", Severity: Temporary})
	case err != nil:
		report.Problems = append(report.Problems, Problem{What: err.Error(), Severity: Lasting, Err: err})
	}
	r.written = nil
}
