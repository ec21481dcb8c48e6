package store

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// logUpdate appends a line to the reflog of a ref, and to that of HEAD if it leads there, where git would.
func (s *Store) logUpdate(c RefChange, reason string) error {
	who := s.opt.Who
	who.When = s.opt.Now()
	line := fmt.Sprintf("%s %s %s\t%s\n", c.Old, c.New, who.line(), oneLine(reason))
	if err := s.appendLog(c.Name, line); err != nil {
		return err
	}
	if head, ok, err := s.looseRef("HEAD"); err == nil && ok && head.target == c.Name {
		return s.appendLog("HEAD", line)
	}
	return nil
}

// oneLine is what a reflog can hold: no line ends, no control characters.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	return strings.Join(strings.Fields(text), " ")
}

// appendLog writes one line, in one call, so that a reader sees all of it or nothing. It is not made durable: git does
// not do so either, and no state is read from it.
func (s *Store) appendLog(ref, line string) error {
	name := "logs/" + ref
	if !s.logs(ref) {
		if _, err := s.git.Lstat(name); err != nil {
			return nil
		}
	}
	f, err := s.git.Append(name, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		if err := s.mkdirs(path.Dir(name)); err != nil {
			return err
		}
		f, err = s.git.Append(name, 0o600)
	}
	if err != nil {
		return err
	}
	if _, err := f.Write([]byte(line)); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// logs says whether a ref without a reflog gets one: core.logAllRefUpdates, as git reads it.
func (s *Store) logs(ref string) bool {
	switch strings.ToLower(s.conf.get("core", "logallrefupdates")) {
	case "always":
		return true
	case "false", "no", "off", "0":
		return false
	}
	for _, prefix := range []string{"refs/heads/", "refs/remotes/", "refs/notes/"} {
		if strings.HasPrefix(ref, prefix) {
			return true
		}
	}
	return ref == "HEAD"
}
