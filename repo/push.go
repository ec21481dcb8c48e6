package repo

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"vgit/remote"
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

	// moves are the deletes that take part in a move, by collection and name of the create that they need.
	moves map[string]*Step

	mu      sync.Mutex
	moved   map[string]bool // deletes that a MOVE has done already, by collection and name
	serial  bool
	changed map[string][]remote.Href // by collection: items that are not what the plan was made from

	weak     bool       // no etag guards some of the writes
	accepted bool       // at least one write was carried out
	failing  []*sending // writes over which the server failed

	missing map[string][]string // by collection and name: what the server did not keep of what it was sent
}

// push sends the steps of a plan: creates, then updates, then deletes, each conditional on the state it replaces. It returns the
// items that turned out to be in another state, for another round.
func (r *Repo) push(ctx context.Context, s *side, plan *Plan, l *Local) (again map[string][]remote.Href, err error) {
	steps := slices.DeleteFunc(s.free(plan.On(There, Do)), func(step *Step) bool { return step.Kind == Whole || step.Kind == Property || s.unwritten[step.path()] })
	if len(steps) == 0 {
		return nil, nil
	}
	p := &push{r: r, s: s, l: l, snap: s.snap.clone(), colls: map[string]*pushing{}, changed: map[string][]remote.Href{}, moves: map[string]*Step{}, moved: map[string]bool{}, missing: map[string][]string{}}
	p.serial = s.snap.account.Binding.Learned["writes"] == "serial"
	if err := p.open(steps); err != nil {
		return nil, err
	}
	for _, step := range steps {
		if step.Needs != "" {
			p.moves[step.Needs] = step
		}
	}
	defer p.weigh()
	defer p.tellNotKept()
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
func phases(steps []*Step) [][]*Step {
	var batches [][]*Step
	for _, kind := range []StepKind{Create, Update, Delete} {
		var phase []*Step
		for _, s := range steps {
			if s.Kind == kind {
				phase = append(phase, s)
			}
		}
		batches = slices.AppendSeq(batches, slices.Chunk(phase, pushBatch))
	}
	return batches
}

func (p *push) open(steps []*Step) error {
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
		p.colls[step.Collection] = &pushing{coll: p.s.rem.Client.Open(info), status: st.clone(), edits: edits{}, token: st.Token, ctag: st.CTag, unread: map[string]int64{}}
	}
	return nil
}

// batch sends some steps side by side, reads back what has to be, and commits what the server was seen to hold.
func (p *push) batch(ctx context.Context, steps []*Step, last bool) error {
	jobs := p.prepare(steps)
	if len(jobs) == 0 && !last {
		return nil
	}
	if err := p.r.beginPending(ctx, p.s.pending, p.entries(jobs), p.l.Commit, p.snap.Commit); err != nil {
		return err
	}
	longer, done := p.r.outlive(ctx)
	defer done()
	p.send(ctx, longer, jobs)
	p.readBack(longer, jobs)
	p.r.at(AtReadBack)
	if err := p.conclude(jobs); err != nil {
		return err
	}
	if last {
		p.tokens(longer)
	}
	return p.keep(context.WithoutCancel(ctx)) // what was sent is taken note of, whatever ended the run
}

// grace is how long the requests under way, and what has to be asked about them, may take after the run was told to end.
const grace = 10 * time.Second

// outlive is ctx for what has begun: an answer that is waited for is a question less for the next sync. It ends some time after ctx.
func (r *Repo) outlive(ctx context.Context) (longer context.Context, done func()) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		_ = r.o.Sleep(longer, grace)
		cancel()
	})
	return longer, func() { stop(); cancel() }
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
	if p.weak && learned["etags"] != "weak" {
		learned["etags"] = "weak"
		p.s.report.problem(Problem{Remote: p.s.rem.Name, Severity: Note,
			What: "the server gives no etags that guard a write, so it cannot be written to safely: an edit made there in the very moment of a write is lost; weak_etag = \"refuse\" keeps such writes back"})
	}
	p.snap.account.Binding.Learned = learned
	if err := p.r.keepSnapshot(ctx, p.s, p.snap, "push"); err != nil {
		return err
	}
	p.snap = p.s.snap.clone()
	return p.r.agree(ctx, p.s, p.l)
}
