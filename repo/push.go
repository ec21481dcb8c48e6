package repo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"crypto/rand"

	"golang.org/x/sync/errgroup"

	"vgit/remote"
	"vgit/repo/item"
	"vgit/repo/store"
)

const (
	pushBatch = 500 // writes between two snapshots
	learnFrom = 20  // stored bodies that are read back to learn whether a server keeps what it is sent (P75)
	keeps     = "keeps"
)

// push is the writing of one plan to one remote.
type push struct {
	r     *Repo
	s     *side
	l     *Local
	snap  *Snapshot
	colls map[string]*pushing

	mu      sync.Mutex
	serial  bool
	changed map[string][]remote.Href // by collection: items that are not what the plan was made from
}

// pushing is one collection that is written to.
type pushing struct {
	coll    remote.Collection
	status  *Status // rows as they are now known
	edits   edits
	token   remote.Token // that of the snapshot before the first write
	ctag    string
	foreign bool // something was met that is not of our making: the token stays
}

// sending is one step on its way.
type sending struct {
	step   Step
	body   []byte
	blob   store.Hash // of body
	href   remote.Href
	stored remote.Stored
	err    error
	read   *remote.Resource // what the server holds now
}

// push sends the steps of a plan: creates, then updates, then deletes, each conditional on the state it replaces. It returns the
// items that turned out to be in another state, for another round.
func (r *Repo) push(ctx context.Context, s *side, plan *Plan, l *Local) (again map[string][]remote.Href, err error) {
	steps := s.free(plan.On(There, Do))
	if len(steps) == 0 {
		return nil, nil
	}
	p := &push{r: r, s: s, l: l, snap: s.snap.clone(), colls: map[string]*pushing{}, changed: map[string][]remote.Href{}}
	p.serial = s.snap.account.Binding.Learned["writes"] == "serial"
	if err := p.open(steps); err != nil {
		return nil, err
	}
	batches := phases(steps)
	for i, batch := range batches {
		if err := p.batch(ctx, batch, i == len(batches)-1); err != nil {
			return p.changed, err
		}
		if err := ctx.Err(); err != nil {
			return p.changed, err
		}
	}
	return p.changed, nil
}

// phases cuts steps into batches: all creates before all updates before all deletes.
func phases(steps []Step) [][]Step {
	var batches [][]Step
	for _, kind := range []StepKind{Create, Update, Delete} {
		var phase []Step
		for _, s := range steps {
			if s.Kind == kind {
				phase = append(phase, s)
			}
		}
		batches = slices.AppendSeq(batches, slices.Chunk(phase, pushBatch))
	}
	return batches
}

func (p *push) open(steps []Step) error {
	for _, step := range steps {
		if p.colls[step.Collection] != nil {
			continue
		}
		c := p.snap.colls[step.Collection]
		st, err := c.rows()
		if err != nil {
			return err
		}
		info := p.s.got.infos[step.Collection]
		p.colls[step.Collection] = &pushing{coll: p.s.rem.Client.Open(info), status: st.clone(), edits: edits{}, token: st.Token, ctag: st.CTag}
	}
	return nil
}

// batch sends some steps side by side, reads back what has to be, and commits what the server was seen to hold.
func (p *push) batch(ctx context.Context, steps []Step, last bool) error {
	jobs := p.prepare(steps)
	if len(jobs) == 0 && !last {
		return nil
	}
	if err := p.r.beginPending(ctx, p.s.pending, p.entries(jobs), p.l.Commit, p.snap.Commit); err != nil {
		return err
	}
	p.send(ctx, jobs)
	// What was sent must be taken note of, whatever ended the run: the rest is done without its context.
	after := context.WithoutCancel(ctx)
	p.readBack(after, jobs)
	if err := p.conclude(jobs); err != nil {
		return err
	}
	if last {
		p.tokens(after)
	}
	return p.keep(after)
}

// prepare makes bodies and hrefs. A delete whose item was to come up elsewhere first is left out if it did not.
func (p *push) prepare(steps []Step) []*sending {
	var jobs []*sending
	hrefs := map[string]map[remote.Href]bool{}
	for _, step := range steps {
		if step.Needs != "" && !p.arrived(step.Needs) {
			p.s.report.problem(stepProblem(step, "stays where it is, since it could not be created in its new place", Note, nil))
			continue
		}
		if step.Kind == Delete && p.r.isBack(step) {
			p.s.report.problem(stepProblem(step, "the file is back; the next sync goes on", Temporary, nil))
			continue
		}
		job := &sending{step: step, href: step.Href}
		if step.Kind != Delete {
			b, err := p.r.g.Blob(step.After)
			if err != nil { // F101: one damaged object stops one item
				p.s.report.problem(stepProblem(step, "cannot be read from the repository", Lasting, err))
				continue
			}
			job.body = item.ForUpload(b)
			job.blob = p.r.g.AddBlob(job.body)
		}
		if step.Kind == Create {
			if hrefs[step.Collection] == nil {
				hrefs[step.Collection] = map[remote.Href]bool{}
				for _, row := range p.colls[step.Collection].status.Rows {
					hrefs[step.Collection][row.Href] = true
				}
				for _, o := range p.colls[step.Collection].status.Owed {
					hrefs[step.Collection][o.Href] = true
				}
			}
			job.href = p.newHref(step, hrefs[step.Collection])
		}
		jobs = append(jobs, job)
	}
	return jobs
}

// isBack looks once more for a file that was missing at record (F66).
func (r *Repo) isBack(step Step) bool { return !r.d.Gone(r.o.Layout.path(step.Collection, step.Name)) }

// arrived tells whether an item is there now, given by collection and name.
func (p *push) arrived(needs string) bool {
	coll, name, _ := strings.Cut(needs, "/")
	c := p.colls[coll]
	return c != nil && c.status.row(name) != nil
}

var safeUID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// newHref makes a fresh name: the UID if it is safe and free, else a random one (P24).
func (p *push) newHref(step Step, used map[remote.Href]bool) remote.Href {
	base := step.UID
	for {
		if safeUID.MatchString(base) {
			if href := p.colls[step.Collection].coll.NewHref(base); !used[href] {
				used[href] = true
				return href
			}
		}
		base = strings.ToLower(rand.Text())
	}
}

func (p *push) entries(jobs []*sending) []entry {
	kinds := map[StepKind]entryKind{Create: pendCreate, Update: pendUpdate, Delete: pendDelete}
	entries := make([]entry, len(jobs))
	for i, j := range jobs {
		entries[i] = entry{kind: kinds[j.step.Kind], coll: j.step.Collection, name: j.step.Name, href: j.href, etag: j.step.ETag, body: j.blob, local: j.step.After, there: j.step.Before}
	}
	return entries
}

// send does the requests within the number of connections. What a server refuses because of another write goes out once
// more, alone (P95).
func (p *push) send(ctx context.Context, jobs []*sending) {
	limit := max(p.s.rem.Connections, 1)
	if p.serial {
		limit = 1
	}
	var group errgroup.Group
	group.SetLimit(limit)
	done := 0
	for _, j := range jobs {
		group.Go(func() error {
			p.one(ctx, j)
			p.mu.Lock()
			defer p.mu.Unlock()
			done++
			if p.r.o.Progress != nil {
				p.r.o.Progress("sending to "+p.s.rem.Name, done, len(jobs))
			}
			return nil
		})
	}
	_ = group.Wait() // the errors are in the jobs
	for _, j := range jobs {
		if limit > 1 && errors.Is(j.err, remote.ErrLocked) {
			p.serial = true
			p.one(ctx, j)
		}
	}
}

func (p *push) one(ctx context.Context, j *sending) {
	if j.err = ctx.Err(); j.err != nil {
		j.err = fmt.Errorf("not sent: %w", errNotSent)
		return
	}
	pre := remote.Precondition{Absent: j.step.Kind == Create, ETag: j.step.ETag, Schedule: j.step.Schedule}
	if !j.step.Before.IsZero() {
		if pre.Body, j.err = p.r.g.Blob(j.step.Before); j.err != nil {
			return
		}
	}
	coll := p.colls[j.step.Collection].coll
	// A request under way is waited for even if the run is told to end: its answer is worth more than the seconds.
	ctx = context.WithoutCancel(ctx)
	if j.step.Kind == Delete {
		j.err = coll.Delete(ctx, j.href, pre)
		return
	}
	j.stored, j.err = coll.Put(ctx, j.href, pre, j.body)
	if j.err == nil && j.stored.Href != "" {
		j.href = j.stored.Href
	}
}

var errNotSent = errors.New("the run was told to end")

// readBack reads what the server made of what it was sent, where its answer does not tell (P75).
func (p *push) readBack(ctx context.Context, jobs []*sending) {
	want := map[string]map[remote.Href]*sending{}
	learned := map[string]int{}
	for _, j := range jobs {
		if j.err != nil || j.step.Kind == Delete {
			continue
		}
		c := j.step.Collection
		known := p.colls[c].status.Learned[keeps]
		need := !j.stored.Proven || j.stored.ETag.Weak() || known == "no"
		if !need && known == "" && learned[c] < learnFrom {
			learned[c]++
			need = true
		}
		if need {
			if want[c] == nil {
				want[c] = map[remote.Href]*sending{}
			}
			want[c][j.href] = j
		}
	}
	for c, jobs := range want {
		err := p.colls[c].coll.Fetch(ctx, slices.Sorted(maps.Keys(jobs)), func(res remote.Resource) error {
			jobs[res.Href].read = &res
			return nil
		})
		for _, j := range jobs {
			if j.read == nil {
				j.read = &remote.Resource{Href: j.href, Err: errors.Join(remote.ErrNoAnswer, err), Size: -1}
			}
		}
	}
}

// conclude enters what each write came to into rows, bodies and pairs.
func (p *push) conclude(jobs []*sending) error {
	for _, j := range jobs {
		c := p.colls[j.step.Collection]
		switch {
		case j.err != nil:
			p.failed(j)
		case j.step.Kind == Delete:
			c.removeRow(j.step.Name)
			c.edits[j.step.Name] = store.Hash{}
			p.settled(j, store.Hash{}, store.Hash{})
		default:
			p.stored(c, j)
		}
	}
	p.learn(jobs)
	return nil
}

// settled moves the pair of a finished step and ends its entry.
func (p *push) settled(j *sending, local, there store.Hash) {
	if err := p.s.base.set(j.step.Collection, j.step.Name, local, there); err != nil {
		p.s.report.problem(stepProblem(j.step, "cannot be noted as agreed", Lasting, err))
		return
	}
	p.over(j)
	p.s.report.done(j.step)
}

// over ends the entry of a step.
func (p *push) over(j *sending) {
	p.s.pending.end(func(e entry) bool { return e.coll == j.step.Collection && e.name == j.step.Name && !e.kind.pull() })
}

// stored concludes a PUT that was answered.
func (p *push) stored(c *pushing, j *sending) {
	row := Row{Name: j.step.Name, Href: j.href, ETag: j.stored.ETag, UID: uidOf(item.Parse(j.body)), Size: -1}
	switch {
	case j.read == nil: // the answer is enough
		c.put(row, j.blob)
		p.settled(j, j.step.After, j.blob)
	case j.read.Err != nil:
		c.foreign = true
		if j.step.Kind != Create || !errors.Is(j.read.Err, remote.ErrGone) { // stored elsewhere: the next report says where (P87)
			c.owe(j, row)
		}
		p.s.report.problem(stepProblem(j.step, "was sent, and cannot be read back yet: "+j.read.Err.Error(), severityOf(j.read.Err), j.read.Err))
	case j.stored.Proven && !j.stored.ETag.Weak() && j.read.ETag != j.stored.ETag:
		// Somebody wrote in between: what the server acknowledged is one snapshot, what it holds now another (P76).
		c.put(row, j.blob)
		p.settled(j, j.step.After, j.blob)
		p.meet(j)
	case p.past(j):
		old := c.status.row(j.step.Name)
		old.Flags.Stale = p.r.o.Now().Unix()
		c.foreign = true
	default:
		row.ETag, row.Size, row.Modified, row.Schedule = j.read.ETag, j.read.Size, j.read.Modified, j.read.Schedule
		row.UID = uidOf(item.Parse(j.read.Body))
		h := p.r.g.AddBlob(j.read.Body)
		c.put(row, h)
		p.settled(j, j.step.After, h)
	}
}

// past tells whether a read-back shows what the PUT replaced: the server answers from a cache (P77).
func (p *push) past(j *sending) bool {
	return j.step.Kind == Update && j.read.ETag == j.step.ETag && j.read.ETag != "" && p.r.g.AddBlob(j.read.Body) == j.step.Before && j.blob != j.step.Before
}

// meet notes an item that is in another state than the plan was made from.
func (p *push) meet(j *sending) {
	p.colls[j.step.Collection].foreign = true
	p.changed[j.step.Collection] = append(p.changed[j.step.Collection], j.href)
}

// failed concludes a write that was not done, or of which nobody knows. Only the latter stays in pending.
func (p *push) failed(j *sending) {
	var refused *remote.Refused
	c := p.colls[j.step.Collection]
	switch {
	case errors.Is(j.err, errNotSent):
		p.over(j)
	case errors.Is(j.err, remote.ErrChanged), errors.Is(j.err, remote.ErrGone):
		p.over(j)
		p.meet(j)
	case errors.As(j.err, &refused):
		p.over(j)
		p.refused(j, refused)
	case errors.Is(j.err, remote.ErrLocked):
		p.over(j)
		p.s.report.problem(stepProblem(j.step, "the server keeps it locked; the next sync tries again", Temporary, j.err))
	default:
		c.foreign = true
		p.s.report.problem(stepProblem(j.step, j.err.Error(), severityOf(j.err), j.err))
	}
}

func (p *push) refused(j *sending, refused *remote.Refused) {
	why := refused.Error()
	p.s.report.refusals[j.step.Collection+"/"+j.step.Name] = Refusal{Body: j.step.After, Why: why} // Body of a delete: none
	if refused.Href != "" {
		p.colls[j.step.Collection].foreign = true
		why += "; the server has it at " + string(refused.Href)
	}
	p.s.report.problem(stepProblem(j.step, why, Lasting, j.err))
}

// learn notes whether a server keeps the bytes it is sent.
func (p *push) learn(jobs []*sending) {
	for _, j := range jobs {
		if j.err != nil || j.read == nil || j.read.Err != nil || j.stored.ETag.Weak() || j.read.ETag != j.stored.ETag {
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

// tokens asks each collection once what changed since the snapshot before the push. If all of it is our own, the new token
// is good, and the next sync is a quiet one (P54).
func (p *push) tokens(ctx context.Context) {
	for _, c := range p.colls {
		if c.foreign {
			continue
		}
		state := remote.State{Token: c.token, CTag: c.ctag, Known: len(c.status.Rows), Listed: c.status.Listed, Learned: c.status.Learned}
		ch, err := c.coll.Changes(ctx, state)
		if err != nil || ch.Doubt != "" || len(ch.Unclear) > 0 || !c.echo(ch) {
			continue
		}
		if ch.Token != "" || ch.CTag != "" {
			c.status.Token, c.status.CTag = ch.Token, ch.CTag
		}
	}
}

// echo tells whether an answer holds nothing but what is known, and notes sizes and dates.
func (c *pushing) echo(ch remote.Changes) bool {
	rows := make(map[remote.Href]*Row, len(c.status.Rows))
	for i := range c.status.Rows {
		rows[c.status.Rows[i].Href] = &c.status.Rows[i]
	}
	if ch.Complete && len(ch.Members) != len(rows) {
		return false
	}
	for _, m := range ch.Members {
		row := rows[m.Href]
		if row == nil || row.ETag != m.ETag {
			return false
		}
	}
	for _, href := range ch.Gone {
		if rows[href] != nil {
			return false
		}
	}
	for _, m := range ch.Members {
		row := rows[m.Href]
		row.Size, row.Modified = m.Size, m.Modified
		if m.Schedule != "" {
			row.Schedule = m.Schedule
		}
	}
	return true
}

func (c *pushing) put(row Row, body store.Hash) {
	i, found := c.status.find(row.Name)
	if found {
		c.status.Rows[i] = row
	} else {
		c.status.Rows = slices.Insert(c.status.Rows, i, row)
	}
	c.edits[row.Name] = body
}

func (c *pushing) removeRow(name string) {
	if i, found := c.status.find(name); found {
		c.status.Rows = slices.Delete(c.status.Rows, i, i+1)
	}
}

// owe notes an item that was sent and not read back: what the server holds of it is not known.
func (c *pushing) owe(j *sending, row Row) {
	c.status.Owed = append(c.status.Owed, Owed{Href: j.href, ETag: j.stored.ETag})
	if old := c.status.row(row.Name); old != nil {
		old.Flags.Carried = true
	}
}

// keep commits what the remote holds after a batch, and lets the base follow.
func (p *push) keep(ctx context.Context) error {
	for name, c := range p.colls {
		if err := p.snap.replace(p.r.g, name, c.status.clone(), c.edits); err != nil {
			return err
		}
		c.edits = edits{}
	}
	learned := maps.Clone(p.snap.account.Binding.Learned)
	if learned == nil {
		learned = map[string]string{}
	}
	if l, ok := p.s.rem.Client.(remote.Learner); ok {
		maps.Copy(learned, l.Learned())
	}
	if p.serial {
		learned["writes"] = "serial"
	}
	p.snap.account.Binding.Learned = learned
	if err := p.r.keepSnapshot(ctx, p.s, p.snap, "push"); err != nil {
		return err
	}
	p.snap = p.s.snap.clone()
	return p.r.agree(ctx, p.s, p.l)
}
