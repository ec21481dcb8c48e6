package main

import "github.com/urfave/cli/v2"

func (s *session) initCommand() *cli.Command { return command(cli.Command{Name: "init"}) }
