package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"vgit/cmd/config"
	"vgit/repo"
)

func (s *session) acceptCommand() *cli.Command {
	return command(cli.Command{
		Name: "accept", Usage: "do what the guard keeps back", ArgsUsage: "[-n] ID ...",
		Description: "Does exactly what vgit held shows under an ID, and only if it is still that: if\n" +
			"anything of it has changed, it is another set with another ID. The answer is kept\n" +
			"first and carried out by a sync at once; without the network the next sync does\n" +
			"it. Of an ID, the first four digits are enough.",
		Flags:  []cli.Flag{&cli.BoolFlag{DisableDefaultText: true, Name: "dry-run", Aliases: []string{"n"}, Usage: "show what would be done, and write nothing"}},
		Action: func(c *cli.Context) error { return s.judge(c, false) },
	})
}

func (s *session) refuseCommand() *cli.Command {
	return command(cli.Command{
		Name: "refuse", Usage: "put back what the guard keeps back", ArgsUsage: "[-n] ID ...",
		Description: "Puts the other side back for what vgit held shows under an ID: what was deleted or\n" +
			"changed here is written into the vdir again, what was deleted or changed there is\n" +
			"sent to the server again. The answer is kept first and carried out by a sync at\n" +
			"once; without the network the next sync does it. Of an ID, the first four digits\n" +
			"are enough.",
		Flags:  []cli.Flag{&cli.BoolFlag{DisableDefaultText: true, Name: "dry-run", Aliases: []string{"n"}, Usage: "show what would be done, and write nothing"}},
		Action: func(c *cli.Context) error { return s.judge(c, true) },
	})
}

// judged is an answer to one hold, and what became of it.
type judged struct {
	vdir    *config.VDir
	remote  string
	id      string
	hold    repo.Hold
	refuse  bool
	outcome string // in one word: see outcomes
	err     error
}

// The outcomes of an answer.
const (
	judgedDone  = "done"
	judgedKept  = "kept"    // the next sync carries it out
	judgedVoid  = "void"    // what it is about has changed meanwhile
	judgedOld   = "already" // it was carried out before
	judgedShown = "shown"   // -n
)

func (s *session) judge(c *cli.Context, refuse bool) error {
	if c.NArg() == 0 {
		return &usageError{what: "which one? it takes the ID of a hold", hint: "vgit held shows them"}
	}
	if err := s.open(); err != nil {
		return err
	}
	var all []*judged
	for _, arg := range c.Args().Slice() {
		j, err := s.judged(c.Context, arg)
		if err != nil {
			return err
		}
		j.refuse = refuse
		all = append(all, j)
	}
	var results []*result
	var err error
	if c.Bool("dry-run") {
		results, err = s.foretell(c.Context, all)
	} else {
		for _, j := range all {
			s.takeDown(c.Context, j)
		}
		results, err = s.carryOut(c.Context, all)
	}
	if err != nil {
		return err
	}
	return s.judgedAll(all, results)
}

var digits = regexp.MustCompile(`^[0-9a-f]{4,64}$`)

// judged finds the one hold that an ID names, in any vdir. One that was answered before is found, too.
func (s *session) judged(ctx context.Context, arg string) (*judged, error) {
	id := strings.ToLower(arg)
	if !digits.MatchString(id) {
		return nil, &usageError{what: quote(arg) + " is no ID: it has at least four of the digits 0 to 9 and a to f", hint: "vgit held shows what is held, each under its ID"}
	}
	places, err := s.places(nil)
	if err != nil {
		return nil, err
	}
	holds, failed := s.heldIn(ctx, places)
	var found []*judged
	for _, h := range holds {
		if strings.HasPrefix(h.ID, id) {
			found = append(found, &judged{vdir: h.vdir, remote: h.Remote, id: h.ID, hold: h.Hold})
		}
	}
	if len(found) == 0 {
		for _, p := range places {
			before, err := s.judgedBefore(p.vdir, id)
			if failed = errors.Join(failed, err); before != nil {
				found = append(found, before)
			}
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		var ids []string
		for _, j := range found {
			ids = append(ids, j.id)
		}
		return nil, &usageError{what: "several are called " + quote(arg) + ": " + strings.Join(ids, ", "), hint: "give one more digit"}
	case failed != nil:
		return nil, failed
	}
	return nil, s.noHold(arg, holds)
}

// judgedBefore finds an earlier answer.
func (s *session) judgedBefore(v *config.VDir, id string) (j *judged, err error) {
	if len(v.Remotes) == 0 {
		return nil, nil
	}
	r, err := repo.Open(s.options(v), true)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for _, name := range v.Remotes {
		said, _, err := r.SaidOf(name, id)
		if err != nil {
			return nil, err
		}
		if said != nil {
			return &judged{vdir: v, remote: name, id: said.ID, hold: said.Hold}, nil
		}
	}
	return nil, nil
}

// noHold is the error for an ID that names nothing, with what is held instead: a set that changed has another one.
func (s *session) noHold(arg string, holds []heldSet) error {
	if len(holds) == 0 {
		return &usageError{what: "nothing is held under " + quote(arg) + ", nor under any other ID", hint: "what was held has ended by itself; vgit sync looks anew"}
	}
	var now []string
	for _, h := range holds {
		now = append(now, fmt.Sprintf("%s (%s: %s)", h.ID, s.where(h.vdir, h.Remote, h.Collection), h.what()))
	}
	return &usageError{what: "nothing is held under " + quote(arg) + "; once anything of a set changes it has another ID, and held now is " + strings.Join(now, ", "),
		hint: "look at it with vgit held, then answer by that ID"}
}

// takeDown keeps an answer, so that it is carried out whatever happens next.
func (s *session) takeDown(ctx context.Context, j *judged) {
	err := s.patiently(ctx, func() error {
		r, err := repo.Open(s.options(j.vdir), true)
		if err != nil {
			return err
		}
		return errors.Join(r.AnswerHold(ctx, s.asking(ctx, place{vdir: j.vdir}, j.remote), j.id, j.refuse), r.Close())
	})
	s.unanswered(j, err)
}

// unanswered sorts out why an answer was not taken down, if it was not.
func (s *session) unanswered(j *judged, err error) {
	var none *repo.NoHold
	switch {
	case err == nil:
	case !errors.As(err, &none):
		j.err = err
	case none.Now != nil:
		j.outcome, j.hold = judgedVoid, *none.Now
	case none.Said != nil && none.Said.Refuse == j.refuse:
		j.outcome = judgedOld
	case none.Said != nil && none.Said.Refuse:
		j.err = errors.New("it was refused, and put back; there is nothing left to accept")
	case none.Said != nil:
		j.err = errors.New("it was accepted, and done; vgit undo takes it back")
	default:
		j.err = err
	}
}

// carryOut syncs what was answered, each vdir and remote once, and looks at what became of the answers.
func (s *session) carryOut(ctx context.Context, all []*judged) (results []*result, err error) {
	synced := map[string]*result{}
	for _, j := range all {
		if j.err != nil || j.outcome != "" {
			continue
		}
		key := j.vdir.Name + "/" + j.remote
		if synced[key] == nil {
			r, err := s.syncVDir(ctx, place{vdir: j.vdir}, syncing{remote: j.remote})
			if err != nil {
				return nil, err
			}
			synced[key], results = r, append(results, r)
			if !s.json {
				s.showSync(r)
			}
		}
		s.lookAfter(j, synced[key])
	}
	return results, nil
}

// lookAfter finds out what became of an answer by the sync after it.
func (s *session) lookAfter(j *judged, r *result) {
	open, err := s.stillOpen(j)
	switch i := slices.IndexFunc(heldBy(r, j.remote), func(h repo.Hold) bool { return h.Class == j.hold.Class && h.Collection == j.hold.Collection }); {
	case err != nil:
		j.err = err
	case open:
		j.outcome = judgedKept
	case i >= 0:
		j.outcome, j.hold = judgedVoid, heldBy(r, j.remote)[i]
	default:
		j.outcome = judgedDone
	}
}

func heldBy(r *result, remote string) (holds []repo.Hold) {
	for _, rem := range r.report.Remotes {
		if rem.Name == remote {
			holds = rem.Holds()
		}
	}
	return holds
}

// stillOpen tells whether anything of an answer is left to do.
func (s *session) stillOpen(j *judged) (open bool, err error) {
	r, err := repo.Open(s.options(j.vdir), true)
	if err != nil {
		return false, err
	}
	_, open, err = r.SaidOf(j.hold.Keeper(), j.id)
	return open, errors.Join(err, r.Close())
}

// foretell shows what the answers would do.
func (s *session) foretell(ctx context.Context, all []*judged) (results []*result, err error) {
	for _, j := range all {
		res := &result{vdir: j.vdir, report: &repo.Report{}, dry: true}
		r, err := repo.Open(s.options(j.vdir), true)
		if err != nil {
			return nil, err
		}
		report, err := r.Preview(ctx, s.asking(ctx, place{vdir: j.vdir}, j.remote), j.id, j.refuse)
		if s.unanswered(j, err); err == nil {
			j.outcome, res.report = judgedShown, report
			s.intoWords(r, res)
			results = append(results, res)
		}
		if err := r.Close(); err != nil {
			return nil, err
		}
		if err == nil && !s.json {
			s.showSync(res)
		}
	}
	return results, nil
}
