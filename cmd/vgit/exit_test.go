package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"vgit/cmd/config"
	"vgit/remote"
	"vgit/repo"
	"vgit/repo/store"
)

// Each row is one run: what became of its remotes, and of single items.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	broken := fmt.Errorf("x: %w", errors.New("certificate"))
	passes := fmt.Errorf("x: %w", remote.ErrTemporary)
	page := fmt.Errorf("x: %w", remote.ErrNotDAV)
	steps := func(states ...repo.StepState) *repo.Plan {
		p := &repo.Plan{}
		for _, s := range states {
			p.Steps = append(p.Steps, repo.Step{State: s, Kind: repo.Update, Side: repo.There})
		}
		return p
	}
	rem := func(err error) *repo.RemoteReport { return &repo.RemoteReport{Name: "r", Err: err} }
	planned := func(p *repo.Plan) *repo.RemoteReport { return &repo.RemoteReport{Name: "r", Plan: p} }
	trouble := func(s repo.Severity, err error, known bool) *repo.RemoteReport {
		return &repo.RemoteReport{Name: "r", Known: known, Problems: []repo.Problem{{What: "x", Severity: s, Err: err}}}
	}
	for _, c := range []struct {
		name    string
		remotes []*repo.RemoteReport
		vdir    []repo.Problem
		err     error
		want    int
	}{
		{name: "a vdir without remotes", want: exitSync},
		{name: "in sync", remotes: []*repo.RemoteReport{planned(steps(repo.Do))}, want: exitSync},
		{name: "a note", remotes: []*repo.RemoteReport{trouble(repo.Note, nil, true)}, want: exitSync},
		{name: "all failed for good", remotes: []*repo.RemoteReport{rem(broken), rem(remote.ErrLogin)}, want: exitNothing},
		{name: "the vdir failed for good", err: repo.ErrNotMounted, want: exitNothing},
		{name: "the vdir failed, and a login before it", err: &store.Refused{}, remotes: []*repo.RemoteReport{rem(broken)}, want: exitNothing},
		{name: "all failed for now", remotes: []*repo.RemoteReport{rem(passes)}, want: exitTemporary},
		{name: "locked", err: fmt.Errorf("x: %w", &store.LockedError{Holder: "vgit"}), want: exitTemporary},
		{name: "interrupted", err: context.Canceled, want: exitTemporary},
		{name: "one in sync, one busy", remotes: []*repo.RemoteReport{rem(nil), rem(passes)}, want: exitTemporary},
		{name: "one in sync, one gone", remotes: []*repo.RemoteReport{rem(nil), rem(broken)}, want: exitSome},
		{name: "one gone, one busy", remotes: []*repo.RemoteReport{rem(broken), rem(passes)}, want: exitSome},
		{name: "an item failed for now", remotes: []*repo.RemoteReport{trouble(repo.Temporary, nil, true)}, want: exitTemporary},
		{name: "an item failed for good, a remote for now", remotes: []*repo.RemoteReport{trouble(repo.Lasting, nil, true), rem(passes)}, want: exitSome},
		{name: "a file of the vdir failed", remotes: []*repo.RemoteReport{rem(nil)}, vdir: []repo.Problem{{Severity: repo.Lasting}}, want: exitSome},
		{name: "V49, never DAV", remotes: []*repo.RemoteReport{rem(page)}, want: exitNothing},
		{name: "V49, DAV before", remotes: []*repo.RemoteReport{{Name: "r", Known: true, Err: page}}, want: exitTemporary},
		{name: "V49, a page for one collection", remotes: []*repo.RemoteReport{trouble(repo.Lasting, page, true)}, want: exitTemporary},
		{name: "refused", remotes: []*repo.RemoteReport{planned(steps(repo.Refused, repo.Held))}, want: exitSome},
		{name: "held before waiting", remotes: []*repo.RemoteReport{planned(steps(repo.Waits, repo.Held))}, want: exitHeld},
		{name: "another account", remotes: []*repo.RemoteReport{{Name: "r", Held: "other"}}, want: exitHeld},
		{name: "waits", remotes: []*repo.RemoteReport{planned(steps(repo.Waits, repo.Do))}, want: exitWaits},
		{name: "held, and one busy", remotes: []*repo.RemoteReport{planned(steps(repo.Held)), rem(passes)}, want: exitTemporary},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var tl tally
			(&result{vdir: &config.VDir{}, report: &repo.Report{Problems: c.vdir, Remotes: c.remotes}, err: c.err}).count(&tl)
			if got := tl.code(); got != c.want {
				t.Errorf("code %d, want %d", got, c.want)
			}
		})
	}
}

func TestErrorsThatEndACommand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, exitSync}, {outcome(exitHeld), exitHeld}, {&usageError{what: "x"}, exitUsage}, {fmt.Errorf("x: %w", &usageError{what: "x"}), exitUsage},
		{config.Problems{{What: "x"}}, exitUsage}, {errors.New("x"), exitNothing}, {fmt.Errorf("x: %w", remote.ErrTemporary), exitTemporary},
		{fmt.Errorf("%w, though %w", remote.ErrLogin, remote.ErrTemporary), exitNothing},
	} {
		if got := errorCode(c.err); got != c.want {
			t.Errorf("errorCode(%v) = %d, want %d", c.err, got, c.want)
		}
	}
}
