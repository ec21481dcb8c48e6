package main

import (
	"context"
	"errors"

	"vgit/cmd/config"
)

// run is the whole program: one command in a world, down to its exit code. It keeps nothing between two calls and ends no
// process.
func run(ctx context.Context, w World, args []string) int {
	s := &session{World: w}
	app := s.app()
	args, err := arrange(app, args)
	if err == nil {
		err = app.RunContext(ctx, append([]string{app.Name}, args...))
	}
	s.explain(err)
	return errorCode(err)
}

// explain prints an error that has not been printed yet.
func (s *session) explain(err error) {
	var done outcome
	var usage *usageError
	switch {
	case err == nil, errors.As(err, &done):
	case errors.As(err, &usage):
		s.say("", usage.what)
		if usage.hint != "" {
			s.hint(usage.hint)
		}
	case config.AsProblems(err) != nil:
		for _, p := range config.AsProblems(err) {
			s.say("", p.Error())
		}
	case errors.Is(err, context.Canceled):
		s.say("", "interrupted")
	default:
		s.say("", err.Error())
	}
}
