package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"vgit/cmd/config"
	"vgit/remote"
	"vgit/remote/dav"
	"vgit/repo"
)

func (s *session) checkCommand() *cli.Command {
	return command(cli.Command{
		Name: "check", Usage: "try configuration, logins and rights", ArgsUsage: "[--offline] [NAME ...]",
		Description: "NAME is a vdir or a remote; without it everything is looked at. Each remote is\n" +
			"asked what it is and what it has; nothing is written on either side.",
		Flags:  []cli.Flag{&cli.BoolFlag{DisableDefaultText: true, Name: "offline", Usage: "look at the configuration and the vdirs only"}},
		Action: s.checkAll,
	})
}

func (s *session) checkAll(c *cli.Context) error {
	if err := s.open(); err != nil {
		return err
	}
	if s.json {
		return &usageError{what: "check answers in text only", hint: "leave out --json; the exit status tells the outcome"}
	}
	names := c.Args().Slice()
	for _, n := range names {
		if s.cfg.VDir(n) == nil && s.cfg.Remotes[n] == nil {
			return &usageError{what: "no vdir and no remote " + quote(n) + nearest(n, append(s.vdirNames(), s.remoteNames()...)),
				hint: "the configuration has: " + strings.Join(append(s.vdirNames(), s.remoteNames()...), ", ")}
		}
	}
	var t tally
	s.tell("configuration", "%s: %s, %s", s.cfg.Path, count(len(s.cfg.VDirs), "vdir"), count(len(s.cfg.Remotes), "remote"))
	if len(s.cfg.VDirs) == 0 {
		s.say("configuration", "there is no [vdir.NAME], so nothing is synced")
	}
	for i := range s.cfg.VDirs {
		v := &s.cfg.VDirs[i]
		all := len(names) == 0 || slices.Contains(names, v.Name)
		if all {
			s.checkVDir(c.Context, v, &t)
			if len(v.Remotes) == 0 || c.Bool("offline") {
				t.part(nil, false)
			}
		}
		for _, r := range s.wanted(v, "") {
			if !c.Bool("offline") && (all || slices.Contains(names, r.Name)) {
				s.checkRemote(c.Context, v, r, &t)
			}
		}
	}
	if code := t.code(); code != exitSync {
		return outcome(code)
	}
	return nil
}

// tell answers one line.
func (s *session) tell(where, format string, args ...any) {
	fmt.Fprintf(s.Stdout, "%s: %s\n", clean(where), clean(fmt.Sprintf(format, args...)))
}

// checkVDir opens a vdir as a dry run does.
func (s *session) checkVDir(ctx context.Context, v *config.VDir, t *tally) {
	_, err := os.Stat(v.Path)
	fresh := errors.Is(err, fs.ErrNotExist)
	r, err := repo.Open(s.options(v), true)
	var report *repo.Report
	if err == nil {
		report, err = r.Status(ctx, repo.Request{DryRun: true})
		err = errors.Join(err, r.Close())
	}
	switch {
	case err != nil:
		t.part(err, false)
		s.say(v.Name, s.words(v, err))
	case fresh:
		s.tell(v.Name, "%s: not there yet; the first sync makes it", v.Path)
	default:
		s.tell(v.Name, "%s: %s", v.Path, count(len(localDirs(v.Path)), "collection"))
		for _, p := range report.Problems {
			t.problem(p, false)
			s.problem(v, p, false)
		}
	}
}

// checkRemote logs in and says what the server is.
func (s *session) checkRemote(ctx context.Context, v *config.VDir, r *config.Remote, t *tally) {
	a, err := s.connect(ctx, v, r)
	if err == nil {
		defer a.Close()
		_, err = a.Look(ctx, remote.Binding{})
	}
	t.part(err, false)
	if err != nil {
		s.say(r.Name, s.words(v, err))
		return
	}
	account := a.shown
	as := "without a login"
	if r.Username.Source() == config.Plain && !r.Username.IsZero() {
		as = "as " + r.Username.String()
	}
	s.tell(r.Name, "%s: logged in %s", a.url, as)
	s.checkCertificate(r, a)
	if account.Binding.Principal != "" {
		s.tell(r.Name, "principal %s", account.Binding.Principal)
	}
	for home, err := range account.Failed {
		t.lasting = true
		s.say(r.Name, fmt.Sprintf("%s: %s", home, err))
	}
	for _, info := range account.Collections {
		s.tell(r.Name, "collection %s: %s", info.ID, abilities(info))
	}
	if len(account.Collections) == 0 {
		s.say(r.Name, nothingThere(v.Kind))
	}
	for _, p := range a.unmatched() {
		t.problem(p, false)
		s.problem(v, p, false)
	}
	s.checkClock(r.Name, a)
}

// checkCertificate shows what the server is known by, and names what is weak about that (S21).
func (s *session) checkCertificate(r *config.Remote, a *account) {
	client, ok := a.Remote.(*dav.Remote)
	if !ok {
		return
	}
	c, ok := client.Certificate()
	if !ok {
		return
	}
	s.tell(r.Name, "certificate SHA-256 %s, for %s, by %s, until %s", c.SHA256, c.Subject, c.Issuer, c.NotAfter.UTC().Format(time.DateOnly))
	switch {
	case !r.Trust.Verify && len(r.Trust.Fingerprints) == 0:
		s.say(r.Name, "tls_verify is false and there is no tls_fingerprint: whoever is on the way can take the server's place; set tls_fingerprint to the SHA-256 above, if you know it to be right")
	case r.Trust.WeakPins():
		s.say(r.Name, "a tls_fingerprint by MD5 or SHA-1 is weak: others can make a certificate that has it; use the SHA-256 above")
	}
}

// abilities are what matters to a sync of one collection.
func abilities(info remote.Info) string {
	words := []string{"read and write"}
	if info.ReadOnly || info.Subscribed {
		words[0] = "read-only"
	}
	switch {
	case info.Token != "":
		words = append(words, "changes by sync token")
	case info.CTag != "":
		words = append(words, "changes by ctag")
	default:
		words = append(words, "no sync token and no ctag in the listing: every sync asks for more")
	}
	if len(info.Components) > 0 {
		words = append(words, "takes "+strings.Join(info.Components, " "))
	}
	if info.MaxSize > 0 {
		words = append(words, fmt.Sprintf("items up to %d bytes", info.MaxSize))
	}
	if info.VCard != "" {
		words = append(words, "vCard "+info.VCard)
	}
	return strings.Join(words, ", ")
}

// checkClock names a clock that is off by more than a request can take.
func (s *session) checkClock(name string, a *account) {
	client, ok := a.Remote.(*dav.Remote)
	if !ok {
		return
	}
	if ahead, told := client.ClockAhead(); told && ahead.Abs() > time.Minute {
		s.say(name, fmt.Sprintf("its clock and that of this machine are %s apart; set yours right", ahead.Abs().Round(time.Second)))
	}
}
