package repo

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"vgit/remote"
)

// Remote is one remote of a vdir as a sync needs it.
type Remote struct {
	Name   string
	Type   string // as configured, such as "caldav"
	URL    string // as configured, without user and password
	Kind   remote.Kind
	Client remote.Remote
	Create string // what becomes of a collection that is only here: "ask", "yes", "no"
	// Choose says whether a collection of the account is synced, and under which name. dirs are the collections that the
	// vdir has and no other collection of this remote is bound to; taken tells which names may not be given. For a
	// collection that has a name already, dirs is that name, taken is nil, and only ok is looked at.
	Choose func(info remote.Info, dirs []string, taken func(string) bool) (name string, ok bool)
	// Placed gives the directory that the configuration names for a collection of the account, "" for none. nil: it names none.
	Placed func(info remote.Info) string
	// NewID gives the id that the configuration names for a collection that is made for a directory, "" for none. nil: it names none.
	NewID func(name string) string
	// Named gives, after Look, collections that the configuration names one by one and that neither side has: with Create "yes" each of
	// them is made, on both sides. nil: there are none.
	Named func() []string
	// Wanted says whether a collection that is only here is meant for this remote. nil: each is.
	Wanted func(name string) bool
	// FullListing is how often a collection is listed completely, whatever its token says (P50).
	FullListing time.Duration
	// Connections bounds the writes in flight.
	Connections int
	// OneWay says what is not carried, Filter what is outside of the view.
	OneWay OneWay
	Filter Filter
	// Conflict says what becomes of what both sides changed differently. The zero value lets it wait for a person.
	Conflict Policy
	// Me are the user's own mail addresses, and Host is where the remote lives; both are for merging, and may be empty.
	Me   []string
	Host string
	// Guard says how much is too much at once. The zero value is DefaultLimits.
	Guard GuardLimits
}

// Progress is told how far a long step has come; nil is allowed.
type Progress func(what string, done, total int)

// fetched is what one fetch came back with.
type fetched struct {
	snap     *Snapshot
	limits   map[string]Limits
	infos    map[string]remote.Info     // of the collections that the account shows
	gone     map[string]string          // collections that it does not show any more, with the reason
	looked   map[string]bool            // collections that were asked and answered
	unread   map[string]bool            // collections that could not be looked at: what is known of them may be old
	unsure   map[string]map[string]bool // by collection: UIDs of items of which nobody knows whether they are gone or in another place
	refound  map[string]bool            // collections that were found again at another address
	moved    []*Step                    // tells of them
	remapped map[string]string          // collections for which the configuration names another partner by now, with what to do
	left     map[string]bool            // collections that the configuration leaves out by now: carried, and nothing is done
	problems []Problem
	held     *Hold // the remote as a whole is held (P14); nil: it is not
	accepted *Hold // it would be, but a person said that it is meant
}

func (f *fetched) problem(p Problem) { f.problems = append(f.problems, p) }

// fetcher asks one remote what it holds. It adds objects to the stage and moves no ref but through keep.
type fetcher struct {
	r     *Repo
	rem   Remote
	local *Local
	base  *Base
	names func(coll string, prev *seen) (*naming, error)
	own   map[remote.Href]deletion // what vgit itself deleted of late
	sent  map[string][]remote.Href // by collection: where new items were sent to of which nobody knows whether they arrived
	since time.Time                // when the last run ended, or kept what it saw
	// seconds are tokens in whole seconds that need no more doubt, by collection.
	seconds map[string]string
	keep    func(*Snapshot) error
	tell    Progress
	only    []string // collections to look at; nil: all
	look    bool     // only at what collections there are
	// properties tells that only the properties of collections are wanted, not their items.
	properties bool
	anew       bool // a person took another account for this remote: nothing that was known is true of it

	mu       sync.Mutex
	out      *fetched
	lastKeep time.Time
	came     int // bytes of bodies since the last save
	checked  int // bytes up to which there was room
}

// fetch brings a snapshot up to date. The result is a value; keep is called only to save what a long fetch has so far.
func (r *Repo) fetch(ctx context.Context, s *side, local *Local, keep func(*Snapshot) error) (*fetched, error) {
	rem, prev := s.rem, s.snap
	f := r.fetcher(s, local, keep)
	account, err := f.account(ctx, s)
	if err != nil {
		return nil, err
	}
	if f.out.held != nil {
		return f.out, nil
	}
	if f.anew {
		if err := f.startAnew(ctx, s); err != nil {
			return nil, &localError{err}
		}
		prev = f.out.snap
	}
	account.Binding.URL = rem.URL
	f.out.snap.account = &accountFile{Remote: rem.Name, Type: rem.Type, Binding: account.Binding, unknown: prev.account.unknown}
	bound, fresh := f.bindKnown(prev, account)
	f.missing(prev, account, bound)
	if len(f.out.gone) > 0 && len(fresh) > 0 {
		if prev, fresh, err = f.refind(ctx, prev, bound, fresh); err != nil {
			return nil, err
		}
	}
	f.bindFresh(prev, fresh, bound)
	s.report.Empty = len(bound)+len(prev.colls)+len(account.Failed) == 0
	return f.out, f.collections(ctx, prev, bound)
}

// fetcher is what asks the remote of a side.
func (r *Repo) fetcher(s *side, local *Local, keep func(*Snapshot) error) *fetcher {
	return &fetcher{r: r, rem: s.rem, local: local, base: s.base, own: s.report.deleted, sent: s.pending.creates(), since: s.since, seconds: s.report.seconds, keep: keep, names: r.namer(s, local), tell: r.o.Progress, only: s.only, look: s.look, properties: s.properties, lastKeep: r.o.Now(),
		out: &fetched{snap: s.snap.clone(), limits: map[string]Limits{}, infos: map[string]remote.Info{}, gone: map[string]string{}, looked: map[string]bool{}, unread: map[string]bool{}, unsure: map[string]map[string]bool{}, left: map[string]bool{}, refound: map[string]bool{}, remapped: map[string]string{}}}
}

// collections fetches all that are bound, several at once. One that fails is carried and stops no other.
func (f *fetcher) collections(ctx context.Context, prev *Snapshot, bound map[string]remote.Info) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(f.r.o.Parallel, 1))
	for _, name := range slices.Sorted(maps.Keys(bound)) {
		info := bound[name]
		f.out.infos[name] = info
		if !asked(f.only, name) {
			continue // carried unread
		}
		f.out.limits[name] = Limits{ReadOnly: info.ReadOnly || info.Subscribed, Components: info.Components, MaxSize: info.MaxSize}
		if f.properties {
			if err := f.onlyProperties(prev.colls[name], info); err != nil {
				return &localError{err}
			}
			continue
		}
		group.Go(func() error {
			err := f.collection(ctx, prev, name, info)
			f.mu.Lock()
			defer f.mu.Unlock()
			switch {
			case err == nil:
				f.out.looked[name] = true
			case fatal(err):
				return err
			case errors.Is(err, remote.ErrCollectionGone):
				f.out.gone[name] = "the server answers that it is not there; its items stay here"
			default:
				f.out.problem(f.failed(name, err))
				f.out.unread[name] = true
			}
			return nil
		})
	}
	return group.Wait()
}

// fatal errors end the whole run: our own disk or repository, or being told to stop.
func fatal(err error) bool {
	var local *localError
	return errors.As(err, &local) || errors.Is(err, context.Canceled) || errors.Is(err, remote.ErrLogin)
}

// localError marks what went wrong on this machine, as against on the way to a remote.
type localError struct{ err error }

func (e *localError) Error() string { return e.err.Error() }
func (e *localError) Unwrap() error { return e.err }

func (f *fetcher) failed(coll string, err error) Problem {
	return Problem{Remote: f.rem.Name, Collection: coll, What: err.Error(), Severity: severityOf(err), Err: err}
}

func severityOf(err error) Severity {
	if errors.Is(err, remote.ErrTemporary) || errors.Is(err, context.DeadlineExceeded) {
		return Temporary
	}
	return Lasting
}

// collection fetches one. An unchanged one is left as it is, unread.
func (f *fetcher) collection(ctx context.Context, prev *Snapshot, name string, info remote.Info) error {
	c := &collecting{fetcher: f, name: name, info: info, coll: f.rem.Client.Open(info)}
	if err := c.begin(prev.colls[name]); err != nil {
		return &localError{err}
	}
	if c.quiet() {
		return nil
	}
	before := c.shownState()
	if err := c.run(ctx); err != nil && f.out.refound[name] {
		return err // nothing of it was seen there
	} else if err != nil {
		return errors.Join(err, f.renamed(prev.colls[name], c))
	}
	c.listed(before)
	c.tellUnsure()
	if news, err := c.worthKeeping(); err != nil || !news {
		return err
	}
	return f.put(c)
}

// renamed lets the rows of a collection that could not be fetched follow the files, as the pairs did already.
func (f *fetcher) renamed(prev *seen, failed *collecting) error {
	if prev == nil || !failed.naming.moved() {
		return nil
	}
	c := &collecting{fetcher: f, name: failed.name, info: failed.info, coll: failed.coll, naming: failed.naming}
	c.info.Href, c.info.Properties = prev.status.Href, prev.status.Properties
	if err := c.begin(prev); err != nil {
		return &localError{err}
	}
	if err := c.open(); err != nil {
		return &localError{err}
	}
	return f.put(c)
}

// put hands the state of a collection over to the snapshot.
func (f *fetcher) put(c *collecting) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.out.snap.replace(f.r.g, c.name, c.result(), c.edits); err != nil {
		return &localError{err}
	}
	f.out.problems = append(f.out.problems, c.problems...)
	c.problems = nil
	return nil
}

// save keeps what has come so far, so that a long fetch that is cut short need not begin anew (K5).
func (f *fetcher) save(c *collecting) error {
	if f.keep == nil {
		return nil
	}
	if err := f.put(c); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.keep(f.out.snap.clone()); err != nil {
		return &localError{err}
	}
	c.edits, c.saved = edits{}, true
	f.lastKeep, f.came, f.checked = f.r.o.Now(), 0, 0
	return nil
}

// unkept is how many bytes of bodies may wait in memory for a save.
const unkept = 8 << 20

// due tells whether enough has come for a save: a few hundred bodies, ten seconds of work, or as many bytes as memory should
// hold at a time, however large the account is.
func (f *fetcher) due(bodies int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	since := f.r.o.Now().Sub(f.lastKeep)
	return bodies >= 500 && since >= 2*time.Second || since >= 8*time.Second || f.came >= unkept
}
