package repo

import (
	"errors"
	"slices"
	"sync"

	"vgit/remote"
	"vgit/repo/store"
)

// Report is what a sync did and did not do.
type Report struct {
	// Problems are of the vdir itself.
	Problems []Problem
	// Notices are worth a line and change no exit code: those of a remote in this run, those of the vdir (without a Remote) once.
	Notices []Problem
	Remotes []*RemoteReport
}

// RemoteReport is what became of one remote.
type RemoteReport struct {
	Name string
	// Known tells that an earlier sync has spoken to it.
	Known bool
	// Plan is the last plan that was made; nil if it never came to one.
	Plan *Plan
	// Done are the steps that were carried out, over all rounds.
	Done []*Step
	// Problems are what went wrong or is worth a look, those of the last plan included.
	Problems []Problem
	// Held says why the remote as a whole is held, "" if it is not (P14); Mismatch is that hold, which has Binds, nil if there is none.
	Held     string
	Mismatch *Hold
	// Empty tells that there is nothing to sync: the account was asked for its collections and none is, or was, among those that
	// are wanted.
	Empty bool
	// CutShort tells that a run began to write and has not come to its end: the next sync goes on there. Status fills it in.
	CutShort bool
	// PutBack is how many items a person put back, or took away again, and this remote does not have so yet. Status fills it in.
	PutBack int
	// NotKept lists what the server does not hold of items that it was sent; Status fills it in.
	NotKept []NotKept
	// Err ended the work with this remote.
	Err error

	mu       sync.Mutex
	refusals map[string]Refusal
	deleted  map[remote.Href]deletion
	seconds  map[string]string // by collection: the token that needs no more doubt
	binds    *[]Bind           // by what the remote is another than it was; nil: it was not asked
	limits   map[string]Limits // of the collections that were asked for; nil: none was
	same     string            // the state in which there was nothing to do, see same.go; "": another one
	// outsiders are the bodies that the view leaves out; nil: nobody asked.
	outsiders *outsiders
	gone      map[string]string // collections that the server does not show any more, with the reason; nil: it was not asked
}

func newReport(remotes []Remote) *Report {
	r := &Report{}
	for _, rem := range remotes {
		r.Remotes = append(r.Remotes, &RemoteReport{Name: rem.Name, refusals: map[string]Refusal{}, deleted: map[remote.Href]deletion{}, seconds: map[string]string{}})
	}
	return r
}

// overtaken tells whether a pass ended because somebody moved a ref meanwhile.
func (r *Report) overtaken(err error) bool {
	return errors.Is(err, store.ErrStale) || slices.ContainsFunc(r.Remotes, func(rem *RemoteReport) bool { return errors.Is(rem.Err, store.ErrStale) })
}

// after takes over what an earlier pass of the same sync had done already.
func (r *Report) after(first *Report) {
	for i, rem := range r.Remotes {
		rem.Known = first.Remotes[i].Known
		rem.Done = append(first.Remotes[i].Done, rem.Done...)
	}
}

func (r *RemoteReport) problem(p Problem) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Problems = append(r.Problems, p)
}

func (r *RemoteReport) done(s *Step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Done = append(r.Done, s)
}

// Moved counts what was done on either side: items, properties and whole collections. What was only found under another name is not among them.
func (r *RemoteReport) Moved() (sent, received int) {
	for _, s := range r.Done {
		if s.Kind == Rename || s.Kind == Agree {
			continue
		}
		if s.Side == There {
			sent++
		} else {
			received++
		}
	}
	return sent, received
}

// deletions are how many were made in this run; a move is none.
func (r *RemoteReport) deletions() int {
	n := 0
	for _, s := range r.Done {
		if s.Kind == Delete && s.Needs == "" {
			n++
		}
	}
	return n
}

func (r *RemoteReport) plan(p *Plan) { r.Plan = p }

func (r *RemoteReport) holdRemote(m *Hold) { r.Held, r.Mismatch = m.Why, m }

func (r *RemoteReport) fail(err error) { r.Err = errors.Join(r.Err, err) }

// AllProblems are those of the run and of the last plan.
func (r *RemoteReport) AllProblems() []Problem {
	all := append([]Problem(nil), r.Problems...)
	if r.Plan != nil {
		all = append(all, r.Plan.Problems...)
	}
	return all
}
