package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/fatih/color"
	"github.com/urfave/cli/v2"

	"vgit/history"
	"vgit/merge"
	"vgit/repo"
)

func (s *session) blameCommand() *cli.Command {
	return command(cli.Command{
		Name: "blame", Usage: "show since when each property of an item is as it is, and from which side", ArgsUsage: "ITEM",
		Description: "One line for each: since when, from which side, by which change, and what it says.\n" +
			"With -v also what programs keep for themselves, and what the item had once.",
		Action: s.blame,
	})
}

// jsonBlame is the answer of `vgit blame --json`.
type jsonBlame struct {
	jsonHead
	VDir       string       `json:"vdir"`
	Collection string       `json:"collection"`
	File       string       `json:"file"`
	UID        string       `json:"uid,omitempty"`
	Gone       *jsonCommit  `json:"gone,omitempty"` // what took the item away
	Slots      []jsonBlamed `json:"slots"`
}

// jsonBlamed is one slot of an item and the change that it is due to.
type jsonBlamed struct {
	Component    string      `json:"component"`
	RecurrenceID string      `json:"recurrenceId,omitempty"`
	Slot         string      `json:"slot"`
	What         string      `json:"what"`
	Value        string      `json:"value"`
	Bookkeeping  bool        `json:"bookkeeping,omitempty"`
	Gone         bool        `json:"gone,omitempty"` // the item has it no more: the change took it away
	By           *jsonCommit `json:"by,omitempty"`   // missing: the file has it, and no sync has seen it
}

func (s *session) blame(c *cli.Context) error {
	if err := s.open(); err != nil {
		return err
	}
	t, err := s.oneItem(c.Context, c.Args().Slice())
	if err != nil {
		return err
	}
	if repo.IsProperty(path.Base(t.item)) {
		return &usageError{what: quote(t.item) + " is a property of a collection, and blame is about items", hint: "vgit log " + repo.ShellWord(s.targetName(t)) + " shows who changed it"}
	}
	w := s.shownWording()
	w.Verbose, w.Local = false, nil
	q := history.Blame{Words: w, Gone: s.verbose || s.json}
	seen, err := s.see(c.Context, t, "", false)
	if err != nil {
		return err
	}
	if q.Path = seen.item; seen.Version.Commit.IsZero() {
		q.Now = seen.Item
	} else {
		q.From = seen.Version.Commit
	}
	b, err := history.Open(history.Options{Path: t.vdir.Path, Layout: s.options(t.vdir).Layout, Disk: s.Disk})
	if err != nil {
		return s.noHistory(t, err)
	}
	defer b.Close()
	all, err := b.Blame(c.Context, q)
	if gaps := err; errors.Is(gaps, history.ErrIncomplete) {
		s.say(t.vdir.Name, gaps.Error())
		err = nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", t.vdir.Name, err)
	}
	if s.json {
		return s.printJSON(s.blameAnswer(seen, all))
	}
	return s.page(c.Context, func(context.Context) error {
		s.showBlame(seen, all)
		return nil
	})
}

// noHistory is the error for an item of which there is no history yet.
func (s *session) noHistory(t target, err error) error {
	if err = s.unread(t.vdir, err); err != nil {
		return err
	}
	return &usageError{what: quote(t.item) + " has no history yet", hint: "vgit sync begins it"}
}

// blameLine is one line: in the columns that are there.
type blameLine struct {
	since, side, commit, noun, value, occurrence string
	gone                                         bool
}

func (s *session) showBlame(seen *sight, all []history.Blamed) {
	fmt.Fprintln(s.Stdout, s.bold(strings.TrimSpace(repo.Plain(merge.Wording{}.Show(seen.Item).Type+" "+firstLine(seen.Summary()))))+"  "+repo.Plain(s.targetName(seen.target)))
	s.tellWhence(seen)
	var lines []blameLine
	for _, d := range all {
		if (d.Bookkeeping || d.Name == "version") && !s.verbose { // as show does
			continue
		}
		lines = append(lines, s.blameLine(d))
	}
	side, noun := 0, 0
	for _, l := range lines {
		side, noun = max(side, columns(l.side)), max(noun, min(columns(l.noun), 2*widestNounColumn))
	}
	occurrence := ""
	for _, l := range lines {
		if l.occurrence != occurrence {
			if occurrence = l.occurrence; occurrence != "" {
				fmt.Fprintln(s.Stdout, repo.Plain(occurrence))
			}
		}
		text := l.value
		if l.gone {
			text = s.paint(color.FgRed, "gone") + strings.TrimRight(": "+text, ": ")
		}
		fmt.Fprintln(s.Stdout, strings.TrimRight(padded(l.since, len("2006-01-02 15:04"))+"  "+s.paint(color.FgYellow, padded(l.commit, 8))+"  "+
			padded(l.side, side)+"  "+padded(l.noun, noun)+"  "+text, " "))
	}
}

func (s *session) blameLine(d history.Blamed) blameLine {
	l := blameLine{since: "not synced yet", side: history.Here, noun: repo.Plain(d.Noun), value: oneLine(d.Value), occurrence: d.Occurrence, gone: d.Gone}
	if d.By.Commit.IsZero() {
		return l
	}
	l.since, l.commit, l.side = logTime(d.By.Time), shortName(d.By.Commit), repo.Plain(d.By.From)
	if d.By.Message != "" {
		l.side += ": " + repo.Plain(clipped(d.By.Message, 30))
	}
	return l
}

// oneLine is the beginning of a text, harmless.
func oneLine(text string) string {
	line, rest, more := strings.Cut(text, "\n")
	line = clipped(line, 60)
	if more && strings.TrimSpace(rest) != "" {
		line += fmt.Sprintf(" (+%d lines)", strings.Count(rest, "\n")+1)
	}
	return repo.Plain(line)
}

// clipped is a text of so many columns at most.
func clipped(text string, n int) string {
	if columns(text) <= n {
		return text
	}
	return cutColumns(text, n-1) + "…"
}

func (s *session) blameAnswer(seen *sight, all []history.Blamed) jsonBlame {
	coll, name, _ := s.options(seen.vdir).Layout.Split(seen.item)
	j := jsonBlame{jsonHead: head(exitSync), VDir: seen.vdir.Name, Collection: coll, File: name, UID: seen.UID(), Slots: []jsonBlamed{}}
	if seen.gone != nil {
		j.Gone = commitAnswer(*seen.gone)
	}
	for _, d := range all {
		b := jsonBlamed{Component: d.Component, RecurrenceID: d.RecurrenceID, Slot: d.Name, What: d.Noun, Value: d.Value, Bookkeeping: d.Bookkeeping, Gone: d.Gone}
		if !d.By.Commit.IsZero() {
			b.By = commitAnswer(d.By)
		}
		j.Slots = append(j.Slots, b)
	}
	return j
}
