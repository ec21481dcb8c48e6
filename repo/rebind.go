package repo

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"

	"vgit/remote"
)

// account finds the account and holds it against what is known of it (P14, G11). With a mismatch that nobody accepted, out.held has it,
// and of the account nothing may be concluded.
func (f *fetcher) account(ctx context.Context, s *side) (account remote.Account, err error) {
	known := s.snap.account.Binding
	m := readdressed(s)
	if m == nil {
		if m, err = f.r.replaced(s); err != nil {
			return account, &localError{err}
		}
	}
	if m != nil {
		if yes, err := f.meant(s, m); !yes {
			return account, err
		}
		f.anew, known = true, remote.Binding{}
	}
	account, err = f.rem.Client.Look(ctx, known)
	var other *remote.OtherAccount
	if errors.As(err, &other) {
		if yes, err := f.meant(s, f.otherwise(other.Was, other.Now)); !yes {
			return account, err
		}
		f.anew = true
		if account, err = f.rem.Client.Look(ctx, remote.Binding{}); err == nil && account.Binding.Principal != other.Now {
			// It was another one in the moment before, and nobody said anything of this one.
			f.out.accepted, f.out.held = nil, f.otherwise(other.Was, account.Binding.Principal)
		}
	}
	if err != nil || f.anew {
		return account, err
	}
	var homes []string
	for _, h := range account.Binding.Homes {
		homes = append(homes, string(h))
	}
	if m := rehomed(s, homes); m != nil {
		if s.isOneCollection() { // that is gone; the others of the account were not asked for (P12)
			return remote.Account{Binding: known}, nil
		}
		_, err = f.meant(s, m)
		return account, err
	}
	// What was accepted is done by now, also if the run that did it died before it could say so.
	if binds := f.r.loadBinds(f.rem.Name); len(binds) > 0 {
		err = s.base.dropHoldAnswer(mismatch(f.rem.Name, binds...).ID)
	}
	return account, err
}

// isOneCollection tells whether the address was that of a collection itself.
func (s *side) isOneCollection() bool {
	homes := s.snap.account.Binding.Homes
	return len(homes) == 1 && slices.ContainsFunc(slices.Collect(maps.Values(s.snap.colls)), func(c *seen) bool { return c.status.Href == homes[0] })
}

func (f *fetcher) otherwise(was, is remote.Href) *Hold {
	return mismatch(f.rem.Name, Bind{bindPrincipal, string(was), string(is)})
}

// meant tells whether a person accepted a mismatch. If not, it holds the remote.
func (f *fetcher) meant(s *side, m *Hold) (bool, error) {
	yes, err := f.r.accepted(s, m)
	switch {
	case err != nil:
		return false, &localError{err}
	case yes:
		f.out.accepted = m
	default:
		f.out.held = m
	}
	return yes, nil
}

// startAnew lets go of all that was known of a remote, since a person took another account for it: the pairs at once, and durably, before a
// snapshot of the other account is kept. Else a run that dies in between would leave old pairs beside a new snapshot, and each item
// that the other account does not have would look deleted.
func (f *fetcher) startAnew(ctx context.Context, s *side) error {
	f.out.snap = s.snap.clone()
	f.out.snap.account, f.out.snap.colls = &accountFile{Remote: f.rem.Name}, map[string]*seen{}
	clear(s.report.refusals)
	clear(s.report.deleted)
	clear(s.report.seconds)
	if s.base.commit.IsZero() {
		return nil
	}
	if err := s.base.startAnew(f.out.accepted); err != nil {
		return err
	}
	s.pending.end(func(entry) bool { return true })
	f.sent = nil
	if f.keep == nil {
		return nil
	}
	return f.r.agree(ctx, s, f.local)
}

// heldAsKnown is the hold of a remote by what is known here; nil: there is none, or a person said that it is meant.
func (r *Repo) heldAsKnown(s *side) (*Hold, error) {
	m := readdressed(s)
	if m == nil {
		var err error
		if m, err = r.replaced(s); err != nil {
			return nil, err
		}
	}
	if m == nil {
		if binds := r.loadBinds(s.rem.Name); len(binds) > 0 && (binds[0].Key == bindPrincipal || binds[0].Key == bindHome) {
			m = mismatch(s.rem.Name, binds...)
		}
	}
	if m == nil {
		return nil, nil
	}
	if yes, err := r.accepted(s, m); yes || err != nil {
		return nil, err
	}
	return m, nil
}

// saveBinds remembers by what a remote was found to be another.
func (r *Repo) saveBinds(s *RemoteReport) error {
	if s.binds == nil {
		return nil
	}
	var b bytes.Buffer
	for _, x := range *s.binds {
		writeRecord(&b, x.Key, x.Old, x.New)
	}
	return r.cache("binding-"+s.Name, b.Bytes())
}

func (r *Repo) loadBinds(name string) (binds []Bind) {
	r.cached("binding-"+name, 3, func(f []string) { binds = append(binds, Bind{f[0], f[1], f[2]}) })
	return binds
}
