package main

import (
	"context"
	"errors"
	"slices"

	"vgit/cmd/config"
)

// run is the whole program: one command in a world, down to its exit code. It keeps nothing between two calls and ends no
// process.
func run(ctx context.Context, w World, args []string) int {
	s := &session{World: w}
	app := s.app()
	arranged, err := arrange(app, args)
	if err == nil {
		err = app.RunContext(ctx, append([]string{app.Name}, arranged...))
	} else {
		s.json = slices.Contains(args, "--json") // as far as it can be told
	}
	return s.explain(err)
}

// explain says of an error what has not been said yet, also in the answer if that is to be in JSON, and gives the exit code.
func (s *session) explain(err error) int {
	code, errs := errorCode(err), s.sayError(err)
	if !s.json || s.answered || err == nil {
		return code
	}
	answer := head(code)
	answer.Errors = append(answer.Errors, errs...)
	if err := s.printJSON(answer); err != nil {
		s.say("", err.Error())
	}
	return code
}

// sayError prints an error that has not been printed yet.
func (s *session) sayError(err error) []jsonError {
	var done outcome
	var usage *usageError
	switch {
	case err == nil, errors.As(err, &done):
		return nil
	case errors.As(err, &usage):
		s.say("", usage.what)
		if usage.hint != "" {
			s.hint(usage.hint)
		}
		return []jsonError{{What: usage.what, Hint: usage.hint}}
	case config.AsProblems(err) != nil:
		for _, p := range config.AsProblems(err) {
			s.say("", p.Error())
		}
		return configErrors(config.AsProblems(err))
	case errors.Is(err, context.Canceled):
		err = errors.New("interrupted")
	}
	s.say("", err.Error())
	return []jsonError{{What: err.Error()}}
}
