package main

import (
	"vgit/cmd/config"
)

// jsonFormat is the version of all answers. It is raised when a key is renamed, goes away, or changes what it means; that a key is
// added is no reason.
const jsonFormat = 1

// jsonHead is what every answer begins with.
type jsonHead struct {
	Format int         `json:"format"`
	Exit   int         `json:"exit"`
	Errors []jsonError `json:"errors"` // what ended the command: its arguments, the configuration, or a failure of it as a whole
}

// jsonError is one mistake or failure.
type jsonError struct {
	What       string `json:"what"`
	Hint       string `json:"hint,omitempty"`
	File       string `json:"file,omitempty"` // of the configuration, with
	Line       int    `json:"line,omitempty"`
	Key        string `json:"key,omitempty"`
	Suggestion string `json:"suggestion,omitempty"` // the word that was probably meant
}

// head is that of an answer without an error.
func head(code int) jsonHead { return jsonHead{Format: jsonFormat, Exit: code, Errors: []jsonError{}} }

// fail says that a vdir could not be looked at, and has it in the answer.
func (s *session) fail(vdir, what string) {
	s.say(vdir, what)
	s.failures = append(s.failures, jsonError{What: vdir + ": " + what})
}

// head is that of an answer, with the vdirs that could not be looked at.
func (s *session) head(code int) jsonHead {
	h := head(code)
	h.Errors = append(h.Errors, s.failures...)
	return h
}

// answer prints an answer in JSON and ends the command.
func (s *session) answer(v any, code int) error {
	if err := s.printJSON(v); err != nil {
		return err
	}
	return ended(code)
}

// ended is the end of a command that has said all: nil, or an error of the code alone.
func ended(code int) error {
	if code == exitSync {
		return nil
	}
	return outcome(code)
}

// configErrors are the mistakes of a configuration.
func configErrors(problems config.Problems) (all []jsonError) {
	for _, p := range problems {
		all = append(all, jsonError{What: p.What, File: p.File, Line: p.Line, Key: p.Key, Suggestion: p.Suggestion})
	}
	return all
}

// textOnly refuses --json for a command whose answer is none.
func (s *session) textOnly(name string) error {
	if !s.json {
		return nil
	}
	return &usageError{what: name + " answers in text only", hint: "leave out --json; the exit status tells the outcome"}
}
