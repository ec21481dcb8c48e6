package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"vgit/merge"
	"vgit/repo"
	"vgit/repo/item"
)

// This file has what git calls, once git-setup told it to.

func (s *session) mergeDriverCommand() *cli.Command {
	return command(cli.Command{
		Name: "merge-driver", Usage: "merge an item for git", ArgsUsage: "BASE OURS THEIRS [PATH]",
		Description: "For git, which calls it as vgit git-setup tells it to: the result is written to\n" +
			"OURS. No markers are ever put into an item. Of a property that both changed\n" +
			"differently OURS shows its own, or the edit where one side removed it; git notes\n" +
			"the file as in conflict, and the exit status is 1.",
		Action: s.mergeDriver,
	})
}

// driverConflict tells git that a file is in conflict; from 129 on it would give up the whole merge.
const driverConflict = 1

func (s *session) mergeDriver(c *cli.Context) error {
	if err := s.textOnly("merge-driver"); err != nil {
		return err
	}
	args := c.Args().Slice()
	if len(args) < 3 || len(args) > 4 {
		return &usageError{what: "merge-driver takes BASE, OURS and THEIRS, and perhaps PATH", hint: "see vgit help merge-driver"}
	}
	v, err := s.readVersions([]string{args[1], args[0], args[2]}, "")
	if err != nil {
		return err
	}
	v.L0 = present(v.L0)
	v.R0 = v.L0
	res := mergeWhole(v, merge.Context{})
	if err := replaceFile(s.abs(args[1]), res.Local); err != nil {
		return err
	}
	name := args[1]
	if len(args) == 4 {
		name = args[3]
	}
	for _, n := range res.Notes {
		s.say(name, noteLine(n))
	}
	for _, conflict := range res.Conflicts {
		s.say(name, "conflict: "+conflict.Slot+why(conflict)+"; the file shows "+shows(conflict))
		s.tellSides("  ", conflict, "ours", "theirs")
	}
	if len(res.Conflicts) > 0 {
		return outcome(driverConflict)
	}
	return nil
}

// present is an item, or nil for an empty file: git gives one as the base of what both sides added.
func present(it *item.Item) *item.Item {
	if it != nil && len(it.Bytes()) == 0 {
		return nil
	}
	return it
}

func shows(c merge.Conflict) string {
	if c.ShowsRemote {
		return "theirs"
	}
	return "ours"
}

func (s *session) textconvCommand() *cli.Command {
	return command(cli.Command{
		Name: "textconv", Usage: "print an item in words, for git diff", ArgsUsage: "FILE",
		Description: "For git, which calls it as vgit git-setup tells it to. What cannot be read as an\n" +
			"item is printed as it is, line by line.",
		Action: s.textconv,
	})
}

func (s *session) textconv(c *cli.Context) error {
	if err := s.textOnly("textconv"); err != nil {
		return err
	}
	if c.Args().Len() != 1 {
		return &usageError{what: "textconv takes one FILE", hint: "see vgit help textconv"}
	}
	it, err := s.readItem(c.Args().First())
	if err != nil {
		return err
	}
	for _, line := range inWords(it) {
		fmt.Fprintln(s.Stdout, line)
	}
	return nil
}

// inWords is an item for people, each line harmless.
func inWords(it *item.Item) (lines []string) {
	if it == nil {
		return nil
	}
	for _, line := range (merge.Wording{}).Whole(it) {
		lines = append(lines, repo.Plain(line))
	}
	return lines
}
