package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"vgit/cmd/config"
	"vgit/repo"
)

// This file runs the programs that a configuration has beside a sync. They get no terminal, have their time, and end with vgit.
// before_sync, after_sync and notify run while no vdir is locked; after_write and before_delete under the lock of theirs.

// The keys of the hooks.
const (
	beforeSync   = "before_sync"
	afterSync    = "after_sync"
	notify       = "notify"
	afterWrite   = "after_write"
	beforeDelete = "before_delete"
)

// hookVariable tells a program, and a vgit that it starts, which hook it is.
const hookVariable = "VGIT_HOOK"

// hookVariables are those that only a hook has; what vgit itself was started with is not passed on.
var hookVariables = []string{hookVariable, "VGIT_VDIR", "VGIT_PATH", "VGIT_REMOTE", "VGIT_COLLECTION", "VGIT_EXIT"}

// inHook tells whether this vgit was started by a hook of another one. It runs no hooks, since that would have no end, and waits for no
// lock, since the other vgit may be waiting for it.
func (s *session) inHook() bool { return s.Env(hookVariable) != "" }

// hook is one call of a program.
type hook struct {
	key   string
	words []string // as the configuration has them
	args  []string // added to them
	vars  map[string]string
	input []byte
}

// hookError is that of a hook that did not end well.
type hookError struct {
	key, program string
	err          error
}

func (h *hookError) Error() string {
	return fmt.Sprintf("%s: the program %q %s", h.key, h.program, h.err)
}

func (h *hookError) Unwrap() error { return h.err }

// passes tells whether the failure may pass by itself: the program took too long, or says so with the exit status that vgit has for it.
func (h *hookError) passes() bool {
	var late *lateError
	var exit *exitError
	return errors.As(h.err, &late) || errors.As(h.err, &exit) && exit.code == exitTemporary
}

// runHook runs a program to its end. What it prints is said, but for the last line of one that fails, which is in the error.
func (s *session) runHook(ctx context.Context, h hook) error {
	argv, err := s.resolver.Argv(h.words)
	said := &tail{}
	if err == nil {
		talk := &hookTalk{s: s, key: h.key, tail: said}
		if err = runAlone(ctx, unseen{append(argv, h.args...), s.hookEnv(h), s.cfg.Sync.HookTimeout, h.input, talk}, said); err == nil {
			talk.end()
		}
	}
	if err == nil || ctx.Err() != nil {
		return err
	}
	return &hookError{h.key, filepath.Base(h.words[0]), err}
}

// hookEnv is the environment of a hook: ours, without what the configuration takes secrets from.
func (s *session) hookEnv(h hook) []string {
	env := slices.DeleteFunc(slices.Clone(s.resolver.Environ), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(hookVariables, name) || name == "VGIT_CONFIG"
	})
	env = append(env, hookVariable+"="+h.key, "VGIT_CONFIG="+s.cfg.Path)
	for _, name := range hookVariables {
		if value := h.vars[name]; value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// beginRun runs before_sync.
func (s *session) beginRun(ctx context.Context) error {
	if len(s.cfg.Sync.BeforeSync) == 0 || s.inHook() {
		return nil
	}
	return s.runHook(ctx, hook{key: beforeSync, words: s.cfg.Sync.BeforeSync})
}

// endRun runs after_sync and notify, and gives the exit code of the run together with them. What fails is said, and in the answer.
func (s *session) endRun(ctx context.Context, results []*result, code int) (int, []jsonError) {
	if s.inHook() || ctx.Err() != nil {
		return code, nil
	}
	var failed []jsonError
	run := func(key string, words []string, answer jsonSync) bool {
		input, err := encodeJSON(answer)
		if err == nil {
			err = s.runHook(ctx, hook{key: key, words: words, input: input, vars: map[string]string{"VGIT_EXIT": strconv.Itoa(code)}})
		}
		if ctx.Err() != nil {
			err = errors.New(key + ": interrupted")
		}
		if err != nil {
			s.say("", err.Error())
			failed = append(failed, jsonError{What: err.Error()})
		}
		return err == nil
	}
	if len(s.cfg.Sync.AfterSync) > 0 && slices.ContainsFunc(results, (*result).tells) {
		run(afterSync, s.cfg.Sync.AfterSync, syncAnswer(results, code))
	}
	if slices.ContainsFunc(results, func(r *result) bool { return len(r.notices) > 0 }) && run(notify, s.cfg.Sync.Notify, noticeAnswer(results, code)) {
		for _, r := range results {
			s.noticed(r)
		}
	}
	switch {
	case len(failed) == 0 || code == exitNothing:
	case ctx.Err() == nil:
		code = exitSome
	case code != exitSome:
		code = exitTemporary
	}
	return code, failed
}

// noticed remembers what notify knows of now. If that fails, it is told once more.
func (s *session) noticed(r *result) {
	if len(r.notices) == 0 {
		return
	}
	if open, err := repo.Open(s.options(r.vdir), true); err == nil {
		r.noticed(open)
		_ = open.Close()
	}
}

// noticeAnswer has what is new of the conflicts and holds, in the shape of the answer of a sync. Of a hold that has something new all is told.
func noticeAnswer(results []*result, code int) jsonSync {
	a := syncAnswer(nil, code)
	for _, r := range results {
		v := jsonVDir{Name: r.vdir.Name, Path: r.vdir.Path, Problems: []jsonProblem{}, Remotes: []jsonRemote{}}
		for _, rem := range r.report.Remotes {
			j := jsonRemote{Name: rem.Name, Changes: []jsonStep{}, Open: r.newsOf(rem), Problems: []jsonProblem{}}
			if rem.Held != "" && slices.Contains(r.notices, remoteStanding(rem)) {
				j.Held = rem.Held
			}
			if len(j.Open) > 0 || j.Held != "" {
				v.Remotes = append(v.Remotes, j)
			}
		}
		if len(v.Remotes) > 0 {
			a.VDirs = append(a.VDirs, v)
		}
	}
	return a
}

// newsOf are the steps of a remote that notify does not know of.
func (r *result) newsOf(rem *repo.RemoteReport) []jsonStep {
	open := []jsonStep{}
	if rem.Plan == nil {
		return open
	}
	isNew := func(step *repo.Step) bool { return slices.Contains(r.notices, stepStanding(rem, step)) }
	holds := map[string]bool{}
	for i := range rem.Plan.Steps {
		if step := &rem.Plan.Steps[i]; step.HoldID != "" && isNew(step) {
			holds[step.HoldID] = true
		}
	}
	for i := range rem.Plan.Steps {
		if step := &rem.Plan.Steps[i]; step.State != repo.Do && (holds[step.HoldID] || isNew(step)) {
			open = append(open, stepAnswer(step))
		}
	}
	return open
}

// tells tells whether a run changed something in a vdir or on its remotes, or left something waiting.
func (r *result) tells() bool {
	for _, rem := range r.report.Remotes {
		if len(shownSteps(r, rem)) > 0 || rem.Held != "" {
			return true
		}
		if rem.Plan != nil && len(rem.Plan.InState(repo.Waits))+len(rem.Plan.InState(repo.Held)) > 0 {
			return true
		}
	}
	return false
}

// fileHooks are those of a vdir.
func (s *session) fileHooks(v *config.VDir) (h repo.Hooks) {
	if s.inHook() {
		return h
	}
	if len(v.BeforeDelete) > 0 {
		h.BeforeDelete = s.beforeDeletes(v)
	}
	if len(v.AfterWrite) > 0 {
		h.AfterWrite = func(ctx context.Context, files []string) error { return s.afterWrites(ctx, v, files) }
	}
	return h
}

// fileHook is a call about one file.
func fileHook(key string, words []string, v *config.VDir, remote, file string) hook {
	coll := path.Dir(file)
	if v.Single {
		coll = ""
	}
	return hook{key: key, words: words, args: []string{filepath.Join(v.Path, filepath.FromSlash(file))},
		vars: map[string]string{"VGIT_VDIR": v.Name, "VGIT_PATH": v.Path, "VGIT_REMOTE": remote, "VGIT_COLLECTION": coll}}
}

// beforeDeletes asks before_delete about one file after the other. Once it took too long the others are kept unasked.
func (s *session) beforeDeletes(v *config.VDir) func(context.Context, string, string) error {
	var late error
	return func(ctx context.Context, remote, file string) error {
		if late != nil {
			return late
		}
		err := s.runHook(ctx, fileHook(beforeDelete, v.BeforeDelete, v, remote, file))
		if hangs(err) {
			late = err
		}
		return err
	}
}

func hangs(err error) bool {
	var late *lateError
	return errors.As(err, &late)
}

// afterWrites tells after_write of one file after the other. What goes wrong is one line, whatever it goes wrong for; a program that takes too
// long, or is not there, is not started for the others.
func (s *session) afterWrites(ctx context.Context, v *config.VDir, files []string) error {
	var first error
	at, more := "", 0
	for i, file := range files {
		err := s.runHook(ctx, fileHook(afterWrite, v.AfterWrite, v, "", file))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		switch {
		case err != nil && first == nil:
			first, at = err, file
		case err != nil:
			more++
		}
		if left := len(files) - i - 1; hangs(err) && left > 0 {
			return fmt.Errorf("%w, for %s; it was not started for %s", err, file, count(left, "other file"))
		}
	}
	switch {
	case more > 0:
		return fmt.Errorf("%w, for %s, and failed for %s", first, at, count(more, "other file"))
	case first != nil:
		return fmt.Errorf("%w, for %s", first, at)
	}
	return nil
}

// hookTalk says what a program prints, line by line, the last one only when it has ended well.
type hookTalk struct {
	s       *session
	key     string
	tail    *tail
	line    []byte
	pending string
	lines   int
}

// What of a program's talk is repeated; it may write without an end.
const (
	maxTalkLine  = 1000
	maxTalkLines = 200
)

func (t *hookTalk) Write(p []byte) (int, error) {
	_, _ = t.tail.Write(p)
	for _, c := range p {
		switch {
		case c == '\n' || c == '\r':
			t.finish()
		case len(t.line) < maxTalkLine:
			t.line = append(t.line, c)
		}
	}
	return len(p), nil
}

// finish ends a line: the one before it is said.
func (t *hookTalk) finish() {
	if text := strings.TrimSpace(string(t.line)); text != "" {
		t.say()
		t.pending = text
	}
	t.line = t.line[:0]
}

func (t *hookTalk) say() {
	if t.pending == "" || t.s.quiet {
		return
	}
	if t.lines++; t.lines == maxTalkLines {
		t.s.say(t.key, "says more than is repeated here")
	}
	if t.lines < maxTalkLines {
		t.s.say(t.key, t.pending)
	}
}

// end says what is left.
func (t *hookTalk) end() {
	t.finish()
	t.say()
}
