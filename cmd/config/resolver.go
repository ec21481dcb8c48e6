package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/zalando/go-keyring"
)

// DefaultLimit is how long a program or the keyring may take for one value.
const DefaultLimit = time.Minute

// maxValue is more than any password, and less than what would fill the memory.
const maxValue = 64 << 10

// Resolver fetches values, each source once: two remotes with one command share its answer, failures included. It is safe for several
// goroutines, and must not be copied. What it returns is never written down, and its errors name the key and the program, never an argument,
// an output or a value.
type Resolver struct {
	// Prompt asks a person, without an echo. nil: there is no terminal, and values from a prompt are errors. One prompt is open at a time.
	Prompt func(ctx context.Context, text string) (string, error)
	// Limit is for programs and the keyring, not for people. 0: DefaultLimit.
	Limit time.Duration
	// Env looks up a variable.
	Env func(string) string
	// Environ is the environment of the programs, without the variables that the configuration takes secrets from. nil: an empty one.
	Environ []string
	// Keyring looks up a secret. nil: the system's.
	Keyring func(service, user string) (string, error)

	vdirs   []string // no secret is read from inside these
	once    sync.Mutex
	answers map[string]*answer
	prompts chan struct{} // holds one token while a prompt is open
	found   map[string]string
}

// answer is the outcome of one source; done is closed when it is there.
type answer struct {
	done   chan struct{}
	secret Secret
	err    error
}

// Resolver makes the resolver of a configuration. environ is that of the process, as os.Environ gives it.
func (c *Config) Resolver(env func(string) string, environ []string) *Resolver {
	r := &Resolver{Env: env, answers: map[string]*answer{}, prompts: make(chan struct{}, 1), found: map[string]string{}}
	for _, v := range c.VDirs {
		r.vdirs = append(r.vdirs, v.Path)
	}
	secret := map[string]bool{}
	for _, t := range c.tables {
		for _, s := range t.settings {
			if v, ok := s.value.(Value); ok && v.Source() == Env && v.at.secret {
				secret[v.at.text.Reveal()] = true
			}
		}
	}
	for _, variable := range environ {
		if name, _, _ := strings.Cut(variable, "="); !secret[name] {
			r.Environ = append(r.Environ, variable)
		}
	}
	return r
}

// ResolveError tells that a value could not be fetched. It is about one key; other remotes are not touched by it.
type ResolveError struct {
	Key string // "remote.nextcloud.password"
	Err error
}

// Error names the key and what failed.
func (e *ResolveError) Error() string { return e.Key + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *ResolveError) Unwrap() error { return e.Err }

// ErrNoTerminal is the cause when a value is to be typed and there is nobody to type it.
var ErrNoTerminal = errors.New("needs a terminal to ask for it; run vgit on one, or use { command = … }")

// Resolve returns what v stands for, the empty Secret for the zero Value. user is the user of a keyring's item; other sources ignore it.
// Its error is a *ResolveError.
func (r *Resolver) Resolve(ctx context.Context, v Value, user string) (Secret, error) {
	if v.at == nil {
		return Secret{}, nil
	}
	if v.at.source == Plain {
		return v.at.text, nil
	}
	id := strings.Join(append([]string{string(v.at.source), v.at.text.Reveal()}, v.at.words...), "\x00")
	if v.at.source == Keyring {
		id += "\x00" + user
	}
	for {
		a, mine := r.claim(id)
		if mine {
			a.secret, a.err = r.fetch(ctx, v.at, user)
			if a.err != nil && ctx.Err() != nil {
				a.err = ctx.Err()
				r.forget(id) // whoever waits asks again, with a context of its own
			}
			close(a.done)
		}
		select {
		case <-a.done:
		case <-ctx.Done():
			return Secret{}, &ResolveError{v.Key(), ctx.Err()}
		}
		cancelled := errors.Is(a.err, context.Canceled) || errors.Is(a.err, context.DeadlineExceeded)
		switch {
		case a.err == nil:
			return a.secret, nil
		case cancelled && !mine && ctx.Err() == nil:
			continue
		}
		return Secret{}, &ResolveError{v.Key(), a.err}
	}
}

// claim returns the answer of a source, and whether the caller is the one to find it.
func (r *Resolver) claim(id string) (a *answer, mine bool) {
	r.once.Lock()
	defer r.once.Unlock()
	if a, known := r.answers[id]; known {
		return a, false
	}
	a = &answer{done: make(chan struct{})}
	r.answers[id] = a
	return a, true
}

func (r *Resolver) forget(id string) {
	r.once.Lock()
	defer r.once.Unlock()
	delete(r.answers, id)
}

// fetch asks the source.
func (r *Resolver) fetch(ctx context.Context, o *origin, user string) (Secret, error) {
	var text string
	var err error
	switch o.source {
	case Command:
		text, err = r.command(ctx, o.words)
	case Shell:
		text, err = r.run(ctx, "the shell line", "/bin/sh", "-c", o.text.Reveal())
	case Prompt:
		text, err = r.ask(ctx, o.text.Reveal())
	case Env:
		if text = r.Env(o.text.Reveal()); text == "" {
			err = fmt.Errorf("$%s is not set", o.text.Reveal())
		}
	case File:
		text, err = r.file(o.text.Reveal())
	case Keyring:
		text, err = r.keyring(ctx, o.text.Reveal(), user)
	}
	if err == nil && text == "" {
		err = fmt.Errorf("%s gave nothing", sourceWords[o.source])
	}
	if err != nil {
		return Secret{}, err
	}
	return NewSecret(text), nil
}

// sourceWords name the sources in messages.
var sourceWords = map[Source]string{
	Command: "the command", Shell: "the shell line", Prompt: "the prompt", Env: "the variable", File: "the file", Keyring: "the keyring",
}

// ask opens the prompt when no other one is open.
func (r *Resolver) ask(ctx context.Context, text string) (string, error) {
	if r.Prompt == nil {
		return "", ErrNoTerminal
	}
	select {
	case r.prompts <- struct{}{}:
		defer func() { <-r.prompts }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	return r.Prompt(ctx, text)
}

// file reads the first line of a file that lies in no vdir (S28).
func (r *Resolver) file(path string) (string, error) {
	for _, dir := range r.vdirs {
		if within(path, dir) {
			return "", fmt.Errorf("the file %s lies inside a vdir", filepath.Base(path))
		}
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", fmt.Errorf("the file %s: %s", path, reason(err))
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is no regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("the file %s: %s", path, reason(err))
	}
	defer f.Close()
	buffer := make([]byte, maxValue+2)
	n, err := readFull(f, buffer)
	if err != nil {
		return "", fmt.Errorf("the file %s: %s", path, reason(err))
	}
	return firstLine(buffer[:n])
}

// keyring asks the keyring, which knows no context: when it is late, the question is left behind.
func (r *Resolver) keyring(ctx context.Context, service, user string) (string, error) {
	get := r.Keyring
	if get == nil {
		get = keyring.Get
	}
	limited, cancel := context.WithTimeout(ctx, r.limit())
	defer cancel()
	type result struct {
		text string
		err  error
	}
	answered := make(chan result, 1)
	go func() {
		text, err := get(service, user)
		answered <- result{text, err}
	}()
	select {
	case got := <-answered:
		if errors.Is(got.err, keyring.ErrNotFound) {
			return "", fmt.Errorf("the keyring has no item service=%q user=%q; store it, or use { command = … } instead", service, user)
		}
		if got.err != nil {
			return "", errors.New("no keyring answers here; use { command = … } instead")
		}
		return got.text, nil
	case <-limited.Done():
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", errLate{"the keyring", r.limit()}
	}
}

func (r *Resolver) limit() time.Duration {
	if r.Limit > 0 {
		return r.Limit
	}
	return DefaultLimit
}

// errLate is no context error, so that a slow program is not taken for a cancelled run.
type errLate struct {
	who   string
	limit time.Duration
}

func (e errLate) Error() string {
	return fmt.Sprintf("%s gave no answer within %s", e.who, formatSpan(e.limit))
}
