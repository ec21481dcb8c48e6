package main

import (
	"io"

	"github.com/urfave/cli/v2"
)

// app is the command line. It calls no os.Exit, prints no usage on its own, and takes flags in the order that arrange made.
func (s *session) app() *cli.App {
	return &cli.App{
		Name:  "vgit",
		Usage: "calendars and contacts in git, in sync with CalDAV and CardDAV",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "config", Aliases: []string{"c"}, Usage: "read the configuration from `FILE`"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "quiet", Aliases: []string{"q"}, Usage: "say less: errors only"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "verbose", Aliases: []string{"v"}, Usage: "say more"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "trace", Usage: "show each request, without credentials"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "json", Usage: "answer in JSON"},
			&cli.StringFlag{Name: "color", Value: "auto", Usage: "colour the answer, `WHEN`: auto, always or never"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "no-pager", Usage: "show a long answer as it is, without $PAGER"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "version", Usage: "show the version"},
		},
		Commands: []*cli.Command{
			s.syncCommand(), s.statusCommand(), s.heldCommand(), s.acceptCommand(), s.refuseCommand(), s.resolveCommand(), s.checkCommand(), s.configCommand(), s.collectionsCommand(), s.initCommand(),
			s.logCommand(), s.diffCommand(), s.showCommand(), s.blameCommand(), s.exportCommand(), s.restoreCommand(), s.undoCommand(), s.mergeFileCommand(), s.gitSetupCommand(), s.mergeDriverCommand(), s.textconvCommand(), s.demoCommand(), s.versionCommand(), s.helpCommand(), s.completionCommand(),
		},
		Before:                    s.globals,
		Action:                    s.bare,
		OnUsageError:              badFlag,
		HideHelp:                  true,
		HideHelpCommand:           true,
		HideVersion:               true,
		DisableSliceFlagSeparator: true,
		ExitErrHandler:            func(*cli.Context, error) {},
		Writer:                    s.Stdout,
		ErrWriter:                 io.Discard,
		CustomAppHelpTemplate:     appHelp,
	}
}

// command fills in what all commands share.
func command(c cli.Command) *cli.Command {
	c.OnUsageError = badFlag
	c.HideHelp = true
	c.CustomHelpTemplate = commandHelp
	return &c
}

// takes refuses more arguments than a command takes.
func takes(c *cli.Context, most int) error {
	if c.Args().Len() <= most {
		return nil
	}
	what := "no argument"
	if most == 1 {
		what = "one argument"
	}
	return &usageError{what: c.Command.Name + " takes " + what + ", and there is " + quote(c.Args().Get(most)), hint: "see vgit help " + c.Command.Name}
}

func badFlag(c *cli.Context, err error, isCommand bool) error {
	hint := "see vgit help"
	if isCommand {
		hint += " " + c.Command.Name
	}
	return &usageError{what: err.Error(), hint: hint}
}

// globals reads the flags that every command has.
func (s *session) globals(c *cli.Context) error {
	s.quiet, s.verbose, s.trace, s.json = c.Bool("quiet"), c.Bool("verbose"), c.Bool("trace"), c.Bool("json")
	s.file, s.ctx, s.noPager = c.String("config"), c.Context, c.Bool("no-pager")
	switch color := c.String("color"); color {
	case "always":
		s.color = true
	case "auto":
		s.color = s.OutTerminal && s.Env("NO_COLOR") == "" && s.Env("TERM") != "dumb"
	case "never":
	default:
		return &usageError{what: "--color " + quote(color) + ": takes auto, always or never", hint: "see vgit help"}
	}
	return nil
}

// bare is vgit without a command.
func (s *session) bare(c *cli.Context) error {
	if c.Bool("version") {
		return s.version(c)
	}
	c.App.Writer = s.Stderr
	if err := cli.ShowAppHelp(c); err != nil {
		return err
	}
	return outcome(exitUsage)
}

const appHelp = `usage: vgit [--config FILE] [-q|-v|--trace] [--json] [--color WHEN] COMMAND ...

{{.Usage}}

{{range .VisibleCommands}}  {{join .Names ", "}}{{"\t"}}{{.Usage}}
{{end}}
For every command:
{{range .VisibleFlags}}  {{.}}
{{end}}
vgit help COMMAND tells more. Exit status: 0 in sync, 1 nothing could be synced,
2 arguments or configuration, 3 some failed, 4 conflicts wait, 5 a guard holds
something, 75 try again later.
`

const commandHelp = `usage: vgit {{.Name}}{{if .ArgsUsage}} {{.ArgsUsage}}{{end}}

{{.Usage}}
{{if .Description}}
{{.Description}}
{{end}}{{if .VisibleFlags}}
{{range .VisibleFlags}}  {{.}}
{{end}}{{end}}`
