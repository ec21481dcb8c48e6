package repo

import (
	"context"
	"errors"
	"slices"
	"time"

	"vgit/remote"
)

// pushProperties sets the properties that a plan has for a remote: one request for each collection, and one to read it back. It is
// done last, and what becomes of it stops no item.
func (r *Repo) pushProperties(ctx context.Context, s *side, plan *Plan, l *Local) error {
	byColl := map[string][]*Step{}
	var colls []string
	for _, step := range s.free(plan.On(There, Do)) {
		if step.Kind != Property || s.unwritten[step.path()] {
			continue
		}
		if byColl[step.Collection] == nil {
			colls = append(colls, step.Collection)
		}
		byColl[step.Collection] = append(byColl[step.Collection], step)
	}
	for _, coll := range colls {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.pushPropertiesOf(ctx, s, coll, byColl[coll], l); err != nil {
			return err
		}
	}
	return nil
}

// pushPropertiesOf does so for one collection. What it sends is in pending before, so that a run that dies knows its own value again.
func (r *Repo) pushPropertiesOf(ctx context.Context, s *side, coll string, steps []*Step, l *Local) error {
	setter, can := s.rem.Client.Open(s.got.infos[coll]).(remote.PropertySetter)
	if !can {
		for _, step := range steps {
			r.refuseProperty(s, step, "this kind of remote has no properties")
		}
		return nil
	}
	change := map[string]string{}
	var entries []entry
	for _, step := range steps {
		if !step.After.IsZero() {
			value, err := r.g.Blob(step.After)
			if err != nil {
				return err
			}
			change[step.Name] = string(value)
		} else {
			change[step.Name] = ""
		}
		entries = append(entries, entry{kind: pendPatch, coll: coll, name: step.Name, href: step.Href, body: step.After, local: step.Local, there: step.Before})
	}
	if err := r.beginPending(ctx, s.pending, entries, l.Commit, s.snap.Commit); err != nil {
		return err
	}
	r.at(AtRequest)
	longer, done := r.outlive(ctx)
	defer done()
	patched, err := setter.SetProperties(longer, change)
	r.at(AtAnswer)
	ctx = context.WithoutCancel(ctx) // what was sent is noted, whatever ended the run
	if errors.Is(err, remote.ErrNoAnswer) {
		s.report.problem(Problem{Remote: s.rem.Name, Collection: coll, Severity: Temporary, Err: err,
			What: "its properties were sent, and it is not known whether they were taken; the next sync looks"})
		return nil
	}
	s.pending.end(func(e entry) bool { return e.kind == pendPatch && e.coll == coll })
	if err != nil {
		if fatal(err) {
			return errors.Join(err, r.agree(ctx, s, l))
		}
		s.report.problem(Problem{Remote: s.rem.Name, Collection: coll, Severity: severityOf(err), Err: err, What: "its properties were not taken"})
		return r.agree(ctx, s, l)
	}
	snap := s.snap.clone()
	status := snap.colls[coll].status.clone()
	status.Properties = withUnread(status.Properties, patched.Properties, patched.Unread)
	if err := snap.replace(r.g, coll, status, nil); err != nil {
		return err
	}
	if err := r.keepSnapshot(ctx, s, snap, "push"); err != nil {
		return err
	}
	for _, step := range steps {
		if err := r.concludeProperty(s, step, patched, status.Properties[step.Name]); err != nil {
			return err
		}
	}
	return r.agree(ctx, s, l)
}

// concludeProperty tells from the value that was read back what became of a step (P93). Where the server has another, ours stays here as
// an edit, and is not offered again before it changes or a day is over.
func (r *Repo) concludeProperty(s *side, step *Step, patched remote.Patched, shown string) error {
	sent, err := r.valueOf(step.Name, step.After)
	if err != nil {
		return err
	}
	if slices.Contains(patched.Unread, step.Name) {
		return nil // the next listing tells
	}
	if sense(step.Name, shown) == sent {
		step.There = r.valueHash(shown)
		delete(s.report.refusals, step.path())
		s.report.done(step)
		return s.base.set(step.Collection, step.Name, step.Local, step.There)
	}
	why := "the server says yes and does not keep it"
	if no := patched.Refused[step.Name]; no != nil {
		why = no.Error()
	} else if shown != "" {
		why = "the server says yes and keeps " + quoted(shown)
	}
	r.refuseProperty(s, step, why)
	return s.base.set(step.Collection, step.Name, step.l0, r.valueHash(shown))
}

func (r *Repo) refuseProperty(s *side, step *Step, why string) {
	s.report.refusals[step.path()] = Refusal{Body: step.After, Why: why, Until: r.o.Now().Add(refusedFor).UTC().Truncate(time.Second), Limits: s.got.limits[step.Collection].text()}
	step.State, step.Why = Refused, why+"; it stays here"
}

func quoted(text string) string { return `"` + cut(oneLine(text), 60) + `"` }
