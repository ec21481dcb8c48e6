package repo

import (
	"errors"
	"strings"

	"vgit/merge"
	"vgit/remote"
	"vgit/repo/item"
	"vgit/repo/store"
)

// conclude enters what each write came to into rows, bodies and pairs.
func (p *push) conclude(jobs []*sending) error {
	for _, j := range jobs {
		c := p.colls[j.step.Collection]
		switch {
		case j.err != nil:
			if j.before != nil {
				if err := p.stayed(j); err != nil {
					return err
				}
			}
			p.failed(j)
		case j.step.Kind == Delete:
			c.removeRow(j.step.Name)
			p.s.report.deleted[j.href] = deletion{etag: j.step.ETag, when: p.r.o.Now()}
			c.edits[j.step.Name] = store.Hash{}
			p.settled(j, store.Hash{}, store.Hash{})
		default:
			p.stored(c, j)
		}
	}
	p.learn(jobs)
	return nil
}

// stayed notes an edit that was sent to the old place of an item which then could not be moved: it is vgit's, not somebody's.
func (p *push) stayed(j *sending) error {
	from := p.moves[j.step.path()]
	c := p.colls[from.Collection]
	row := c.status.row(from.Name)
	local, _, err := p.s.base.items(from.Collection)
	if err != nil || row == nil {
		return err
	}
	now := p.r.g.AddBlob(j.before.Body)
	c.put(Row{Name: row.Name, Href: row.Href, ETag: j.before.ETag, UID: row.UID, Size: -1}, now)
	p.over(from)
	return p.s.base.set(from.Collection, from.Name, local[from.Name], now)
}

// settled moves the pair of a finished step and ends its entry.
func (p *push) settled(j *sending, local, there store.Hash) {
	if j.step.over {
		there = p.r.under(j.step.Before, j.step.r0, there)
	}
	if err := p.s.base.set(j.step.Collection, j.step.Name, local, there); err != nil {
		p.s.report.problem(stepProblem(j.step, "cannot be noted as agreed", Lasting, err))
		return
	}
	if err := p.s.base.noteNotKept(p.r, j.step.Collection, j.step.Name, p.missing[j.step.path()]); err != nil {
		p.s.report.problem(stepProblem(j.step, "cannot be noted as not kept", Lasting, err))
	}
	p.over(j.step)
	p.done(j)
}

// done notes that the server took a write.
func (p *push) done(j *sending) {
	p.accepted = true
	delete(p.s.report.refusals, j.step.path())
	p.s.report.done(j.step)
	p.s.sent = append(p.s.sent, j.step)
}

// over ends the entry of a step.
func (p *push) over(step *Step) {
	p.s.pending.end(func(e entry) bool { return e.coll == step.Collection && e.name == step.Name && !e.kind.pull() })
}

// stored concludes a PUT that was answered.
func (p *push) stored(c *pushing, j *sending) {
	row := Row{Name: j.step.Name, Href: j.href, ETag: j.stored.ETag, UID: uidOf(item.Parse(j.body)), Size: -1}
	switch {
	case j.read == nil: // the answer is enough
		c.put(row, j.blob)
		c.unread[row.Name] = int64(len(j.body))
		p.settled(j, j.step.Local, j.blob)
	case j.read.Err != nil:
		c.foreign = true
		if j.step.Kind != Create || !errors.Is(j.read.Err, remote.ErrGone) { // stored elsewhere: the next report says where (P87)
			c.owe(j, row)
		}
		p.s.pending.answer(j.step)
		what := "was sent, and cannot be read back yet: " + j.read.Err.Error()
		if j.step.Kind == Create && errors.Is(j.read.Err, remote.ErrGone) {
			p.countFailure(j, notShown, true)
			what = "was sent, and is not where it was sent to; it is looked for by the next sync"
		}
		p.s.report.problem(stepProblem(j.step, what, severityOf(j.read.Err), j.read.Err))
	case p.past(j):
		old := c.status.row(j.step.Name)
		old.Flags.Stale = p.r.o.Now().Unix()
		c.foreign = true
		p.countFailure(j, "the server does not keep: "+p.r.changedSlots(j.step.Before, j.blob), true)
		p.s.report.problem(stepProblem(j.step, stillOld, Temporary, nil))
	case p.between(c, j):
		// Somebody wrote in between: what the server acknowledged is one snapshot, what it holds now another (P76).
		sent := j.blob
		if j.stored.ETag == "" { // or it was the server after all, which then may have left something out
			sent = p.r.left(j.blob, p.r.g.AddBlob(j.read.Body))
		}
		c.put(row, j.blob)
		p.settled(j, j.step.Local, sent)
		p.meet(j)
	default:
		row.ETag, row.Size, row.Modified, row.Schedule = j.read.ETag, j.read.Size, j.read.Modified, j.read.Schedule
		row.UID = uidOf(item.Parse(j.read.Body))
		h := p.r.g.AddBlob(j.read.Body)
		c.put(row, h)
		p.kept(j, h)
	}
}

// between tells whether somebody wrote between a PUT and its read-back: the etags tell, or a server that gives none and was seen to keep what it
// is sent has something else now.
func (p *push) between(c *pushing, j *sending) bool {
	if j.stored.Proven && !j.stored.ETag.Weak() {
		return j.read.ETag != j.stored.ETag
	}
	now := p.r.g.AddBlob(j.read.Body)
	return c.status.Learned[keeps] == "yes" && j.stored.ETag == "" && now != j.blob && p.r.strong(p.r.left(j.blob, now), now)
}

// past tells whether a read-back shows what the PUT replaced: the server answers from a cache (P77). If nothing is lost by taking it for
// what the server made of the body, it is not.
func (p *push) past(j *sending) bool {
	if j.step.Kind != Update || j.read.ETag != j.step.ETag || j.read.ETag == "" || p.r.g.AddBlob(j.read.Body) != j.step.Before || j.blob == j.step.Before {
		return false
	}
	k, err := p.r.compareStored(j.blob, j.step.Before, j.step.Local)
	return err != nil || len(k.Changed) > 0 || k.Shifted
}

// changedSlots names what an edit changes in an item.
func (r *Repo) changedSlots(from, to store.Hash) string {
	a, errA := r.parse(from)
	b, errB := r.parse(to)
	if errA != nil || errB != nil {
		return "this change"
	}
	var names []string
	for _, c := range merge.Diff(a, b) {
		if c.Strength == merge.Strong {
			names = append(names, c.Slot)
		}
	}
	return strings.Join(names, ", ")
}

// meet notes an item that is in another state than the plan was made from.
func (p *push) meet(j *sending) {
	p.colls[j.step.Collection].foreign = true
	p.changed[j.step.Collection] = append(p.changed[j.step.Collection], j.href)
}

// failed concludes a write that was not done, or of which nobody knows. Only the latter stays in pending.
func (p *push) failed(j *sending) {
	var refused *remote.Refused
	var busy *remote.Busy
	c := p.colls[j.step.Collection]
	switch {
	case errors.Is(j.err, errNotSent):
		p.over(j.step)
	case j.step.Kind == Delete && errors.As(j.err, &busy): // not done: an item that is there later was not brought back
		p.over(j.step)
		p.s.report.problem(stepProblem(j.step, j.err.Error(), Temporary, j.err))
	case errors.Is(j.err, remote.ErrLogin): // nor this: nothing is done for who is not let in
		c.foreign = true
		p.over(j.step)
		p.s.report.problem(stepProblem(j.step, j.err.Error(), severityOf(j.err), j.err))
	case errors.Is(j.err, remote.ErrChanged), errors.Is(j.err, remote.ErrGone):
		if j.step.Kind != Delete {
			p.s.met = append(p.s.met, p.entries([]*sending{j})...)
		}
		p.over(j.step)
		p.meet(j)
	case errors.As(j.err, &refused):
		p.over(j.step)
		p.refused(j, refused)
	case errors.Is(j.err, remote.ErrLocked):
		p.over(j.step)
		p.s.report.problem(stepProblem(j.step, "the server keeps it locked; the next sync tries again", Temporary, j.err))
	case errors.Is(j.err, remote.ErrServer):
		c.foreign = true
		p.failing = append(p.failing, j)
	default:
		c.foreign = true
		p.s.report.problem(stepProblem(j.step, j.err.Error(), severityOf(j.err), j.err))
	}
}

// weigh decides about the writes over which the server failed, at the end of a push. If it failed over several and took none, it
// is the server that is ill; else each of them has something that it cannot bear, once it happens again (F7).
func (p *push) weigh() {
	for _, j := range p.failing {
		severity := severityOf(j.err)
		if p.accepted || len(p.failing) == 1 {
			if p.countFailure(j, j.err.Error(), false) > 1 {
				severity = Lasting
			}
		}
		problem := stepProblem(j.step, j.err.Error(), severity, j.err)
		if severity == Lasting {
			problem.Err = nil // it is not for the error to say that this passes
		}
		p.s.report.problem(problem)
	}
}

// countFailure notes a failure that may pass, and tells how often it has happened to this body.
func (p *push) countFailure(j *sending, why string, accepted bool) int {
	path := j.step.path()
	r := p.s.report.refusals[path].failedAgain(j.step.Intent, why, p.r.o.Now(), accepted)
	r.Limits = p.s.got.limits[j.step.Collection].text()
	p.s.report.refusals[path] = r
	return r.Times
}

func (p *push) refused(j *sending, refused *remote.Refused) {
	why := refused.Error()
	limits := p.s.got.limits[j.step.Collection].text()
	p.s.report.refusals[j.step.path()] = Refusal{Body: j.step.Intent, Why: why, Until: p.r.o.Now().Add(refusedFor), Limits: limits}
	if refused.Href != "" {
		p.colls[j.step.Collection].foreign = true
		why += "; the server has it at " + string(refused.Href)
	}
	p.s.report.problem(stepProblem(j.step, why, Lasting, j.err))
}

// learn notes whether a server keeps the bytes it is sent.
func (p *push) learn(jobs []*sending) {
	for _, j := range jobs {
		if j.err != nil || j.read == nil || j.read.Err != nil || j.stored.ETag != "" && (j.stored.ETag.Weak() || j.read.ETag != j.stored.ETag) {
			continue
		}
		st := p.colls[j.step.Collection].status
		if string(j.read.Body) != string(j.body) {
			st.Learned[keeps] = "no"
		} else if st.Learned[keeps] == "" {
			st.Learned[keeps] = "yes"
		}
	}
}
