package main

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
)

// page shows a long answer: on a terminal through the pager of the person there, else as it is. What show prints goes to the
// pager; the context that it gets ends when the pager is left, and that is no error. Without a pager that can be started the answer is printed.
func (s *session) page(ctx context.Context, show func(context.Context) error) error {
	argv := s.pager()
	if argv == nil {
		return show(ctx)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = s.pagerEnv()
	in, err := cmd.StdinPipe()
	if err != nil {
		return show(ctx)
	}
	back := s.Page(cmd)
	defer back()
	if err := cmd.Start(); err != nil {
		return show(ctx)
	}
	reading, left := context.WithCancel(ctx)
	defer left()
	screen := s.Stdout
	pages := &pages{to: in, left: left}
	s.Stdout = pages
	err = show(reading)
	s.Stdout = screen
	_ = in.Close()
	_ = cmd.Wait() // whatever it says of itself, the answer was given
	if pages.over && ctx.Err() == nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// pages are what a pager reads, until nobody reads on.
type pages struct {
	to   io.Writer
	left func()
	over bool
}

func (p *pages) Write(b []byte) (int, error) {
	if !p.over {
		if _, err := p.to.Write(b); err != nil {
			p.over = true
			p.left()
		}
	}
	return len(b), nil
}

// shellSigns are what makes git hand a line over to a shell.
const shellSigns = "|&;<>()$`\\\"' \t\n*?[#~=%"

// pager is the program that shows long answers, as git finds it: $PAGER, which may be a line for a shell, or less. nil: there is none, or
// nobody looks.
func (s *session) pager() []string {
	if s.Page == nil || s.json || s.noPager || s.Env("TERM") == "dumb" {
		return nil
	}
	line := s.Env("PAGER")
	if line == "" && !slices.Contains(s.Environ, "PAGER=") {
		line = "less"
	}
	first, _, _ := strings.Cut(strings.TrimSpace(line), " ")
	if first == "" || first == "cat" {
		return nil
	}
	if !strings.ContainsAny(first, shellSigns) {
		if _, err := exec.LookPath(first); err != nil {
			return nil
		}
	}
	if strings.ContainsAny(line, shellSigns) {
		return []string{"/bin/sh", "-c", line}
	}
	return []string{line}
}

// pagerEnv is its environment: that of programs, without the variables that hold secrets, and with the options that git sets.
func (s *session) pagerEnv() []string {
	env := []string{"LESS=FRX", "LV=-c"} // the last of a name counts
	if s.resolver != nil {
		return append(env, s.resolver.Environ...)
	}
	return append(env, s.Environ...)
}
