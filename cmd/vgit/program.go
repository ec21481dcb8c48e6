package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// runProgram starts a program, on the terminal if there is one. Its error goes on behind the name of the program.
func (s *session) runProgram(ctx context.Context, argv []string, limit time.Duration, said *tail) error {
	s.lent.Lock()
	defer s.lent.Unlock()
	if s.Lend == nil {
		return runAlone(ctx, unseen{argv: argv, env: s.resolver.Environ, limit: limit, out: said}, said)
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append([]string{}, s.resolver.Environ...)
	cmd.WaitDelay = waitDelay
	defer s.bar.pause()()
	defer s.Lend(cmd)()
	return programError(ctx, cmd.Run(), said)
}

// waitDelay is how long the output of a program that has ended is read on: a child of it may hold it open.
const waitDelay = time.Second

// unseen is a program that is run without a terminal, and ends with vgit.
type unseen struct {
	argv, env []string
	limit     time.Duration
	input     []byte    // on its standard input, which is empty otherwise
	out       io.Writer // takes both its outputs
}

// runAlone runs a program. Whoever does not read the input, leaves a child behind or writes without an end does no harm.
func runAlone(ctx context.Context, u unseen, said *tail) error {
	limited, cancel := context.WithTimeout(ctx, u.limit)
	defer cancel()
	cmd := exec.CommandContext(limited, u.argv[0], u.argv[1:]...)
	cmd.Env = append([]string{}, u.env...)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = u.out, u.out, waitDelay
	if u.input != nil {
		cmd.Stdin = bytes.NewReader(u.input)
	}
	inGroup(cmd)
	err := cmd.Run()
	if limited.Err() != nil && ctx.Err() == nil {
		return &lateError{u.limit, said.words()}
	}
	return programError(ctx, err, said)
}

// lateError is that of a program that took too long.
type lateError struct {
	limit time.Duration
	words string
}

func (l *lateError) Error() string {
	return fmt.Sprintf("was still at work after %s%s", l.limit, l.words)
}

// programError is how a program ended, nil if well.
func programError(ctx context.Context, err error, said *tail) error {
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return nil
	case errors.As(err, &exit) && exit.Exited():
		return &exitError{exit.ExitCode(), said.words()}
	case errors.As(err, &exit):
		return fmt.Errorf("was ended by a signal (%s)%s", exit.ProcessState, said.words())
	}
	return fmt.Errorf("could not be started: %w", err)
}

// exitError is that of a program that ended by itself, and not well.
type exitError struct {
	code  int
	words string
}

func (e *exitError) Error() string {
	return fmt.Sprintf("ended with exit status %d%s", e.code, e.words)
}
