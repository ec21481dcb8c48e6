package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
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
	names := c.Args().Slice()
	for _, n := range names {
		if s.cfg.VDir(n) == nil && s.cfg.Remotes[n] == nil {
			return &usageError{what: "no vdir and no remote " + quote(n) + nearest(n, append(s.vdirNames(), s.remoteNames()...)),
				hint: "the configuration has: " + strings.Join(append(s.vdirNames(), s.remoteNames()...), ", ")}
		}
	}
	var t tally
	answer := jsonCheck{Config: s.cfg.Path, Warnings: append([]string{}, s.cfg.Warnings...), VDirs: []jsonCheckedVDir{}, Remotes: []jsonCheckedRemote{}}
	s.tell("configuration", "%s: %s, %s", s.cfg.Path, count(len(s.cfg.VDirs), "vdir"), count(len(s.cfg.Remotes), "remote"))
	if len(s.cfg.VDirs) == 0 {
		s.say("configuration", "there is no [vdir.NAME], so nothing is synced")
	}
	for i := range s.cfg.VDirs {
		v := &s.cfg.VDirs[i]
		all := len(names) == 0 || slices.Contains(names, v.Name)
		if all {
			checked := s.checkVDir(c.Context, v, &t)
			s.checkDirections(v, &checked)
			answer.VDirs = append(answer.VDirs, checked)
			if len(v.Remotes) == 0 || c.Bool("offline") {
				t.part(nil, false)
			}
		}
		for _, r := range s.wanted(v, "") {
			if !c.Bool("offline") && (all || slices.Contains(names, r.Name)) {
				answer.Remotes = append(answer.Remotes, s.checkRemote(c.Context, v, r, &t))
			}
		}
	}
	code := t.code()
	if answer.jsonHead = head(code); s.json {
		return s.answer(answer, code)
	}
	return ended(code)
}

// tell answers one line, unless the answer is to be in JSON.
func (s *session) tell(where, format string, args ...any) {
	if s.json {
		return
	}
	fmt.Fprintf(s.Stdout, "%s: %s\n", clean(where), clean(fmt.Sprintf(format, args...)))
}

// checkVDir opens a vdir as a dry run does.
func (s *session) checkVDir(ctx context.Context, v *config.VDir, t *tally) jsonCheckedVDir {
	answer := jsonCheckedVDir{Name: v.Name, Path: v.Path, Problems: []jsonProblem{}}
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
		answer.Error = s.words(v, err)
		s.say(v.Name, answer.Error)
	case fresh:
		s.tell(v.Name, "%s: not there yet; the first sync makes it", v.Path)
	default:
		answer.Exists, answer.Collections = true, len(localDirs(v.Path))
		answer.Problems = jsonProblems(report.Problems, false)
		s.tell(v.Name, "%s: %s", v.Path, count(answer.Collections, "collection"))
		for _, p := range report.Problems {
			t.problem(p, false)
			s.problem(v, p, false)
		}
	}
	return answer
}

// checkDirections warns of several remotes of which none takes anything (V13): a vdir between them looks as if it joined them.
func (s *session) checkDirections(v *config.VDir, answer *jsonCheckedVDir) {
	const what = `all its remotes have direction = "pull": nothing is sent to any of them, and they are not brought in step`
	sends := func(r *config.Remote) bool { return r.Carried.Direction != config.PullOnly }
	if all := s.wanted(v, ""); len(all) > 1 && !slices.ContainsFunc(all, sends) {
		answer.Problems = append(answer.Problems, jsonProblem{Severity: "note", What: what})
		s.say(v.Name, what)
	}
}

// checkRemote logs in and says what the server is.
func (s *session) checkRemote(ctx context.Context, v *config.VDir, r *config.Remote, t *tally) (answer jsonCheckedRemote) {
	answer = jsonCheckedRemote{Name: r.Name, VDir: v.Name, Collections: []jsonAbilities{}, Problems: []jsonProblem{}}
	warn := func(level repo.Severity, what string) {
		s.say(r.Name, what)
		answer.Problems = append(answer.Problems, jsonProblem{Severity: severityWords[level], What: what})
	}
	a, err := s.connect(ctx, v, r)
	if err == nil {
		defer a.Close()
		_, err = a.Look(ctx, remote.Binding{})
	}
	t.part(err, false)
	if err != nil {
		answer.Error = s.words(v, err)
		s.say(r.Name, answer.Error)
		return answer
	}
	account := a.shown
	as := "without a login"
	if r.Username.Source() == config.Plain && !r.Username.IsZero() {
		answer.User = r.Username.String()
		as = "as " + answer.User
	}
	answer.URL, answer.Principal = a.url, string(account.Binding.Principal)
	s.tell(r.Name, "%s: logged in %s", a.url, as)
	answer.Certificate = s.checkCertificate(r, a, warn)
	if account.Binding.Principal != "" {
		s.tell(r.Name, "principal %s", account.Binding.Principal)
	}
	for _, home := range slices.Sorted(maps.Keys(account.Failed)) {
		t.lasting = true
		warn(repo.Lasting, fmt.Sprintf("%s: %s", home, account.Failed[home]))
	}
	for _, info := range account.Collections {
		s.tell(r.Name, "collection %s: %s", info.ID, strings.Join(abilities(info), ", "))
		answer.Collections = append(answer.Collections, jsonAbilities{ID: info.ID, Name: info.Name, Components: info.Components,
			ReadOnly: info.ReadOnly || info.Subscribed, What: abilities(info)})
	}
	if len(account.Collections) == 0 {
		warn(repo.Note, nothingThere(v.Kind))
	}
	unmatched := a.unmatched()
	answer.Problems = append(answer.Problems, jsonProblems(unmatched, false)...)
	for _, p := range unmatched {
		t.problem(p, false)
		s.problem(v, p, false)
	}
	checkClock(a, warn)
	return answer
}

// checkCertificate shows what the server is known by, and names what is weak about that (S21).
func (s *session) checkCertificate(r *config.Remote, a *account, warn func(repo.Severity, string)) *jsonCertificate {
	client, ok := a.Remote.(*dav.Remote)
	if !ok {
		return nil
	}
	c, ok := client.Certificate()
	if !ok {
		return nil
	}
	s.tell(r.Name, "certificate SHA-256 %s, for %s, by %s, until %s", c.SHA256, c.Subject, c.Issuer, c.NotAfter.UTC().Format(time.DateOnly))
	switch {
	case !r.Trust.Verify && len(r.Trust.Fingerprints) == 0:
		warn(repo.Note, "tls_verify is false and there is no tls_fingerprint: whoever is on the way can take the server's place; set tls_fingerprint to the SHA-256 above, if you know it to be right")
	case r.Trust.WeakPins():
		warn(repo.Note, "a tls_fingerprint by MD5 or SHA-1 is weak: others can make a certificate that has it; use the SHA-256 above")
	}
	return &jsonCertificate{SHA256: c.SHA256, Subject: c.Subject, Issuer: c.Issuer, Until: c.NotAfter.UTC().Format(time.RFC3339)}
}

// abilities are what matters to a sync of one collection.
func abilities(info remote.Info) []string {
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
	return words
}

// checkClock names a clock that is off by more than a request can take.
func checkClock(a *account, warn func(repo.Severity, string)) {
	client, ok := a.Remote.(*dav.Remote)
	if !ok {
		return
	}
	if ahead, told := client.ClockAhead(); told && ahead.Abs() > time.Minute {
		warn(repo.Note, fmt.Sprintf("its clock and that of this machine are %s apart; set yours right", ahead.Abs().Round(time.Second)))
	}
}
