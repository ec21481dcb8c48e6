package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/term"

	"vgit/repo"
	"vgit/repo/disk"
)

// World is all that a command sees of the machine. Tests and the demo build their own.
type World struct {
	Stdout, Stderr io.Writer
	OutTerminal    bool // Stdout is a terminal
	ErrTerminal    bool // Stderr is one
	Env            func(string) string
	Environ        []string      // what programs that print passwords are started with
	Dir            string        // where relative paths begin
	Resolver       *net.Resolver // of names of hosts; nil: the system's
	Now            func() time.Time
	Sleep          func(context.Context, time.Duration) error
	Machine        repo.Machine                   // that this is
	Disk           func(string) (disk.Dir, error) // nil: the real one
	Self           func() (string, error)         // the path of this program, for others to call it
	At             func(repo.Point)               // of each point of a sync; nil: nobody is told, as in the command
	// Ask lets a person type a line, unseen if it is a secret. nil: there is nobody.
	Ask func(ctx context.Context, prompt string, secret bool) (string, error)
	// Lend gives a program that is about to be started the terminal, until the function that it returns is called. nil: there is
	// none.
	Lend func(*exec.Cmd) (back func())
	// Page gives a program that is about to be started the terminal to show the answer on, until the function that it returns is called. nil:
	// the answer goes to no terminal.
	Page func(*exec.Cmd) (back func())
	// KeepPipes makes a pipe that nobody reads from any more the error of a write, and not the end of the process, until the function
	// that it returns is called. nil: it is one already.
	KeepPipes func() (back func())
}

// here is the world of this process.
func (e *ear) here() World {
	privateFiles()
	dir, err := os.Getwd()
	if err != nil {
		dir = "/"
	}
	w := World{
		Stdout: os.Stdout, Stderr: os.Stderr,
		OutTerminal: term.IsTerminal(int(os.Stdout.Fd())), ErrTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		Env: os.Getenv, Environ: os.Environ(), Dir: dir, Self: self, Now: time.Now, Sleep: sleep, Machine: thisMachine(),
		KeepPipes: func() func() {
			signal.Ignore(syscall.SIGPIPE)
			return func() { signal.Reset(syscall.SIGPIPE) }
		},
	}
	if term.IsTerminal(int(os.Stdin.Fd())) && w.ErrTerminal {
		w.Ask = terminal{in: bufio.NewReader(os.Stdin)}.ask
		w.Lend = func(c *exec.Cmd) func() {
			c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
			if !w.OutTerminal {
				c.Stdout = os.Stderr
			}
			e.deaf.Store(true)
			return func() { e.deaf.Store(false) }
		}
	}
	if w.OutTerminal {
		w.Page = func(c *exec.Cmd) func() {
			c.Stdout, c.Stderr = os.Stdout, os.Stderr
			e.deaf.Store(true)
			return func() { e.deaf.Store(false) }
		}
	}
	return w
}

// thisMachine is what tells this machine from others: systemd and D-Bus have made a number for it, else its name must do.
func thisMachine() (m repo.Machine) {
	m.Name, _ = os.Hostname()
	if b, err := os.ReadFile("/etc/machine-id"); err == nil {
		m.ID = strings.TrimSpace(string(b))
	}
	if m.ID == "" {
		m.ID = m.Name
	}
	return m
}

// self is the path of this program as it was called, if that is its file still: a link in a directory of programs outlives what it
// leads to.
func self() (string, error) {
	real, err := os.Executable()
	if err != nil {
		return "", err
	}
	info, err := os.Stat(real)
	if err != nil {
		return "", err
	}
	called, err := exec.LookPath(os.Args[0])
	if err != nil {
		return real, nil
	}
	if called, err = filepath.Abs(called); err != nil {
		return real, nil
	}
	if other, err := os.Stat(called); err != nil || !os.SameFile(info, other) {
		return real, nil
	}
	return called, nil
}

// ear hears the signals that ask to end. While a program has the terminal it does not hear the key for that: it is pressed for the
// program.
type ear struct{ deaf atomic.Bool }

// signals ends the context at the first signal that asks to end, so that what was begun is brought to a good end. The
// second one finds nobody listening and ends the process at once. A SIGHUP that nohup made harmless stays so.
func (e *ear) signals(ctx context.Context) (context.Context, func()) {
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		ends = append(ends, syscall.SIGHUP)
	}
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, ends...)
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		defer signal.Stop(heard)
		for {
			select {
			case s := <-heard:
				if s != os.Interrupt || !e.deaf.Load() {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return ctx, cancel
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// terminal asks the person at it.
type terminal struct{ in *bufio.Reader }

func (t terminal) ask(ctx context.Context, prompt string, secret bool) (string, error) {
	fmt.Fprint(os.Stderr, prompt)
	type reply struct {
		line string
		err  error
	}
	fd := int(os.Stdin.Fd())
	before, _ := term.GetState(fd)
	got := make(chan reply, 1) // whoever gives up waiting leaves the reader behind; the process is about to end
	go func() {
		if secret {
			b, err := term.ReadPassword(fd)
			fmt.Fprintln(os.Stderr)
			got <- reply{string(b), answered(string(b), err)}
			return
		}
		line, err := t.in.ReadString('\n')
		got <- reply{trimLine(line), answered(line, err)}
	}()
	select {
	case r := <-got:
		return r.line, r.err
	case <-ctx.Done():
		if before != nil {
			_ = term.Restore(fd, before)
		}
		return "", ctx.Err()
	}
}

// answered is the error of a person's answer. The end of the input after some words ends a line; without a word it is no answer.
func answered(words string, err error) error {
	switch {
	case !errors.Is(err, io.EOF):
		return err
	case words != "":
		return nil
	}
	return errors.New("there was no answer")
}

func trimLine(s string) string {
	for len(s) > 0 && (s[len(s)-1] == '\n' || s[len(s)-1] == '\r') {
		s = s[:len(s)-1]
	}
	return s
}
