package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/fatih/color"

	"vgit/history"
	"vgit/merge"
	"vgit/repo"
)

// maxDeeds is how many commits are named that are taken back.
const maxDeeds = 5

// showReversal shows what an undo or a restore does, and what stays as it is.
func (s *session) showReversal(t *takingBack, all bool) {
	for i, d := range t.rev.Of {
		if i == maxDeeds && !s.verbose {
			fmt.Fprintf(s.Stdout, "and %d more, since %s\n", len(t.rev.Of)-i, logTime(t.rev.Of[len(t.rev.Of)-1].Time))
			break
		}
		fmt.Fprintf(s.Stdout, "take back %s  %s  %s%s\n", logTime(d.Time), s.paint(color.FgYellow, shortName(d.Commit)), s.deed(d), s.ofVDir(t))
	}
	if t.then != nil {
		fmt.Fprintf(s.Stdout, "as of %s  %s%s\n", logTime(t.then.Time), s.paint(color.FgYellow, shortName(t.then.Commit)), s.ofVDir(t))
	}
	for i := range t.rev.Changes {
		if i == maxShownBack && !s.verbose {
			fmt.Fprintf(s.Stdout, "    and %d more; -v names them all\n", len(t.rev.Changes)-i)
			break
		}
		s.showPutBack(s.Stdout, t, i)
	}
	for i := range t.rev.Stays {
		if i == maxShownBack && !s.verbose {
			fmt.Fprintf(s.Stdout, "    and %d more stay; -v names them all\n", len(t.rev.Stays)-i)
			break
		}
		k := &t.rev.Stays[i]
		words := t.kept[i].Words
		words.Sign, words.Lines = '~', nil
		fmt.Fprintf(s.Stdout, "    stays: %s: %s\n", repo.Line(words, s.place(t.vdir, k.Collection)+"/"+k.Name), s.whyStays(k))
	}
	if len(t.rev.Changes)+len(t.rev.Stays) == 0 {
		fmt.Fprintln(s.Stdout, map[bool]string{true: "    nothing differs now", false: "    nothing is left of it to take back"}[t.then != nil])
	}
	if t.rev.Sent && !s.quiet && len(t.rev.Changes) > 0 {
		s.hint("what was edited here and sent then stays; vgit undo --from here takes that back")
	}
}

// ofVDir names the vdir, if there are several.
func (s *session) ofVDir(t *takingBack) string {
	if len(s.cfg.VDirs) > 1 {
		return "  " + repo.Plain(t.vdir.Name)
	}
	return ""
}

func (s *session) showPutBack(to io.Writer, t *takingBack, i int) {
	d, was := t.told[i], ""
	if d.Was != "" {
		was = ", was " + repo.Plain(d.Was)
	}
	if why := t.rev.Changes[i].Damage; why != "" {
		was += ": " + why
	}
	fmt.Fprintf(to, "    %s %s%s\n", s.sign(d.Sign), repo.Line(d.Words, s.place(t.vdir, d.Collection)+"/"+d.Name), was)
	for _, line := range d.Words.Lines {
		fmt.Fprintln(to, "        "+repo.Plain(line))
	}
}

// whyStays says why something is not taken back, by whom and when it was changed.
func (s *session) whyStays(k *history.Stay) string {
	what := map[history.Reason]string{
		history.Edited: "edited", history.Deleted: "deleted", history.Back: "is there again, put back", history.Moved: "moved to another collection",
	}[k.Reason]
	if slots := slotList(k.Slots); slots != "" {
		what = slots + " " + what
	}
	by := " here"
	if k.By.Kind == history.Pull {
		by = " on " + repo.Plain(k.By.From)
	}
	switch {
	case k.By.Commit.IsZero():
		return what + by + " just now"
	case s.Now().Sub(k.By.Time) < 24*time.Hour && s.Now().Local().Day() == k.By.Time.Local().Day():
		return what + by + " at " + k.By.Time.Local().Format("15:04")
	}
	return what + by + " on " + k.By.Time.Local().Format("Mon 2 Jan 15:04")
}

// slotList names slots: "title, time and place".
func slotList(list []merge.Conflict) string {
	var names []string
	for _, c := range list {
		names = append(names, repo.Plain(merge.Noun(c.Slot)))
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// tookBack ends the command: what was done, what was not, and what comes next.
func (s *session) tookBack(all []*takingBack, dry bool) error {
	var failed error
	code, done := exitSync, 0
	for _, t := range all {
		failed = errors.Join(failed, t.err)
		if t.err != nil {
			s.fail(t.vdir.Name, s.words(t.vdir, t.err))
		}
		if t.report == nil {
			continue
		}
		for _, p := range t.report.Problems {
			s.problem(t.vdir, p, true)
		}
		for _, p := range t.report.Kept {
			s.say(s.where(t.vdir, "", ""), problemText(p))
		}
		for _, l := range t.left() {
			code = exitSome
			s.say(s.where(t.vdir, "", l.Collection), repo.Plain(l.Name)+": stays as it is: "+l.Why)
		}
		done += len(t.report.Done)
	}
	if failed != nil {
		if code = errorCode(failed); done > 0 {
			code = exitSome
		}
	}
	if s.json {
		return s.answer(s.takenBackAnswer(all, code), code)
	}
	if done > 0 {
		word := map[string]string{"undo": "taken back", "restore": "restored"}[all[0].what]
		fmt.Fprintf(s.Stdout, "%s %s\n", count(done, "item"), word)
		s.hintNext(all)
	}
	return ended(code)
}

// left is what was shown and not done.
func (t *takingBack) left() []repo.LeftEdit {
	list := t.report.Left
	for _, e := range t.late {
		list = append(list, repo.LeftEdit{FileEdit: e, Why: "it has changed since this was shown"})
	}
	return list
}
