package main

import "github.com/urfave/cli/v2"

func (s *session) configCommand() *cli.Command {
	return command(cli.Command{
		Name: "config", Usage: "show the configuration in force and where each value came from",
		Description: "Secrets are shown as their source. Nothing is fetched, run or asked.",
		Action: func(c *cli.Context) error {
			if err := takes(c, 0); err != nil {
				return err
			}
			if err := s.open(); err != nil {
				return err
			}
			text := s.cfg.Render(s.json)
			if s.json {
				text, s.answered = escapeJSON(text), true
			}
			_, err := s.Stdout.Write(text)
			return err
		},
	})
}
