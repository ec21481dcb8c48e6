package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"vgit/cmd/config"
	"vgit/history"
	"vgit/repo"
)

// session is one run of the program: its world, its global flags, and the configuration once a command asked for it.
type session struct {
	World
	ctx                         context.Context
	quiet, verbose, trace, json bool
	answered                    bool        // with --json: the answer has been printed
	failures                    []jsonError // what was said of vdirs that could not be looked at, for the answer
	color, noPager              bool
	file                        string // --config
	cfg                         *config.Config
	resolver                    *config.Resolver
	past                        map[*config.VDir][]history.Place // see pastPlaces
	absent                      map[*config.VDir]bool            // see unread
	said                        sayings                          // by the person who is asked what is to become of items that wait
	bar                         *progress                        // of the vdir in work, if there is one
	lent                        sync.Mutex                       // held while a program has the terminal
}

// open loads the configuration and repeats its warnings.
func (s *session) open() error {
	path, err := config.Find(s.file, s.Env)
	if err != nil {
		return &usageError{what: err.Error()}
	}
	if s.cfg, err = config.Load(s.abs(path), s.Env); err != nil {
		return err
	}
	s.resolver = s.cfg.Resolver(s.Env, s.Environ)
	if s.Ask != nil {
		s.resolver.Prompt = func(ctx context.Context, text string) (string, error) { return s.Ask(ctx, text, true) }
	}
	if !s.quiet {
		for _, w := range s.cfg.Warnings {
			s.say("", w)
		}
	}
	return nil
}

func (s *session) abs(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(s.Dir, path)
}

// stateDir is where the list of known vdirs is kept.
func (s *session) stateDir() string {
	if dir := s.Env("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "vgit")
	}
	if home := s.Env("HOME"); home != "" {
		return filepath.Join(home, ".local", "state", "vgit")
	}
	return ""
}

// place is what one WHERE names: a vdir, and some of its collections or all.
type place struct {
	vdir        *config.VDir
	collections []string // nil: all
}

// places reads WHERE…: nothing is everything. The order is that of the configuration.
func (s *session) places(where []string) ([]place, error) {
	only := map[string][]string{}
	whole := map[string]bool{}
	for _, w := range where {
		name, coll, has := strings.Cut(w, "/")
		v := s.cfg.VDir(name)
		if v == nil {
			return nil, &usageError{what: fmt.Sprintf("no vdir %s%s; the configuration has: %s", quote(name), nearest(name, s.vdirNames()),
				strings.Join(s.vdirNames(), ", ")), hint: "WHERE is VDIR or VDIR/COLLECTION"}
		}
		if coll = strings.TrimSuffix(coll, "/"); !has || coll == "" {
			whole[name] = true
		}
		only[name] = append(only[name], coll)
	}
	var all []place
	for i := range s.cfg.VDirs {
		v := &s.cfg.VDirs[i]
		_, named := only[v.Name]
		switch {
		case len(where) == 0 || whole[v.Name]:
			all = append(all, place{vdir: v})
		case named:
			all = append(all, place{vdir: v, collections: only[v.Name]})
		}
	}
	return all, nil
}

func (s *session) vdirNames() (names []string) {
	for i := range s.cfg.VDirs {
		names = append(names, s.cfg.VDirs[i].Name)
	}
	return names
}

// say prints one line of talk: where, what. Both may hold foreign text.
func (s *session) say(where, what string) {
	where, what = clean(where), clean(what)
	if where != "" {
		where += ": "
	}
	fmt.Fprintf(s.Stderr, "vgit: %s%s\n", where, strings.TrimPrefix(what, where)) // a vdir and its remote may have one name
}

// hint prints what may help.
func (s *session) hint(what string) {
	if !s.quiet {
		fmt.Fprintf(s.Stderr, "hint: %s\n", clean(what))
	}
}

// clean makes a message harmless on one line, word by word, since the one sanitiser cuts what is long.
func clean(text string) string {
	words := strings.Fields(text)
	for i, w := range words {
		words[i] = repo.Plain(w)
	}
	return strings.Join(words, " ")
}

func quote(text string) string { return `"` + repo.Plain(text) + `"` }
