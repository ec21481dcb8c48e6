package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"vgit/cmd/config"
	"vgit/merge"
	"vgit/repo"
	"vgit/repo/disk"
	"vgit/repo/item"
)

// settler runs the program of a vdir on an item that waits.
func (s *session) settler(v *config.VDir, p config.Program) func(context.Context, *repo.Waiting) ([]byte, error) {
	return func(ctx context.Context, w *repo.Waiting) ([]byte, error) {
		if w.Ours == nil || w.Theirs == nil {
			return nil, errors.New("one side deleted it, and no program is asked about that; vgit resolve settles it")
		}
		body, err := s.askProgram(ctx, p, sidesOf(w, v.Extension))
		if err != nil {
			return nil, err
		}
		if err := sameItem(body, w.Ours, w.Theirs); err != nil {
			return nil, fmt.Errorf("what the program %q left %w", filepath.Base(p.Words[0]), err)
		}
		return body, nil
	}
}

func sidesOf(w *repo.Waiting, ext string) sides {
	return sides{base: w.Base, local: w.Takes(merge.Local), remote: w.Takes(merge.Remote), ext: ext}
}

// sides are the files that a program settles a conflict with.
type sides struct {
	base, local, remote []byte
	ext                 string // how the name of an item ends
}

// askProgram lets a program settle a conflict and gives what it came to. Whatever goes wrong with it is an error, and the conflict
// waits (F113, S31).
func (s *session) askProgram(ctx context.Context, p config.Program, in sides) (result []byte, err error) {
	who := fmt.Sprintf("the program %q", filepath.Base(p.Words[0]))
	if p.Terminal && s.Lend == nil {
		return nil, errors.New(who + " needs a terminal; vgit resolve --command on one runs it")
	}
	argv, err := s.resolver.Argv(p.Words)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "vgit-conflict-") // for its owner alone
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := in.write(dir); err != nil {
		return nil, err
	}
	if !p.Names(config.LocalFile) && !p.Names(config.RemoteFile) && !p.Names(config.BaseFile) && !p.Names(config.OutputFile) {
		argv = append(argv, config.LocalFile, config.RemoteFile)
	}
	for i := range argv[1:] {
		argv[i+1] = in.named(dir, argv[i+1])
	}
	if err := s.runProgram(ctx, argv, p.Timeout, &tail{dir: dir}); err != nil {
		return nil, fmt.Errorf("%s %w", who, err)
	}
	if result, err = in.read(dir, p.Names(config.OutputFile)); err != nil {
		return nil, fmt.Errorf("%s %w", who, err)
	}
	return result, nil
}

// The names in the directory, before the ending of an item.
const (
	baseName   = "base"
	localName  = "local"
	remoteName = "remote"
	outputName = "output"
)

func (in sides) write(dir string) error {
	for name, body := range map[string][]byte{baseName: in.base, localName: in.local, remoteName: in.remote} {
		if err := os.WriteFile(filepath.Join(dir, name+in.ext), body, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// named puts the files into an argument.
func (in sides) named(dir, word string) string {
	file := func(name string) string { return filepath.Join(dir, name+in.ext) }
	return strings.NewReplacer(config.BaseFile, file(baseName), config.LocalFile, file(localName), config.RemoteFile, file(remoteName),
		config.OutputFile, file(outputName)).Replace(word)
}

// read takes what the program left: the output, or what two equal files hold.
func (in sides) read(dir string, output bool) ([]byte, error) {
	d, err := disk.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	if output {
		b, err := readResult(d, outputName+in.ext)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, errors.New("left no result")
		}
		return b, err
	}
	local, err := readResult(d, localName+in.ext)
	if err != nil {
		return nil, err
	}
	remote, err := readResult(d, remoteName+in.ext)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(local, remote) {
		return nil, errors.New("left two files that differ")
	}
	return local, nil
}

// readResult reads a file that a program may have made anything of: a link, a pipe, or larger than an item can be.
func readResult(d disk.Dir, name string) ([]byte, error) {
	info, err := d.Lstat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode.IsRegular():
		return nil, fmt.Errorf("made %s something else than a file", name)
	case info.Size > item.MaxBytes:
		return nil, fmt.Errorf("left %d MiB in %s", info.Size>>20, name)
	}
	b, err := d.ReadFile(name)
	if errors.Is(err, disk.ErrNotRegular) {
		return nil, fmt.Errorf("made %s something else than a file", name)
	}
	return b, err
}

// tail is a writer that keeps the end of what a program prints.
type tail struct {
	dir  string // of its files, whose name is another one each time
	kept []byte
}

const maxTail = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p[max(0, len(p)-maxTail):]...)
	t.kept = t.kept[max(0, len(t.kept)-maxTail):]
	return len(p), nil
}

// words is the last line that says something.
func (t *tail) words() string {
	lines := strings.FieldsFunc(strings.ReplaceAll(string(t.kept), t.dir+string(filepath.Separator), ""), func(r rune) bool { return r == '\n' || r == '\r' })
	for i := len(lines) - 1; i >= 0; i-- {
		if line := strings.TrimSpace(lines[i]); line != "" {
			return ": " + repo.Plain(line)
		}
	}
	return ""
}
