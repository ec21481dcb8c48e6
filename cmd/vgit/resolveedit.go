package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"vgit/repo/disk"
)

// edit lets a person edit an item that waits, beginning with what the file shows. What cannot be taken is given back to them, if there
// is somebody to ask.
func (s *session) edit(ctx context.Context, w *waiter) (body []byte, err error) {
	editor := s.editor()
	if editor == "" {
		return nil, errors.New("neither $VISUAL nor $EDITOR is set")
	}
	dir, err := os.MkdirTemp("", "vgit-edit-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	name := "item" + w.vdir.Extension
	if err := os.WriteFile(filepath.Join(dir, name), forEditor(w.Clean), 0o600); err != nil {
		return nil, err
	}
	d, err := disk.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	for {
		if err := s.runEditor(ctx, editor, filepath.Join(dir, name)); err != nil {
			return nil, err
		}
		b, err := readResult(d, name)
		if err != nil {
			return nil, fmt.Errorf("the editor %w", err)
		}
		if body = fromEditor(b, w.Clean); bytes.Equal(body, w.Clean) {
			return nil, errors.New("nothing was edited; to take one side as it is there are --local and --remote")
		}
		if err = sameItem(body, w.Ours, w.Theirs); err == nil {
			return body, nil
		}
		err = fmt.Errorf("what was edited %w", err)
		if s.Ask == nil {
			return nil, err
		}
		fmt.Fprintln(s.Stderr, "  "+clean(err.Error()))
		answer, aerr := s.Ask(ctx, "  edit it again? [y/n] ", false)
		if aerr != nil || len(answer) == 0 || answer[0] != 'y' && answer[0] != 'Y' {
			return nil, err
		}
	}
}

// editor is the line that starts the editor.
func (s *session) editor() string {
	if e := s.Env("VISUAL"); e != "" {
		return e
	}
	return s.Env("EDITOR")
}

// runEditor runs the editor as others do: its line may have arguments, so a shell reads it.
func (s *session) runEditor(ctx context.Context, editor, file string) error {
	s.lent.Lock()
	defer s.lent.Unlock()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", editor+` "$@"`, editor, file)
	cmd.Env = append([]string{}, s.resolver.Environ...)
	if s.Lend != nil {
		defer s.Lend(cmd)()
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("the editor %q: %w", editor, err)
	}
	return ctx.Err()
}

// forEditor gives an item the line ends of this system, if all of its own are CRLF.
func forEditor(b []byte) []byte {
	if crlf(b) {
		return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	}
	return b
}

// fromEditor gives them back, also to lines that the editor added.
func fromEditor(b, before []byte) []byte {
	if !crlf(before) {
		return b
	}
	b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n"))
}

// crlf tells whether every line ends with CRLF.
func crlf(b []byte) bool {
	n := bytes.Count(b, []byte("\r\n"))
	return n > 0 && n == bytes.Count(b, []byte("\n"))
}
