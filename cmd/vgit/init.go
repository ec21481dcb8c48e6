package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"vgit/cmd/config"
)

func (s *session) initCommand() *cli.Command {
	return command(cli.Command{
		Name: "init", Usage: "write the first configuration", ArgsUsage: "[DIR | URL]",
		Description: "Asks for what it is not told by flags, looks the account up and writes the\n" +
			"configuration. Nothing is synced. With --yes it asks nothing. A configuration\n" +
			"that is there is left alone; the tables to add to it are printed.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "url", Usage: "`ADDRESS` of the account: a server, a principal, a host or a mail address"},
			&cli.StringFlag{Name: "user", Usage: "`NAME` to log in with"},
			&cli.StringFlag{Name: "password-command", Usage: "`COMMAND` that prints the password, words separated by blanks"},
			&cli.StringFlag{Name: "password-shell", Usage: "shell `LINE` that prints the password"},
			&cli.StringFlag{Name: "password-env", Usage: "`VARIABLE` that holds the password"},
			&cli.StringFlag{Name: "password-file", Usage: "`FILE` whose first line is the password"},
			&cli.StringFlag{Name: "password-keyring", Usage: "`SERVICE` of the system's keyring that has the password"},
			&cli.StringFlag{Name: "password-prompt", Usage: "`TEXT` to ask for the password with, at each sync"},
			&cli.StringSliceFlag{Name: "origin", Usage: "`ORIGIN` that may see the password as well, as https://host"},
			&cli.StringFlag{Name: "dir", Usage: "`DIRECTORY` for the vdir; of both, if both kinds are wanted"},
			&cli.StringFlag{Name: "kind", Usage: "`KIND` of items: calendar, contacts or both", DefaultText: "both, as far as the account has them"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "yes", Aliases: []string{"y"}, Usage: "ask nothing; take what the flags say"},
		},
		Action: s.init,
	})
}

// setup is what init knows by and by.
type setup struct {
	*session
	yes       bool
	dir, kind string
	url       string
	answers   config.Answers
	typed     map[string]string // passwords, by prompt: what was typed for one kind is good for the other
	code      int               // not 0 if a kind is missing
}

func (s *session) init(c *cli.Context) error {
	path, err := config.Find(s.file, s.Env)
	if err != nil {
		return &usageError{what: err.Error()}
	}
	path = s.abs(path)
	u := &setup{session: s, yes: c.Bool("yes"), dir: c.String("dir"), kind: c.String("kind"), url: c.String("url"), typed: map[string]string{}}
	u.answers.Username, u.answers.Origins = c.String("user"), c.StringSlice("origin")
	if err := u.arguments(c); err != nil {
		return err
	}
	if err := u.ask(c.Context); err != nil {
		return err
	}
	if err := u.lookUp(c.Context); err != nil {
		return byHand(err, path)
	}
	return u.write(path)
}

// byHand adds to an error about a certificate of an authority that nobody knows here that init does not ask for the keys which help.
func byHand(err error, path string) error {
	var unknown x509.UnknownAuthorityError
	if !errors.As(err, &unknown) {
		return err
	}
	return fmt.Errorf("%w; init does not ask for these keys: write %s by hand, as the example in vgit.toml(5), with them", err, path)
}

// arguments reads the flags and the one argument, which is a directory or an address.
func (u *setup) arguments(c *cli.Context) error {
	arg := c.Args().First()
	isURL := strings.Contains(arg, "://") || strings.Contains(arg, "@") || strings.Contains(arg, ".") && !strings.ContainsAny(arg[:1], "./~")
	switch {
	case c.Args().Len() > 1:
		return &usageError{what: "init takes one directory or address", hint: "see vgit help init"}
	case arg == "":
	case isURL && u.url == "":
		u.url = arg
	case !isURL && u.dir == "":
		u.dir = arg
	default:
		return &usageError{what: quote(arg) + " is given twice", hint: "see vgit help init"}
	}
	if u.kind != "" && u.kind != "both" && u.kind != string(config.Calendar) && u.kind != string(config.Contacts) {
		return &usageError{what: "--kind " + quote(u.kind) + ": takes calendar, contacts or both", hint: "see vgit help init"}
	}
	for _, source := range []config.Source{config.Command, config.Shell, config.Env, config.File, config.Keyring, config.Prompt} {
		value := c.String("password-" + string(source))
		if value == "" {
			continue
		}
		if u.answers.Password != "" {
			return &usageError{what: "the password can have one source only", hint: "see vgit help init"}
		}
		u.source(source, value)
	}
	return nil
}

func (u *setup) source(source config.Source, value string) {
	u.answers.Password, u.answers.Words = source, []string{value}
	if source == config.Command {
		u.answers.Words = strings.Fields(value)
	}
}

// ask asks for what is missing.
func (u *setup) ask(ctx context.Context) error {
	if err := u.line(ctx, &u.url, "Address of the account (a URL, a host or a mail address): ", "--url"); err != nil {
		return err
	}
	if !u.yes && u.Ask != nil && u.answers.Username == "" {
		mail := ""
		if strings.Contains(u.url, "@") && !strings.Contains(u.url, "/") {
			mail = u.url // it is the login with most providers
		}
		if err := u.suggested(ctx, &u.answers.Username, "User name", mail); err != nil {
			return err
		}
	}
	if u.answers.Username == "" || u.answers.Password != "" {
		return nil
	}
	var words string
	if err := u.line(ctx, &words, "Command that prints the password, such as: pass nextcloud\n(empty: be asked at each sync): ", "--password-command"); err != nil {
		return err
	}
	if words = strings.TrimSpace(words); words == "" {
		u.source(config.Prompt, "Password of "+u.answers.Username+" at "+u.url+": ")
	} else {
		u.source(config.Command, words)
	}
	return nil
}

// line asks for one value that has no default.
func (u *setup) line(ctx context.Context, to *string, prompt, flag string) (err error) {
	if *to != "" {
		return nil
	}
	if u.yes || u.Ask == nil {
		return &usageError{what: flag + " is missing, and there is nobody to ask", hint: "see vgit help init"}
	}
	*to, err = u.Ask(ctx, prompt, false)
	return err
}

// suggested asks for a value; an empty answer takes the suggestion.
func (u *setup) suggested(ctx context.Context, to *string, what, suggestion string) error {
	if *to != "" {
		return nil
	}
	if u.yes || u.Ask == nil {
		*to = suggestion
		return nil
	}
	prompt := what + ": "
	if suggestion != "" {
		prompt = what + " [" + suggestion + "]: "
	}
	answer, err := u.Ask(ctx, prompt, false)
	if *to = strings.TrimSpace(answer); *to == "" {
		*to = suggestion
	}
	return err
}

// write makes the file, readable by its owner alone. One that is there is never touched.
func (u *setup) write(path string) error {
	text := config.Template(u.answers)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) && u.json {
		hint := "add the tables to it"
		u.say("", path+": is there already and stays as it is")
		answer := jsonInit{head(exitUsage), path, false, string(text)}
		answer.Errors = append(answer.Errors, jsonError{What: "is there already and stays as it is", Hint: hint, File: path})
		return u.answer(answer, exitUsage)
	}
	if errors.Is(err, fs.ErrExist) {
		if _, err := u.Stdout.Write(text); err != nil {
			return err
		}
		return &usageError{what: path + ": is there already and stays as it is", hint: "add the tables above to it"}
	}
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	u.tell("written", "%s", path)
	u.hint("vgit sync -n shows what a sync would do, vgit sync does it")
	if u.json {
		return u.answer(jsonInit{head(u.code), path, true, string(text)}, u.code)
	}
	return ended(u.code)
}

// jsonInit is the answer of `vgit init --json`.
type jsonInit struct {
	jsonHead
	Path    string `json:"path"`
	Written bool   `json:"written"` // false: a configuration was there, and stays as it is
	Tables  string `json:"tables"`  // what was written, or is to be added
}
