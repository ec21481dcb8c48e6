package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

func (s *session) completionCommand() *cli.Command {
	return command(cli.Command{
		Name: "completion", Usage: "print a completion script for a shell", ArgsUsage: "bash|zsh|fish",
		Description: "For example, in ~/.bashrc: eval \"$(vgit completion bash)\"",
		Action:      s.completion,
	})
}

func (s *session) completion(c *cli.Context) error {
	if err := s.textOnly("completion"); err != nil {
		return err
	}
	if err := takes(c, 1); err != nil {
		return err
	}
	var script string
	switch shell := c.Args().First(); shell {
	case "bash":
		script = wordCompletion(c.App)
	case "zsh":
		// The first line makes it one that zsh picks up from its site-functions.
		script = "#compdef vgit\nautoload -U +X bashcompinit && bashcompinit\n" + wordCompletion(c.App)
	case "fish":
		script = fishCompletion(c.App)
	case "":
		return &usageError{what: "completion for which shell? there is one for bash, zsh and fish", hint: "see vgit help completion"}
	default:
		return &usageError{what: "no completion for " + quote(shell) + "; there is one for bash, zsh and fish", hint: "see vgit help completion"}
	}
	_, err := fmt.Fprint(s.Stdout, script)
	return err
}

// flagWords are the long flags of a list.
func flagWords(flags []cli.Flag) (words []string) {
	for _, f := range flags {
		for _, n := range f.Names() {
			if len(n) > 1 {
				words = append(words, "--"+n)
			}
		}
	}
	return words
}

// wordCompletion completes commands, and the flags of the command that is there.
func wordCompletion(app *cli.App) string {
	var b strings.Builder
	b.WriteString("_vgit() {\n  local word=\"${COMP_WORDS[COMP_CWORD]}\" words=\"\" w\n")
	fmt.Fprintf(&b, "  words=%q\n", strings.Join(append(commandNames(app), flagWords(app.Flags)...), " "))
	b.WriteString("  for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n    case \"$w\" in\n")
	for _, c := range app.Commands {
		words := append(flagWords(c.Flags), flagWords(app.Flags)...)
		if c.Name == "help" {
			words = commandNames(app)
		}
		fmt.Fprintf(&b, "      %s) words=%q; break ;;\n", c.Name, strings.Join(words, " "))
	}
	b.WriteString("    esac\n  done\n  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\ncomplete -o default -F _vgit vgit\n")
	return b.String()
}

func fishCompletion(app *cli.App) string {
	var b strings.Builder
	for _, c := range app.Commands {
		fmt.Fprintf(&b, "complete -c vgit -n __fish_use_subcommand -a %s -d %q\n", c.Name, c.Usage)
		for _, w := range flagWords(c.Flags) {
			fmt.Fprintf(&b, "complete -c vgit -n '__fish_seen_subcommand_from %s' -l %s\n", c.Name, strings.TrimPrefix(w, "--"))
		}
	}
	for _, w := range flagWords(app.Flags) {
		fmt.Fprintf(&b, "complete -c vgit -l %s\n", strings.TrimPrefix(w, "--"))
	}
	return b.String()
}
