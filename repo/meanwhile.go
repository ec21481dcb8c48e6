package repo

import (
	"vgit/repo/item"
	"vgit/repo/vdir"
)

// unmet leaves out the steps that would make or remove a file of an item that somebody else has just made another one of, as a
// reader does that imports what was sent to others too (X5), or renames a file. Two files of one item would stay, or the renamed one
// be taken for new; the next sync finds it and knows it by its UID.
func (r *Repo) unmet(s *side, steps []*Step, l *Local) []*Step {
	met := map[string]map[string]bool{} // UIDs by collection
	known := l.known()
	var open []*Step
	for _, step := range steps {
		if step.Before.IsZero() || step.Kind == Delete {
			uids, asked := met[step.Collection]
			if !asked {
				uids = r.madeSince(step.Collection, known)
				met[step.Collection] = uids
			}
			if len(uids) > 0 && uids[r.uidOfBlob(step)] {
				s.report.problem(stepProblem(step, "a file with its UID was made meanwhile; the next sync goes on", Note, nil))
				continue
			}
		}
		open = append(open, step)
	}
	return open
}

// known tells whether a path is one of those that were recorded, or written since.
func (l *Local) known() func(path string) bool {
	recorded := map[string]bool{}
	return func(path string) bool {
		if len(recorded) == 0 {
			for _, f := range l.scan.Files {
				recorded[f.Path] = true
			}
		}
		_, ours := l.stats[path]
		return ours || recorded[path]
	}
}

// madeSince are the UIDs of the files of a collection that are not known.
func (r *Repo) madeSince(coll string, known func(path string) bool) map[string]bool {
	uids := map[string]bool{}
	for _, f := range r.d.Added(r.o.Layout.dir(coll), r.spec(), known) {
		if uid := uidOf(item.Parse(f.Body)); uid != "" {
			uids[uid] = true
		}
	}
	return uids
}

// uidOfBlob is the UID of what a step would write or remove, "" if it is not to be had.
func (r *Repo) uidOfBlob(step *Step) string {
	h := step.After
	if step.Kind == Delete {
		h = step.Before
	}
	body, err := r.g.Blob(h)
	if err != nil {
		return ""
	}
	return uidOf(item.Parse(body))
}

// spec is what belongs to the vdir.
func (r *Repo) spec() vdir.Spec {
	return vdir.Spec{Single: r.o.Layout.Single, Extension: r.o.Extension, Ignore: r.o.Ignore, Now: r.o.Now()}
}
