package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"vgit/cmd/config"
	"vgit/history"
	"vgit/merge"
	"vgit/repo"
)

func (s *session) syncCommand() *cli.Command {
	return command(cli.Command{
		Name: "sync", Usage: "bring vdirs and their remotes in step", ArgsUsage: "[-n|-i] [--only pull|push|metadata] [--remote NAME] [--allow-deletes N] [WHERE ...]",
		Description: "Records local edits, fetches what changed there, decides, writes both sides and\n" +
			"agrees. WHERE is VDIR or VDIR/COLLECTION; without it everything is synced. One\n" +
			"line is printed for each item that changed, below it what changed in it, and\n" +
			"nothing if nothing did:\n" +
			"  \u2192 sent, \u2190 received, + new, ~ changed, - deleted",
		Flags: []cli.Flag{
			&cli.BoolFlag{DisableDefaultText: true, Name: "dry-run", Aliases: []string{"n"}, Usage: "show what would be done, and write nothing"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "interactive", Aliases: []string{"i"}, Usage: "show what would be done, and ask about it"},
			&cli.StringFlag{Name: "only", Usage: "go one `WAY` only: pull, push, or metadata for the properties of collections"},
			&cli.StringFlag{Name: "remote", Usage: "talk to the remote `NAME` only"},
			&cli.IntFlag{DefaultText: "0", Name: "allow-deletes", Usage: "make up to `N` deletions, and none if there are more"},
		},
		Action: s.sync,
	})
}

// syncing is what the arguments of a sync ask for.
type syncing struct {
	dry, ask     bool
	only, remote string
	allowDeletes int         // as in repo.Request
	chosen       repo.Chosen // nil: all
}

// result is what became of one vdir.
type result struct {
	vdir    *config.VDir
	report  *repo.Report
	err     error // ended the work with the vdir
	dry     bool
	words   map[*repo.Step]merge.Words    // of what is shown
	details map[*repo.Step][]merge.Detail // the same for --json
	silent  bool                          // of what stands as it stood and was told before
	notices []standing                    // conflicts and holds that the program notify does not know of
	noticed func(*repo.Repo)              // remembers that it knows of them now
	last    map[string]repo.Last          // by remote, for status
	busy    map[string]time.Time          // likewise: until when it asked to be left alone
}

func (s *session) sync(c *cli.Context) error {
	if err := s.open(); err != nil {
		return err
	}
	q := syncing{dry: c.Bool("dry-run"), ask: c.Bool("interactive"), only: c.String("only"), remote: c.String("remote"), allowDeletes: c.Int("allow-deletes")}
	if err := s.check(q); err != nil {
		return err
	}
	if c.IsSet("allow-deletes") && q.allowDeletes == 0 {
		q.allowDeletes = -1
	}
	places, err := s.places(c.Args().Slice())
	if err != nil {
		return err
	}
	if !q.dry {
		if err := s.beginRun(c.Context); err != nil {
			return err
		}
	}
	var results []*result
	for _, p := range places {
		if q.remote != "" && !slices.Contains(p.vdir.Remotes, q.remote) {
			continue
		}
		work, quit := s.syncVDir, false
		if q.ask {
			work = func(ctx context.Context, p place, q syncing) (r *result, err error) {
				r, quit, err = s.syncAsking(ctx, p, q)
				return r, err
			}
		}
		r, err := work(c.Context, p, q)
		if err != nil {
			return err
		}
		if r != nil {
			results = append(results, r)
		}
		if quit {
			break
		}
		if !s.json && !q.ask {
			s.showSync(r)
			if results[len(results)-1], err = s.askHolds(c.Context, p, q, r); err != nil {
				return err
			}
		}
	}
	return s.finish(c.Context, results)
}

// check refuses options that cannot be meant.
func (s *session) check(q syncing) error {
	switch {
	case q.ask && q.dry:
		return &usageError{what: "--interactive and --dry-run do not go together", hint: "-n shows the plan, -i asks about it"}
	case q.ask && s.json:
		return &usageError{what: "--interactive and --json do not go together", hint: "vgit sync -n --json shows the plan"}
	case q.ask && s.Ask == nil:
		return &usageError{what: "there is no terminal to ask on", hint: "vgit sync -n shows the plan, vgit sync does it"}
	case q.only != "" && q.only != "pull" && q.only != "push" && q.only != repo.OnlyMetadata:
		return &usageError{what: "--only " + quote(q.only) + ": takes pull, push or metadata", hint: "see vgit help sync"}
	case q.allowDeletes < 0:
		return &usageError{what: "--allow-deletes takes a number from 0 on", hint: "see vgit help sync"}
	case q.remote != "" && s.cfg.Remotes[q.remote] == nil:
		return &usageError{what: "no remote " + quote(q.remote) + nearest(q.remote, s.remoteNames()) + "; the configuration has: " +
			strings.Join(s.remoteNames(), ", "), hint: "see vgit config"}
	}
	return nil
}

func (s *session) remoteNames() (names []string) {
	for name := range s.cfg.Remotes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// syncVDir syncs one vdir with its remotes. Whatever fails is in the result; an error is one of the arguments.
func (s *session) syncVDir(ctx context.Context, p place, q syncing) (*result, error) {
	res := &result{vdir: p.vdir, report: &repo.Report{}, dry: q.dry}
	var accounts []*account
	defer func() { closeAll(accounts) }()
	var failed []*repo.RemoteReport
	request := repo.Request{DryRun: q.dry, Only: q.only, AllowDeletes: q.allowDeletes, Chosen: q.chosen, Collections: p.collections, Several: len(p.vdir.Remotes) > 1}
	for _, r := range s.wanted(p.vdir, q.remote) {
		a, err := s.connect(ctx, p.vdir, r)
		if err != nil {
			failed = append(failed, &repo.RemoteReport{Name: r.Name, Err: err})
			continue
		}
		accounts = append(accounts, a)
		as := a.remote(s)
		if q.dry {
			as.Conflict.Command = nil
		}
		request.Remotes = append(request.Remotes, as)
	}
	res.err = s.patiently(ctx, func() error { return s.syncRepo(ctx, res, request) })
	for i, a := range accounts {
		if i < len(res.report.Remotes) {
			r := res.report.Remotes[i]
			r.Problems = append(r.Problems, a.unmatched()...)
		}
	}
	res.report.Remotes = append(res.report.Remotes, failed...)
	if res.err != nil {
		return res, nil
	}
	return res, known(p, accounts)
}

// syncRepo opens a vdir, syncs it, and finds out whether that brought news for a person.
func (s *session) syncRepo(ctx context.Context, res *result, request repo.Request) error {
	o := s.options(res.vdir)
	progress := s.progress(res.vdir.Name)
	defer progress.end()
	s.bar = progress
	o.Progress = progress.tell
	res.report = &repo.Report{}
	r, err := repo.Open(o, request.DryRun)
	if err != nil {
		return err
	}
	res.report, err = r.Sync(ctx, request)
	s.intoWords(r, res)
	if err == nil && !request.DryRun {
		s.remember(r, res, request)
	}
	err = errors.Join(err, r.Close())
	if moved := r.Moved(); len(moved) > 0 {
		_ = history.Learn(ctx, history.Options{Path: o.Path, Layout: o.Layout, Disk: s.Disk}, moved) // without it the next log takes longer
	}
	return err
}

// known looks, after the fact, whether the collections that were asked for exist on any side.
func known(p place, accounts []*account) error {
	names := localDirs(p.vdir.Path)
	looked := len(accounts) == len(p.vdir.Remotes)
	for _, a := range accounts {
		names = append(names, a.names...)
		looked = looked && a.shown.Binding.URL != ""
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for _, coll := range p.collections {
		if looked && !slices.Contains(names, coll) {
			return &usageError{what: fmt.Sprintf("no collection %s in the vdir %s%s; it has: %s", quote(coll), p.vdir.Name,
				nearest(coll, names), strings.Join(names, ", ")), hint: "vgit collections shows them all"}
		}
	}
	return nil
}

// finish ends a run: what is to be run after it, the answer in JSON, if that is asked for, and the exit code of all results.
func (s *session) finish(ctx context.Context, results []*result) error {
	var t tally
	dry := false
	for _, r := range results {
		r.count(&t)
		dry = dry || r.dry
	}
	code := t.code()
	var failed []jsonError
	if !dry {
		code, failed = s.endRun(ctx, results, code)
	}
	if s.json {
		a := syncAnswer(results, code)
		a.Errors = append(a.Errors, failed...)
		return s.answer(a, code)
	}
	return ended(code)
}

// count adds a result to a tally.
func (r *result) count(t *tally) {
	if r.err != nil {
		t.part(r.err, false)
	}
	if len(r.report.Remotes) == 0 && r.err == nil {
		t.part(nil, false)
	}
	for _, p := range r.report.Problems {
		t.problem(p, false)
	}
	for _, rem := range r.report.Remotes {
		if rem.Err != nil || r.err == nil {
			t.part(rem.Err, rem.Known)
		}
		t.held = t.held || rem.Held != ""
		t.steps(rem.Plan)
		for _, p := range rem.AllProblems() {
			t.problem(p, rem.Known)
		}
	}
}
