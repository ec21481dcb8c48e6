package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// GitTools is what the user's own git is told about items: with what it merges them, and with what it shows them.
type GitTools struct {
	Driver   string   // command line of a merge driver, for a shell
	Textconv string   // command line that prints an item in words
	Patterns []string // of files, as in gitattributes
}

// What vgit wrote stands between two lines, so that it can be told from what the user did.
const (
	toolsBegin = "# vgit git-setup: begin"
	toolsEnd   = "# vgit git-setup: end"
)

// SetGitTools writes them into .git/config and .git/info/attributes, or removes them if t is nil, and tells whether anything
// changed. Only the lines between vgit's own marks are touched; lines of the user's after them still count. vgit itself obeys none of
// it. It is called under Lock.
func (s *Store) SetGitTools(t *GitTools) (changed bool, err error) {
	var config, rows string
	if t != nil {
		if config, err = t.config(); err != nil {
			return false, err
		}
		if rows, err = t.attributes(); err != nil {
			return false, err
		}
	}
	if t == nil { // first what names the driver, then the driver
		if changed, err = s.setAttributesBlock(rows); err != nil {
			return changed, err
		}
	}
	more, err := s.setConfigBlock(config)
	changed = changed || more
	if t == nil || err != nil {
		return changed, err
	}
	more, err = s.setAttributesBlock(rows)
	return changed || more, err
}

func (t *GitTools) config() (string, error) {
	driver, err := configValue(t.Driver)
	if err != nil {
		return "", err
	}
	textconv, err := configValue(t.Textconv)
	if err != nil {
		return "", err
	}
	return "[merge \"vgit\"]\n\tname = vgit, property by property\n\tdriver = " + driver + "\n[diff \"vgit\"]\n\ttextconv = " + textconv + "\n", nil
}

// configValue writes a value as git reads it.
func configValue(s string) (string, error) {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return "", fmt.Errorf("%q: holds a control character, which git's configuration cannot keep", s)
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\t", `\t`).Replace(s) + `"`, nil
}

func (t *GitTools) attributes() (string, error) {
	var b strings.Builder
	for _, p := range t.Patterns {
		if p == "" || strings.ContainsFunc(p, func(r rune) bool { return r <= ' ' || r == '"' || r == 0x7f }) || p[0] == '#' || p[0] == '!' {
			return "", fmt.Errorf("%q: is no pattern that can stand in .git/info/attributes", p)
		}
		b.WriteString(p + " merge=vgit diff=vgit\n")
	}
	return b.String(), nil
}

// setConfigBlock follows git's lock protocol: git config may be at work at the same time.
func (s *Store) setConfigBlock(block string) (changed bool, err error) {
	const name = "config"
	if old, next, err := s.withBlock(name, block, appended); err != nil || bytes.Equal(old, next) {
		return false, err
	}
	locks, err := s.lockAll([]string{name})
	defer releaseAll(locks)
	if err != nil {
		return false, err
	}
	old, next, err := s.withBlock(name, block, appended)
	if err != nil || bytes.Equal(old, next) {
		return false, err
	}
	if info, err := s.git.Lstat(name); err == nil {
		if err := locks[0].file.Chmod(info.Mode.Perm()); err != nil {
			return false, err
		}
	}
	if err := locks[0].write(next); err != nil {
		return false, err
	}
	return true, locks[0].commit()
}

func (s *Store) setAttributesBlock(block string) (changed bool, err error) {
	const name = "info/attributes"
	old, next, err := s.withBlock(name, block, behindOurs)
	if err != nil || bytes.Equal(old, next) {
		return false, err
	}
	if err := s.mkdirs("info"); err != nil {
		return false, err
	}
	return true, s.writeFile(name, next)
}

// withBlock is a file with vgit's block in it, or without if that is empty. Where there was none, place says where it goes.
func (s *Store) withBlock(name, block string, place func(string) int) (old, next []byte, err error) {
	old, err = readSmall(s.git, name, maxConfig)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	if block != "" {
		block = toolsBegin + "\n" + block + toolsEnd + "\n"
	}
	text := string(old)
	begin, end, found := blockIn(text)
	switch {
	case found && end < 0:
		return nil, nil, fmt.Errorf("%s/%s has the line %q and not the line %q after it; remove what is left of the block by hand", s.path, name, toolsBegin, toolsEnd)
	case !found && block == "":
		return old, old, nil
	case !found:
		if text != "" && !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		begin = place(text)
		end = begin
	}
	return old, []byte(text[:begin] + block + text[end:]), nil
}

// blockIn finds vgit's block; end is -1 if it has none.
func blockIn(text string) (begin, end int, found bool) {
	at := 0
	for line := range strings.Lines(text) {
		next := at + len(line)
		switch strings.TrimSpace(line) {
		case toolsBegin:
			if !found {
				begin, found = at, true
			}
		case toolsEnd:
			if found {
				return begin, next, true
			}
		}
		at = next
	}
	return begin, -1, found
}

func appended(text string) int { return len(text) }

// behindOurs is the place after vgit's own line of attributes: lines of the user's own come later, and count.
func behindOurs(text string) int {
	at := 0
	for line := range strings.Lines(text) {
		at += len(line)
		if strings.TrimSpace(line) == attributes {
			return at
		}
	}
	return 0
}
