package main

import (
	"context"
	"maps"
	"slices"
	"strings"

	"vgit/cmd/config"
	"vgit/merge"
	"vgit/repo"
	"vgit/repo/item"
	"vgit/repo/store"
)

// unsent compares a vdir with what both sides agreed on: what was edited here and is not sent yet, and what else the next sync would do, as
// far as is known here. With --sides it also tells what the remote was last seen to hold otherwise.
func (s *session) unsent(ctx context.Context, d *vdirDiff, q comparison, r *repo.Repo) error {
	asked := s.asking(ctx, place{vdir: d.vdir}, q.sides)
	asked.Several = len(d.vdir.Remotes) > 1
	look, err := r.Look(ctx, asked)
	s.tellWrong(d, look.Report)
	if err != nil {
		return err
	}
	layout := s.options(d.vdir).Layout
	blob := look.Objects().Blob
	for _, rem := range look.Remotes {
		some, err := s.stepChanges(d, r, look, rem, q)
		if err != nil {
			return err
		}
		d.add(some, func(c change) bool { return q.wants(d.vdir, layout, c.Difference) })
	}
	if q.sides != "" {
		twins, err := look.Twins(q.sides)
		if err != nil {
			return err
		}
		some, err := s.twinChanges(d, blob, twins, q.sides)
		if err != nil {
			return err
		}
		d.add(some, func(c change) bool { return q.wants(d.vdir, layout, c.Difference) })
	}
	slices.SortStableFunc(d.changes, inPlace)
	for i := range d.changes {
		if err := d.changes[i].read(blob, layout, q.patch); err != nil {
			return err
		}
	}
	return nil
}

// add takes changes over. What is alike for several remotes is one, but for what a person is asked about.
func (d *vdirDiff) add(some []change, wanted func(change) bool) {
	at := map[string]int{}
	for i, c := range d.changes {
		at[c.key()] = i
	}
	for _, c := range some {
		if !wanted(c) {
			continue
		}
		if i, ok := at[c.key()]; ok && c.step != nil && c.state != repo.Waits && c.state != repo.Held {
			d.changes[i].remotes = append(d.changes[i].remotes, c.remotes...)
			continue
		}
		d.changes = append(d.changes, c)
	}
}

// key tells changes of several remotes apart that are not alike.
func (c *change) key() string {
	why := ""
	if c.step != nil && c.state != repo.Do {
		why = c.step.Why
	}
	return strings.Join([]string{c.Collection, c.Name, string(c.Sign), string(c.to), string(c.state), c.Was, why}, "\x00")
}

// stepChanges are the steps of the plan for one remote.
func (s *session) stepChanges(d *vdirDiff, r *repo.Repo, look *repo.Look, rem *repo.RemoteReport, q comparison) (all []change, err error) {
	if rem.Plan == nil {
		return nil, nil
	}
	moved := map[string]*repo.Step{} // by where it went: the deletion that belongs to a move
	for i := range rem.Plan.Steps {
		if step := &rem.Plan.Steps[i]; step.Needs != "" {
			moved[step.Needs] = step
		}
	}
	for _, step := range withItems(rem.Plan, look) {
		c := change{step: step, remotes: []string{rem.Name}, uid: step.UID, to: step.Side, state: step.State}
		c.Collection, c.Name, c.Title, c.When = step.Collection, step.Name, step.Title, step.When
		from := moved[step.Collection+"/"+step.Name]
		if from != nil {
			c.Was = s.options(d.vdir).Layout.Path(from.Collection, from.Name)
		}
		if err := c.edited(look, from); err != nil {
			return nil, err
		}
		s.tellStep(d, r, rem.Plan, &c, from, q.patch || q.stat)
		all = append(all, c)
	}
	return all, nil
}

// withItems are the steps of a plan that say what differs. Those of a collection that is to be made, which a plan has later, come with it.
func withItems(plan *repo.Plan, look *repo.Look) (steps []*repo.Step) {
	for i := range plan.Steps {
		step := &plan.Steps[i]
		if step.Kind == repo.Agree || step.Kind == repo.Rename || step.Needs != "" {
			continue
		}
		steps = append(steps, step)
		made := step.State == repo.Held && step.Hold == repo.NewCollection || step.State != repo.Held && step.Side == repo.There
		if step.Kind != repo.Whole || !made {
			continue
		}
		items, _ := look.Items(step.Collection) // what cannot be read is said by the sync that makes it
		for _, name := range slices.Sorted(maps.Keys(items)) {
			steps = append(steps, &repo.Step{Remote: step.Remote, Collection: step.Collection, Name: name, Side: repo.There, Kind: repo.Create,
				State: step.State, HoldID: step.HoldID, After: items[name], Why: step.Why})
		}
	}
	return steps
}

// edited finds the versions that a patch of a step is made of: the file as both sides agreed on it and as it is, or else what the step replaces. from is
// the deletion that belongs to a move.
func (c *change) edited(look *repo.Look, from *repo.Step) (err error) {
	if c.was, c.now, err = look.Edited(c.step); err != nil {
		return err
	}
	if from != nil {
		c.was, _, err = look.Edited(from)
		return err
	}
	if c.to == repo.Here || c.was == c.now {
		c.was, c.now = c.step.Before, c.step.After
	}
	return nil
}

// tellStep puts a step into words, or into details for programs.
func (s *session) tellStep(d *vdirDiff, r *repo.Repo, plan *repo.Plan, c *change, from *repo.Step, wordless bool) {
	step := *c.step
	switch {
	case step.Kind == repo.Whole:
		c.Sign, c.Words = '+', merge.Words{Type: map[config.Kind]string{config.Calendar: "calendar", config.Contacts: "address book"}[d.vdir.Kind]}
	case step.State == repo.Waits:
		c.Sign, c.Words = '!', s.nameOf(r, step)
	case from != nil:
		step.Before = from.Before
		c.Sign = '~'
	default:
		c.Sign = signOf(c.was, c.now)
	}
	if step.Kind != repo.Whole && step.State != repo.Waits {
		if s.json {
			c.Details = r.Details(&step)
		}
		if !s.json && !wordless || step.Kind == repo.Property {
			c.Words = r.Tell(&step, s.wording())
		}
	}
	if step.Kind == repo.Property && step.State != repo.Waits {
		c.Sign = c.Words.Sign
	}
	s.tellState(d, plan, c)
}

// signOf is that of what leads from one version to another.
func signOf(old, new store.Hash) byte {
	switch {
	case old.IsZero():
		return '+'
	case new.IsZero():
		return '-'
	}
	return '~'
}

// tellState says why a step is not simply done.
func (s *session) tellState(d *vdirDiff, plan *repo.Plan, c *change) {
	step := c.step
	switch {
	case step.State == repo.Do:
	case step.State == repo.Waits:
		c.below = append(append([]string{step.Why}, repo.ConflictLines(step.Conflicts, s.wording())...), waitsRemedy(d.vdir, step))
	case step.State == repo.Held && step.Kind == repo.Whole:
		c.Sign = '!'
		c.below = []string{"held: " + heldWhy(d.vdir, plan, []*repo.Step{step})}
	case step.State == repo.Held && step.HoldID != "":
		c.remark = ", held: vgit held " + step.HoldID
	case step.State == repo.Held:
		c.remark = ", held"
	default:
		c.below = []string{string(step.State) + ": " + step.Why}
	}
}

// nameOf is an item that waits, by whichever version there is.
func (s *session) nameOf(r *repo.Repo, step repo.Step) merge.Words {
	for _, h := range []store.Hash{step.Before, step.Local, step.There, step.Intent} {
		if !h.IsZero() && step.Kind != repo.Property {
			step.Before, step.After = h, h
			return r.Tell(&step, s.wording())
		}
	}
	return merge.Words{Type: step.Title, Sign: '~'}
}

// twinChanges are the items that a remote was last seen to hold otherwise, without anything to be done about it.
func (s *session) twinChanges(d *vdirDiff, blob func(store.Hash) ([]byte, error), twins []repo.Twin, remote string) (all []change, err error) {
	told := map[[2]string]bool{}
	for _, c := range d.changes {
		told[[2]string{c.Collection, c.Name}] = true
		if coll, name, ok := s.options(d.vdir).Layout.Split(c.Was); ok { // it is there still where it was
			told[[2]string{coll, name}] = true
		}
	}
	read := func(h store.Hash) (*item.Item, error) {
		b, err := blob(h)
		if err != nil {
			return nil, err
		}
		return item.Parse(b), nil
	}
	d.same = map[string]int{}
	for _, t := range twins {
		if told[[2]string{t.Collection, t.Name}] {
			continue
		}
		c := change{remotes: []string{remote}, was: t.Local, now: t.There}
		c.Difference = repo.Difference{Sign: '=', Collection: t.Collection, Name: t.Name, Old: t.Local, New: t.There}
		switch {
		case repo.IsProperty(t.Name):
			continue // a server has its own spelling of these, and a snapshot none
		case t.Local.IsZero():
			c.Sign, c.remark = '+', ", only there"
		case t.There.IsZero():
			c.Sign, c.remark = '-', ", only here"
		}
		c.List(read)
		strong := slices.ContainsFunc(c.Details, func(d merge.Detail) bool { return d.Strength == merge.Strong.String() })
		if c.Sign == '=' && !strong && !s.verbose {
			d.same[t.Collection]++
			continue
		}
		if s.json {
			c.uid = uidIn(blob, c.Difference)
		} else {
			c.Tell(read, s.wording())
		}
		all = append(all, c)
	}
	return all, nil
}
