package repo

import (
	"vgit/repo/item"
	"vgit/repo/vdir"
)

// unmet leaves out the steps that would make a file of an item that somebody else has just made one of, as a reader does
// that imports what was sent to others too (X5). Two files of one item would stay; the next sync finds the one and knows it
// by its UID.
func (r *Repo) unmet(s *side, steps []*Step, l *Local) []*Step {
	met := map[string]map[string]bool{} // UIDs by collection
	recorded := map[string]bool{}
	var open []*Step
	for _, step := range steps {
		if step.Before.IsZero() && step.Kind != Delete {
			uids, asked := met[step.Collection]
			if !asked {
				if len(recorded) == 0 {
					for _, f := range l.scan.Files {
						recorded[f.Path] = true
					}
				}
				uids = r.madeSince(step.Collection, func(path string) bool {
					_, ours := l.stats[path]
					return ours || recorded[path]
				})
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

// uidOfBlob is the UID of what a step would write, "" if it is not to be had.
func (r *Repo) uidOfBlob(step *Step) string {
	body, err := r.g.Blob(step.After)
	if err != nil {
		return ""
	}
	return uidOf(item.Parse(body))
}

// spec is what belongs to the vdir.
func (r *Repo) spec() vdir.Spec {
	return vdir.Spec{Single: r.o.Layout.Single, Extension: r.o.Extension, Ignore: r.o.Ignore, Now: r.o.Now()}
}
