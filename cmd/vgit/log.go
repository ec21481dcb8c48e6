package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"vgit/cmd/config"
	"vgit/history"
	"vgit/repo"
)

func (s *session) logCommand() *cli.Command {
	return command(cli.Command{
		Name: "log", Usage: "show what changed, when and from which side", ArgsUsage: "[-n N] [WHERE | FILE]",
		Description: "WHERE is VDIR or VDIR/COLLECTION, FILE the file of an item, such as\n" +
			"work/dentist.ics or dentist.ics. Newest first.",
		Flags:  []cli.Flag{&cli.IntFlag{Name: "max-count", Aliases: []string{"n"}, Usage: "show `N` entries at most of each vdir"}},
		Action: s.log,
	})
}

// jsonEntry is one entry of `vgit log --json`.
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
}

func (s *session) log(c *cli.Context) error {
	if err := s.open(); err != nil {
		return err
	}
	if c.Args().Len() > 1 {
		return &usageError{what: "log takes one WHERE or FILE", hint: "see vgit help log"}
	}
	entries := []jsonEntry{}
	for _, o := range s.histories(c.Args().First()) {
		o.options.Limit = c.Int("max-count")
		err := history.Log(c.Context, o.options, func(e history.Entry) bool {
			if s.json {
				entries = append(entries, entryAnswer(o.vdir, e))
			} else {
				s.showEntry(o.vdir, e)
			}
			return true
		})
		if err != nil {
			return fmt.Errorf("%s: %w", o.vdir.Name, err)
		}
	}
	if s.json {
		return s.printJSON(entries)
	}
	return nil
}

type vdirHistory struct {
	vdir    *config.VDir
	options history.Options
}

// histories are what an argument of log means: a vdir, a collection of one, or a file that any of them may have.
func (s *session) histories(arg string) (all []vdirHistory) {
	name, rest, _ := strings.Cut(arg, "/")
	named := s.cfg.VDir(name)
	for i := range s.cfg.VDirs {
		v := &s.cfg.VDirs[i]
		o := history.Options{Path: v.Path, Layout: s.options(v).Layout, Disk: s.Disk}
		switch {
		case arg == "":
		case named == v && (rest == "" || !strings.HasSuffix(rest, v.Extension)):
			o.Where = strings.TrimSuffix(rest, "/")
		case named == v:
			o.Item = rest
		case named == nil:
			o.Item = arg
		default:
			continue
		}
		all = append(all, vdirHistory{v, o})
	}
	return all
}

func (s *session) showEntry(v *config.VDir, e history.Entry) {
	what := map[history.Kind]string{history.Edit: "edited here", history.Pull: "received from " + repo.Plain(e.From), history.Push: "sent to " + repo.Plain(e.From)}[e.Kind]
	line := e.Time.Local().Format("2006-01-02 15:04") + "  " + what
	if len(s.cfg.VDirs) > 1 {
		line += " (" + repo.Plain(v.Name) + ")"
	}
	if e.Message != "" {
		line += ": " + repo.Plain(e.Message)
	}
	fmt.Fprintln(s.Stdout, line)
	for _, d := range e.Items {
		fmt.Fprintln(s.Stdout, "    "+d.String())
	}
}

func entryAnswer(v *config.VDir, e history.Entry) jsonEntry {
	j := jsonEntry{VDir: v.Name, Commit: e.Commit.String(), Time: e.Time.Format("2006-01-02T15:04:05Z07:00"), Kind: string(e.Kind), From: e.From,
		Note: e.Message, Items: []jsonChange{}}
	for _, d := range e.Items {
		j.Items = append(j.Items, jsonChange{string(d.Sign), d.Collection, d.Name, d.Title, d.When})
	}
	return j
}
