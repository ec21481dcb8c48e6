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
	answer := jsonGitSetup{VDirs: []jsonGit{}}
	for _, p := range places {
		changed, err := s.setGit(p.vdir, c.Bool("remove"))
		git := jsonGit{Name: p.vdir.Name, Path: p.vdir.Path, Changed: changed}
		if err != nil {
			failed, git.Error = errors.Join(failed, err), err.Error()
			s.say(p.vdir.Name, err.Error())
		} else {
			s.tell(p.vdir.Name, "%s", gitSetupWords(c.Bool("remove"), changed))
		}
		answer.VDirs = append(answer.VDirs, git)
	}
	code := errorCode(failed)
	if answer.jsonHead = head(code); s.json {
		return s.answer(answer, code)
	}
	return ended(code)
}

// jsonGitSetup is the answer of `vgit git-setup --json`.
type jsonGitSetup struct {
	jsonHead
	VDirs []jsonGit `json:"vdirs"`
}

// jsonGit is what became of the git of one vdir.
type jsonGit struct {
	Name    string `json:"name"`
	Path    string `json:"path"`
	Changed bool   `json:"changed"` // false: it was as it should be
	Error   string `json:"error,omitempty"`
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
