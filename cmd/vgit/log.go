package main

import (
	"context"
	"fmt"
	"path"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"vgit/cmd/config"
	"vgit/history"
	"vgit/merge"
	"vgit/repo"
)

func (s *session) logCommand() *cli.Command {
	return command(cli.Command{
		Name: "log", Usage: "show what changed, when and from which side", ArgsUsage: "[-n N] [WHERE | FILE ...]",
		Description: "WHERE is VDIR or VDIR/COLLECTION, FILE the file of an item, such as\n" +
			"work/dentist.ics or dentist.ics. Newest first.",
		Flags:  []cli.Flag{&cli.IntFlag{DefaultText: "all", Name: "max-count", Aliases: []string{"n"}, Usage: "show `N` entries at most"}},
		Action: s.log,
	})
}

// jsonLog is the answer of `vgit log --json`.
type jsonLog struct {
	jsonHead
	Entries []jsonEntry `json:"entries"`
}

// jsonEntry is one entry of it.
type jsonEntry struct {
	VDir   string       `json:"vdir"`
	Commit string       `json:"commit"`
	Time   string       `json:"time"`
	Kind   string       `json:"kind"` // "edit", "pull", "push"
	From   string       `json:"from"` // "here", or the remote
	Note   string       `json:"note,omitempty"`
	Items  []jsonChange `json:"items"`
}

type jsonChange struct {
	Sign       string `json:"sign"` // "+", "~", "-"
	Collection string `json:"collection"`
	File       string `json:"file"`
	Title      string `json:"title,omitempty"`
	When       string `json:"when,omitempty"`

	Diff []merge.Detail `json:"diff,omitempty"` // slot by slot
}

func (s *session) log(c *cli.Context) error {
	if err := s.open(); err != nil {
		return err
	}
	limit := c.Int("max-count")
	if c.IsSet("max-count") && limit < 1 {
		return &usageError{what: "--max-count takes a number from 1 on", hint: "see vgit help log"}
	}
	targets, err := s.targets(c.Context, c.Args().Slice())
	if err != nil {
		return err
	}
	all := s.histories(targets)
	if len(all) == 1 && !s.json { // at once, as it is read
		return s.readHistory(c.Context, all[0], limit, s.showEntry)
	}
	var entries []vdirEntry
	for _, h := range all {
		if err := s.readHistory(c.Context, h, limit, func(e vdirEntry) { entries = append(entries, e) }); err != nil {
			return err
		}
	}
	slices.SortStableFunc(entries, func(a, b vdirEntry) int { return b.Time.Compare(a.Time) })
	if limit > 0 && len(entries) > limit {
		entries = entries[:limit]
	}
	return s.showEntries(entries)
}

func (s *session) showEntries(entries []vdirEntry) error {
	answer := jsonLog{head(exitSync), []jsonEntry{}}
	for _, e := range entries {
		if s.json {
			answer.Entries = append(answer.Entries, entryAnswer(e))
		} else {
			s.showEntry(e)
		}
	}
	if s.json {
		return s.printJSON(answer)
	}
	return nil
}

// vdirEntry is an entry with the vdir that it is of.
type vdirEntry struct {
	history.Entry
	vdir *config.VDir
}

type vdirHistory struct {
	vdir    *config.VDir
	options history.Options
}

// readHistory hands over the entries. A vdir that was never synced has none.
func (s *session) readHistory(ctx context.Context, h vdirHistory, limit int, each func(vdirEntry)) error {
	h.options.Limit = limit
	err := history.Log(ctx, h.options, func(e history.Entry) bool {
		each(vdirEntry{e, h.vdir})
		return true
	})
	if err != nil {
		return s.unread(h.vdir, err)
	}
	return nil
}

// histories are those of the vdirs that are meant, each with what of it is wanted.
func (s *session) histories(targets []target) (all []vdirHistory) {
	for i := range s.cfg.VDirs {
		v := &s.cfg.VDirs[i]
		o := history.Options{Path: v.Path, Layout: s.options(v).Layout, Disk: s.Disk, Details: s.json}
		if w := s.wording(); !s.json {
			o.Words = &w
		}
		named, whole := false, false
		for _, t := range targets {
			if t.vdir != v {
				continue
			}
			named, whole = true, whole || t.collection == ""
			o.Of = append(o.Of, history.Place{Collection: t.collection, Name: path.Base(t.item)})
			if t.item == "" {
				o.Of[len(o.Of)-1].Name = ""
			}
		}
		if whole {
			o.Of = nil
		}
		if named {
			all = append(all, vdirHistory{v, o})
		}
	}
	return all
}

func (s *session) showEntry(e vdirEntry) {
	line := e.Time.Local().Format("2006-01-02 15:04") + "  " + deed(e.Entry)
	if e.Message != "" {
		line += ": " + repo.Plain(e.Message)
	}
	fmt.Fprintln(s.Stdout, line)
	for _, d := range e.Items {
		was := ""
		if d.Was != "" {
			was = ", was " + repo.Plain(d.Was)
		}
		fmt.Fprintf(s.Stdout, "    %c %s%s\n", d.Sign, repo.Line(d.Words, s.place(e.vdir, d.Collection)+"/"+d.Name), was)
		for _, line := range d.Words.Lines {
			fmt.Fprintln(s.Stdout, "        "+repo.Plain(line))
		}
	}
}

// deed says who brought a change about.
func deed(e history.Entry) string {
	switch e.Kind {
	case history.Pull:
		return "received from " + repo.Plain(e.From)
	case history.Push:
		return "sent to " + repo.Plain(e.From)
	}
	return "edited here"
}

func entryAnswer(e vdirEntry) jsonEntry {
	j := jsonEntry{VDir: e.vdir.Name, Commit: e.Commit.String(), Time: e.Time.Format(time.RFC3339), Kind: string(e.Kind), From: e.From,
		Note: e.Message, Items: []jsonChange{}}
	for _, d := range e.Items {
		j.Items = append(j.Items, jsonChange{string(d.Sign), d.Collection, d.Name, d.Title, d.When, d.Details})
	}
	return j
}
