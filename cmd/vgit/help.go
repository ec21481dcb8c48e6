package main

import "github.com/urfave/cli/v2"

func (s *session) helpCommand() *cli.Command {
	return command(cli.Command{Name: "help", Usage: "explain a command", ArgsUsage: "[COMMAND]", Action: s.help})
}

// help works without a configuration, and with a broken one.
func (s *session) help(c *cli.Context) error {
	if err := s.textOnly("help"); err != nil {
		return err
	}
	if err := takes(c, 1); err != nil {
		return err
	}
	name := c.Args().First()
	if name == "" {
		return cli.ShowAppHelp(rootOf(c))
	}
	if c.App.Command(name) == nil {
		return &usageError{what: "no command " + quote(name) + nearest(name, commandNames(c.App)), hint: "see vgit help"}
	}
	return cli.ShowCommandHelp(rootOf(c), name)
}

func rootOf(c *cli.Context) *cli.Context {
	all := c.Lineage()
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].App != nil {
			return all[i]
		}
	}
	return c
}
