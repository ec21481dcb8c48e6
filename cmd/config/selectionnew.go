package config

import (
	"slices"
	"strings"
)

// New tells of a directory without a collection whether one is meant to be made for it on the remote. id is the one that a table gives
// it, "" leaves that to the caller.
func (s Selection) New(dir string) (id string, ok bool) {
	if s.Table == nil && !s.Rest {
		return "", s.takes(Collection{Dir: dir, Here: true})
	}
	if i := slices.IndexFunc(s.Table, func(p Pairing) bool { return p.Dir == dir }); i >= 0 {
		return s.Table[i].At, s.Table[i].canBeMade()
	}
	return "", s.Rest
}

// Named are the directories that the selection names one by one, whether or not they are there, and that may be made on the remote.
func (s Selection) Named() (dirs []string) {
	for _, p := range s.Table {
		if p.canBeMade() {
			dirs = append(dirs, p.Dir)
		}
	}
	for _, text := range s.List {
		p := parsePattern(text)
		if !p.exclude && p.literal() && checkPairing(Pairing{p.glob, p.glob}) == "" && p.scope != "remote" && s.takes(Collection{Dir: p.glob, Here: true}) {
			dirs = append(dirs, p.glob)
		}
	}
	return dirs
}

// canBeMade tells whether an entry of a table gives an id. Where an address leads is for the server to say.
func (p Pairing) canBeMade() bool { return p.At != "." && !strings.Contains(p.At, "/") }
