package repo

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"vgit/repo/store"
)

// The keys of what a hold on a remote is about.
const (
	bindURL       = "url"       // as configured
	bindPrincipal = "principal" // that the address leads to
	bindHome      = "home"      // where the collections of that are
	bindRemote    = "remote"    // the remote that the vdir was synced with, and the one in its place
)

// mismatch makes the hold of a remote that is not what the vdir was synced with (P14, G11): with another account, an absence or a
// difference means nothing. It ends when the configuration or the server names the old one again, or when a person accepts it;
// then both sides are joined anew, by which nothing is deleted.
func mismatch(remote string, binds ...Bind) *Hold {
	h := &Hold{Class: Binding, Remote: remote, Binds: binds}
	h.complete()
	switch b := binds[0]; b.Key {
	case bindURL:
		h.Why = fmt.Sprintf("its address changed from %s to %s", b.Old, b.New)
	case bindPrincipal:
		h.Why = fmt.Sprintf("the address leads to another account than before: it was %q and is %q", b.Old, b.New)
	case bindHome:
		h.Why = fmt.Sprintf("the account keeps its collections elsewhere: it was %s and is %s", b.Old, b.New)
	case bindRemote:
		h.Why = fmt.Sprintf("this vdir was synced with another account so far, the remote %s", b.Old)
	}
	return h
}

// Keeper is the remote whose base keeps the answer to a hold: its own, or the one whose place that takes.
func (h *Hold) Keeper() string {
	if len(h.Binds) > 0 && h.Binds[0].Key == bindRemote {
		return h.Binds[0].Old
	}
	return h.Remote
}

// readdressed is the hold of a remote whose address in the configuration is not that of its last snapshot.
func readdressed(s *side) *Hold {
	was, is := s.snap.account.Binding.URL, s.rem.URL
	if was == "" || is == "" || sameAddress(was, is) {
		return nil
	}
	return mismatch(s.rem.Name, Bind{bindURL, was, is})
}

// sameAddress tells whether two addresses are spellings of one: the final slash, the case of the host and the port of the scheme say
// nothing.
func sameAddress(a, b string) bool {
	if a == b {
		return true
	}
	ua, errA := url.Parse(a)
	ub, errB := url.Parse(b)
	return errA == nil && errB == nil && spelling(ua) == spelling(ub)
}

func spelling(u *url.URL) string {
	host := strings.ToLower(u.Hostname())
	if port := u.Port(); port != "" && port != map[string]string{"https": "443", "http": "80"}[u.Scheme] {
		host += ":" + port
	}
	return u.Scheme + "://" + host + strings.TrimSuffix(u.EscapedPath(), "/") + "?" + u.RawQuery
}

// rehomed is the hold of a remote whose collections are under none of the home sets that they were under.
func rehomed(s *side, is []string) *Hold {
	var was []string
	for _, h := range s.snap.account.Binding.Homes {
		was = append(was, string(h))
	}
	if len(was) == 0 || slices.ContainsFunc(is, func(h string) bool { return slices.Contains(was, h) }) {
		return nil
	}
	return mismatch(s.rem.Name, Bind{bindHome, strings.Join(was, " "), strings.Join(is, " ")})
}

// replaced is the hold of a remote that the vdir has never spoken with, if it was synced with others before and with none that the
// configuration names: the items here belong to another account (F110, G11). A mere new name for the same address is none.
func (r *Repo) replaced(s *side) (*Hold, error) {
	if len(r.o.Remotes) == 0 || s.rem.URL == "" || !s.tracking.IsZero() || !s.base.commit.IsZero() {
		return nil, nil
	}
	refs, err := r.s.Refs("refs/vgit/")
	if err != nil {
		return nil, err
	}
	var old *Bind
	for ref := range refs {
		name, ok := strings.CutSuffix(strings.TrimPrefix(ref, "refs/vgit/"), "/base")
		if !ok {
			continue
		}
		if slices.Contains(r.o.Remotes, name) {
			return nil, nil // one more remote for a vdir that is what it was
		}
		was, err := r.addressOf(name)
		if err != nil || was == "" || sameAddress(was, s.rem.URL) {
			return nil, err
		}
		if old == nil || name < old.Old {
			old = &Bind{bindRemote, name, was}
		}
	}
	if old == nil {
		return nil, nil
	}
	return mismatch(s.rem.Name, Bind{bindRemote, old.Old, s.rem.Name}, Bind{bindURL, old.New, s.rem.URL}), nil
}

// addressOf is the address of a remote by its last snapshot, "" if there is none that can be read.
func (r *Repo) addressOf(name string) (string, error) {
	base, err := r.baseOf(name)
	if err != nil {
		return "", err
	}
	tracking, err := r.s.Ref(trackingRef(name))
	if err != nil {
		return "", err
	}
	for _, commit := range []store.Hash{tracking, base.tracking} {
		if snap, err := loadSnapshot(r.g, r.o.Layout, name, commit); err == nil && !commit.IsZero() {
			return snap.account.Binding.URL, nil
		}
	}
	return "", nil
}

func (r *Repo) baseOf(name string) (*Base, error) {
	h, err := r.s.Ref(baseRef(name))
	if err != nil {
		return nil, err
	}
	return loadBase(r.g, r.o.Layout, h)
}

// accepted tells whether a person said yes to a mismatch.
func (r *Repo) accepted(s *side, m *Hold) (bool, error) {
	base := s.base
	if m.Keeper() != s.rem.Name {
		var err error
		if base, err = r.baseOf(m.Keeper()); err != nil {
			return false, err
		}
	}
	return base.accepts(m)
}

// accepts tells whether a base keeps the word of a person that a mismatch is meant.
func (b *Base) accepts(m *Hold) (bool, error) {
	all, err := b.holdAnswers()
	return slices.ContainsFunc(all, func(a HoldAnswer) bool { return a.ID == m.ID && !a.Refuse }), err
}

// startAnew lets a base forget what both sides agreed on, all at once: with another account it is not true. What a person said of m stays
// until the new account is in a snapshot, so that a run that dies in between asks nobody again.
func (b *Base) startAnew(m *Hold) error {
	if err := b.readAnswers(); err != nil {
		return err
	}
	kept := map[string]*heldFile{}
	if f := b.answers.holds[m.ID]; f != nil {
		kept[m.ID] = &heldFile{HoldAnswer: f.HoldAnswer, dirty: true}
	}
	b.anew = true
	b.pairs, b.answers = map[string]*pairs{}, answers{read: true, items: map[string]*filed{}, holds: kept}
	return nil
}
