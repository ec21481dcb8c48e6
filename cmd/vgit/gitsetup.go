package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/urfave/cli/v2"

	"vgit/cmd/config"
	"vgit/repo"
	"vgit/repo/store"
)

func (s *session) gitSetupCommand() *cli.Command {
	return command(cli.Command{
		Name: "git-setup", Usage: "let git itself merge and show items as vgit does", ArgsUsage: "[--remove] [VDIR ...]",
		Description: "Writes a merge driver and a textconv into .git/config of a vdir, and which files\n" +
			"they are for into .git/info/attributes. Lines of your own stay as they are. vgit\n" +
			"itself does not need it, and obeys none of it.",
		Flags: []cli.Flag{
			&cli.BoolFlag{DisableDefaultText: true, Name: "remove", Usage: "take out what was written"},
		},
		Action: s.gitSetup,
	})
}

func (s *session) gitSetup(c *cli.Context) error {
	if err := s.open(); err != nil {
		return err
	}
	places, err := s.places(c.Args().Slice())
	if err != nil {
		return err
	}
	for _, p := range places {
		if p.collections != nil {
			return &usageError{what: "git-setup is about a whole VDIR: " + p.vdir.Name, hint: "see vgit help git-setup"}
		}
	}
	var failed error
	for _, p := range places {
		changed, err := s.setGit(p.vdir, c.Bool("remove"))
		if err != nil {
			failed = errors.Join(failed, err)
			s.say(p.vdir.Name, err.Error())
			continue
		}
		fmt.Fprintf(s.Stdout, "%s: %s\n", repo.Plain(p.vdir.Name), gitSetupWords(c.Bool("remove"), changed))
	}
	if failed != nil {
		return outcome(errorCode(failed))
	}
	return nil
}

func gitSetupWords(remove, changed bool) string {
	switch {
	case remove && changed:
		return "git merges and shows items line by line again"
	case remove:
		return "there was nothing to take out"
	case changed:
		return "git now merges and shows items by vgit"
	}
	return "git merges and shows items by vgit already"
}

// setGit tells the git of one vdir about vgit, or takes that back.
func (s *session) setGit(v *config.VDir, remove bool) (changed bool, err error) {
	var tools *store.GitTools
	if !remove {
		self, err := s.Self()
		if err != nil {
			return false, err
		}
		tools = &store.GitTools{Driver: repo.ShellWord(self) + " merge-driver %O %A %B %P", Textconv: repo.ShellWord(self) + " textconv",
			Patterns: []string{"*" + v.Extension}}
	}
	st, err := store.Open(v.Path, store.Options{Now: s.Now, Dir: s.Disk})
	if errors.Is(err, store.ErrNoRepository) || errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("%s: no repository is there yet; vgit sync makes it", v.Path)
	}
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	unlock, err := st.Lock()
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	return st.SetGitTools(tools)
}
