package config

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// command runs a program with its arguments.
func (r *Resolver) command(ctx context.Context, command []string) (string, error) {
	argv, err := r.Argv(command)
	if err != nil {
		return "", err
	}
	return r.run(ctx, fmt.Sprintf("the program %q", filepath.Base(command[0])), argv[0], argv[1:]...)
}

// Argv is how a program of the configuration is started: its absolute path and its arguments as written, but for a leading ~/ of each
// word (T14).
func (r *Resolver) Argv(command []string) ([]string, error) {
	home := r.Env("HOME")
	argv := make([]string, len(command))
	for i, word := range command {
		argv[i] = word
		if rest, found := strings.CutPrefix(word, "~/"); found {
			if home == "" {
				return nil, errors.New("$HOME is not set, and the command has a ~/")
			}
			argv[i] = strings.TrimSuffix(home, "/") + "/" + rest
		}
	}
	path, err := r.find(argv[0])
	argv[0] = path
	return argv, err
}

// find returns the absolute path of a program, the same one for a name as long as the process lives. Relative entries of $PATH do not count.
func (r *Resolver) find(name string) (string, error) {
	if filepath.IsAbs(name) {
		return name, nil
	}
	r.once.Lock()
	defer r.once.Unlock()
	if path, known := r.found[name]; known {
		return path, nil
	}
	for _, dir := range filepath.SplitList(r.Env("PATH")) {
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		if filepath.IsAbs(dir) && err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0 {
			r.found[name] = path
			return path, nil
		}
	}
	return "", fmt.Errorf("the program %q is not in $PATH", name)
}

// run starts a program with empty standard input and returns the first line of its output. Its standard error is dropped: it may hold what
// must not be seen (T15).
func (r *Resolver) run(ctx context.Context, who, path string, args ...string) (string, error) {
	limited, cancel := context.WithTimeout(ctx, r.limit())
	defer cancel()
	out := &line{}
	cmd := exec.CommandContext(limited, path, args...)
	cmd.Env = append([]string{}, r.Environ...)
	cmd.Stdout = out
	cmd.WaitDelay = time.Second // a child of the program may hold its output open
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case limited.Err() != nil:
		return "", errLate{who, r.limit()}
	case errors.As(err, &exit) && exit.Exited():
		return "", fmt.Errorf("%s failed with exit status %d", who, exit.ExitCode())
	case errors.As(err, &exit):
		return "", fmt.Errorf("%s was ended by a signal (%s)", who, exit.ProcessState)
	case errors.Is(err, exec.ErrWaitDelay):
	case err != nil:
		return "", fmt.Errorf("%s could not be started: %s", who, reason(err))
	}
	return firstLine(out.kept)
}

// line is a writer that keeps the beginning of what a program prints and takes the rest, so that the program does not die of it.
type line struct{ kept []byte }

func (l *line) Write(p []byte) (int, error) {
	l.kept = append(l.kept, p[:min(len(p), maxValue+2-len(l.kept))]...)
	return len(p), nil
}

// firstLine cuts the first line out of an output, without its end.
func firstLine(out []byte) (string, error) {
	first, _, found := strings.Cut(string(out), "\n")
	if !found && len(out) > maxValue {
		return "", errors.New("the first line is longer than 64 KiB")
	}
	return strings.TrimSuffix(first, "\r"), nil
}

// readFull reads as much as there is, up to the buffer's size.
func readFull(from io.Reader, buffer []byte) (int, error) {
	n, err := io.ReadFull(from, buffer)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return n, err
}
